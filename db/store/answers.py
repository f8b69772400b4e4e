"""Answers: added, never changed. The latest revision of a rater's answer to an item is the one that counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from statistics import median
from typing import Any, Literal, NamedTuple
from uuid import uuid4

from sqlalchemy import Executable, and_, bindparam, case, func, insert, select
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import UtcDateTime, utc_now
from db.store.assignments import lock_subsets, remove_leases
from db.store.conditions import (
    ITEMS,
    RATER,
    SUBSET,
    answers_by_people,
    counts_for,
    is_askable,
    is_evaluated,
    regular_answers_of_others,
)
from db.store.drafts import remove_drafts
from db.store.raters import lock_rater
from db.store.rows import ANSWER_COLUMNS, answer_record, is_latest, rater_record
from db.store.sql import batches, fetch
from hume.errors import InvalidAnswer, NotFound
from hume.records import Answer, AnswerRecord, Progress, Status

PACE_OVER = 50
"""How many of the latest answers tell a rater's pace."""
PACE_FROM = 5


class Saved(NamedTuple):
    """What became of one answer of a batch."""

    client_id: str
    item_id: int
    state: Literal["saved", "duplicate"]
    """`duplicate`: it had been saved before, and is as safe as a saved one."""
    revision: int


class OwnAnswered(NamedTuple):
    """An item that a rater has answered, by the latest revision."""

    item_id: int
    status: Status
    created_at: datetime


class _Stored(NamedTuple):
    rater_id: int
    item_id: int
    revision: int


# -- storing ----------------------------------------------------------------------------------------


def save_answers(
    session: Session, rater_id: int, answers: Sequence[tuple[int, Answer]], run_id: int | None = None
) -> list[Saved]:
    """Add a rater's answers, each with the id of its item, and say what became of each, in the same order.

    An answer whose `client_id` is stored already is not stored again; without one it gets an id of its own. The
    revision is the item's next (the answer's own is not looked at), `created_at` is now where the answer has none.
    What is newly saved takes the rater's draft and lease of the item with it. `surplus` is set here: where others
    have given an item all the answers that its overlap asks for, and the rater's place among them was not taken before.

    NotFound for an item or rater that is not there, InvalidAnswer for a `client_id` under which something else is
    stored: then nothing is saved.
    """
    lock_subsets(session, sorted({item_id for item_id, _ in answers}))
    kind = lock_rater(session, rater_id)
    named = [(item_id, answer, answer.client_id or str(uuid4())) for item_id, answer in answers]
    stored = _stored(session, [client_id for _, _, client_id in named])
    latest = _latest_revisions(session, rater_id, sorted({item_id for item_id, _ in answers}))
    full = _full_without(session, rater_id, sorted(latest)) if kind == "human" else set()
    saved, rows = [], []
    for item_id, answer, client_id in named:
        if before := stored.get(client_id):
            _refuse_other(client_id, before, rater_id, item_id)
            saved.append(Saved(client_id, item_id, "duplicate", before.revision))
            continue
        latest[item_id] += 1
        stored[client_id] = _Stored(rater_id, item_id, latest[item_id])
        counted = replace(answer, surplus=answer.status == "given" and item_id in full)
        rows.append(answer_row(rater_id, item_id, counted, client_id, latest[item_id], run_id))
        saved.append(Saved(client_id, item_id, "saved", latest[item_id]))
    if rows:
        session.connection().execute(insert(t.Answer.__table__), rows)  # type: ignore[arg-type]
        done = sorted({row["item_id"] for row in rows})
        remove_drafts(session, rater_id, done)
        remove_leases(session, rater_id, done)
    return saved


def _full_without(session: Session, rater_id: int, item_ids: Sequence[int]) -> set[int]:
    """The items that have all the answers they want, other people's, so that one of this person's is surplus."""
    found: set[int] = set()
    for some in batches(item_ids):
        found.update(fetch(session, _full(), rater_id=rater_id, item_ids=some).scalars())
    return found


