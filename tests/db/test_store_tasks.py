"""What an import does to tasks, subsets and items, and how they are read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from documents import at_once, document, given, human, item_ids, pair, rater_id, record_of, stored
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import IntegrityError

from db import tables as t
from db.session import reading, transaction
from db.store.answers import own_answer, save_answers
from db.store.items import Imported, every_version
from db.store.state import subset_states
from db.store.tasks import (
    each_subset_record,
    find_subset_id,
    find_task,
    item,
    outlines,
    save_document,
    set_task,
    subset_of,
    subset_records,
    tasks,
)
from hume.errors import InvalidInput, NotFound
from hume.records import TRAIN, Answer, Item, Rater, Subset, Task, TaskDocument, TaskState


def saved(engine: Engine, given: TaskDocument) -> Imported:
    with transaction(engine) as session:
        return save_document(session, given)


def n_rows(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalars(select(func.count()).select_from(t.Item)).one()


def test_what_is_stored_is_what_is_read(engine: Engine) -> None:
    task = Task(
        "HUMESTS22", "sts", "About", "CC0-1.0", "https://example.org", "r1", "Compare.", "# Read", {"min": 1, "max": 4},
        "draft", 3, is_sample=True,
    )  # fmt: skip
    subset = Subset("ar", ("ara-Arab",), "اقرأ", {"max": 5})
    items = (
        Item("b", {"sentence1": {"text": "مرحبا\0"}, "n": [1, 2.5, None, True]}, 3.25, "test", 1),
        Item("a", {"sentence1": {"text": "two"}}, None, "test", 0),
        Item("a", {"sentence1": {"text": "three"}}, {"d1": 2}, TRAIN, 0),
    )
    assert saved(engine, TaskDocument(task, ((subset, items),))) == Imported(added=3)
    found = record_of(engine)
    assert (found.task, found.subset) == (task, subset)
    assert [replace(one, id=None) for one in found.items] == [items[1], items[0]]
    assert [replace(one, id=None) for one in found.train] == [items[2]]
    assert found.settings == {"min": 1, "max": 5}
    with reading(engine) as session:
        assert find_subset_id(session, "HUMESTS22", "ar") == found.id
        assert subset_of(session, found.id or 0) == (task, subset)
        assert item(session, found.items[0].id or 0) == (task, subset, found.items[0])


def test_same_document_again_changes_nothing(engine: Engine) -> None:
    given = document([pair(1), pair(2), pair(9, split=TRAIN)])
    saved(engine, given)
    before = record_of(engine)
    with transaction(engine) as session:
        changes = session.scalars(select(t.Task.changes)).one()
    assert saved(engine, given) == Imported(unchanged=3)
    assert record_of(engine) == before
    with transaction(engine) as session:
        assert session.scalars(select(t.Task.changes)).one() == changes


def test_order_of_keys_and_the_spelling_of_numbers_are_no_change(engine: Engine) -> None:
    saved(engine, document([Item("a", {"x": 1, "y": {"p": 2, "q": 3}}, {"d1": 1, "d2": 0})]))
    again = Item("a", {"y": {"q": 3.0, "p": 2}, "x": 1}, {"d2": 0.0, "d1": 1})
    assert saved(engine, document([again])) == Imported(unchanged=1)


@pytest.mark.parametrize("changed", [pair(1, gold=5), replace(pair(1), content={"sentence1": {"text": "new"}})])
def test_changed_item_is_a_new_version_and_keeps_the_old_ones_answers(engine: Engine, changed: Item) -> None:
    saved(engine, document([pair(1), pair(2)]))
    old, _ = record_of(engine).items
    rater = rater_id(engine)
    with transaction(engine) as session:
        save_answers(session, rater, [(old.id or 0, given())])
    assert saved(engine, document([changed, pair(2)])) == Imported(changed=1, unchanged=1)
    found = record_of(engine)
    assert [(one.key, one.version) for one in found.items] == [("s01", 2), ("s02", 1)]
    assert found.sheets == ()
    with reading(engine) as session:
        assert item(session, old.id or 0)[2] == old
        answer = own_answer(session, rater, old.id or 0)
    assert answer is not None
    assert answer.item_version == 1


def test_item_that_goes_and_comes_back_has_its_answers_again(engine: Engine) -> None:
    saved(engine, document([pair(1), pair(2)]))
    before = record_of(engine).items
    with transaction(engine) as session:
        save_answers(session, human(session, "Aisha"), [(before[1].id or 0, given())])
    assert saved(engine, document([pair(1)])) == Imported(unchanged=1, retired=1)
    assert [one.key for one in record_of(engine).items] == ["s01"]
    assert record_of(engine).sheets == ()
    assert saved(engine, document([pair(1), pair(2, position=7)])) == Imported(unchanged=1, added=1)
    found = record_of(engine)
    assert found.items[1] == replace(before[1], position=7)
    assert list(found.sheets[0].answers) == ["s02"]
    assert n_rows(engine) == 2


def test_change_and_change_back(engine: Engine) -> None:
    for gold, expected in [(1, Imported(added=1)), (2, Imported(changed=1)), (1, Imported(changed=1))]:
        assert saved(engine, document([pair(1, gold=gold)])) == expected
    assert [(one.version, one.gold) for one in record_of(engine).items] == [(1, 1)]
    assert saved(engine, document([pair(1, gold=3)])) == Imported(changed=1)
    found = record_of(engine)
    assert [(one.version, one.gold) for one in found.items] == [(3, 3)]
    with reading(engine) as session:
        versions = every_version(session, found.id or 0)
    assert sorted((one.version, one.gold) for one in versions) == [(1, 1), (2, 2), (3, 3)]


def test_position_moves_in_place(engine: Engine) -> None:
    saved(engine, document([pair(1, position=0), pair(2, position=1)]))
    ids = item_ids(engine)
    assert saved(engine, document([pair(2, position=0), pair(1, position=1)])) == Imported(unchanged=2)
    assert item_ids(engine) == ids[::-1]


def test_one_key_in_two_splits_is_two_items(engine: Engine) -> None:
    saved(engine, document([pair(1), pair(1, gold=0, split=TRAIN)]))
    found = record_of(engine)
    assert [one.gold for one in found.items] == [3]
    assert [one.gold for one in found.train] == [0]


def test_subset_that_goes_is_left_out_with_its_items(engine: Engine) -> None:
    task = Task("SampleSTS", "sts")
    both = TaskDocument(task, ((Subset("eng"), (pair(1),)), (Subset("dan"), (pair(1), pair(2)))))
    saved(engine, both)
    assert saved(engine, TaskDocument(task, both.subsets[:1])) == Imported(unchanged=1, retired=2)
    with reading(engine) as session:
        assert [one.subset.name for one in subset_records(session)] == ["eng"]
        assert [(one.subset.name, one.n_items) for one in outlines(session)] == [("eng", 1)]
    assert saved(engine, both) == Imported(unchanged=1, added=2)


def test_reimport_updates_the_description_and_keeps_state_and_overlap(engine: Engine) -> None:
    saved(engine, document([pair(1)]))
    with transaction(engine) as session:
        set_task(session, "SampleSTS", state="closed", overlap=5)
    anew = Task("SampleSTS", "sts", "Better words", revision="2", settings={"max": 4}, state="open", overlap=1)
    assert saved(engine, document([pair(1)], anew, Subset("eng", ("eng-Latn",), "Look closely."))) == Imported(
        unchanged=1
    )
    with reading(engine) as session:
        assert find_task(session, "SampleSTS") == replace(anew, state="closed", overlap=5)
        assert subset_records(session)[0].subset.guidelines == "Look closely."


def test_task_cannot_become_one_of_another_type(engine: Engine) -> None:
    saved(engine, document([pair(1)]))
    with pytest.raises(InvalidInput, match="of the type sts, this one is of the type reranking"):
        saved(engine, document([pair(1)], Task("SampleSTS", "reranking")))


def test_there_is_one_current_version_of_a_key(engine: Engine) -> None:
    saved(engine, document([pair(1)]))
    with pytest.raises(IntegrityError):
        saved(engine, document([pair(1), pair(1, gold=9)]))
    assert [one.gold for one in record_of(engine).items] == [3]


def test_imports_of_one_task_at_once(engine: Engine) -> None:
    given = document([pair(number) for number in range(20)])
    done = at_once([lambda: saved(engine, given)] * 6)
    assert done.count(Imported(added=20)) == 1
    assert done.count(Imported(unchanged=20)) == 5


def test_what_is_not_there_is_named_beside_what_is(engine: Engine) -> None:
    with reading(engine) as session, pytest.raises(NotFound, match=r"none yet .hume import tasks"):
        find_task(session, "Nope")
    stored(engine)
    with reading(engine) as session:
        with pytest.raises(NotFound, match=r"'Nope'.*SampleSTS"):
            find_task(session, "Nope")
        with pytest.raises(NotFound, match=r"'Nope'.*SampleSTS"):
            subset_records(session, tasks=["SampleSTS", "Nope"])
        with pytest.raises(NotFound, match=r"'dan'.*eng"):
            find_subset_id(session, "SampleSTS", "dan")
        with pytest.raises(NotFound, match="no item 4711"):
            item(session, 4711)
        with pytest.raises(NotFound, match="SampleSTS"):
            subset_of(session, 4711)


@pytest.mark.parametrize("state", ["draft", "open", "closed"])
def test_state_and_overlap_are_set_apart(engine: Engine, state: TaskState) -> None:
    stored(engine, overlap=2)
    with transaction(engine) as session:
        set_task(session, "SampleSTS", state=state)
        set_task(session, "SampleSTS", overlap=4)
    with reading(engine) as session:
        assert [(one.state, one.overlap) for one in tasks(session)] == [(state, 4)]
    with transaction(engine) as session, pytest.raises(InvalidInput, match="overlap of SampleSTS"):
        set_task(session, "SampleSTS", overlap=0)


def test_an_answer_changes_the_state_of_its_own_subset_alone(engine: Engine) -> None:
    stored(engine)
    saved(engine, document([pair(1)], Task("Another", "sts")))
    rater = rater_id(engine)
    with reading(engine) as session:
        before, records = subset_states(session), subset_records(session)
        assert list(before) == [one.id for one in records]
        assert list(each_subset_record(session)) == records
    with transaction(engine) as session:
        save_answers(session, rater, [(records[1].items[0].id or 0, given())])
    with reading(engine) as session:
        after = subset_states(session)
        assert [one.id for one in subset_records(session, subset_ids=[records[1].id or 0])] == [records[1].id]
    assert [key for key, state in after.items() if before[key] != state] == [records[1].id]


def test_equal_payloads_are_read_once_and_the_latest_revision_counts(engine: Engine) -> None:
    stored(engine)
    rater, ids = rater_id(engine), item_ids(engine)
    with transaction(engine) as session:
        save_answers(session, rater, [(one, given(score=4)) for one in ids[:2]])
    with transaction(engine) as session:
        save_answers(session, rater, [(ids[2], given(score=1))])
        save_answers(session, rater, [(ids[2], given(score=4))])
    with reading(engine) as session:
        (record,) = subset_records(session)
    answers = list(record.sheets[0].answers.values())
    assert [(one.payload["score"], one.revision) for one in answers] == [(4, 1), (4, 1), (4, 2)]
    assert answers[0].payload is answers[2].payload


def test_without_details_answers_are_what_figures_are_made_of_and_equal_ones_are_one(engine: Engine) -> None:
    stored(engine)
    ids = item_ids(engine)
    with transaction(engine) as session:
        for name in ("Aisha", "Bo"):
            save_answers(session, human(session, name), [(ids[0], given(score=4)), (ids[1], given(score=1))])
    with reading(engine) as session:
        (whole,), (bare,) = subset_records(session), each_subset_record(session, details=False)
        assert next(iter(each_subset_record(session, kinds=["embedding"]))).sheets == ()
    assert bare.items == whole.items
    for sheet, known in zip(bare.sheets, whole.sheets, strict=True):
        assert sheet.rater == known.rater
        assert list(sheet.answers.values()) == [
            Answer(one.item, one.status, one.payload) for one in known.answers.values()
        ]
    first, second = (sheet.answers for sheet in bare.sheets)
    assert all(first[key] is second[key] for key in first)


def test_records_can_be_restricted(engine: Engine) -> None:
    stored(engine)
    saved(engine, document([pair(1)], Task("Another", "sts")))
    ids = {"human": rater_id(engine), "embedding": rater_id(engine, "model", "embedding")}
    with transaction(engine) as session:
        (sample,) = subset_records(session, tasks=["SampleSTS"])
        for rater in ids.values():
            save_answers(session, rater, [(one.id or 0, given()) for one in sample.items])
    with reading(engine) as session:
        assert [one.task.name for one in subset_records(session)] == ["Another", "SampleSTS"]
        assert [one.task.name for one in outlines(session, ["SampleSTS"])] == ["SampleSTS"]
        (both,) = subset_records(session, tasks=["SampleSTS"])
        (people,) = subset_records(session, tasks=["SampleSTS"], kinds=["human"])
        (bare,) = subset_records(session, tasks=["SampleSTS"], answers=False)
    assert [sheet.rater for sheet in both.sheets] == [
        Rater("embedding", "model", id=ids["embedding"]),
        Rater("human", "Aisha", id=ids["human"]),
    ]
    assert [len(sheet.answers) for sheet in both.sheets] == [5, 5]
    assert [sheet.rater.kind for sheet in people.sheets] == ["human"]
    assert bare.sheets == ()
    assert bare.items == both.items


def test_number_of_queries_does_not_grow_with_the_data(engine: Engine) -> None:
    counts = []
    for n in (1, 6):
        for number in range(n):
            saved(engine, document([pair(one) for one in range(10 * n)], Task(f"Task{number}", "sts")))
        with transaction(engine) as session:
            for record in subset_records(session):
                for name in range(n):
                    rater = human(session, f"r{name}")
                    save_answers(session, rater, [(one.id or 0, given()) for one in record.items])
        statements: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_: object, into: list[str] = statements) -> None:
            if statement.lstrip().startswith("SELECT"):
                into.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        with reading(engine) as session:
            records = subset_records(session)
        event.remove(engine, "before_cursor_execute", note)
        assert sum(len(sheet.answers) for record in records for sheet in record.sheets) == 10 * n * n * n
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 5
