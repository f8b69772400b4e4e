"""Who takes part in a study, and how far they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Executable, Integer, and_, bindparam, func, select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.account_rows import find_account_row
from db.store.conditions import RATER
from db.store.events import record_event
from db.store.rows import is_latest
from db.store.sql import fetch
from db.store.studies import study_row
from hume.errors import HumeError, NotFound
from hume.records import Account, Participation, Status

ACCOUNT: BindParameter[int] = bindparam("account_id", type_=Integer)


@dataclass(frozen=True)
class Participant:
    """One person of a study, as researchers pay them."""

    external_id: str
    """What the recruiting platform calls the person; '' for one who was invited or added."""
    account: str
    consented_at: datetime | None
    has_agreed: bool
    """To the text as it is now."""
    answered: int
    skipped: int
    completed_at: datetime | None


def enrol(session: Session, study: str, account_name: str, by: int | None = None) -> None:
    """An account that is there takes part, once it agrees; one that does already is left as it is.

    It takes none of the places. NotFound for an unknown study or account.
    """
    row = study_row(session, study)
    account_id = find_account_row(session, account_name).id
    if add_participant(session, row.id, account_id):
        record_event(session, "study-enrolled", {"study": study, "account": account_id}, by)


def withdraw(session: Session, study: str, account_name: str, by: int | None = None) -> None:
    """An account that was added takes part no more, and is given what everybody is.

    HumeError for one that came by the link: it would be given what everybody is.
    """
    row = study_row(session, study)
    mine = and_(t.Participant.study_id == row.id, t.Account.name == account_name.strip())
    query = select(t.Participant).join(t.Account, t.Account.id == t.Participant.account_id)
    found = session.scalars(query.where(mine)).first()
    if found is None:
        raise NotFound(f"{account_name!r} takes no part in the study {study!r}. See: hume study participants {study}")
    if found.external_id is not None:
        raise HumeError(f"{account_name!r} came by the link. To keep them out: hume people disable {account_name}")
    session.delete(found)
    session.flush()
    record_event(session, "study-left", {"study": study, "account": found.account_id}, by)


def add_participant(session: Session, study_id: int, account_id: int) -> bool:
    """Whether the account takes part from now on: False where it did already."""
    mine = (t.Participant.study_id == study_id, t.Participant.account_id == account_id)
    if session.scalars(select(t.Participant.id).where(*mine)).first() is not None:
        return False
    session.add(t.Participant(study_id=study_id, account_id=account_id))
    session.flush()
    return True


def forget_forms(session: Session, account_id: int) -> None:
    """A form that was sent to join by is worth nothing any more: whoever has a new way in comes by that alone."""
    session.execute(update(t.Participant).where(t.Participant.account_id == account_id).values(form_hash=""))


# -- how far they are -------------------------------------------------------------------------------


def participations(session: Session, account: Account) -> tuple[Participation, ...]:
    """How an account stands in the studies that it takes part in, by name; one known to be in none is not looked up."""
    if account.takes_part is False:
        return ()
    rows = fetch(session, _standing(), account_id=account.id, rater_id=account.rater_id).all()
    tasks = _tasks(session, [row.study_id for row in rows])
    return tuple(
        Participation(
            study=row.name,
            title=row.title,
            tasks=tasks.get(row.study_id, frozenset()),
            has_agreed=row.agreed_to == row.consent_digest,
            items=row.items,
            done=row.done,
            is_completed=row.completed_at is not None,
            completion_url=row.completion_url,
            completion_code=row.completion_code,
        )
        for row in rows
    )


def own_external_id(session: Session, study: str, account_id: int) -> str | None:
    """Under which id an account takes part in a study: '' where it was invited or added, None where it does not."""
    query = select(func.coalesce(t.Participant.external_id, "")).join(t.Study, t.Study.id == t.Participant.study_id)
    return session.scalars(query.where(t.Study.name == study, t.Participant.account_id == account_id)).first()


def note_completed(session: Session, account_id: int, studies: Collection[str]) -> None:
    """An account has done what these studies ask for: the moment is noted once."""
    if not studies:
        return
    ids = select(t.Study.id).where(t.Study.name.in_(studies))
    mine = (t.Participant.account_id == account_id, t.Participant.study_id.in_(ids))
    fresh = update(t.Participant).where(*mine, t.Participant.completed_at.is_(None))
    session.execute(fresh.values(completed_at=utc_now()))


def participants(session: Session, study: str) -> list[Participant]:
    """All people of a study in the order in which they came; those who were erased are not among them."""
    row = study_row(session, study)
    p, own = t.Participant, t.Account.rater_id
    query = (
        select(p, t.Account.name, _done(own, "given").label("answered"), _done(own, "skipped").label("skipped"))
        .join(t.Account, t.Account.id == p.account_id)
        .where(p.study_id == row.id)
        .order_by(p.id)
    )
    return [
        Participant(
            one.external_id or "",
            name,
            one.consented_at,
            one.consent_digest == row.consent_digest,
            answered,
            skipped,
            one.completed_at,
        )
        for one, name, answered, skipped in session.execute(query)
    ]


@cache
def _standing() -> Executable:
    s, p = t.Study, t.Participant
    columns = (s.name, s.title, s.consent_digest, s.items, s.completion_url, s.completion_code)
    done = _done(RATER, None).label("done")
    query = select(p.study_id, p.consent_digest.label("agreed_to"), p.completed_at, *columns, done)
    return query.join(s, s.id == p.study_id).where(p.account_id == ACCOUNT).order_by(s.name)


def _done(rater_id: Any, status: Status | None) -> ColumnElement[int]:
    """How many items of a study's tasks a rater has answered (given, skipped or either) since the person was added.

    Practice items are not counted; repeats, and items that are retired by now, are.
    """
    query = (
        select(func.count())
        .select_from(t.Answer)
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .join(t.Subset, t.Subset.id == t.Item.subset_id)
        .join(t.StudyTask, t.StudyTask.task_id == t.Subset.task_id)
        .where(t.StudyTask.study_id == t.Participant.study_id, t.Answer.created_at >= t.Participant.added_at)
        .where(t.Answer.rater_id == rater_id, t.Item.purpose != "training", is_latest())
    )
    if status is not None:
        query = query.where(t.Answer.status == status)
    return query.correlate(t.Participant, t.Account).scalar_subquery()


def _tasks(session: Session, study_ids: Collection[int]) -> Mapping[int, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    query = select(t.StudyTask.study_id, t.Task.name).join(t.Task, t.Task.id == t.StudyTask.task_id)
    for study_id, name in session.execute(query.where(t.StudyTask.study_id.in_(study_ids))) if study_ids else ():
        found[study_id].add(name)
    return {study_id: frozenset(names) for study_id, names in found.items()}
