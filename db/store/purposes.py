"""What items are asked for: those shared by all, copies for asking twice, and those set apart to train and to check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import Select, exists, insert, literal, null, select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.store.conditions import is_evaluated
from db.store.sql import batches
from db.store.task_rows import count_change, find_task_row, queue_changes
from hume.errors import InvalidInput
from hume.records import REPEAT, TRAIN, Purpose


class SetApart(NamedTuple):
    """What `set_apart` did, over all subsets of a task."""

    training: int
    """Training items that there are now."""
    attention: int
    from_judgment: int
    """Items that were evaluated before and are not any more."""


class _Candidate(NamedTuple):
    id: int
    key: str
    split: str
    purpose: Purpose
    set_apart: bool
    has_gold: bool
    is_answered: bool
    """Whether a person has answered it."""


# -- shared items and repeats -------------------------------------------------------------------------


def renew_marks(session: Session, task: t.Task) -> None:
    """Bring the task's shared items and repeats in line with its shares and its current evaluated items.

    Of each subset the share with the smallest hashes of task, split and key is taken, rounded to whole items and at
    least one: the same keys in every subset, whatever the order of the file, and those of a smaller share are among
    those of a larger one.
    """
    subsets = select(t.Subset.id).where(t.Subset.task_id == task.id)
    query = select(t.Item.subset_id, t.Item.id, t.Item.split, t.Item.key).where(t.Item.subset_id.in_(subsets))
    evaluated: dict[int, dict[int, str]] = defaultdict(dict)
    for subset_id, item_id, split, key in session.execute(query.where(is_evaluated()).order_by(t.Item.id)):
        evaluated[subset_id][item_id] = f"{task.name}|{split}|{key}"
    shared = [one for items in evaluated.values() for one in _share(items, task.shared_share, "shared")]
    repeated = [one for items in evaluated.values() for one in _share(items, task.repeat_share, "repeat")]
    _mark_shared(session, task.id, set(shared))
    _keep_copies(session, task.id, set(repeated))


def copy_items(session: Session, item_ids: Iterable[int], retired: bool = False) -> None:
    """Make the copies of these items for asking twice; each gets the version of its original."""
    copied = (t.Item.subset_id, t.Item.key, t.Item.version, t.Item.position)
    whole = (t.Item.content, t.Item.gold, t.Item.content_hash)
    marks = {"split": REPEAT, "purpose": "repeat", "retired": retired, "set_apart": False, "shared": False}
    for some in batches(sorted(item_ids)):
        columns = [*copied, *whole, *(literal(value) for value in marks.values()), t.Item.id]
        names = [*(column.key for column in (*copied, *whole)), *marks, "repeats_id"]
        session.execute(insert(t.Item).from_select(names, select(*columns).where(t.Item.id.in_(some))))


def _share(items: Mapping[int, str], share: float, what: str) -> list[int]:
    count = max(round(share * len(items)), 1) if share > 0 and items else 0
    return sorted(items, key=lambda one: blake2b(f"{what}|{items[one]}".encode(), digest_size=8).digest())[:count]


def _mark_shared(session: Session, task_id: int, wanted: set[int]) -> None:
    current = set(session.scalars(_items_of(task_id).where(t.Item.shared.is_(True))))
    changes = [{"id": one, "shared": one in wanted} for one in sorted(wanted ^ current)]
    if changes:
        session.execute(update(t.Item), changes)


def _keep_copies(session: Session, task_id: int, wanted: set[int]) -> None:
    query = select(t.Item.id, t.Item.repeats_id, t.Item.retired).join(t.Subset, t.Subset.id == t.Item.subset_id)
    query = query.where(t.Subset.task_id == task_id, t.Item.repeats_id.is_not(None))
    copies = {original: (item_id, retired) for item_id, original, retired in session.execute(query)}
    changes = [
        {"id": item_id, "retired": original not in wanted}
        for original, (item_id, retired) in copies.items()
        if retired == (original in wanted)
    ]
    # Those that go, go first: a key has one current copy.
    for some in ([one for one in changes if one["retired"]], [one for one in changes if not one["retired"]]):
        if some:
            session.execute(update(t.Item), some)
    copy_items(session, wanted - set(copies))


def _items_of(task_id: int) -> Select[int]:
    return select(t.Item.id).join(t.Subset, t.Subset.id == t.Item.subset_id).where(t.Subset.task_id == task_id)


# -- items set apart ----------------------------------------------------------------------------------


def set_apart(
    session: Session, task: str, training: int | None = None, attention: int | None = None, seed: int = 42
) -> SetApart:
    """Have so many training and attention items in each subset of a task; None leaves their number as it is.

    What the task's file marks counts and stays. What lacks is drawn by `seed` from the items with gold, those first
    that nobody has answered: from the split `train` where there are enough, else from the evaluated items, which then
    leave the figures. What is too much goes back, except training items that somebody has answered: who has seen the
    gold of an item judges it no more. InvalidInput, changing nothing, where there are not enough; NotFound for an
    unknown task.
    """
    queue_changes(session)
    row = find_task_row(session, task)
    changes: dict[int, Purpose] = {}
    total = SetApart(0, 0, 0)
    for subset_id, name in session.execute(select(t.Subset.id, t.Subset.name).where(t.Subset.task_id == row.id)):
        items = _candidates(session, subset_id)
        if not items:
            continue
        before = {one.id: one for one in items if _evaluated(one)}
        for purpose, count in (("training", training), ("attention", attention)):
            if count is not None:
                items = _with(items, purpose, count, seed, f"{task}/{name}")  # type: ignore[arg-type]
        total = _counted(total, items, before)
        changes |= {one.id: one.purpose for one in items}
    _carry_out(session, changes)
    renew_marks(session, row)
    count_change(session, row.id)
    return total


def _candidates(session: Session, subset_id: int) -> list[_Candidate]:
    answered = exists().where(t.Answer.item_id == t.Item.id, t.Answer.rater_id == t.Rater.id, t.Rater.kind == "human")
    has_gold = t.Item.gold.is_not(null())
    columns = (t.Item.id, t.Item.key, t.Item.split, t.Item.purpose, t.Item.set_apart, has_gold, answered)
    current = (t.Item.subset_id == subset_id, t.Item.retired.is_(False), t.Item.purpose != "repeat")
    return [_Candidate(*row) for row in session.execute(select(*columns).where(*current).order_by(t.Item.id))]


def _with(items: list[_Candidate], purpose: Purpose, count: int, seed: int, where: str) -> list[_Candidate]:
    """The items with their purposes changed so that `count` have this one."""
    if count < 0:
        raise InvalidInput(f"{where} cannot have {count} {purpose} items.", "Give 0 or more.")

    def draw(one: _Candidate) -> tuple[bool, bytes]:
        return one.is_answered, blake2b(f"{seed}|{purpose}|{one.split}|{one.key}".encode(), digest_size=8).digest()

    there = [one for one in items if one.purpose == purpose]
    if len(there) >= count:
        free = [one for one in there if one.set_apart and not (purpose == "training" and one.is_answered)]
        changed = {one.id for one in sorted(free, key=draw, reverse=True)[: len(there) - count]}
        purpose = "judgment"
    else:
        changed = {one.id for one in _drawn(sorted(items, key=draw), count - len(there), purpose, where)}
    return [one._replace(purpose=purpose) if one.id in changed else one for one in items]


def _drawn(items: Sequence[_Candidate], count: int, purpose: Purpose, where: str) -> Sequence[_Candidate]:
    train = [one for one in items if one.purpose == "judgment" and one.split == TRAIN and one.has_gold]
    if len(train) >= count:
        return train[:count]
    evaluated = [one for one in items if _evaluated(one)]
    golden = [one for one in evaluated if one.has_gold]
    if count > len(golden) or count >= len(evaluated):
        raise InvalidInput(
            f"{where} has too few items for {count} more {purpose} items: {len(train)} with gold in the split for "
            f"probes, {len(golden)} with gold among the {len(evaluated)} evaluated ones, of which one at least must "
            "stay.",
            "Ask for fewer.",
        )
    return golden[:count]


def _evaluated(one: _Candidate) -> bool:
    return one.purpose == "judgment" and one.split != TRAIN


def _counted(total: SetApart, items: Sequence[_Candidate], before: Mapping[int, _Candidate]) -> SetApart:
    purposes = [one.purpose for one in items]
    left = sum(one.id in before and not _evaluated(one) for one in items)
    return SetApart(
        total.training + purposes.count("training"),
        total.attention + purposes.count("attention"),
        total.from_judgment + left,
    )


def _carry_out(session: Session, purposes: Mapping[int, Purpose]) -> None:
    """Store the purposes that differ; an item is set apart unless it is for judgment again."""
    stored: dict[int, Purpose] = {}
    for some in batches(sorted(purposes)):
        stored.update(session.execute(select(t.Item.id, t.Item.purpose).where(t.Item.id.in_(some))).all())
    changes = [
        {"id": item_id, "purpose": purpose, "set_apart": purpose != "judgment"}
        for item_id, purpose in purposes.items()
        if stored[item_id] != purpose
    ]
    if changes:
        session.execute(update(t.Item), changes)
