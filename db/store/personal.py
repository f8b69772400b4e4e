"""All that is stored of one person, for that person: the right of access (GDPR, article 15).

Gold, others' answers and what an item is for (check, repeat) are no part of it: whoever asks may be answering still.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from db import tables as t
from hume.errors import NotFound
from hume.records import Json


@dataclass(frozen=True)
class Subject:
    """A person: the account where there is one, and the rater that the answers are stored under."""

    name: str
    account: t.Account | None
    rater_id: int


def subject(session: Session, name: str) -> Subject:
    """The person of that name: an account, or a human rater whose answers were imported. NotFound for nobody."""
    account = session.scalars(select(t.Account).where(t.Account.name == name.strip())).first()
    if account is not None:
        return Subject(account.name, account, account.rater_id)
    rater = session.scalars(select(t.Rater).where(t.Rater.kind == "human", t.Rater.name == name.strip())).first()
    if rater is None:
        raise NotFound(f"There is no person {name!r}. See who there is with: hume people list")
    return Subject(rater.name, None, rater.id)


def personal_data(session: Session, name: str) -> dict[str, Json]:
    """What is stored of a person, by kind, as JSON: times in ISO 8601, UTC. NotFound where there is none of that name.

    Secrets are not in it: of passwords and links only sums are stored, which are told as there or not there.
    """
    person = subject(session, name)
    account, account_id = person.account, person.account.id if person.account else None
    return {
        "name": person.name,
        "account": _account(account) if account else None,
        "sessions": _rows(session, t.Session, t.Session.account_id == account_id, SESSION),
        "invitations": _rows(session, t.Invitation, t.Invitation.name == person.name, INVITATION),
        "api_tokens": _rows(session, t.ApiToken, t.ApiToken.account_id == account_id, TOKEN),
        "identities": _rows(session, t.Identity, t.Identity.account_id == account_id, IDENTITY),
        "studies": _studies(session, account_id),
        "events": _rows(session, t.Event, t.Event.account_id == account_id, EVENT),
        "answers": list(_about_items(session, t.Answer, t.Answer.rater_id == person.rater_id, ANSWER)),
        "drafts": list(_about_items(session, t.Draft, t.Draft.rater_id == person.rater_id, DRAFT)),
        "places_kept": list(_about_items(session, t.Assignment, t.Assignment.rater_id == person.rater_id, PLACE)),
        "verdicts": list(_about_items(session, t.Verdict, t.Verdict.account_id == account_id, VERDICT)),
        "model_runs": _rows(session, t.Run, t.Run.requested_by == account_id, RUN),
        "tasks_for_named_people": _named_for(session, person.rater_id),
    }


Columns = Sequence[InstrumentedAttribute[Any]]
SESSION: Columns = (
    t.Session.browser,
    t.Session.created_at,
    t.Session.last_seen_at,
    t.Session.expires_at,
    t.Session.ended_at,
)
INVITATION: Columns = (
    t.Invitation.role,
    t.Invitation.languages,
    t.Invitation.created_at,
    t.Invitation.expires_at,
    t.Invitation.redeemed_at,
)
TOKEN: Columns = (
    t.ApiToken.title,
    t.ApiToken.created_at,
    t.ApiToken.expires_at,
    t.ApiToken.last_used_at,
    t.ApiToken.revoked_at,
)
IDENTITY: Columns = (t.Identity.issuer, t.Identity.subject, t.Identity.email, t.Identity.created_at)
STUDY: Columns = (
    t.Study.name,
    t.Participant.external_id,
    t.Participant.added_at,
    t.Participant.consented_at,
    t.Participant.completed_at,
)
EVENT: Columns = (t.Event.at, t.Event.kind, t.Event.detail)
ANSWER: Columns = (
    t.Answer.revision,
    t.Answer.status,
    t.Answer.payload,
    t.Answer.reason,
    t.Answer.comment,
    t.Answer.confidence,
    t.Answer.milliseconds,
    t.Answer.order_shown,
    t.Answer.created_at,
)
DRAFT: Columns = (t.Draft.payload, t.Draft.updated_at)
PLACE: Columns = (t.Assignment.leased_until,)
VERDICT: Columns = (t.Verdict.ruling, t.Verdict.note, t.Verdict.at)
RUN: Columns = (t.Run.model, t.Run.tasks, t.Run.queued)


def _account(row: t.Account) -> dict[str, Json]:
    return {
        "role": row.role,
        "languages": row.languages,
        "language_of_the_interface": row.locale,
        "has_password": bool(row.password_hash),
        "created_at": _json(row.created_at),
        "disabled_at": _json(row.disabled_at),
    }


def _rows(session: Session, table: type[t.Base], of_person: ColumnElement[bool], columns: Columns) -> list[Json]:
    return [_record(row) for row in session.execute(select(*columns).where(of_person).order_by(table.id)).mappings()]


def _about_items(
    session: Session, table: Any, of_person: ColumnElement[bool], columns: Columns
) -> Iterator[dict[str, Json]]:
    """Rows with the item that they are about: its number here, and what was shown of it."""
    query: Select[Any] = (
        select(t.Task.name.label("task"), t.Subset.name.label("subset"), t.Item.id.label("item"), t.Item.content)
        .add_columns(*columns)
        .select_from(table)
        .join(t.Item, t.Item.id == table.item_id)
        .join(t.Subset, t.Subset.id == t.Item.subset_id)
        .join(t.Task, t.Task.id == t.Subset.task_id)
        .where(of_person)
        .order_by(table.id)
    )
    return map(_record, session.execute(query).mappings())


def _studies(session: Session, account_id: int | None) -> list[Json]:
    query = select(*STUDY).join(t.Study, t.Study.id == t.Participant.study_id)
    rows = session.execute(query.where(t.Participant.account_id == account_id).order_by(t.Participant.id))
    return [_record(row) for row in rows.mappings()]


def _named_for(session: Session, rater_id: int) -> list[Json]:
    query = select(t.Task.name).join(t.TaskAnnotator, t.TaskAnnotator.task_id == t.Task.id)
    return list(session.scalars(query.where(t.TaskAnnotator.rater_id == rater_id).order_by(t.Task.name)))


def _record(row: RowMapping) -> dict[str, Json]:
    return {name: _json(value) for name, value in row.items()}


def _json(value: Any) -> Json:
    return value.isoformat() if hasattr(value, "isoformat") else value
