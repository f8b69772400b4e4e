"""Answers: added, never changed, stored once however often they are sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from documents import NOON, at_once, document, given, human, item_ids, pair, rater_id, record_of, stored
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from db import tables as t
from db.session import open_engine, reading, transaction, upgrade
from db.store.answer_import import import_answers
from db.store.answers import (
    Saved,
    all_answers,
    answer_row,
    own_answer,
    own_answered,
    progress,
    progress_by_subset,
    save_answers,
)
from db.store.assignments import lease, leased
from db.store.drafts import draft_of, drafts_of, save_draft
from db.store.raters import ensure_rater, raters
from db.store.tasks import save_document, set_task
from hume.errors import InvalidAnswer, NotFound
from hume.records import TRAIN, Answer, AnswerRecord, Progress, Rater, Task

SKIPPED = Answer("", "skipped", None, reason="cannot tell")


def save(engine: Engine, rater: int, *answers: tuple[int, Answer]) -> list[Saved]:
    with transaction(engine) as session:
        return save_answers(session, rater, answers)


def every_answer(engine: Engine) -> list[AnswerRecord]:
    with reading(engine) as session:
        return list(all_answers(session))


def test_answer_is_read_as_it_was_saved(engine: Engine) -> None:
    stored(engine)
    rater, item = rater_id(engine), item_ids(engine)[0]
    answer = Answer(
        item="s01",
        status="given",
        payload={"grades": {"d2": 1, "d1": 0.5}, "nul": "\0"},
        client_id="c1",
        comment="اقرأ\n<b>",
        confidence=3,
        milliseconds=5_000_000_000,
        order_shown=("d2", "d1"),
        created_at=NOON + timedelta(microseconds=1),
    )
    assert save(engine, rater, (item, answer)) == [Saved("c1", item, "saved", 1)]
    with reading(engine) as session:
        assert own_answer(session, rater, item) == answer
        assert own_answer(session, rater, item + 1) is None
    assert dict(record_of(engine).sheets[0].answers) == {"s01": answer}


def test_answer_without_a_moment_gets_this_one(engine: Engine) -> None:
    stored(engine)
    rater, item = rater_id(engine), item_ids(engine)[0]
    save(engine, rater, (item, given()))
    with reading(engine) as session:
        answer = own_answer(session, rater, item)
    assert answer is not None
    assert answer.created_at is not None
    assert abs(answer.created_at.timestamp() - __import__("time").time()) < 60
    assert answer.client_id


def test_edit_is_a_new_revision_and_the_old_one_stays(engine: Engine) -> None:
    stored(engine)
    rater, item = rater_id(engine), item_ids(engine)[0]
    save(engine, rater, (item, given("a", 1)))
    assert save(engine, rater, (item, given("b", 2)), (item, replace(SKIPPED, client_id="c"))) == [
        Saved("b", item, "saved", 2),
        Saved("c", item, "saved", 3),
    ]
    assert [(one.answer.revision, one.answer.client_id) for one in every_answer(engine)] == [
        (1, "a"),
        (2, "b"),
        (3, "c"),
    ]
    (latest,) = record_of(engine).sheets[0].answers.values()
    assert (latest.revision, latest.status, latest.payload, latest.reason) == (3, "skipped", None, "cannot tell")
    with reading(engine) as session:
        assert [(one.item_id, one.status) for one in own_answered(session, rater, 1)] == [(item, "skipped")]


def test_resend_is_harmless(engine: Engine) -> None:
    stored(engine)
    rater, (first, second, *_) = rater_id(engine), item_ids(engine)
    batch = [(first, given("a")), (second, given("b")), (first, given("a", 1))]
    assert [one.state for one in save(engine, rater, *batch)] == ["saved", "saved", "duplicate"]
    save(engine, rater, (first, given("later")))
    assert save(engine, rater, *batch[:2], (second, given("new"))) == [
        Saved("a", first, "duplicate", 1),
        Saved("b", second, "duplicate", 1),
        Saved("new", second, "saved", 2),
    ]
    assert len(every_answer(engine)) == 4
    assert every_answer(engine)[0].answer.payload == {"score": 4}


def test_same_batch_from_eight_threads_at_once_is_stored_once(engine: Engine) -> None:
    stored(engine, 20)
    rater = rater_id(engine)
    batch = [(item, given(f"c{item}-{number}")) for item in item_ids(engine) for number in range(3)]
    outcomes = at_once([partial(save, engine, rater, *batch)] * 8)
    states = Counter(one.state for saved in outcomes for one in saved)  # type: ignore[attr-defined]
    assert states == {"saved": 60, "duplicate": 420}
    assert len({tuple(one.revision for one in saved) for saved in outcomes}) == 1  # type: ignore[attr-defined]
    assert [one.answer.revision for one in every_answer(engine)] == [1, 2, 3] * 20


def test_edits_of_one_item_at_once_are_revisions_without_a_gap(engine: Engine) -> None:
    stored(engine)
    rater, item = rater_id(engine), item_ids(engine)[0]
    outcomes = at_once([partial(save, engine, rater, (item, given(f"c{number}"))) for number in range(12)])
    assert sorted(one.revision for (one,) in outcomes) == list(range(1, 13))  # type: ignore[misc]


def test_two_raters_have_revisions_of_their_own(engine: Engine) -> None:
    stored(engine)
    item = item_ids(engine)[0]
    for name in ("Aisha", "Bo"):
        assert save(engine, rater_id(engine, name), (item, given()))[0].revision == 1
    assert len(record_of(engine).sheets) == 2


def test_saving_takes_draft_and_lease_along_and_a_resend_leaves_the_next_draft(engine: Engine) -> None:
    subset = stored(engine)
    rater, (first, second, *_) = rater_id(engine), item_ids(engine)
    with transaction(engine) as session:
        lease(session, rater, [first, second], NOON)
        for item in (first, second):
            save_draft(session, rater, item, {"score": 1})
            save_draft(session, rater, item, {"score": item})
        save_draft(session, human(session, "Bo"), first, {"score": 5})
    save(engine, rater, (first, given("a")))
    with transaction(engine) as session:
        assert drafts_of(session, rater, [first, second]) == {second: {"score": second}}
        assert leased(session, rater, subset, NOON - timedelta(seconds=1)) == [second]
        assert draft_of(session, human(session, "Bo"), first) == {"score": 5}
        save_draft(session, rater, first, {"score": 2})
    save(engine, rater, (first, given("a")))
    with transaction(engine) as session:
        assert draft_of(session, rater, first) == {"score": 2}
        save_draft(session, rater, first, None)
        assert draft_of(session, rater, first) is None


def test_client_id_of_another_answer_is_refused_and_nothing_is_saved(engine: Engine) -> None:
    stored(engine)
    first, second, *_ = item_ids(engine)
    save(engine, rater_id(engine), (first, given("a")))
    for rater, item in ((rater_id(engine, "Bo"), first), (rater_id(engine), second)):
        with pytest.raises(InvalidAnswer, match="client_id 'a'"):
            save(engine, rater, (second, given("b")), (item, given("a")))
    assert len(every_answer(engine)) == 1


def test_unknown_item_or_rater_saves_nothing(engine: Engine) -> None:
    stored(engine)
    rater, item = rater_id(engine), item_ids(engine)[0]
    with pytest.raises(NotFound, match="no item 4711"):
        save(engine, rater, (item, given()), (4711, given()))
    with pytest.raises(NotFound, match="no rater 4711"):
        save(engine, 4711, (item, given()))
    assert every_answer(engine) == []
    assert save(engine, rater) == []


def test_database_itself_refuses_another_status_and_a_second_row_of_a_revision(engine: Engine) -> None:
    stored(engine)
    rater, item = rater_id(engine), item_ids(engine)[0]
    row = answer_row(rater, item, given(), "a", 1)
    for bad in ([{**row, "status": "maybe"}], [row, {**row, "client_id": "b"}], [row, {**row, "revision": 2}]):
        with transaction(engine) as session, session.begin_nested() as savepoint:
            with pytest.raises(IntegrityError):
                session.execute(insert(t.Answer), bad)
            savepoint.rollback()
    assert every_answer(engine) == []


def test_batch_of_more_answers_than_a_statement_has_room_for(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    stored(engine, 1)
    rater, item = rater_id(engine), item_ids(engine)[0]
    batch = [(item, given(f"c{number}")) for number in range(40_000)]
    assert {one.state for one in save(engine, rater, *batch)} == {"saved"}
    assert {one.state for one in save(engine, rater, *batch)} == {"duplicate"}
    engine.dispose()


# -- progress -----------------------------------------------------------------------------------------


def test_progress_counts_the_latest_answers_to_current_items(engine: Engine) -> None:
    subset = stored(engine, 6, overlap=1)
    rater, ids = rater_id(engine), item_ids(engine)
    yesterday, today = NOON - timedelta(days=1), NOON
    midnight = NOON.replace(hour=0)
    save(engine, rater, (ids[0], given(created_at=yesterday)), (ids[1], given(created_at=today)))
    save(engine, rater, (ids[0], replace(SKIPPED, created_at=midnight)))
    save(engine, rater_id(engine, "Bo"), (ids[2], given()), (ids[3], SKIPPED))
    save(engine, rater_id(engine, "model", "embedding"), *((item, given()) for item in ids))
    with reading(engine) as session:
        found = progress(session, rater, subset, midnight)
        assert found == Progress(total=6, answered=1, skipped=1, open=3, today=2)
        assert progress_by_subset(session, rater, midnight) == {subset: found}
        assert progress(session, 4711, subset, midnight).open == 4
        assert progress(session, rater, 4711, midnight) == Progress(0, 0, 0, 0, 0)
    with transaction(engine) as session:
        save_document(session, document([pair(2), pair(9, split=TRAIN)]))
        set_task(session, "SampleSTS", state="closed")
    with reading(engine) as session:
        assert progress(session, rater, subset, midnight) == Progress(total=1, answered=1, skipped=0, open=0, today=1)


def test_own_answered_is_in_the_order_of_answering(engine: Engine) -> None:
    subset = stored(engine)
    rater, ids = rater_id(engine), item_ids(engine)
    for minute, item in enumerate((ids[3], ids[0], ids[2], ids[3])):
        save(engine, rater, (item, given(created_at=NOON + timedelta(minutes=minute))))
    save(engine, rater_id(engine, "Bo"), (ids[1], given()))
    with reading(engine) as session:
        answered = own_answered(session, rater, subset)
    assert [one.item_id for one in answered] == [ids[0], ids[2], ids[3]]
    assert answered[2].created_at == NOON + timedelta(minutes=3)


# -- out and in again -----------------------------------------------------------------------------------


def answered_database(engine: Engine) -> None:
    """Revisions, skips, several raters, and answers to a version that is no longer current."""
    stored(engine)
    ids = item_ids(engine)
    aisha, model = rater_id(engine), rater_id(engine, "model", "embedding")
    save(engine, aisha, (ids[0], given("a1", comment="=1+1", confidence=2)), (ids[1], replace(SKIPPED, client_id="a2")))
    save(engine, aisha, (ids[0], given("a3", 1, milliseconds=12, order_shown=("d2", "d1"))))
    save(engine, model, *((item, given(f"m{item}")) for item in ids))
    change_first(engine)
    save(engine, aisha, (item_ids(engine)[0], given("a4")))


def change_first(engine: Engine) -> None:
    items = [pair(1, gold=0), *(pair(number) for number in range(2, 6)), pair(99, split=TRAIN)]
    with transaction(engine) as session:
        save_document(session, document(items))


def test_answers_go_out_and_in_exactly(engine: Engine, tmp_path: object) -> None:
    answered_database(engine)
    out = every_answer(engine)
    assert len(out) == 9
    other = open_engine(f"sqlite:///{tmp_path}/other.db")
    upgrade(other)
    stored(other)
    change_first(other)
    for expected in ((9, 0), (0, 9)):
        with transaction(other) as session:
            assert import_answers(session, iter(out)) == expected
    assert [anonymous(one) for one in every_answer(other)] == [anonymous(one) for one in out]
    with transaction(engine) as session:
        assert import_answers(session, out) == (0, 9)
    other.dispose()


def anonymous(record: AnswerRecord) -> AnswerRecord:
    """Without the rater's id, which is another in each database."""
    return replace(record, rater=replace(record.rater, id=None))


