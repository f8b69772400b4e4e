"""What docs/access.md says of who may do what, as rows; and what the program has, under the same names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import typer
from starlette.routing import BaseRoute, Mount, WebSocketRoute

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
WHO = ("nobody", "annotator", "researcher", "admin")
ANY = "any"


@dataclass(frozen=True)
class Row:
    """One line of a table: an address, with `*` for what may be anything, and what each role gets there."""

    method: str
    path: str
    cells: dict[str, str]

    def covers(self, method: str, path: str) -> bool:
        if self.path == "/*":
            return path == "/*"  # all the rest: never in place of a row of its own
        return self.method in (method, ANY) and fnmatchcase(path, self.path)


def pages() -> list[Row]:
    return _rows("Pages")


def own() -> list[Row]:
    """HUME's routes."""
    return _rows("HUME's own addresses")


def streamlits() -> list[Row]:
    return _rows("Streamlit's addresses")


def commands() -> list[str]:
    return [name for line in _lines("Commands") for name in re.findall(r"`(hume [^`]+)`", line.split("|")[1])]


def row_of(rows: Sequence[Row], method: str, path: str) -> Row:
    """The row that says most exactly what holds there; a StopIteration-free error names what has none."""
    found = [row for row in rows if row.covers(method, path)]
    assert found, f"docs/access.md has no row for {method} {path}"
    return max(found, key=lambda row: (len(row.path), row.method == method))


def addresses(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, str]]:
    """(method, path with `*` for its parameters) of every route; HEAD and OPTIONS go without saying."""
    for route in routes:
        if isinstance(route, Mount):
            yield "GET", f"{route.path}/*"
            continue
        path = re.sub(r"\{[^}]+\}", "*", route.path)  # type: ignore[attr-defined]
        methods = set(getattr(route, "methods", None) or ()) - {"HEAD", "OPTIONS"}
        if isinstance(route, WebSocketRoute):
            yield "WS", path
        elif len(methods) > 2:
            yield ANY, path
        else:
            yield from ((method, path) for method in sorted(methods))


def all_commands(command: object, name: str = "hume") -> Iterator[str]:
    """The full names of the commands below one."""
    children = getattr(command, "commands", {})
    for child_name, child in children.items():
        yield from all_commands(child, f"{name} {child_name}")
    if not children:
        yield name


def command_line() -> object:
    from hume.cli import app

    return typer.main.get_command(app)


def _rows(section: str) -> list[Row]:
    header, _, *lines = _lines(section)
    names = [cell.strip() for cell in header.strip("|").split("|")]
    found = []
    for line in lines:
        cells = dict(zip(names, (cell.strip() for cell in line.strip("|").split("|")), strict=True))
        method, _, path = cells[names[0]].strip("`").rpartition(" ")
        found.append(Row(method or "GET", path, cells))
    return found


def _lines(section: str) -> list[str]:
    text = DOCUMENT.read_text("utf-8")
    (body,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    return [line for line in body.splitlines() if line.startswith("|")]