@cache
def _full() -> Executable:
    own = and_(t.Answer.item_id == t.Item.id, t.Answer.rater_id == RATER, is_latest())
    has_place = select(t.Answer.id).where(own, t.Answer.status == "given", t.Answer.surplus.is_(False)).exists()
    full = and_(is_evaluated(), t.Item.shared.is_(False), regular_answers_of_others(RATER) >= t.Task.overlap)
    query = select(t.Item.id).join(t.Subset, t.Subset.id == t.Item.subset_id)
    return query.join(t.Task, t.Task.id == t.Subset.task_id).where(t.Item.id.in_(ITEMS), full, ~has_place)


def answer_row(
    rater_id: int, item_id: int, answer: Answer, client_id: str, revision: int, run_id: int | None = None
) -> dict[str, Any]:
    """The values of a row of the table `answer`."""
    return {
        "item_id": item_id,
        "rater_id": rater_id,
        "revision": revision,
        "client_id": client_id,
        "status": answer.status,
        "payload": answer.payload,
        "reason": answer.reason,
        "comment": answer.comment,
        "confidence": answer.confidence,
        "milliseconds": answer.milliseconds,
        "order_shown": list(answer.order_shown),
        "created_at": answer.created_at or utc_now(),
        "run_id": run_id,
        "surplus": answer.surplus,
    }


def _stored(session: Session, client_ids: Sequence[str]) -> dict[str, _Stored]:
    found = {}
    for some in batches(client_ids):
        for client_id, *rest in fetch(session, _sent_before(), client_ids=some):
            found[client_id] = _Stored(*rest)
    return found


@cache
def _sent_before() -> Executable:
    columns = (t.Answer.client_id, t.Answer.rater_id, t.Answer.item_id, t.Answer.revision)
    return select(*columns).where(t.Answer.client_id.in_(bindparam("client_ids", expanding=True)))


def _latest_revisions(session: Session, rater_id: int, item_ids: Sequence[int]) -> dict[int, int]:
    """By item id the revision of the rater's latest answer, 0 where there is none; NotFound where no such item is."""
    found: dict[int, int] = {}
    for some in batches(item_ids):
        found.update(fetch(session, _revisions(), rater_id=rater_id, item_ids=some).all())
    missing = [item_id for item_id in item_ids if item_id not in found]
    if missing:
        raise NotFound(f"There is no item {missing[0]}. Reload the page: the task may have been imported anew.")
    return found


@cache
def _revisions() -> Executable:
    own = and_(t.Answer.item_id == t.Item.id, t.Answer.rater_id == RATER)
    query = select(t.Item.id, func.coalesce(func.max(t.Answer.revision), 0)).outerjoin(t.Answer, own)
    return query.where(t.Item.id.in_(ITEMS)).group_by(t.Item.id)


def _refuse_other(client_id: str, before: _Stored, rater_id: int, item_id: int) -> None:
    if (before.rater_id, before.item_id) != (rater_id, item_id):
        raise InvalidAnswer(
            f"Another answer is stored under the client_id {client_id!r}.", "Every submission needs an id of its own."
        )


# -- one rater's own --------------------------------------------------------------------------------


def own_answer(session: Session, rater_id: int, item_id: int) -> Answer | None:
    """The latest revision of the rater's answer to an item; None where there is none."""
    mine = (t.Answer.rater_id == rater_id) & (t.Answer.item_id == item_id)
    query = select(*ANSWER_COLUMNS).join(t.Item, t.Item.id == t.Answer.item_id).where(mine, is_latest())
    row = session.execute(query).first()
    return None if row is None else answer_record(row)


def saved_revision(session: Session, rater_id: int, item_id: int, client_id: str) -> int | None:
    """The revision under which this submission of the rater's is stored; None where it is not."""
    mine = (t.Answer.rater_id == rater_id) & (t.Answer.item_id == item_id) & (t.Answer.client_id == client_id)
    return session.scalars(select(t.Answer.revision).where(mine)).first()


def own_answered(session: Session, rater_id: int, subset_id: int) -> list[OwnAnswered]:
    """The current items of a subset that the rater has answered, the one answered longest ago first."""
    query = (
        select(t.Item.id, t.Answer.status, t.Answer.created_at)
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .where(t.Item.subset_id == subset_id, is_askable(), t.Answer.rater_id == rater_id, is_latest())
        .order_by(t.Answer.created_at, t.Answer.id)
    )
    return [OwnAnswered(*row) for row in session.execute(query)]