def test_all_answers_of_some_kinds(engine: Engine) -> None:
    answered_database(engine)
    with reading(engine) as session:
        assert {one.rater.kind for one in all_answers(session, ["human"])} == {"human"}
        assert len(list(all_answers(session, ["human", "embedding"]))) == 9


def record(client_id: str = "", **fields: object) -> AnswerRecord:
    answer = Answer("s01", "given", {"score": 1}, client_id=client_id)
    return AnswerRecord("SampleSTS", "eng", "test", Rater("human", "Aisha"), replace(answer, **fields))  # type: ignore[arg-type]


def test_import_without_client_ids_finds_them_again(engine: Engine) -> None:
    stored(engine)
    records = [record(), record(payload={"score": 2}, revision=2), record(item="s02")]
    for expected in ((3, 0), (0, 3)):
        with transaction(engine) as session:
            assert import_answers(session, records) == expected
    assert [one.answer.revision for one in every_answer(engine)] == [1, 2, 1]


def test_what_a_model_says_again_is_nothing_new(engine: Engine) -> None:
    stored(engine)
    save(engine, rater_id(engine, "model", "embedding"), (item_ids(engine)[0], given("here", 1)))
    model = Rater("embedding", "model")
    same, other = (replace(record(name, payload={"score": score}), rater=model) for name, score in (("a", 1), ("b", 2)))
    for found, expected in (([same], (0, 1)), ([same, other], (1, 1)), ([other], (0, 1))):
        with transaction(engine) as session:
            assert import_answers(session, found) == expected
    assert [one.answer.payload for one in every_answer(engine)] == [{"score": 1}, {"score": 2}]


