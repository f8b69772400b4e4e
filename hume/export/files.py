"""Rows into files: written as they come, beside their place, and moved there only when complete."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hume.errors import InvalidInput, Place
from hume.export.defuse import defuse
from hume.records import Json

if TYPE_CHECKING:
    import pyarrow

Row = Mapping[str, Json]
Columns = Mapping[str, type]
"""Name and type (`str`, `int`, `float`, `bool`, or `object` for JSON) of each column, in order."""
Writer = Callable[[Columns, Iterable[Row], Path], int]

_BATCH = 10_000


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes `path`'s place at the end, or is removed on an error.

    Whoever reads `path` meets the old file or the new one, never a half. Raises InvalidInput where the folder
    is not there or cannot be written to.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.touch(exist_ok=False)
    except OSError as error:
        raise InvalidInput(
            f"The file cannot be written: {error.strerror}.", "Name a folder that exists.", Place(file=str(path))
        ) from None
    try:
        yield part
        _settle(part, path)
    finally:
        part.unlink(missing_ok=True)


def _settle(part: Path, path: Path) -> None:
    try:
        part.replace(path)
    except OSError as error:
        raise InvalidInput(
            f"The file cannot be replaced: {error.strerror}.", "Name another file.", Place(file=str(path))
        ) from None


def json_text(value: Json) -> str:
    """A value as JSON text, readable in every script; escaped where a lone surrogate forbids UTF-8."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False)
    return text


def csv_cell(value: Json, kind: type) -> str:
    """A value as a CSV cell; None is empty, JSON is JSON text.

    Numbers are written so that they read back exactly. Text that a spreadsheet would run as a formula is defused.
    """
    if value is None:
        return ""
    if kind is object:
        return defuse(json_text(value))
    if kind is bool:
        return "true" if value else "false"
    return defuse(value) if kind is str else repr(value)


def csv_chunks(columns: Columns, rows: Iterable[Row]) -> Iterator[str]:
    """The CSV text, header first, one chunk a row (RFC 4180: commas, CRLF between rows, quotes as needed)."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    cells = ([csv_cell(row[name], kind) for name, kind in columns.items()] for row in rows)
    for line in itertools.chain([list(columns)], cells):
        writer.writerow(line)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def write_csv(columns: Columns, rows: Iterable[Row], path: Path) -> int:
    """Write UTF-8 CSV with a header; returns the number of rows."""
    lines = 0
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        for lines, chunk in enumerate(csv_chunks(columns, rows)):  # noqa: B007
            file.write(chunk)
    return lines


def write_jsonl(columns: Columns, rows: Iterable[Row], path: Path) -> int:
    """Write one JSON object a line, UTF-8; returns the number of rows."""
    count = 0
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json_text({name: row[name] for name in columns}) + "\n")
            count += 1
    return count


def write_parquet(columns: Columns, rows: Iterable[Row], path: Path) -> int:
    """Write a Parquet file (zstd; JSON as text), ten thousand rows at a time; returns the number of rows."""
    import pyarrow
    import pyarrow.parquet

    schema, count, stream = _arrow_schema(columns), 0, iter(rows)
    with replacing(path) as part, pyarrow.parquet.ParquetWriter(part, schema, compression="zstd") as writer:
        while batch := list(itertools.islice(stream, _BATCH)):
            cells = {name: [_arrow_cell(row[name], kind) for row in batch] for name, kind in columns.items()}
            writer.write_table(pyarrow.Table.from_pydict(cells, schema=schema))
            count += len(batch)
    return count


def _arrow_cell(value: Json, kind: type) -> Json:
    return json_text(value) if kind is object and value is not None else value


def _arrow_schema(columns: Columns) -> pyarrow.Schema:
    import pyarrow

    text = pyarrow.string()
    of = {str: text, object: text, int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    return pyarrow.schema([(name, of[kind]) for name, kind in columns.items()])
