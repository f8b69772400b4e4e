"""The errors of HUME. Each message says what is wrong, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from hume.printable import on_one_line


class HumeError(Exception):
    """Something that the user can mend; shown without a traceback, exit code 2."""


@dataclass(frozen=True)
class Place:
    """Where in the user's input a fault lies. `line` counts from 1; 0 means the file as a whole."""

    file: str = ""
    line: int = 0
    field: str = ""

    def __str__(self) -> str:
        parts = [on_one_line(self.file) or "input"]
        if self.line:
            parts.append(f"line {self.line}")
        if self.field:
            parts.append(f"field {self.field!r}")
        return ", ".join(parts)


class InvalidInput(HumeError):
    """A file or value that cannot be taken in: where, what is wrong, and the mend."""

    def __init__(self, problem: str, mend: str, place: Place | None = None) -> None:
        self.problem, self.mend, self.place = problem, mend, place
        where = f"{place}: " if place else ""
        super().__init__(f"{where}{problem} {mend}")


class InvalidItem(InvalidInput):
    """An item, its gold or its task's settings that break the task type's schema."""


class InvalidAnswer(InvalidInput):
    """An answer that the item does not admit, whoever gave it."""


class NotFound(HumeError):
    """A task, subset, rater or model that is not there; the message names what is."""


class Unsuited(HumeError):
    """A task of a type that this kind of model does not answer, however it is loaded. It may answer others."""


class MissingExtra(HumeError):
    """An optional dependency that the command needs; the message is the install command."""

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the extra '{extra}': pip install 'hume-bench[{extra}]'")


class DatabaseBehind(HumeError):
    """The database's schema is older than this version of HUME."""


class DatabaseBusy(HumeError):
    """Others hold what is needed for longer than one waits; nothing was changed, and the same again may succeed."""
