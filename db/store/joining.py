"""Joining a study by its link, and agreeing to its text."""

from __future__ import annotations

import secrets
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.accounts import create_account
from db.store.events import record_event
from db.store.sessions import account_record, end_sessions, start_session
from db.store.sql import token_hash
from db.store.studies import Shut, study_record, study_row, why_shut
from hume.errors import HumeError, NotFound
from hume.records import Account

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of names: none that is taken for another when it is read out."""

Obstacle = Literal[Shut, "elsewhere", "changed"]


class NotAdmitted(HumeError):
    """Somebody cannot join, and why.

    `elsewhere`: the id has joined in another browser. `changed`: the text is another one than was agreed to.
    """

    def __init__(self, why: Obstacle, study: str) -> None:
        super().__init__(f"Nobody can join the study {study!r} so: {why}. See: hume study show {study}")
        self.why = why


def obstacle(session: Session, study: str, external_id: str) -> Obstacle | None:
    """Why somebody cannot join a study, as things are now; None where they can. NotFound for an unknown study."""
    row = study_row(session, study)
    if _of_external_id(session, row.id, external_id) is not None:
        return "elsewhere"
    return why_shut(study_record(session, row), utc_now())


def join(
    session: Session, study: str, external_id: str, digest: str, form: str, browser: str = ""
) -> tuple[Account, str]:
    """Take part under an id that is new to the study: the new account, and the token of its session.

    `digest` is that of the text that was agreed to, `form` a random text that the form carried: the same form sent
    again is the same person, whose earlier session it ends. The place is counted and stays so. NotAdmitted where it
    cannot be, NotFound for an unknown study. Of those who join at once each waits for the one before.
    """
    row = study_row(session, study, lock=True)
    there = _of_external_id(session, row.id, external_id)
    if there is not None:
        return _come_again(session, study, there, form, browser)
    if why := why_shut(study_record(session, row), utc_now()):
        raise NotAdmitted(why, study)
    if digest != row.consent_digest:
        raise NotAdmitted("changed", study)
    account = create_account(session, _free_name(session, study), "annotator", row.languages)
    row.joined += 1
    session.add(
        t.Participant(
            study_id=row.id,
            account_id=account.id,
            external_id=external_id,
            form_hash=token_hash(form),
            consent_digest=digest,
            consented_at=utc_now(),
        )
    )
    session.flush()
    record_event(session, "study-joined", {"study": study, "digest": digest}, account.id)
    return account_record(account), start_session(session, account.id, browser)


def agree(session: Session, account_id: int, study: str, digest: str) -> None:
    """Note that an account has agreed to a study's text. NotAdmitted where the text is another one by now.

    NotFound for a study that is not there, or that the account takes no part in.
    """
    row = study_row(session, study)
    mine = (t.Participant.study_id == row.id, t.Participant.account_id == account_id)
    found = session.scalars(select(t.Participant).where(*mine).with_for_update()).first()
    if found is None:
        raise NotFound(f"You take no part in the study {study!r}.")
    if digest != row.consent_digest:
        raise NotAdmitted("changed", study)
    if found.consent_digest != digest:
        found.consent_digest, found.consented_at = digest, utc_now()
        session.flush()
        record_event(session, "consent-given", {"study": study, "digest": digest}, account_id)


def _come_again(session: Session, study: str, there: t.Participant, form: str, browser: str) -> tuple[Account, str]:
    """The same form a second time: its first response did not arrive, or its button was pressed twice."""
    account = session.get_one(t.Account, there.account_id)
    if not there.form_hash or there.form_hash != token_hash(form) or account.disabled_at is not None:
        raise NotAdmitted("elsewhere", study)
    end_sessions(session, account.id)
    return account_record(account), start_session(session, account.id, browser)


def _of_external_id(session: Session, study_id: int, external_id: str) -> t.Participant | None:
    mine = (t.Participant.study_id == study_id, t.Participant.external_id == external_id)
    return session.scalars(select(t.Participant).where(*mine)).first()


def _free_name(session: Session, study: str) -> str:
    """A name that nobody's answers are under; it says nothing of the person."""
    while True:
        name = f"{study}-{''.join(secrets.choice(LETTERS) for _ in range(6))}"
        if session.scalars(select(t.Rater.id).where(t.Rater.kind == "human", t.Rater.name == name)).first() is None:
            return name
