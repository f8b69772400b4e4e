"""A person taken out of the database: the answers stay, and nothing says whose they are (GDPR, article 17)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from enum import Enum
from uuid import uuid4

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.events import record_event
from db.store.people import keep_an_admin
from db.store.personal import Subject, subject
from db.store.raters import lock_rater
from db.store.task_rows import queue_changes
from db.store.throttle import by_account


class Treatment(Enum):
    """What becomes of the rows that point at a person."""

    DELETED = "deleted"
    UNLINKED = "kept: what they point at names nobody any more"


TREATMENTS: Mapping[type[t.Base], Treatment] = {
    t.Account: Treatment.UNLINKED,
    t.Answer: Treatment.UNLINKED,
    t.ApiToken: Treatment.DELETED,
    t.Assignment: Treatment.DELETED,
    t.Draft: Treatment.DELETED,
    t.Event: Treatment.UNLINKED,
    t.Identity: Treatment.DELETED,
    t.Participant: Treatment.DELETED,  # the study's own count of places used stays
    t.Run: Treatment.UNLINKED,
    t.Session: Treatment.DELETED,
    t.TaskAnnotator: Treatment.UNLINKED,  # without it a task that was for this person alone would be for everybody
    t.Verdict: Treatment.UNLINKED,
}
"""Every table with a reference to an account or a rater: a new one has to be decided upon here."""

OF_OWN_USE = ("signed-in", "sign-in-failed", "password-set", "signed-out-everywhere")
"""Events that are about nothing but the person: when they came. What they did to tasks stays in the trail."""
RANDOM_ID = "________-____-4___-____-____________"
"""What a random UUID looks like, for LIKE."""


def erase(session: Session, name: str, keep_texts: bool = False, by: int | None = None) -> str:
    """Takes a person out of the database; returns the name that the answers are under from now on.

    Gone are name, languages, password, sessions, links, tokens, drafts, places kept, studies taken part in and times of
    signing in; and comments and notes, which may tell who wrote them, unless `keep_texts`. Answers keep their values,
    order and times, and all figures stay. It cannot be undone.

    NotFound for an unknown name; HumeError for the last admin.
    """
    queue_changes(session)
    person = subject(session, name)
    lock_rater(session, person.rater_id)
    new_name = _new_name()
    if person.account is not None:
        keep_an_admin(session, person.account)
        _forget_account(session, person.account, new_name)
    _delete_rows(session, person)
    if not keep_texts:
        _delete_texts(session, person)
    _rename(session, person, new_name)
    record_event(session, "person-erased", {"rater": person.rater_id, "texts_kept": keep_texts}, by)
    return new_name


def _new_name() -> str:
    """Random: one made of the old name could be found by guessing it."""
    return f"erased-{secrets.token_hex(6)}"


def _forget_account(session: Session, account: t.Account, new_name: str) -> None:
    session.execute(delete(t.Invitation).where(t.Invitation.name == account.name))
    session.execute(delete(t.SignInFailure).where(t.SignInFailure.key == by_account(account.name).key))
    session.execute(delete(t.Event).where(t.Event.account_id == account.id, t.Event.kind.in_(OF_OWN_USE)))
    for event in session.scalars(select(t.Event).where(t.Event.kind == "invited")):
        if event.detail.get("name") == account.name:
            event.detail = {**event.detail, "name": new_name, "languages": []}
    account.name, account.languages, account.locale, account.password_hash = new_name, [], "", ""
    account.disabled_at = account.erased_at = utc_now()
    session.flush()


def _delete_rows(session: Session, person: Subject) -> None:
    for table, treatment in TREATMENTS.items():
        if treatment is Treatment.DELETED:
            columns = table.__table__.columns
            if "rater_id" in columns:
                session.execute(delete(table).where(columns["rater_id"] == person.rater_id))
            elif person.account is not None:
                session.execute(delete(table).where(columns["account_id"] == person.account.id))


def _delete_texts(session: Session, person: Subject) -> None:
    session.execute(update(t.Answer).where(t.Answer.rater_id == person.rater_id).values(comment=""))
    if person.account is not None:
        session.execute(update(t.Verdict).where(t.Verdict.account_id == person.account.id).values(note=""))


def _rename(session: Session, person: Subject, new_name: str) -> None:
    """The rater under the new name; caches of figures, which have names in them, are told by the tasks' changes."""
    session.execute(update(t.Rater).where(t.Rater.id == person.rater_id).values(name=new_name))
    answered = (
        select(t.Answer.id)
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .join(t.Subset, t.Subset.id == t.Item.subset_id)
        .where(t.Subset.task_id == t.Task.id, t.Answer.rater_id == person.rater_id)
    )
    session.execute(update(t.Task).where(exists(answered)).values(changes=t.Task.changes + 1))
    _replace_speaking_ids(session, person.rater_id)


def _replace_speaking_ids(session: Session, rater_id: int) -> None:
    """A `client_id` that is not random may be made of the name: an import makes such."""
    speaking = (t.Answer.rater_id == rater_id, t.Answer.client_id.not_like(RANDOM_ID))
    for answer_id in session.scalars(select(t.Answer.id).where(*speaking)).all():
        session.execute(update(t.Answer).where(t.Answer.id == answer_id).values(client_id=str(uuid4())))
