"""A page of rows out of all that are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hume.export.files import Row
from hume.server.api.asked import Asked


@dataclass(frozen=True)
class Page:
    """Rows, how many there are on all pages, and where the next page begins."""

    rows: list[Row]
    total: int | None
    """None where counting would take longer than reading."""
    next: int | None
    """None on the last page."""


def page_of(rows: Iterable[Row], asked: Asked) -> Page:
    """The page of `rows` that is asked for, in their order."""
    kept = [row for row in rows if asked.keeps(row)]
    end = asked.offset + asked.limit
    return Page(kept[asked.offset : end], len(kept), end if end < len(kept) else None)