def test_imported_revision_that_is_taken_becomes_the_next(engine: Engine) -> None:
    stored(engine)
    save(engine, rater_id(engine), (item_ids(engine)[0], given("here")))
    with transaction(engine) as session:
        assert import_answers(session, [record("there"), record("later", revision=7)]) == (2, 0)
    assert [(one.answer.client_id, one.answer.revision) for one in every_answer(engine)] == [
        ("here", 1),
        ("there", 2),
        ("later", 7),
    ]


@pytest.mark.parametrize(
    ("unknown", "named"),
    [
        (record(item="s77"), r"no item 's77' \(version 1, split 'test'\) in SampleSTS/eng, which Aisha"),
        (record(item_version=3), "version 3"),
        (replace(record(), split="dev"), "split 'dev'"),
        (replace(record(), subset="dan"), "SampleSTS/dan"),
        (replace(record(), task="Nope"), "Nope/eng"),
    ],
)
def test_import_for_an_unknown_item_is_refused_whole(engine: Engine, unknown: AnswerRecord, named: str) -> None:
    stored(engine)
    with pytest.raises(NotFound, match=named), transaction(engine) as session:
        import_answers(session, [record("fine"), unknown, record(item="s78")])
    assert every_answer(engine) == []
    with reading(engine) as session:
        assert raters(session) == []


