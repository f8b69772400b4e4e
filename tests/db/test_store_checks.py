"""Checks of raters through the store: what is loaded for them, and how an administrator sets them up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from documents import document, given, item_ids, pair, rater_id, stored
from sqlalchemy import Engine, select

from db import tables as t
from db.session import reading, transaction
from db.store.annotators import annotators_of
from db.store.answers import save_answers
from db.store.checks import Purposes, check_records, counts_by_purpose
from db.store.events import events
from db.store.task_setup import TaskChange, change_task
from db.store.tasks import find_task, save_document
from hume.errors import InvalidInput, NotFound
from hume.quality import rater_checks
from hume.records import Answer, CheckRecord, Purpose


def marked(engine: Engine) -> dict[str, int]:
    """Store items for each purpose; their ids by key. Gold is 3 everywhere."""
    purposes: dict[str, Purpose] = {"s01": "training", "s02": "attention"}
    items = [pair(number) for number in range(1, 5)]
    items = [replace(one, purpose=purposes.get(one.key, "judgment")) for one in items]
    with transaction(engine) as session:
        save_document(session, document(items))
        rows = session.execute(select(t.Item.key, t.Item.id).where(t.Item.purpose != "repeat"))
        return dict(rows.all())


def the_record(engine: Engine) -> CheckRecord:
    with reading(engine) as session:
        (record,) = check_records(session)
        return record


def counts(engine: Engine) -> Purposes:
    with reading(engine) as session:
        (found,) = counts_by_purpose(session)
        return found


def save(engine: Engine, rater: int, *answers: tuple[int, Answer]) -> None:
    for one in answers:
        with transaction(engine) as session:
            save_answers(session, rater, [one])


def test_the_first_answer_to_training_counts_and_the_latest_to_attention(engine: Engine) -> None:
    ids, rater = marked(engine), rater_id(engine)
    skipped = Answer("", "skipped", reason="unclear")
    training, attention = ids["s01"], ids["s02"]
    save(engine, rater, (training, skipped), (training, given(score=0)), (training, given(score=3)))
    save(engine, rater, (attention, given(score=0)), (attention, given(score=3)))
    record = the_record(engine)
    assert set(record.items) == {training, attention}
    (sheet,) = record.sheets
    assert sheet.rater.name == "Aisha"
    assert {item_id: answer.payload for item_id, answer in sheet.answers.items()} == {
        training: {"score": 0},
        attention: {"score": 3},
    }


def test_a_repeat_is_held_against_what_the_same_person_said_before(engine: Engine) -> None:
    ids, rater, other = marked(engine), rater_id(engine), rater_id(engine, "Bo")
    with transaction(engine) as session:
        change_task(session, "SampleSTS", TaskChange(repeat_share=1))
        query = select(t.Item.repeats_id, t.Item.id).where(t.Item.purpose == "repeat")
        copies = dict(session.execute(query).all())
    assert set(copies) == {ids["s03"], ids["s04"]}
    save(engine, rater, (ids["s03"], given(score=4)), (copies[ids["s03"]], given(score=2)))
    save(engine, other, (ids["s03"], given(score=1)))
    record = the_record(engine)
    assert record.originals == {copy: original for original, copy in copies.items()}
    (row,) = rater_checks([record])
    assert (row.rater, row.n_repeats, round(row.self_accord or 0, 6)) == ("Aisha", 1, 0.6)


def test_retired_checks_and_tasks_without_any_are_left_out(engine: Engine) -> None:
    ids, rater = marked(engine), rater_id(engine)
    save(engine, rater, (ids["s01"], given()), (ids["s02"], given()))
    with transaction(engine) as session:
        save_document(session, document([pair(3), pair(4)]))
    with reading(engine) as session:
        assert check_records(session) == []


def test_items_are_counted_by_what_they_are_asked_for(engine: Engine) -> None:
    stored(engine)  # five, and one for probes
    assert counts(engine) == Purposes("SampleSTS", "eng", 5, 0, 0, 0)
    with transaction(engine) as session:
        done = change_task(session, "SampleSTS", TaskChange(training=1, attention=2, repeat_share=1.0))
    assert done is not None
    assert (done.training, done.attention, done.from_judgment) == (1, 2, 2)
    assert counts(engine) == Purposes("SampleSTS", "eng", 3, 1, 2, 3)
    assert len(item_ids(engine)) == 3


def test_each_change_is_one_line_of_the_audit_trail_that_names_what_was_asked_for(engine: Engine) -> None:
    stored(engine)
    people = [rater_id(engine, "Bo"), rater_id(engine, "Aisha")]
    with transaction(engine) as session:
        change_task(session, "SampleSTS", TaskChange(state="closed", shared_share=0.4, annotators=people))
        change_task(session, "SampleSTS", TaskChange(annotators=[]))
        change_task(session, "SampleSTS", TaskChange())
    with reading(engine) as session:
        task, trail = find_task(session, "SampleSTS"), [(one.kind, one.detail) for one in events(session)]
        assert annotators_of(session, "SampleSTS") == []
    assert (task.state, task.overlap, task.shared_share) == ("closed", 2, 0.4)
    assert trail == [
        ("task", {"task": "SampleSTS", "annotators": []}),
        ("task", {"task": "SampleSTS", "state": "closed", "shared_share": 0.4, "annotators": ["Aisha", "Bo"]}),
    ]


def test_what_cannot_be_changes_nothing(engine: Engine) -> None:
    stored(engine)
    for name, change in (
        ("Nope", TaskChange(overlap=1)),
        ("SampleSTS", TaskChange(overlap=4, attention=50)),
        ("SampleSTS", TaskChange(overlap=4, annotators=[10**6])),
        ("SampleSTS", TaskChange(overlap=4, repeat_share=1.5)),
    ):
        with pytest.raises((InvalidInput, NotFound)), transaction(engine) as session:
            change_task(session, name, change)
    with reading(engine) as session:
        assert find_task(session, "SampleSTS").overlap == 2
        assert events(session) == []
