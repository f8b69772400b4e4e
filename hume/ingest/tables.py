"""Tables of rows from JSONL, JSON, CSV, TSV and Parquet: streamed, in UTF-8, with the line of each row."""

from __future__ import annotations

import csv
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hume.errors import InvalidItem
from hume.ingest.bounds import (
    LARGEST,
    LONGEST_CELL,
    LONGEST_LINE,
    MOST_COLUMNS,
    MOST_PARTS,
    MOST_ROWS,
    MOST_VALUES,
    check_parts,
    check_swelling,
    opened,
)
from hume.ingest.rows import Row, check_value, refuse
from hume.records import Json

_BOMS = {b"\xff\xfe\x00\x00": "UTF-32", b"\x00\x00\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def is_table(path: Path) -> bool:
    """Whether the file's name says that `read_rows` can read it."""
    return _ending(path) in READERS


def stem(path: Path) -> str:
    """The file's name without its endings: `test` of `test.jsonl.gz`."""
    return path.name[: -len(_ending(path))] if is_table(path) else path.stem


def read_rows(path: Path, shown: str = "") -> Iterator[Row]:
    """The rows of a table, one by one; errors name the file as `shown`, and line and field.

    The ending says the format: .jsonl, .json (a list of objects, or one object after the other), .csv, .tsv, all of
    them also with .gz, and .parquet. Lines count from 1; in Parquet the line is the row. A table without rows is
    refused, and so are NaN and Infinity in JSON, repeated keys or columns, ragged CSV rows and other encodings than
    UTF-8 (a byte order mark is fine).
    """
    file = shown or str(path)
    if not is_table(path):
        raise refuse("not a table that can be read.", f"Use one of {', '.join(READERS)}.", file)
    line = 0
    try:
        for line, values, loose in READERS[_ending(path)](path, file):
            if not isinstance(values, dict):
                raise refuse("the row is no object.", 'Write it as {"field": value, ...}.', file, line)
            check_value(values, file, line)
            yield Row(values, file, line, loose)
    except OSError as error:
        raise refuse(f"the file cannot be read: {error.strerror or error}.", "Check its path.", file) from None
    except (EOFError, zlib.error):
        raise refuse("the gzip file breaks off.", "Fetch it again.", file) from None
    if not line:
        raise refuse("the file holds no row.", "Fill it, or remove it.", file)


def read_text(path: Path, file: str) -> str:
    """A whole text file, or InvalidItem where it is not UTF-8, too long to be held, or cannot be read."""
    try:
        return _whole(path, file)
    except OSError as error:
        raise refuse(f"the file cannot be read: {error.strerror or error}.", "Check its path.", file) from None


Values = tuple[int, Json, bool]


# -- text ---------------------------------------------------------------------------------------------


def _lines(path: Path, file: str) -> Iterator[tuple[int, str]]:
    """Decoded lines with their numbers, line ends kept."""
    with opened(path, file) as binary:
        number = 0
        while raw := binary.readline(LONGEST_LINE + 1):
            number += 1
            if number == 1:
                raw = _without_bom(raw, file)
            if len(raw) > LONGEST_LINE:
                problem = f"the line is too long to be read: more than {LONGEST_LINE // 2**20} MiB."
                raise refuse(problem, "Put one row on a line.", file, number)
            if number > MOST_ROWS:
                raise refuse(f"more than {MOST_ROWS:,} lines.", "Split the file, or take a part of it.", file, number)
            yield number, _decoded(raw, file, number)


def _whole(path: Path, file: str) -> str:
    with opened(path, file) as binary:
        raw = binary.read(LONGEST_LINE + 1)
    if len(raw) > LONGEST_LINE:
        problem = f"the file is too long to be read at once: more than {LONGEST_LINE // 2**20} MiB."
        raise refuse(problem, "Write it as JSONL, one object a line: jq -c '.[]' FILE.json > FILE.jsonl", file)
    return _decoded(_without_bom(raw, file), file, 0)


def _without_bom(raw: bytes, file: str) -> bytes:
    for bom, encoding in _BOMS.items():
        if raw.startswith(bom):
            raise _other_encoding(encoding, file, 1)
    return raw.removeprefix(b"\xef\xbb\xbf")


def _decoded(raw: bytes, file: str, line: int) -> str:
    if raw.count(0) > len(raw) // 4:
        raise _other_encoding("UTF-16", file, line)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        if 0 in raw:
            raise refuse("the file is no text.", "Give a table in UTF-8, or name it .parquet or .gz.", file) from None
        line = line or raw.count(b"\n", 0, error.start) + 1
        raise _other_encoding("WINDOWS-1252", file, line, f" (byte 0x{raw[error.start]:02x})") from None


def _other_encoding(guess: str, file: str, line: int, detail: str = "") -> InvalidItem:
    mend = f"Save it as UTF-8: iconv -f {guess} -t UTF-8."
    return refuse(f"the text is not UTF-8{detail}; it may be {guess}.", mend, file, line)


# -- JSON ---------------------------------------------------------------------------------------------


def parse_json(text: str, file: str, line: int) -> Json:
    """One JSON value, or InvalidItem; NaN, Infinity and a key that stands twice in an object are refused."""
    check_parts(text, file, line)
    try:
        return _decoder(file, line).decode(text)
    except json.JSONDecodeError as error:
        raise _not_json(error, file, line + error.lineno - 1) from None
    except (RecursionError, ValueError) as error:
        raise refuse(f"the JSON cannot be read: {error}.", "Write it plainer.", file, line) from None


def _decoder(file: str, line: int) -> json.JSONDecoder:
    def constant(name: str) -> Json:
        raise refuse(f"{name} is no JSON value.", "Give a finite number or null, or drop the row.", file, line)

    def once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        values = dict(pairs)
        if len(values) < len(pairs):
            (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
            raise refuse("the key stands twice.", "Keep one of them.", file, line, twice)
        return values

    return json.JSONDecoder(parse_constant=constant, object_pairs_hook=once)


def _not_json(error: json.JSONDecodeError, file: str, line: int) -> InvalidItem:
    broken_off = error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")
    problem = "the JSON breaks off" if broken_off else f"this is no JSON ({error.msg}, column {error.colno})"
    mend = "Write the row out whole, or fetch the file again." if broken_off else "Mend it: one JSON object a row."
    return refuse(f"{problem}.", mend, file, line)


def _jsonl(path: Path, file: str) -> Iterator[Values]:
    for line, text in _lines(path, file):
        if text.strip():
            yield line, parse_json(text, file, line), False


def _json(path: Path, file: str) -> Iterator[Values]:
    """A list of objects, or objects one after the other, wherever the line breaks are."""
    text = _whole(path, file)
    check_parts(text, file, 1)
    position, counted, line = 0, 0, 1
    listed = text.lstrip().startswith("[")
    end = _skip(text, position)
    position = end + 1 if listed else end
    while (position := _skip(text, position)) < len(text):
        line, counted = line + text.count("\n", counted, position), position
        if listed and text[position] == "]":
            _refuse_rest(text, position + 1, file, line)
            return
        value, position = _value_at(text, position, file, line)
        yield line, value, False
        position = _after_comma(text, position, file, line) if listed else position
    if listed:
        raise refuse("the JSON breaks off.", "Close the list with ], or fetch the file again.", file, line)


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _value_at(text: str, position: int, file: str, line: int) -> tuple[Json, int]:
    try:
        return _decoder(file, line).raw_decode(text, position)
    except json.JSONDecodeError as error:
        raise _not_json(error, file, error.lineno) from None
    except (RecursionError, ValueError) as error:
        raise refuse(f"the JSON cannot be read: {error}.", "Write it plainer.", file, line) from None


def _after_comma(text: str, position: int, file: str, line: int) -> int:
    position = _skip(text, position)
    if text[position : position + 1] == ",":
        return position + 1
    if text[position : position + 1] not in ("]", ""):
        raise refuse("a comma is missing between two rows.", "Put a comma between objects.", file, line)
    return position


def _refuse_rest(text: str, position: int, file: str, line: int) -> None:
    if text[position:].strip():
        raise refuse("something follows the list.", "Keep one list of objects.", file, line)


# -- CSV ----------------------------------------------------------------------------------------------


def _csv(path: Path, file: str, delimiter: str = ",") -> Iterator[Values]:
    csv.field_size_limit(LONGEST_CELL)
    lines = _RecordLines(path, file, delimiter)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            if header is None:
                header = _checked_header(cells, file, delimiter)
            elif cells:
                if len(cells) != len(header):
                    raise refuse(
                        f"{len(cells)} cells, but the header has {len(header)}.",
                        "Quote cells that hold the delimiter, and give each row as many cells.", file, line,
                    )  # fmt: skip
                yield line, dict(zip(header, cells, strict=True)), True
            line = reader.line_num + 1
            lines.begin()
    except csv.Error as error:
        mend = "Close each quote, and double quotes in cells."
        raise refuse(f"the CSV cannot be read: {error}.", mend, file, line) from None


class _RecordLines:
    """Lines of text for a CSV reader, which puts as many into one record as its quotes say: only so many are given."""

    def __init__(self, path: Path, file: str, delimiter: str) -> None:
        self._lines, self._file, self._delimiter = _lines(path, file), file, delimiter
        self.begin()

    def begin(self) -> None:
        """The next line is a record's first one."""
        self._length = self._cells = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        number, text = next(self._lines)
        self._length += len(text)
        self._cells += text.count(self._delimiter)
        if self._length > LONGEST_LINE or self._cells > MOST_PARTS:
            raise refuse(
                "the row is too long to be read.", "Close each quote, or write the table as JSONL.", self._file, number
            )
        return text


def _checked_header(cells: list[str], file: str, delimiter: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    _check_columns(names, file, 1)
    if not all(names):
        raise refuse("a column has no name.", "Name each column in the first line.", file, 1)
    if len(names) == 1 and any(other in names[0] for other in {",", ";", "\t"} - {delimiter}):
        mend = "Separate cells by commas in .csv and by tabs in .tsv."
        raise refuse("the header is one column that holds delimiters.", mend, file, 1)
    return names


def _check_columns(names: list[str], file: str, line: int = 0) -> None:
    if len(names) > MOST_COLUMNS:
        problem = f"{len(names):,} columns; at most {MOST_COLUMNS:,} are read."
        raise refuse(problem, "Leave out those that are not needed.", file, line)
    for name, count in Counter(names).items():
        if count > 1:
            raise refuse("the column stands twice.", "Name each column once.", file, line, name)


def _tsv(path: Path, file: str) -> Iterator[Values]:
    return _csv(path, file, "\t")


# -- Parquet ------------------------------------------------------------------------------------------


def _parquet(path: Path, file: str) -> Iterator[Values]:
    import pyarrow
    import pyarrow.parquet

    opened(path, file).close()
    try:
        with pyarrow.parquet.ParquetFile(path) as table:
            _check_columns(table.schema_arrow.names, file)
            _check_metadata(table.metadata, path, file)
            number = 0
            for batch in table.iter_batches(batch_size=_rows_at_once(table.metadata)):
                for values in batch.to_pylist():
                    number += 1
                    yield number, values, False
    except (pyarrow.ArrowException, UnicodeDecodeError, OverflowError) as error:
        raise refuse(f"the Parquet file cannot be read: {error}.", "Write it again.", file) from None


def _check_metadata(metadata: Any, path: Path, file: str) -> None:
    """InvalidItem where the file's own index says that it would unpack to more than is read of any table."""
    if metadata.num_rows > MOST_ROWS:
        raise refuse(f"{metadata.num_rows:,} rows; at most {MOST_ROWS:,} are read.", "Split the file.", file)
    chunks = list(_chunks(metadata))
    if max((chunk.num_values for chunk in chunks), default=0) > MOST_VALUES:
        raise refuse(f"more than {MOST_VALUES:,} values in one column.", "Split the file into row groups.", file)
    check_swelling(sum(chunk.total_uncompressed_size for chunk in chunks), path.stat().st_size, file)


def _rows_at_once(metadata: Any) -> int:
    """1,000 rows, or fewer where a column's dictionary could make each of them long."""
    longest = max((one.total_uncompressed_size for one in _chunks(metadata) if one.has_dictionary_page), default=1)
    return int(min(1000, max(16, LARGEST // 16 // max(longest, 1))))


def _chunks(metadata: Any) -> Iterator[Any]:
    for group in range(metadata.num_row_groups):
        yield from (metadata.row_group(group).column(column) for column in range(metadata.num_columns))


READERS: Mapping[str, Callable[[Path, str], Iterator[Values]]] = {
    ".jsonl": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".tsv": _tsv,
    ".parquet": _parquet,
    ".jsonl.gz": _jsonl,
    ".json.gz": _json,
    ".csv.gz": _csv,
    ".tsv.gz": _tsv,
}


def _ending(path: Path) -> str:
    endings = [suffix.lower() for suffix in path.suffixes]
    return "".join(endings[-2:] if endings[-1:] == [".gz"] else endings[-1:])
