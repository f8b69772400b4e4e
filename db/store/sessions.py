"""Browsers that are signed in. Of their secret tokens only SHA-256 sums are stored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Executable, Row, bindparam, select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import PlainText, UtcDateTime, utc_now
from db.store.conditions import NOW
from db.store.sql import fetch, token_hash
from hume.records import Account

SESSION_LIFETIME = timedelta(days=30)
IDLE_LIFETIME = timedelta(days=14)
"""A session that was not used for so long has ended."""
SEEN_WITHIN = timedelta(minutes=5)
"""A use is noted no more often: who looks at a page must not queue behind those who write."""

TOKEN: BindParameter[str] = bindparam("token", type_=PlainText)
SINCE: BindParameter[datetime] = bindparam("since", type_=UtcDateTime)


@dataclass(frozen=True)
class OpenSession:
    """A browser in which an account is signed in."""

    id: int
    browser: str
    """In short, such as `Firefox, Windows`; empty where it did not say."""
    created_at: datetime
    last_seen_at: datetime
    is_this: bool
    """Whether it is the one that asks."""


def start_session(session: Session, account_id: int, browser: str = "", lifetime: timedelta = SESSION_LIFETIME) -> str:
    """The token of a new session, which nobody has seen before. It cannot be read back later."""
    now, token = utc_now(), secrets.token_urlsafe(32)
    session.add(
        t.Session(
            token_hash=token_hash(token),
            account_id=account_id,
            created_at=now,
            expires_at=now + lifetime,
            last_seen_at=now,
            browser=browser,
        )
    )
    session.flush()
    return token


def account_of(session: Session, session_token: str) -> Account | None:
    """Whose session that is; None where there is no such session, it has ended, or the account is disabled."""
    row = _row(session, session_token)
    return None if row is None else replace(account_record(row), takes_part=bool(row.takes_part))


def is_sight_unnoted(session: Session, session_token: str) -> bool:
    """Whether a use of a live session is to be noted: none was in the last minutes."""
    row = _row(session, session_token)
    return row is not None and row.last_seen_at < utc_now() - SEEN_WITHIN


def note_seen(session: Session, session_token: str) -> None:
    """Note that a session was used just now, unless a use was noted in the last minutes."""
    now = utc_now()
    fetch(session, _note(), token=token_hash(session_token), now=now, since=now - SEEN_WITHIN)


def end_session(session: Session, session_token: str) -> None:
    """Sign out: the token is worth nothing from now on. Ending a session that is not there is no error."""
    fetch(session, _end(), token=token_hash(session_token), now=utc_now())


def end_sessions(session: Session, account_id: int) -> None:
    """Sign an account out everywhere."""
    live = (t.Session.account_id == account_id, t.Session.ended_at.is_(None))
    session.execute(update(t.Session).where(*live).values(ended_at=utc_now()))


def open_sessions(session: Session, account_id: int, session_token: str) -> list[OpenSession]:
    """Where an account is signed in, the latest seen first."""
    now, asking = utc_now(), token_hash(session_token)
    live = (t.Session.ended_at.is_(None), t.Session.expires_at > now, t.Session.last_seen_at > now - IDLE_LIFETIME)
    query = select(t.Session).where(t.Session.account_id == account_id, *live)
    return [
        OpenSession(row.id, row.browser, row.created_at, row.last_seen_at, row.token_hash == asking)
        for row in session.scalars(query.order_by(t.Session.last_seen_at.desc(), t.Session.id.desc()))
    ]


def account_record(row: t.Account | Row[Any]) -> Account:
    """An account as the rest of HUME knows it."""
    return Account(row.id, row.name, row.role, tuple(row.languages), row.rater_id, row.locale)


def _row(session: Session, session_token: str) -> Row[Any] | None:
    now = utc_now()
    return fetch(session, _whose(), token=token_hash(session_token), now=now, since=now - IDLE_LIFETIME).first()


@cache
def _whose() -> Executable:
    a = t.Account
    takes_part = select(t.Participant.id).where(t.Participant.account_id == a.id).correlate(a).exists()
    columns = (a.id, a.name, a.role, a.languages, a.rater_id, a.locale, t.Session.last_seen_at)
    query = select(*columns, takes_part.label("takes_part"))
    return query.join(t.Session, t.Session.account_id == a.id).where(
        t.Session.token_hash == TOKEN,
        t.Session.ended_at.is_(None),
        t.Session.expires_at > NOW,
        t.Session.last_seen_at > SINCE,
        a.disabled_at.is_(None),
    )


@cache
def _note() -> Executable:
    live = (t.Session.token_hash == TOKEN) & t.Session.ended_at.is_(None) & (t.Session.last_seen_at < SINCE)
    return update(t.Session).where(live).values(last_seen_at=NOW)


@cache
def _end() -> Executable:
    live = (t.Session.token_hash == TOKEN) & t.Session.ended_at.is_(None)
    return update(t.Session).where(live).values(ended_at=NOW)