def test_import_under_the_client_id_of_another_is_refused(engine: Engine) -> None:
    stored(engine)
    with pytest.raises(InvalidAnswer, match="client_id 'x'"), transaction(engine) as session:
        import_answers(session, [record("x"), record("x", item="s02")])


# -- raters ---------------------------------------------------------------------------------------------


def test_rater_is_stored_once_by_kind_name_revision_and_protocol(engine: Engine) -> None:
    model = Rater("embedding", "m", "r1", "mteb")
    others = [
        replace(model, **{name: "llm" if name == "kind" else "x"}) for name in ("kind", "name", "revision", "protocol")
    ]

    def ensure(rater: Rater) -> int | None:
        with transaction(engine) as session:
            return ensure_rater(session, rater).id

    ids = at_once([partial(ensure, rater) for rater in [model, *others] * 3])
    assert len(set(ids)) == 5
    with reading(engine) as session:
        assert {replace(rater, id=None) for rater in raters(session)} == {model, *others}


def test_answers_of_a_task_with_the_same_item_key_stay_apart(engine: Engine) -> None:
    stored(engine)
    with transaction(engine) as session:
        save_document(session, document([pair(1)], Task("Another", "sts")))
        count = select(func.count()).select_from(t.Item).where(t.Item.key == "s01")
        assert session.scalars(count).one() == 2
        import_answers(session, [record("a")])
    assert [one.task for one in every_answer(engine)] == ["SampleSTS"]
