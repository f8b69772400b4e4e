"""Studies: which tasks some people are asked to do, by what link, and what they agree to before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.events import record_event
from db.store.sql import digest
from db.store.task_rows import there_are
from hume.errors import HumeError, NotFound
from hume.records import Study

Shut = Literal["closed", "expired", "full"]
WRITTEN = ("title", "languages", "parameter", "places", "items", "completion_url", "completion_code", "expires_at")
"""The fields of a study that are stored as they are."""


@dataclass(frozen=True)
class StudyCounts:
    """How many people a study has, those who were erased not among them."""

    joined: int = 0
    """By the link."""
    added: int = 0
    """Invited, or added by an admin."""
    agreed: int = 0
    """To the text as it is now."""
    completed: int = 0


def save_study(session: Session, study: Study, by: int | None = None) -> Study:
    """Store a new study, or what is to be changed of one: all but its name, its state and its people.

    NotFound for a task that is not there, HumeError for fewer places than have been taken. What `hume.studies` asks of
    a study is not looked at. The text that people agree to goes into the audit trail when it is new.
    """
    row = session.scalars(_by_name(study.name).with_for_update(key_share=True)).first()
    if row is None:
        row = t.Study(name=study.name, consent_digest="")
        session.add(row)
    elif study.places < row.joined:
        raise HumeError(
            f"{row.joined} people have joined the study {study.name!r}: it cannot have {study.places} places."
        )
    agreed_to = digest({"title": study.title, "consent": study.consent})
    if row.consent_digest != agreed_to:
        detail = {"study": study.name, "digest": agreed_to, "title": study.title, "text": study.consent}
        record_event(session, "consent-text-set", detail, by)
    for field in WRITTEN:
        setattr(row, field, getattr(study, field))
    row.languages, row.consent, row.consent_digest = list(study.languages), study.consent, agreed_to
    session.flush()
    _name_tasks(session, row.id, study.tasks)
    record_event(session, "study-saved", {"study": study.name}, by)
    return find_study(session, study.name)


def close_study(session: Session, name: str, by: int | None = None) -> None:
    """Nobody joins from now on; who takes part goes on. NotFound for an unknown study."""
    _set_closed(session, name, utc_now(), by)


def open_study(session: Session, name: str, by: int | None = None) -> None:
    """People may join again. NotFound for an unknown study."""
    _set_closed(session, name, None, by)


def find_study(session: Session, name: str) -> Study:
    """The study of that name; NotFound names those that are there."""
    return study_record(session, study_row(session, name))


def studies(session: Session) -> list[Study]:
    """All studies, the latest first."""
    rows = session.scalars(select(t.Study).order_by(t.Study.created_at.desc(), t.Study.id.desc()))
    return [study_record(session, row) for row in rows]


def study_counts(session: Session) -> dict[str, StudyCounts]:
    """By the study's name, how many people it has."""
    p = t.Participant
    has_agreed = p.consent_digest == t.Study.consent_digest
    counts = (
        func.count().filter(p.external_id.is_not(None)),
        func.count().filter(p.external_id.is_(None)),
        func.count().filter(has_agreed),
        func.count().filter(p.completed_at.is_not(None)),
    )
    query = select(t.Study.name, *counts).join(p, p.study_id == t.Study.id).group_by(t.Study.name)
    return {name: StudyCounts(*counted) for name, *counted in session.execute(query)}


def study_row(session: Session, name: str, lock: bool = False) -> t.Study:
    """The row of a study, locked where asked for: of those who join at once, each waits for the one before."""
    query = _by_name(name)
    row = session.scalars(query.with_for_update(key_share=True) if lock else query).first()
    if row is None:
        names = ", ".join(session.scalars(select(t.Study.name).order_by(t.Study.name)))
        raise NotFound(f"There is no study {name!r}. There are: {names or 'none yet (hume study add)'}.")
    return row


def study_record(session: Session, row: t.Study) -> Study:
    """A study as the rest of HUME knows it."""
    named = select(t.Task.name).join(t.StudyTask, t.StudyTask.task_id == t.Task.id)
    tasks = session.scalars(named.where(t.StudyTask.study_id == row.id).order_by(t.Task.name))
    return Study(
        name=row.name,
        title=row.title,
        consent=row.consent,
        tasks=tuple(tasks),
        languages=tuple(row.languages),
        parameter=row.parameter,
        places=row.places,
        items=row.items,
        completion_url=row.completion_url,
        completion_code=row.completion_code,
        expires_at=row.expires_at,
        closed_at=row.closed_at,
        joined=row.joined,
        consent_digest=row.consent_digest,
    )


def why_shut(study: Study, now: datetime) -> Shut | None:
    """Why nobody can join by the link, if they cannot."""
    if study.closed_at is not None:
        return "closed"
    if study.expires_at is not None and study.expires_at <= now:
        return "expired"
    return "full" if study.joined >= study.places else None


def _by_name(name: str) -> Select[t.Study]:
    return select(t.Study).where(t.Study.name == name)


def _set_closed(session: Session, name: str, moment: datetime | None, by: int | None) -> None:
    row = study_row(session, name, lock=True)
    if (row.closed_at is None) != (moment is None):
        row.closed_at = moment
        session.flush()
        record_event(session, "study-opened" if moment is None else "study-closed", {"study": name}, by)


def _name_tasks(session: Session, study_id: int, tasks: tuple[str, ...]) -> None:
    found = {
        name: task_id for task_id, name in session.execute(select(t.Task.id, t.Task.name).where(t.Task.name.in_(tasks)))
    }
    if lacking := sorted(set(tasks) - set(found)):
        raise NotFound(f"There is no task {lacking[0]!r}. {there_are(session)}")
    session.execute(delete(t.StudyTask).where(t.StudyTask.study_id == study_id))
    session.execute(insert(t.StudyTask), [{"study_id": study_id, "task_id": found[name]} for name in sorted(found)])