def progress(session: Session, rater_id: int, subset_id: int, since: datetime) -> Progress:
    """How far a rater is on a subset, and how fast; `since` is the start of the rater's day."""
    found = progress_by_subset(session, rater_id, since, subset_id)
    counted = found.get(subset_id, Progress(total=0, answered=0, skipped=0, open=0, today=0))
    return replace(counted, pace_ms=_pace(session, rater_id, subset_id))


def _pace(session: Session, rater_id: int, subset_id: int) -> int | None:
    """Median active milliseconds of the rater's latest given answers in a subset; None for fewer than `PACE_FROM`."""
    times = list(fetch(session, _latest_times(), rater_id=rater_id, subset_id=subset_id).scalars())
    return round(median(times)) if len(times) >= PACE_FROM else None


@cache
def _latest_times() -> Executable:
    return (
        select(t.Answer.milliseconds)
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .where(t.Answer.rater_id == RATER, t.Answer.status == "given", t.Answer.milliseconds.is_not(None))
        .where(t.Item.subset_id == SUBSET, t.Item.purpose != "training", is_latest())
        .order_by(t.Answer.created_at.desc(), t.Answer.id.desc())
        .limit(PACE_OVER)
    )


def progress_by_subset(
    session: Session, rater_id: int, since: datetime, subset_id: int | None = None
) -> dict[int, Progress]:
    """How far a rater is on each subset with items for them, or on one alone, by the subset's id; one query."""
    statement = _counts(subset_id is None)
    rows = fetch(session, statement, rater_id=rater_id, since=since, subset_id=subset_id)
    return {found: Progress(*counts) for found, *counts in rows}


@cache
def _counts(everywhere: bool) -> Executable:
    own = and_(t.Answer.item_id == t.Item.id, t.Answer.rater_id == RATER, is_latest())
    by_overlap = and_(t.Item.purpose == "judgment", t.Item.shared.is_(False))
    wants_people = case((by_overlap, answers_by_people() < t.Task.overlap), else_=True)
    wanted = and_(t.Answer.id.is_(None), t.Task.state == "open", wants_people)
    count = func.count()
    query = (
        select(
            t.Item.subset_id,
            count,
            count.filter(t.Answer.status == "given"),
            count.filter(t.Answer.status == "skipped"),
            count.filter(wanted),
            count.filter(t.Answer.created_at >= bindparam("since", type_=UtcDateTime)),
        )
        .join(t.Subset, t.Subset.id == t.Item.subset_id)
        .join(t.Task, t.Task.id == t.Subset.task_id)
        .outerjoin(t.Answer, own)
        .where(counts_for(RATER))
        .group_by(t.Item.subset_id)
    )
    return query if everywhere else query.where(t.Item.subset_id == SUBSET)


# -- everybody's ------------------------------------------------------------------------------------


def all_answers(session: Session, kinds: Sequence[str] = (), rater_ids: Sequence[int] = ()) -> Iterator[AnswerRecord]:
    """Every revision of every answer (of raters of `kinds` or with `rater_ids`, if any), retired items' included.

    By task, subset, item, rater and revision; read from the database as it is consumed.
    """
    names = (t.Task.name.label("task_name"), t.Subset.name.label("subset_name"), t.Item.split, t.Item.purpose)
    query = (
        select(*names, t.Rater, *ANSWER_COLUMNS)
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .join(t.Subset, t.Subset.id == t.Item.subset_id)
        .join(t.Task, t.Task.id == t.Subset.task_id)
        .join(t.Rater, t.Rater.id == t.Answer.rater_id)
        .order_by(t.Task.name, t.Subset.id, t.Item.position, t.Item.id, t.Rater.id, t.Answer.revision)
        .execution_options(yield_per=1000)
    )
    if kinds:
        query = query.where(t.Rater.kind.in_(kinds))
    if rater_ids:
        query = query.where(t.Rater.id.in_(rater_ids))
    for row in session.execute(query):
        rater, answer = rater_record(row.Rater), answer_record(row)
        yield AnswerRecord(row.task_name, row.subset_name, row.split, rater, answer, row.purpose)
