"""What items are asked for: shared by all, asked twice, set apart for training and attention; and surplus answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from documents import NOON, at_once, document, given, item_ids, pair, rater_id, record_of, stored
from sqlalchemy import Engine, select

from db import tables as t
from db.session import open_engine, reading, transaction, upgrade
from db.store.annotators import annotators_of, assign_task, assigned
from db.store.answer_import import import_answers
from db.store.answers import all_answers, own_answered, progress, save_answers
from db.store.assignments import OpenItem, given_before, lease, leased, open_items, training_done
from db.store.purposes import SetApart, set_apart
from db.store.tasks import outlines, save_document, set_task
from hume.errors import InvalidInput, NotFound
from hume.records import REPEAT, TRAIN, Answer, Item, Purpose, Subset, Task, TaskDocument

LATER = NOON + timedelta(hours=2)


def change(engine: Engine, **how: object) -> None:
    with transaction(engine) as session:
        set_task(session, "SampleSTS", **how)  # type: ignore[arg-type]


def apart(engine: Engine, **how: int) -> SetApart:
    with transaction(engine) as session:
        return set_apart(session, "SampleSTS", **how)


def opened(engine: Engine, rater: int, subset: int, now: datetime = NOON) -> list[OpenItem]:
    with transaction(engine) as session:
        return open_items(session, rater, subset, now)


def answer(engine: Engine, rater: int, *items: int, status: str = "given", at: datetime = NOON) -> None:
    one = given(created_at=at) if status == "given" else Answer("", "skipped", created_at=at)
    with transaction(engine) as session:
        save_answers(session, rater, [(item, one) for item in items])


def hold(engine: Engine, rater: int, *items: int) -> None:
    with transaction(engine) as session:
        lease(session, rater, items, LATER)


def rows(engine: Engine, *conditions: object) -> list[t.Item]:
    with reading(engine) as session:
        return list(session.scalars(select(t.Item).where(*conditions).order_by(t.Item.id)))  # type: ignore[arg-type]


def current(engine: Engine, purpose: Purpose) -> list[t.Item]:
    return rows(engine, t.Item.purpose == purpose, t.Item.retired.is_(False))


def shared(engine: Engine) -> set[str]:
    return {row.key for row in rows(engine, t.Item.shared.is_(True))}


# -- shared items -------------------------------------------------------------------------------------


def test_a_share_of_the_evaluated_items_is_for_everybody(engine: Engine) -> None:
    subset = stored(engine, 10, overlap=1)
    change(engine, shared_share=0.3)
    few = shared(engine)
    assert len(few) == 3
    change(engine, shared_share=0.5)
    assert few < shared(engine)
    assert len(shared(engine)) == 5
    change(engine, shared_share=0.01)
    assert len(shared(engine)) == 1
    change(engine, overlap=2)
    assert len(shared(engine)) == 1
    (item,) = rows(engine, t.Item.shared.is_(True))
    for name in ("Aisha", "Bo", "Cy", "Di"):
        answer(engine, rater_id(engine, name), *item_ids(engine))
    eve = rater_id(engine, "Eve")
    assert opened(engine, eve, subset) == [OpenItem(item.id, 0, shared=True)]
    with reading(engine) as session:
        assert progress(session, eve, subset, NOON).open == 1
        assert not any(one.answer.surplus for one in all_answers(session) if one.answer.item == item.key)
    change(engine, shared_share=0)
    assert shared(engine) == set()
    assert opened(engine, eve, subset) == []


def test_the_same_keys_are_shared_in_every_subset_and_whatever_the_order(engine: Engine) -> None:
    items = [pair(number) for number in range(20)]
    subsets = ((Subset("eng"), tuple(items)), (Subset("dan"), tuple(items[::-1])))
    with transaction(engine) as session:
        save_document(session, TaskDocument(Task("SampleSTS", "sts", shared_share=0.2), subsets))
    found = [{row.key for row in rows(engine, t.Item.subset_id == n, t.Item.shared.is_(True))} for n in (1, 2)]
    assert found[0] == found[1]
    assert len(found[0]) == 4


def test_new_items_are_shared_in_the_same_share_and_train_items_never_are(engine: Engine) -> None:
    with transaction(engine) as session:
        items = [pair(number) for number in range(4)]
        save_document(session, document(items, Task("SampleSTS", "sts", shared_share=0.5)))
    assert len(shared(engine)) == 2
    with transaction(engine) as session:
        more = [*(pair(number) for number in range(8)), *(pair(number, split=TRAIN) for number in range(8))]
        save_document(session, document(more, Task("SampleSTS", "sts")))
    assert [row.split for row in rows(engine, t.Item.shared.is_(True))] == ["test"] * 4


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_from_0_to_1(engine: Engine, share: float) -> None:
    stored(engine)
    for name in ("shared_share", "repeat_share"):
        with pytest.raises(InvalidInput, match="from 0 to 1"):
            change(engine, **{name: share})


def test_shares_are_kept_on_reimport(engine: Engine) -> None:
    stored(engine)
    change(engine, shared_share=0.5, repeat_share=0.25)
    stored(engine, 6, shared_share=1, repeat_share=1)
    task = record_of(engine).task
    assert (task.shared_share, task.repeat_share) == (0.5, 0.25)


# -- repeats --------------------------------------------------------------------------------------------


def test_a_share_of_the_items_has_a_copy_that_is_in_no_figure(engine: Engine) -> None:
    subset = stored(engine, 8)
    before = record_of(engine)
    change(engine, repeat_share=0.25)
    copies = current(engine, "repeat")
    assert len(copies) == 2
    originals = {item.id: item for item in before.items}
    for copy in copies:
        original = originals[copy.repeats_id]
        assert (copy.split, copy.key, copy.version) == (REPEAT, original.key, original.version)
        assert (copy.content, copy.gold) == (original.content, original.gold)
    for rater in (rater_id(engine), rater_id(engine, "model", "embedding")):
        answer(engine, rater, *(copy.id for copy in copies))
    after = record_of(engine)
    assert after.items == before.items
    assert after.sheets == ()
    with reading(engine) as session:
        assert outlines(session)[0].n_items == 8
        assert progress(session, rater_id(engine, "Bo"), subset, NOON).total == 8
    change(engine, repeat_share=0)
    assert current(engine, "repeat") == []
    change(engine, repeat_share=0.25)
    assert [row.id for row in current(engine, "repeat")] == [copy.id for copy in copies]


def test_a_copy_goes_with_its_original_and_follows_its_versions(engine: Engine) -> None:
    items = [pair(number) for number in range(3)]
    with transaction(engine) as session:
        save_document(session, document(items, Task("SampleSTS", "sts", repeat_share=1)))
    (first, *_) = current(engine, "repeat")
    with transaction(engine) as session:
        save_document(session, document([pair(0, gold=5), pair(1)]))
    found = current(engine, "repeat")
    assert [(row.key, row.version, row.gold) for row in found] == [("s01", 1, 3), ("s00", 2, 5)]
    assert {row.repeats_id for row in found} == set(item_ids(engine))
    with transaction(engine) as session:
        save_document(session, document(items))
    assert first.id in [row.id for row in current(engine, "repeat")]
    assert len(current(engine, "repeat")) == 3


def test_a_repeat_is_open_to_those_who_gave_an_answer_to_the_original(engine: Engine) -> None:
    subset = stored(engine, 1, overlap=1)
    change(engine, repeat_share=1)
    (item,), (copy,) = item_ids(engine), current(engine, "repeat")
    me, bo = rater_id(engine), rater_id(engine, "Bo")
    assert opened(engine, me, subset) == [OpenItem(item, 0)]
    answer(engine, me, item, status="skipped")
    assert opened(engine, me, subset) == []
    answer(engine, me, item, at=NOON + timedelta(days=1))
    assert opened(engine, me, subset) == [OpenItem(copy.id, 0, "repeat", answered_at=NOON + timedelta(days=1))]
    assert opened(engine, bo, subset) == []
    with reading(engine) as session:
        assert progress(session, me, subset, NOON).total == 1
        assert given_before(session, me, [item, copy.id]) == {item}
    hold(engine, me, copy.id)
    with reading(engine) as session:
        counted = progress(session, me, subset, NOON)
        assert (counted.total, counted.answered, counted.open) == (2, 1, 1)
        assert progress(session, bo, subset, NOON).total == 1
    answer(engine, me, copy.id)
    assert opened(engine, me, subset) == []
    with reading(engine) as session:
        counted = progress(session, me, subset, NOON)
        assert (counted.total, counted.answered, counted.open) == (2, 2, 0)
        assert [one.item_id for one in own_answered(session, me, subset)] == [copy.id, item]
        assert not any(one.answer.surplus for one in all_answers(session))


def test_answers_to_repeats_are_exported_and_come_back_elsewhere(engine: Engine, tmp_path: object) -> None:
    stored(engine, 2)
    change(engine, repeat_share=1)
    me = rater_id(engine)
    answer(engine, me, *item_ids(engine), *(row.id for row in current(engine, "repeat")))
    with reading(engine) as session:
        records = list(all_answers(session))
    assert sorted(record.purpose for record in records) == ["judgment", "judgment", "repeat", "repeat"]
    with transaction(engine) as session:
        save_document(session, document([pair(number) for number in (1, 2)], Task("Other", "sts")))
        moved = [replace(one, task="Other", answer=replace(one.answer, client_id="")) for one in records]
        assert import_answers(session, moved).added == 4
        assert import_answers(session, moved).unchanged == 4
        set_task(session, "Other", repeat_share=1)
    others = [row for row in current(engine, "repeat") if row.subset_id == 2]
    with reading(engine) as session:
        found = [one for one in all_answers(session) if one.task == "Other" and one.split == REPEAT]
    assert [one.answer.item for one in found] == [row.key for row in others] == ["s01", "s02"]


# -- items set apart --------------------------------------------------------------------------------------


def with_train(engine: Engine, n_train: int, n_items: int = 6) -> int:
    items = [pair(number) for number in range(n_items)]
    items += [pair(number, split=TRAIN) for number in range(50, 50 + n_train)]
    with transaction(engine) as session:
        save_document(session, document([*items, pair(99, gold=None)]))
    return record_of(engine).id or 0


def test_items_set_apart_come_from_the_train_split_and_stay_in_it(engine: Engine) -> None:
    with_train(engine, 5)
    before = record_of(engine)
    assert apart(engine, training=3, attention=2) == SetApart(3, 2, 0)
    found = record_of(engine)
    assert found.items == before.items
    assert [item.key for item in found.train] == [item.key for item in before.train]
    assert sorted(item.purpose for item in found.train) == ["attention"] * 2 + ["training"] * 3
    assert apart(engine, training=0, attention=0) == SetApart(0, 0, 0)
    assert record_of(engine) == before


def test_where_the_train_split_has_too_few_they_leave_the_evaluated_items_and_come_back(engine: Engine) -> None:
    subset = with_train(engine, 1)
    before = record_of(engine)
    assert apart(engine, training=2, attention=1, seed=1) == SetApart(2, 1, 2)
    assert len(record_of(engine).items) == 5
    assert apart(engine, training=2, attention=1, seed=2) == SetApart(2, 1, 0)
    trained = current(engine, "training")
    assert all(row.gold is not None for row in trained)
    me = rater_id(engine)
    answer(engine, me, trained[0].id)
    assert [len(sheet.answers) for sheet in record_of(engine).sheets] == []
    assert [one.purpose for one in opened(engine, me, subset)].count("training") == 1
    with reading(engine) as session:
        assert training_done(session, me, subset) == (1, 2)
        assert progress(session, me, subset, NOON).total == 6
        assert progress(session, me, subset, NOON).answered == 0
    # Whoever has seen an item's gold judges it no more.
    assert apart(engine, training=0, attention=0) == SetApart(1, 0, 0)
    assert [row.id for row in current(engine, "training")] == [trained[0].id]
    assert [item.key for item in record_of(engine).items] == [
        item.key for item in before.items if item.key != trained[0].key
    ]


def test_unanswered_items_are_set_apart_first_and_the_draw_depends_on_the_seed(engine: Engine) -> None:
    with_train(engine, 0, 30)
    ids = item_ids(engine)
    answer(engine, rater_id(engine), *ids[:25])
    answer(engine, rater_id(engine, "model", "embedding"), *ids)
    apart(engine, training=4)
    first = {row.id for row in current(engine, "training")}
    assert first <= set(ids[25:])
    apart(engine, training=0)
    apart(engine, training=4)
    assert {row.id for row in current(engine, "training")} == first
    apart(engine, training=0)
    draws = set()
    for seed in range(8):
        apart(engine, training=2, seed=seed)
        draws.add(tuple(row.id for row in current(engine, "training")))
        apart(engine, training=0)
    assert len(draws) > 1


def test_too_many_to_set_apart_is_refused_and_changes_nothing(engine: Engine) -> None:
    with_train(engine, 2, 3)
    before = record_of(engine)
    for how in ({"training": 4}, {"training": 2, "attention": 4}, {"attention": -1}):
        with pytest.raises(InvalidInput, match="SampleSTS/eng"):
            apart(engine, **how)
    assert record_of(engine) == before
    with pytest.raises(NotFound), transaction(engine) as session:
        set_apart(session, "Nope", training=1)


def test_an_administrators_choice_survives_an_import_and_a_files_own_follows_it(engine: Engine) -> None:
    items = [pair(number) for number in range(6)]
    items[0] = replace(items[0], purpose="training")
    with transaction(engine) as session:
        save_document(session, document(items))
    assert apart(engine, training=2, attention=1) == SetApart(2, 1, 2)
    chosen = {row.key: row.purpose for row in rows(engine, t.Item.set_apart.is_(True))}
    with transaction(engine) as session:
        save_document(session, document(items))
    assert {row.key: row.purpose for row in rows(engine, t.Item.set_apart.is_(True))} == chosen
    # Changed items, too, and the file's own marks come and go with the file.
    anew = [replace(pair(number, gold=1), purpose="attention" if number == 5 else "judgment") for number in range(6)]
    with transaction(engine) as session:
        save_document(session, document(anew))
    found = {row.key: row.purpose for row in rows(engine, t.Item.retired.is_(False)) if row.purpose != "judgment"}
    assert found == {"s05": "attention"} | chosen


def test_a_mark_of_the_file_alone_is_a_change_that_keeps_the_version(engine: Engine) -> None:
    with transaction(engine) as session:
        save_document(session, document([pair(1), pair(2)]))
    ids = item_ids(engine)
    with transaction(engine) as session:
        save_document(session, document([pair(1), replace(pair(2), purpose="attention")]))
    assert item_ids(engine) == ids[:1]
    assert [row.id for row in current(engine, "attention")] == ids[1:]


def test_items_set_apart_are_neither_shared_nor_repeated(engine: Engine) -> None:
    with_train(engine, 0, 6)
    change(engine, shared_share=1, repeat_share=1)
    apart(engine, training=2, attention=1)
    assert all(row.purpose == "judgment" for row in rows(engine, t.Item.shared.is_(True)))
    assert {row.repeats_id for row in current(engine, "repeat")} == set(item_ids(engine))


def test_attention_items_are_asked_of_everybody_and_are_in_no_figure(engine: Engine) -> None:
    subset = with_train(engine, 0, 6)
    apart(engine, attention=1)
    (check,) = current(engine, "attention")
    change(engine, overlap=1)
    raters = [rater_id(engine, name) for name in ("Aisha", "Bo", "Cy")]
    for rater in raters:
        assert check.id in [one.item_id for one in opened(engine, rater, subset)]
        with reading(engine) as session:
            assert progress(session, rater, subset, NOON).total == 7
        answer(engine, rater, check.id)
        assert check.id not in [one.item_id for one in opened(engine, rater, subset)]
    assert record_of(engine).sheets == ()
    with reading(engine) as session:
        assert not any(one.answer.surplus for one in all_answers(session))
        assert progress(session, raters[0], subset, NOON).answered == 1


# -- surplus --------------------------------------------------------------------------------------------


def surplus(engine: Engine) -> list[tuple[str, int, bool]]:
    with reading(engine) as session:
        return [(one.rater.name, one.answer.revision, one.answer.surplus) for one in all_answers(session)]


def test_an_answer_that_comes_after_the_lease_and_the_others_is_kept_as_surplus(engine: Engine) -> None:
    subset = stored(engine, 1, overlap=1)
    (item,), me, bo = item_ids(engine), rater_id(engine), rater_id(engine, "Bo")
    hold(engine, me, item)
    assert opened(engine, bo, subset) == []
    assert [one.item_id for one in opened(engine, bo, subset, LATER)] == [item]
    answer(engine, bo, item)
    answer(engine, me, item)
    assert surplus(engine) == [("Aisha", 1, True), ("Bo", 1, False)]
    assert [len(sheet.answers) for sheet in record_of(engine).sheets] == [1, 1]
    # Whoever has a place keeps it in later revisions, and whoever has none gets none by them.
    answer(engine, bo, item)
    answer(engine, me, item)
    assert surplus(engine) == [("Aisha", 1, True), ("Aisha", 2, True), ("Bo", 1, False), ("Bo", 2, False)]


def test_skips_models_and_surplus_answers_take_no_place(engine: Engine) -> None:
    stored(engine, 1, overlap=1)
    (item,), me, bo = item_ids(engine), rater_id(engine), rater_id(engine, "Bo")
    answer(engine, rater_id(engine, "model", "embedding"), item)
    answer(engine, rater_id(engine, "made up", "simulated"), item)
    answer(engine, bo, item, status="skipped")
    answer(engine, me, item)
    answer(engine, bo, item)
    assert {name: flag for name, _, flag in surplus(engine)} == {
        "model": False, "made up": False, "Aisha": False, "Bo": True,
    }  # fmt: skip
    # A place that was given up is there for the next.
    answer(engine, me, item, status="skipped")
    answer(engine, rater_id(engine, "Cy"), item)
    assert surplus(engine)[-1] == ("Cy", 1, False)


def test_of_many_late_answers_at_once_as_many_as_the_overlap_are_regular(engine: Engine) -> None:
    stored(engine, 3, overlap=2)
    ids = item_ids(engine)
    raters = [rater_id(engine, f"r{number}") for number in range(12)]
    works = [partial(answer, engine, rater, *(ids if n % 2 else ids[::-1])) for n, rater in enumerate(raters)]
    assert at_once(works) == [None] * 12
    with reading(engine) as session:
        records = list(all_answers(session))
    for key in ("s01", "s02", "s03"):
        assert sorted(one.answer.surplus for one in records if one.answer.item == key) == [False] * 2 + [True] * 10


def test_one_rater_who_asks_for_work_and_saves_at_once_waits_for_no_one_in_a_circle(engine: Engine) -> None:
    subset = stored(engine, 40, overlap=1)
    me, ids = rater_id(engine), item_ids(engine)

    def ask() -> None:
        for _ in range(10):
            with transaction(engine) as session:
                free = [one.item_id for one in open_items(session, me, subset, NOON)]
                lease(session, me, free[:5], LATER)

    def save(start: int) -> None:
        for item in ids[start::4]:
            answer(engine, me, item)

    assert at_once([ask, ask, *(partial(save, start) for start in range(4))]) == [None] * 6


def test_an_item_that_is_held_stays_though_late_answers_fill_it(engine: Engine) -> None:
    subset = stored(engine, 1, overlap=1)
    (item,), me = item_ids(engine), rater_id(engine)
    hold(engine, me, item)
    answer(engine, rater_id(engine, "Bo"), item)
    assert [one.item_id for one in opened(engine, me, subset)] == [item]
    with reading(engine) as session:
        assert leased(session, me, subset, NOON) == [item]
    assert opened(engine, me, subset, LATER) == []


def test_surplus_comes_back_with_an_import(engine: Engine, tmp_path: object) -> None:
    stored(engine, 1, overlap=1)
    (item,) = item_ids(engine)
    for name in ("Aisha", "Bo"):
        answer(engine, rater_id(engine, name), item)
    with reading(engine) as session:
        records = list(all_answers(session))
    elsewhere = open_engine(f"sqlite:///{tmp_path}/elsewhere.db")
    upgrade(elsewhere)
    stored(elsewhere, 1)
    with transaction(elsewhere) as session:
        import_answers(session, records)
        assert [one.answer for one in all_answers(session)] == [one.answer for one in records]
    elsewhere.dispose()


# -- people, pace -----------------------------------------------------------------------------------------


def test_a_task_is_assigned_to_people_and_to_everybody_again(engine: Engine) -> None:
    stored(engine)
    me, bo, model = rater_id(engine), rater_id(engine, "Bo"), rater_id(engine, "model", "embedding")
    with transaction(engine) as session:
        assert annotators_of(session, "SampleSTS") == []
        assign_task(session, "SampleSTS", [bo, me, bo])
        assert annotators_of(session, "SampleSTS") == [me, bo]
        assign_task(session, "SampleSTS", [bo])
        assert assigned(session) == {"SampleSTS": [bo]}
        for nobody in (model, 4711):
            with pytest.raises(InvalidInput, match=f"rater {nobody}"):
                assign_task(session, "SampleSTS", [me, nobody])
        assert annotators_of(session, "SampleSTS") == [bo]
        assign_task(session, "SampleSTS", [])
        assert assigned(session) == {}
        for call in (partial(assign_task, rater_ids=[]), annotators_of):
            with pytest.raises(NotFound):
                call(session, "Nope")


def test_pace_is_the_median_of_ones_own_latest_given_answers_here(engine: Engine) -> None:
    subset = stored(engine, 60, overlap=9)
    me, ids = rater_id(engine), item_ids(engine)

    def pace() -> int | None:
        with reading(engine) as session:
            return progress(session, me, subset, NOON).pace_ms

    def timed(item: int, milliseconds: int | None, minute: int, **how: object) -> None:
        with transaction(engine) as session:
            at = NOON + timedelta(minutes=minute)
            one = replace(given(created_at=at), milliseconds=milliseconds, **how)  # type: ignore[arg-type]
            save_answers(session, me, [(item, one)])

    for place, milliseconds in enumerate((1000, 9000, 2000, 3000)):
        timed(ids[place], milliseconds, place)
    timed(ids[4], 90_000, 4, status="skipped", payload=None)
    timed(ids[5], None, 5)
    assert pace() is None
    timed(ids[6], 2600, 6)
    assert pace() == 2600
    timed(ids[1], 100, 7)  # its latest revision
    assert pace() == 2000
    with transaction(engine) as session:
        rows = [(item, replace(given(created_at=NOON + timedelta(days=1)), milliseconds=700)) for item in ids[10:60]]
        save_answers(session, me, rows)
    assert pace() == 700


def test_item_says_whether_it_is_evaluated() -> None:
    item = Item("a", {}, None)
    assert item.is_evaluated
    assert not replace(item, split=TRAIN).is_evaluated
    assert not any(replace(item, purpose=one).is_evaluated for one in ("training", "attention", "repeat"))  # type: ignore[arg-type]
