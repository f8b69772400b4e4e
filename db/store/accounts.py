"""Accounts, and the invitations that make them. Of secret tokens only SHA-256 sums are stored."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.participants import add_participant
from db.store.raters import ensure_rater, lock_rater
from db.store.sessions import SESSION_LIFETIME, account_record, start_session
from db.store.sql import token_hash
from db.store.studies import study_row
from hume.errors import HumeError, NotFound
from hume.records import Account, AccountRole, Rater

INVITATION_LIFETIME = timedelta(days=7)


def create_invitation(
    session: Session,
    name: str,
    role: AccountRole,
    languages: Sequence[str] = (),
    lifetime: timedelta = INVITATION_LIFETIME,
    study: str = "",
) -> str:
    """A token that signs a person in once, under an account of that name. It cannot be read back later.

    Whoever uses it takes part in the `study`, where one is named. HumeError where the name is empty, or taken by an
    account of another role or one that is disabled; NotFound for an unknown study.
    """
    _refuse_no_name(name)
    there = _find_account(session, name.strip())
    _refuse_other_role(there, role)
    if there is not None and there.disabled_at is not None:
        enable = f"hume people enable {shlex.quote(there.name)}"
        raise HumeError(f"The account {there.name!r} is disabled. Enable it first: {enable}")
    token = secrets.token_urlsafe(32)
    session.add(
        t.Invitation(
            token_hash=token_hash(token),
            name=name.strip(),
            role=role,
            languages=list(languages),
            expires_at=utc_now() + lifetime,
            study_id=study_row(session, study).id if study else None,
        )
    )
    session.flush()
    return token


def redeem(
    session: Session, token: str, lifetime: timedelta = SESSION_LIFETIME, browser: str = ""
) -> tuple[Account, str]:
    """Sign in with an invitation, which is used up: the account, and the token of its new session.

    The account and its human rater are made where there is none of that name. HumeError, saying what to do, where
    the invitation is unknown, used or too old, or its account is disabled.
    """
    invitation = _use_up(session, token)
    _lock_name(session, invitation.name)
    account = _find_account(session, invitation.name)
    _refuse_other_role(account, invitation.role)
    if account is None:
        account = create_account(session, invitation.name, invitation.role, invitation.languages)
    elif invitation.languages:
        account.languages = invitation.languages
    if account.disabled_at is not None:
        raise HumeError("This sign-in link is for an account that is disabled. Ask whoever runs this server.")
    if invitation.study_id is not None:
        add_participant(session, invitation.study_id, account.id)
    return account_record(account), start_session(session, account.id, browser, lifetime)


def create_account(session: Session, name: str, role: AccountRole, languages: Sequence[str]) -> t.Account:
    """A new account, and its human rater where there is none. HumeError for an empty name."""
    _refuse_no_name(name)
    rater_id = _lock_name(session, name.strip())
    account = t.Account(name=name.strip(), role=role, languages=list(languages), rater_id=rater_id)
    session.add(account)
    session.flush()
    return account


def set_locale(session: Session, account_id: int, locale: str) -> None:
    """Keep the language that a person wants HUME in; empty for the browser's. NotFound for an unknown account."""
    row = session.get(t.Account, account_id)
    if row is None:
        raise NotFound(f"There is no account {account_id}. Sign in again.")
    row.locale = locale
    session.flush()


def accounts(session: Session) -> list[Account]:
    """All accounts but erased ones, by name."""
    query = select(t.Account).where(t.Account.erased_at.is_(None)).order_by(t.Account.name)
    return [account_record(row) for row in session.scalars(query)]


def _use_up(session: Session, token: str) -> t.Invitation:
    """Mark the invitation as redeemed. Of two who try at once, the second waits and is refused."""
    found = t.Invitation.token_hash == token_hash(token)
    invitation = session.scalars(select(t.Invitation).where(found).with_for_update()).first()
    if invitation is None:
        raise HumeError("This sign-in link is not known here. Copy it whole, or ask for a new one.")
    if invitation.redeemed_at is not None:
        raise HumeError("This sign-in link has been used: each works once. Ask for a new one.")
    now = utc_now()
    if invitation.expires_at <= now:
        raise HumeError("This sign-in link is too old. Ask for a new one.")
    invitation.redeemed_at = now
    return invitation


def _lock_name(session: Session, name: str) -> int:
    """The id of a person's rater, locked: of two who redeem at once, one makes the account and the other finds it."""
    rater_id = ensure_rater(session, Rater("human", name)).id or 0
    lock_rater(session, rater_id)
    return rater_id


def _refuse_no_name(name: str) -> None:
    if not name.strip():
        raise HumeError("An account needs a name: the one that the person's answers are stored under.")


def _find_account(session: Session, name: str) -> t.Account | None:
    return session.scalars(select(t.Account).where(t.Account.name == name)).first()


def _refuse_other_role(account: t.Account | None, role: AccountRole) -> None:
    if account is not None and account.role != role:
        raise HumeError(
            f"There is an account {account.name!r} already, with the role {account.role}. "
            f"Invite the {role} under another name."
        )
