"""Tables in every format: the same rows, each with its line."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hume.errors import InvalidItem
from hume.ingest.rows import MOST_CHARACTERS, Row, check_value
from hume.ingest.tables import read_rows

Rows = Sequence[Mapping[str, object]]
ROWS: Rows = [{"text": "Første\nlinje", "n": 1, "ids": ["d1", "d2"]}, {"text": '"القط"; a, b\tc', "n": -2.5, "ids": []}]


def jsonl(rows: Rows) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\r\n" for row in rows).encode()


def delimited(rows: Rows, delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(rows[0])
    writer.writerows([json.dumps(v) if isinstance(v, list) else v for v in row.values()] for row in rows)
    return out.getvalue().encode()


def parquet(rows: Rows) -> bytes:
    sink = io.BytesIO()
    columns = {name: [float(row[name]) if name == "n" else row[name] for row in rows] for name in rows[0]}
    pyarrow.parquet.write_table(pyarrow.table(columns), sink)
    return sink.getvalue()


FORMATS: dict[str, Callable[[Rows], bytes]] = {
    ".jsonl": jsonl,
    ".json": lambda rows: json.dumps(rows, indent=1).encode(),
    ".csv": lambda rows: delimited(rows, ","),
    ".tsv": lambda rows: delimited(rows, "\t"),
    ".parquet": parquet,
    ".jsonl.gz": lambda rows: gzip.compress(jsonl(rows)),
    ".csv.gz": lambda rows: gzip.compress(delimited(rows, ",")),
}


def values(row: Row) -> dict[str, object]:
    return {"text": row.text("text"), "n": row.number("n"), "ids": list(row.array("ids"))}


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_gives_the_same_rows(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"test{ending}"
    path.write_bytes(FORMATS[ending](ROWS))
    assert [values(row) for row in read_rows(path)] == ROWS


@pytest.mark.parametrize("ending", [".jsonl", ".json", ".csv", ".tsv"])
def test_a_byte_order_mark_is_fine(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"TEST{ending.upper()}"
    path.write_bytes(b"\xef\xbb\xbf" + FORMATS[ending](ROWS))
    assert [values(row) for row in read_rows(path)] == ROWS


@pytest.mark.parametrize(
    ("name", "content", "lines"),
    [
        ("t.jsonl", '{"a": 1}\n\n{"a": 2}', [1, 3]),
        ("t.json", '[{"a": 1},\n\n {"a":\n 2}, {"a": 3}]', [1, 3, 4]),
        ("t.json", '{"a": 1}\n{"a": 2}\n', [1, 2]),
        ("t.csv", 'a,b\n"x\ny",1\nz,2\n\nw,3\n', [2, 4, 6]),
    ],
)
def test_a_row_has_the_line_that_it_begins_on(tmp_path: Path, name: str, content: str, lines: list[int]) -> None:
    (tmp_path / name).write_text(content)
    read = [row.line for row in read_rows(tmp_path / name)]
    assert read[: len(lines) - 1] == lines[:-1]
    assert len(read) == len(lines)


TEXTS = st.text('aå\u2028\ufeff😀"\\\n\t{}[],: ', max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), TEXTS | st.integers() | st.none()), min_size=1, max_size=5))
def test_json_written_by_python_is_read_back(folder: Path, rows: list[dict[str, object]]) -> None:
    path = folder / "rows.json"
    for written in (json.dumps(rows), json.dumps(rows, indent=2), "\n".join(map(json.dumps, rows))):
        path.write_text(written)
        assert [row.values for row in read_rows(path)] == rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("json")


def test_the_longest_text_is_taken_and_one_more_is_not() -> None:
    check_value({"a": ["x" * MOST_CHARACTERS]}, "f", 3)
    with pytest.raises(InvalidItem, match=r"f, line 3, field 'a\.0': a text of 1,000,001 characters"):
        check_value({"a": ["x" * (MOST_CHARACTERS + 1)]}, "f", 3)


def test_an_empty_cell_is_a_text_but_says_nothing() -> None:
    row = Row({"text": "", "title": ""}, "f", 1, loose=True)
    assert row.text("text") == ""
    assert not row.has("title")
    assert Row({"title": ""}, "f", 1).has("title")


@pytest.mark.parametrize("cell", ["١", "1_000", "0x10", "", "1,5"])
def test_only_plain_numbers_are_numbers(cell: str) -> None:
    with pytest.raises(InvalidItem, match="a number is expected"):
        Row({"n": cell}, "f", 1, loose=True).number("n")


def test_an_id_is_text_or_a_whole_number() -> None:
    assert Row({"id": 7}, "f", 1).key("id") == "7"
    assert Row({"id": "007"}, "f", 1, loose=True).key("id") == "007"
    for wrong in (1.5, True, " ", ["a"]):
        with pytest.raises(InvalidItem, match="id"):
            Row({"id": wrong}, "f", 1).key("id")
