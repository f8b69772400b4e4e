"""Tokens of scripts. Each is 256 random bits, of which the SHA-256 alone is stored: no number of tries finds one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.events import record_event
from db.store.sessions import account_record
from db.store.sql import token_hash
from hume.errors import HumeError, NotFound
from hume.records import Account

PREFIX = "hume_"
"""By it, programs that look for secrets in files and logs know a token."""
USED_WITHIN = timedelta(minutes=1)
"""A use is noted no more often: reading must not queue behind those who write."""


@dataclass(frozen=True)
class ApiToken:
    """A token without its secret: whose it is, what for, and how long."""

    id: int
    account: str
    """The account's name."""
    title: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    """To the minute; None for one that was never used."""
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """`live`, `expired` or `revoked`."""
        if self.revoked_at:
            return "revoked"
        return "live" if now < self.expires_at else "expired"


def create_token(session: Session, name: str, title: str, lifetime: timedelta) -> str:
    """A new token of the account of that name, for `lifetime`. It cannot be read back later.

    NotFound names the accounts there are; HumeError where the token has no title.
    """
    if not title.strip():
        raise HumeError("A token needs a title that says what it is for: without one, nobody knows which to revoke.")
    account_id = _account_id(session, name)
    token = PREFIX + secrets.token_urlsafe(32)
    row = t.ApiToken(
        token_hash=token_hash(token),
        account_id=account_id,
        title=title.strip(),
        expires_at=utc_now() + lifetime,
    )
    session.add(row)
    session.flush()
    record_event(session, "token-created", {"token": row.id, "account": account_id, "title": row.title})
    return token


def tokens(session: Session) -> list[ApiToken]:
    """All tokens there ever were, the oldest first."""
    query = select(t.ApiToken, t.Account.name).join(t.Account, t.Account.id == t.ApiToken.account_id)
    return [_record(row, name) for row, name in session.execute(query.order_by(t.ApiToken.id))]


def revoke_token(session: Session, token_id: int) -> ApiToken:
    """The token is worth nothing from now on; revoking it again changes nothing. NotFound for an unknown id."""
    row = session.get(t.ApiToken, token_id)
    if row is None:
        raise NotFound(f"There is no token {token_id}. List them with: hume people tokens")
    if row.revoked_at is None:
        row.revoked_at = utc_now()
        record_event(session, "token-revoked", {"token": row.id, "account": row.account_id})
        session.flush()
    account = session.get_one(t.Account, row.account_id)
    return _record(row, account.name)


def revoke_tokens(session: Session, account_id: int) -> None:
    """Every token of an account is worth nothing from now on."""
    live = (t.ApiToken.account_id == account_id, t.ApiToken.revoked_at.is_(None))
    for token_id in session.scalars(select(t.ApiToken.id).where(*live).order_by(t.ApiToken.id)).all():
        revoke_token(session, token_id)


def account_of_token(session: Session, token: str) -> Account | None:
    """Whose token that is, with the role that the account has now.

    None where the token is not known, revoked or expired, or the account disabled.
    """
    now = utc_now()
    live = (t.ApiToken.token_hash == token_hash(token), t.ApiToken.revoked_at.is_(None), t.ApiToken.expires_at > now)
    query = select(t.Account).join(t.ApiToken, t.ApiToken.account_id == t.Account.id)
    row = session.scalars(query.where(*live, t.Account.disabled_at.is_(None))).first()
    return None if row is None else account_record(row)


def is_use_unnoted(session: Session, token: str) -> bool:
    """Whether a use of the token is to be noted: none was in the last minute."""
    used = session.scalar(select(t.ApiToken.last_used_at).where(t.ApiToken.token_hash == token_hash(token)))
    return used is None or used < utc_now() - USED_WITHIN


def note_token_used(session: Session, token: str) -> None:
    """Note that a token was used just now."""
    found = t.ApiToken.token_hash == token_hash(token)
    session.execute(update(t.ApiToken).where(found).values(last_used_at=utc_now()))


def _account_id(session: Session, name: str) -> int:
    found = session.scalar(select(t.Account.id).where(t.Account.name == name))
    if found is None:
        names = session.scalars(select(t.Account.name).order_by(t.Account.name)).all()
        there = f"There are: {', '.join(names)}." if names else "There is none yet."
        raise NotFound(f"There is no account {name!r}. {there} An account is made when its invitation is used.")
    return found


def _record(row: t.ApiToken, account: str) -> ApiToken:
    return ApiToken(row.id, account, row.title, row.created_at, row.expires_at, row.last_used_at, row.revoked_at)
