"""The README.md of a data set's folder: its YAML front matter, and the source and licence that its text names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hume.ingest.languages import language
from hume.ingest.rows import check_value, refuse
from hume.ingest.tables import read_text
from hume.records import Json

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"^[^\w\n]*(source|licen[cs]e)\b[^:\n]*:\s*(.+)$", re.IGNORECASE | re.MULTILINE)
LONGEST_FRONT = 2 * 2**20
"""Characters of front matter; that of a data set with thousands of configs has some hundred thousand."""
_HEADING = re.compile(r"^#[ \t]+(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Card:
    """What the README says; empty where it says nothing, or where there is none."""

    file: str = ""
    front: Mapping[str, Json] = field(default_factory=dict)
    body: str = ""

    def said(self, name: str) -> str:
        """A plain value of the front matter as text; '' where there is none."""
        value = self.front.get(name)
        return value.strip() if isinstance(value, str) else ""

    @property
    def languages(self) -> tuple[str, ...]:
        """The declared languages, such as `eng-Latn`; what is no language code is left out."""
        value = self.front.get("language", [])
        listed = value if isinstance(value, list) else [value]
        return tuple(found for code in listed if isinstance(code, str) and (found := language(code)))

    @property
    def license(self) -> str:
        """The licence by name, or in the words of the README."""
        listed = self.front.get("license")
        return ", ".join(map(str, listed)) if isinstance(listed, list) else self.said("license") or self._line("licen")

    @property
    def source(self) -> str:
        """Where the data come from."""
        return self.said("source") or self._line("source")

    @property
    def description(self) -> str:
        """A sentence on the data, or the README's heading."""
        heading = _HEADING.search(self.body)
        return self.said("description") or self.said("pretty_name") or (heading.group(1).strip() if heading else "")

    def _line(self, start: str) -> str:
        return next((m.group(2).strip() for m in _LINE.finditer(self.body) if m.group(1).lower().startswith(start)), "")


def read_card(folder: Path) -> Card:
    """The card of a folder; an empty one where there is no README.md. InvalidItem where its front matter is faulty."""
    path = folder / "README.md"
    if not path.is_file():
        return Card()
    file = str(path)
    text = read_text(path, file)
    match = _FRONT.match(text[: LONGEST_FRONT + 10])
    if not match:
        if text.startswith("---"):
            problem = f"the front matter is not closed within {LONGEST_FRONT:,} characters."
            raise refuse(problem, "End it with a line ---.", file, 1)
        return Card(file, {}, text)
    front = _parsed(match.group(1), file)
    check_value(front, file, 0)
    return Card(file, front, text[match.end() :])


class _Plain(yaml.BaseLoader):  # type: ignore[misc]
    """Texts, lists and maps only: YAML reads the language code `no` as false, and `1e3` as a number.

    Aliases are refused: ten lines of them stand for more values than there is memory.
    """

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not read here", mark)
        return super().compose_node(parent, index)


def _parsed(text: str, file: str) -> Mapping[str, Json]:
    try:
        front: Any = yaml.load(text, Loader=_Plain)  # noqa: S506  it makes texts, lists and maps only
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise refuse(f"the front matter is no YAML: {problem}.", "Mend it.", file, line) from None
    if not isinstance(front, dict):
        raise refuse("the front matter has no keys.", "Write it as `configs: ...`, or remove it.", file, 1)
    return front
