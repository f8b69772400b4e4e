"""Tables written out: complete or not at all, and answers that come back exactly."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow.parquet
import pytest

from hume.errors import InvalidInput
from hume.export import EXPORTERS, answers, files
from hume.export.tables import ROWS, columns_of
from hume.ingest.answers import read_answers
from hume.ingest.tables import read_rows
from hume.progress import RaterProgress
from hume.records import Answer, AnswerRecord, BaselineRow, GapRow, Rater, Report

NASTY = [
    '=HYPERLINK("http://x")',
    "+1",
    "-1+1",
    "-3.5",
    "@SUM(A1)",
    "'=quoted",
    "''=twice",
    "'plain",
    "\t=tab",
    "\r=return",
    "a\r\nb\nc\rd",
    'comma, "quote" and ; semicolon',
    " lead and trail ",
    "",
    "مرحبا \u200f=1",
    "👩\u200d🔬 𝒳 ＝1",
    "NULL",
    "true",
    "1e5",
    '{"a": 1}',
    "\u2028line\u0085next",
]
AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def record(text: str, number: int = 0, **answer) -> AnswerRecord:
    values = {
        "payload": {"label": text, "deep": [text, None, 1.5, -0.1, True, {text or "k": []}]},
        "comment": text,
        "confidence": 3,
        "milliseconds": 1234,
        "order_shown": (text, "d1"),
        "created_at": AT + timedelta(microseconds=number),
        "client_id": f"client-{number}",
        "item_version": 2,
        "revision": 4,
    }
    rater = Rater("human", f"rater {text}".strip(), text, text)
    return AnswerRecord("Task", "eng", "test", rater, Answer(f"item{number}", "given", **(values | answer)))


RECORDS = [
    *(record(text, number) for number, text in enumerate(NASTY)),
    record("x", 90, confidence=None, milliseconds=None, created_at=None, order_shown=(), client_id=""),
    dataclasses.replace(
        record("x", 91), answer=Answer("skipped", "skipped", reason="unclear", comment="=why", created_at=AT)
    ),
]


def plain(record: AnswerRecord) -> AnswerRecord:
    """The record with its order of display as a tuple, as sequences compare by their type."""
    return dataclasses.replace(
        record, answer=dataclasses.replace(record.answer, order_shown=tuple(record.answer.order_shown))
    )


@pytest.mark.parametrize("suffix", sorted(EXPORTERS["answers"].writers))
def test_answers_come_back_exactly(tmp_path: Path, suffix: str):
    path = tmp_path / f"answers{suffix}"
    assert EXPORTERS["answers"].write(iter(RECORDS), path) == len(RECORDS)
    assert [plain(record) for record in read_answers(path)] == RECORDS


@pytest.mark.parametrize("suffix", sorted(EXPORTERS["answers"].writers))
def test_no_answers_are_a_table_without_rows(tmp_path: Path, suffix: str):
    path = tmp_path / f"answers{suffix}"
    assert EXPORTERS["answers"].write([], path) == 0
    assert path.exists()


def test_csv_cells_are_no_formulas_and_lines_are_whole(tmp_path: Path):
    path = tmp_path / "answers.csv"
    EXPORTERS["answers"].write(RECORDS, path)
    raw = path.read_bytes()
    assert raw.startswith(b"task,subset,")
    assert raw.endswith(b"\r\n")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(RECORDS)
    for row, name in itertools.product(rows, answers.COLUMNS):
        assert row[name][:1] not in ("=", "+", "@", "\t", "\r") or row[name].lstrip("+-").replace(".", "").isdigit()
    assert rows[0]["comment"] == "'" + NASTY[0]


def test_json_lines_hold_payloads_as_json(tmp_path: Path):
    EXPORTERS["answers"].write(RECORDS, tmp_path / "answers.jsonl")
    # Not splitlines: U+2028 and U+0085 within a text end no line of JSONL.
    first = json.loads((tmp_path / "answers.jsonl").read_text("utf-8").split("\n")[0])
    assert first["payload"]["label"] == NASTY[0]
    assert first["created_at"] == "2026-03-01T12:00:00.123456+00:00"


def test_parquet_has_types(tmp_path: Path):
    EXPORTERS["answers"].write(RECORDS, tmp_path / "answers.parquet")
    schema = pyarrow.parquet.read_schema(tmp_path / "answers.parquet")
    assert schema.names == list(answers.COLUMNS)
    assert (str(schema.field("revision").type), str(schema.field("payload").type)) == ("int64", "string")


def test_times_are_utc_whatever_zone_they_came_in():
    elsewhere = AT.astimezone(timezone(timedelta(hours=-7)))
    rows = answers.answer_rows([record("x", created_at=elsewhere), record("x", created_at=AT.replace(tzinfo=None))])
    assert {row["created_at"] for row in rows} == {"2026-03-01T12:00:00.123456+00:00"}


def test_a_lone_surrogate_in_a_payload_is_written_escaped():
    assert json.loads(files.json_text({"a": "\ud800"})) == {"a": "\ud800"}
    files.json_text({"a": "\ud800"}).encode()


# -- baselines and gaps -------------------------------------------------------------------------------

BASELINE = BaselineRow(
    "=Task", "sts", "eng", "eng-Latn", "spearman", "human", "consensus", 0.1 + 0.2, 0.25, None, 12, 3, 30, 0
)


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_baselines_say_numbers_in_full_and_leave_the_undefined_empty():
    undefined = dataclasses.replace(BASELINE, score=None, ci_low=None, reason="no variation", is_sample=True)
    first, second = read_csv("".join(EXPORTERS["baselines"].csv([BASELINE, undefined])))
    assert list(first) == list(EXPORTERS["baselines"].columns)
    assert (first["task"], float(first["score"]), first["ci_high"]) == ("'=Task", 0.1 + 0.2, "")
    assert (first["n_skipped"], first["is_sample"], second["is_sample"]) == ("0", "false", "true")
    assert (second["score"], second["reason"]) == ("", "no variation")


def test_a_negative_gap_stays_a_number():
    row = GapRow("T", "sts", "eng", "eng-Latn", "spearman", "m", "embedding", "human", "consensus", 0.5, 0.75, -0.25)
    (cells,) = read_csv("".join(EXPORTERS["gaps"].csv([row])))
    assert list(cells) == list(EXPORTERS["gaps"].columns)
    assert cells["gap"] == "-0.25"


@pytest.mark.parametrize("name", ROWS)
def test_columns_are_all_fields_of_the_row(name):
    row = ROWS[name][1]
    assert list(EXPORTERS[name].columns) == [field.name for field in dataclasses.fields(row)]
    assert set(EXPORTERS[name].columns.values()) <= {str, int, float, bool}


def test_a_field_that_is_no_cell_is_refused():
    with pytest.raises(TypeError, match="no column of"):
        columns_of(AnswerRecord)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_table_says_the_same_in_every_format(tmp_path: Path, suffix: str):
    undefined = dataclasses.replace(BASELINE, score=None, ci_low=None, reason="no variation", is_sample=True)
    path = tmp_path / f"baselines{suffix}"
    assert EXPORTERS["baselines"].write([BASELINE, undefined], path) == 2
    first, second = (row.values for row in read_rows(path))
    assert (float(first["score"]), int(first["n_items"])) == (0.1 + 0.2, 12)
    assert second["score"] in ("", None)
    assert second["is_sample"] in (True, "true")


def test_moments_are_utc_text(tmp_path: Path):
    row = RaterProgress("Ada", "human", 12, 0, 1, AT.astimezone(timezone(timedelta(hours=-7))))
    EXPORTERS["raters"].write([row], tmp_path / "raters.parquet")
    (cells,) = read_rows(tmp_path / "raters.parquet")
    assert cells.values["last_answer"] == "2026-03-01T12:00:00.123456+00:00"


# -- whole or not at all ------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", sorted(EXPORTERS["answers"].writers))
def test_an_error_halfway_leaves_the_old_file_and_nothing_else(tmp_path: Path, suffix: str):
    path = tmp_path / f"answers{suffix}"
    path.write_text("old")

    def breaks():
        yield RECORDS[0]
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        EXPORTERS["answers"].write(breaks(), path)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_an_unknown_suffix_is_refused_with_those_there_are(tmp_path: Path):
    with pytest.raises(InvalidInput, match=r"\.xlsx.*\.csv, \.jsonl, \.parquet"):
        EXPORTERS["answers"].write([], tmp_path / "answers.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["nowhere/answers.csv", "folder.csv"])
def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path, name: str):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InvalidInput, match=name):
        EXPORTERS["answers"].write([], tmp_path / name)
    assert [one.name for one in tmp_path.iterdir()] == ["folder.csv"]


def test_every_list_of_the_report_is_in_a_table():
    held = {name for _, _, lists in ROWS.values() for name in lists}
    assert {field.name for field in dataclasses.fields(Report)} <= held
