"""The tables of one subset, before they are items, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hume.ingest.documents import Draft
from hume.ingest.rows import Row
from hume.records import Json

FLAT = ""
"""The name of the only table of a type that has one."""


@dataclass(frozen=True)
class SubsetTables:
    """A subset's tables: rows by split, then by the table's name (`FLAT` where there is one only)."""

    name: str
    splits: Mapping[str, Mapping[str, Iterable[Row]]]

    def flat(self) -> Iterator[tuple[str, Row]]:
        """Split and row of the only table of each split."""
        for split, tables in self.splits.items():
            for row in tables[FLAT]:
                yield split, row


@dataclass(frozen=True)
class Built:
    """Drafts of a subset's items, with the settings that the tables themselves tell."""

    drafts: tuple[Draft, ...]
    settings: Mapping[str, Json] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
