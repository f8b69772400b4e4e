"""Accounts, invitations and sessions. Of secret tokens only SHA-256 sums are stored."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Executable, Row, bindparam, select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import PlainText, utc_now
from db.store.conditions import NOW
from db.store.raters import ensure_rater, lock_rater
from db.store.sql import fetch, token_hash
from hume.errors import HumeError, NotFound
from hume.records import Account, AccountRole, Rater

INVITATION_LIFETIME = timedelta(days=7)
SESSION_LIFETIME = timedelta(days=30)

TOKEN: BindParameter[str] = bindparam("token", type_=PlainText)


def create_invitation(
    session: Session,
    name: str,
    role: AccountRole,
    languages: Sequence[str] = (),
    lifetime: timedelta = INVITATION_LIFETIME,
) -> str:
    """A token that signs a person in once, under an account of that name. It cannot be read back later.

    HumeError where the name is empty or taken by an account of another role.
    """
    if not name.strip():
        raise HumeError("An invitation needs a name: the one that the person's answers are stored under.")
    _refuse_other_role(_find_account(session, name.strip()), role)
    token = secrets.token_urlsafe(32)
    session.add(
        t.Invitation(
            token_hash=token_hash(token),
            name=name.strip(),
            role=role,
            languages=list(languages),
            expires_at=utc_now() + lifetime,
        )
    )
    session.flush()
    return token


def redeem(session: Session, token: str, lifetime: timedelta = SESSION_LIFETIME) -> tuple[Account, str]:
    """Sign in with an invitation, which is used up: the account, and the token of its new session.

    The account and its human rater are made where there is none of that name. HumeError, saying what to do, where
    the invitation is unknown, used or too old.
    """
    invitation = _use_up(session, token)
    rater_id = _human_rater(session, invitation.name)
    account = _find_account(session, invitation.name)
    _refuse_other_role(account, invitation.role)
    if account is None:
        account = _create_account(session, invitation, rater_id)
    elif invitation.languages:
        account.languages = invitation.languages
    now = utc_now()
    session_token = secrets.token_urlsafe(32)
    session.add(
        t.Session(
            token_hash=token_hash(session_token),
            account_id=account.id,
            created_at=now,
            expires_at=now + lifetime,
            last_seen_at=now,
        )
    )
    session.flush()
    return _record(account), session_token


def account_of(session: Session, session_token: str) -> Account | None:
    """Whose session that is; None where there is no such session, or it has ended or is too old."""
    row = fetch(session, _whose(), token=token_hash(session_token), now=utc_now()).first()
    return None if row is None else _record(row)


def note_seen(session: Session, session_token: str) -> None:
    """Note that a session was used just now."""
    fetch(session, _update("last_seen_at"), token=token_hash(session_token), now=utc_now())


def end_session(session: Session, session_token: str) -> None:
    """Sign out: the token is worth nothing from now on. Ending a session that is not there is no error."""
    fetch(session, _update("ended_at"), token=token_hash(session_token), now=utc_now())


def set_locale(session: Session, account_id: int, locale: str) -> None:
    """Keep the language that a person wants HUME in; empty for the browser's. NotFound for an unknown account."""
    row = session.get(t.Account, account_id)
    if row is None:
        raise NotFound(f"There is no account {account_id}. Sign in again.")
    row.locale = locale
    session.flush()


def accounts(session: Session) -> list[Account]:
    """All accounts, by name."""
    return [_record(row) for row in session.scalars(select(t.Account).order_by(t.Account.name))]


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


def _human_rater(session: Session, name: str) -> int:
    """The id of a person's rater, locked: of two who redeem at once, one makes the account and the other finds it."""
    rater_id = ensure_rater(session, Rater("human", name)).id or 0
    lock_rater(session, rater_id)
    return rater_id


def _create_account(session: Session, invitation: t.Invitation, rater_id: int) -> t.Account:
    account = t.Account(name=invitation.name, role=invitation.role, languages=invitation.languages, rater_id=rater_id)
    session.add(account)
    session.flush()
    return account


def _find_account(session: Session, name: str) -> t.Account | None:
    return session.scalars(select(t.Account).where(t.Account.name == name)).first()


def _refuse_other_role(account: t.Account | None, role: AccountRole) -> None:
    if account is not None and account.role != role:
        raise HumeError(
            f"There is an account {account.name!r} already, with the role {account.role}. "
            f"Invite the {role} under another name."
        )


@cache
def _whose() -> Executable:
    query = select(t.Account).join(t.Session, t.Session.account_id == t.Account.id)
    return query.where(t.Session.token_hash == TOKEN, t.Session.ended_at.is_(None), t.Session.expires_at > NOW)


@cache
def _update(moment: str) -> Executable:
    live = (t.Session.token_hash == TOKEN) & t.Session.ended_at.is_(None)
    return update(t.Session).where(live).values({moment: NOW})


def _record(row: t.Account | Row[Any]) -> Account:
    return Account(row.id, row.name, row.role, tuple(row.languages), row.rater_id, row.locale)
