"""Cells that a spreadsheet would run as formulas: defused on the way out, restored on the way in."""

from __future__ import annotations

import re

DANGEROUS = frozenset("=+-@\t\r\n＝＋－＠")
"""First characters that make a spreadsheet run a cell (OWASP, "CSV injection"), with their full-width forms."""

_PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def defuse(cell: str) -> str:
    """`cell` with an apostrophe before it where a spreadsheet would run it; `restore` gives it back exactly.

    A plain number such as `-3.5` stays as it is. An apostrophe is also put before a cell that already has some
    before a dangerous character, so that `restore` can tell the two apart.
    """
    return f"'{cell}" if _is_dangerous(cell) else cell


def restore(cell: str) -> str:
    """The cell that `defuse` was given: `restore(defuse(cell)) == cell` for every text."""
    return cell[1:] if cell.startswith("'") and _is_dangerous(cell) else cell


def _is_dangerous(cell: str) -> bool:
    return cell.lstrip("'")[:1] in DANGEROUS and not _PLAIN_NUMBER.fullmatch(cell)
