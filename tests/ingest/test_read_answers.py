"""Answers from files: the inverse of the export, in every format."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hume.errors import InvalidAnswer
from hume.export import EXPORTERS
from hume.ingest.answers import read_answers
from hume.records import Answer, AnswerRecord, Rater

FULL = AnswerRecord(
    "HUMESTS12", "default", "test", Rater("llm", "model/x", "r2", "zero-shot"),
    Answer(
        "k1", "given", {"grades": {"d1": 2, "d2": 0}}, revision=3, item_version=2, client_id="c-1",
        comment='=HYPERLINK("x")\nand "more", æøå', confidence=0, milliseconds=0, order_shown=("d2", "d1"),
        created_at=datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC), surplus=True,
    ),
    "attention",
)  # fmt: skip
BARE = AnswerRecord("T", "en", "test", Rater("human", "'@ann"), Answer("007", "skipped", reason="unclear"))
ENDINGS = ["csv", "jsonl", "parquet"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_exported_is_read_back(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"answers.{ending}"
    EXPORTERS["answers"].write([FULL, BARE], path)
    assert read_answers(path) == [FULL, BARE]


texts = st.text("='+-@\t\r\n＝ab1,\"é ", max_size=6)
names = texts.filter(str.strip)
records = st.builds(
    AnswerRecord,
    names,
    names,
    names,
    st.builds(Rater, st.sampled_from(["human", "simulated"]), names, texts, texts),
    st.builds(
        Answer, names, st.just("given"), st.dictionaries(texts, st.integers() | texts, min_size=1), st.integers(1, 9),
        st.integers(1, 9), texts, comment=texts, confidence=st.none() | st.integers(1, 5),
        milliseconds=st.none() | st.integers(0, 10**9), order_shown=st.lists(texts, max_size=3).map(tuple),
        surplus=st.booleans(),
    ),
    st.sampled_from(["judgment", "training", "attention", "repeat"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.mark.parametrize("ending", ENDINGS)
@given(record=records)
@settings(max_examples=40, deadline=None)
def test_any_answer_comes_back(folder: Path, ending: str, record: AnswerRecord) -> None:
    path = folder / f"any.{ending}"
    EXPORTERS["answers"].write([record], path)
    assert read_answers(path) == [record]


def test_only_what_is_needed_has_to_be_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('task,subset,item,rater,kind,status,payload\nT,en,k,ann,human,given,"{""label"": ""joy""}"\n')
    assert read_answers(path) == [
        AnswerRecord("T", "en", "test", Rater("human", "ann"), Answer("k", "given", {"label": "joy"}))
    ]


def test_a_moment_keeps_its_zone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "task,subset,item,rater,kind,status,created_at\nT,en,k,ann,human,skipped,2026-03-01T12:00:00+03:00\n"
    )
    (record,) = read_answers(path)
    assert record.answer.created_at == datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=3)))


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("revision", "1.5", "whole number"),
        ("confidence", "-1", "whole number"),
        ("order_shown", '"{}"', "list of ids"),
        ("status", "maybe", "given, skipped"),
        ("rater", "", "id is empty"),
        ("payload", '"{""a"": NaN}"', "NaN"),
        ("purpose", "fun", "judgment, training, attention, repeat"),
        ("surplus", "perhaps", "neither true nor false"),
    ],
)
def test_a_faulty_cell_is_named(tmp_path: Path, column: str, value: str, says: str) -> None:
    cells = {"task": "T", "subset": "en", "item": "k", "rater": "ann", "kind": "human", "status": "given"} | {
        column: value
    }
    path = tmp_path / "a.csv"
    path.write_text(f"{','.join(cells)}\n{','.join(cells.values())}\n")
    with pytest.raises(InvalidAnswer, match=f"a.csv, line 2, field '{column}'") as caught:
        read_answers(path)
    assert says in str(caught.value)
