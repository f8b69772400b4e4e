"""What HUME writes out, a line an export: one table and the files it can be written as."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hume.errors import InvalidInput, Place
from hume.export import answers, items
from hume.export.files import Columns, Row, Writer, csv_chunks, write_csv, write_jsonl, write_parquet
from hume.export.tables import ROWS, columns_of, rows_of


@dataclass(frozen=True)
class Exporter:
    """One kind of table. `rows` makes its rows from records; `writers` has one function a file suffix."""

    name: str
    title: str
    columns: Columns
    rows: Callable[[Iterable[Any]], Iterator[Row]]
    writers: Mapping[str, Writer]

    @property
    def suffixes(self) -> str:
        """The suffixes there are, as messages name them."""
        return ", ".join(self.writers)

    def check(self, path: Path) -> Writer:
        """The writer for `path`, or InvalidInput naming the suffixes there are."""
        writer = self.writers.get(path.suffix.lower())
        if writer is None:
            raise InvalidInput(
                f"{self.title} cannot be written as {path.suffix or 'a file without a suffix'}.",
                f"Name a file that ends in one of: {self.suffixes}.",
                Place(file=str(path)),
            )
        return writer

    def write(self, records: Iterable[Any], path: Path) -> int:
        """Write `records` to `path` in the format of its suffix; returns the number of rows.

        The file appears whole or not at all. Raises InvalidInput for an unknown suffix or a folder that is not there.
        """
        return self.check(path)(self.columns, self.rows(records), path)

    def csv(self, records: Iterable[Any]) -> Iterator[str]:
        """The same CSV in chunks, for a download."""
        return csv_chunks(self.columns, self.rows(records))


TABLE: Mapping[str, Writer] = {".csv": write_csv, ".jsonl": write_jsonl, ".parquet": write_parquet}
"""How a table can be written, by the suffix of its file."""


def _table(name: str) -> Exporter:
    title, row, _ = ROWS[name]
    columns = columns_of(row)
    return Exporter(name, title, columns, rows_of(columns), TABLE)


EXPORTERS: Mapping[str, Exporter] = {
    **{name: _table(name) for name in ROWS},
    "items": Exporter(
        "items", "Items in doubt", items.COLUMNS, items.item_rows, {".csv": write_csv, ".jsonl": write_jsonl}
    ),
    "answers": Exporter("answers", "Answers", answers.COLUMNS, answers.answer_rows, TABLE),
}
