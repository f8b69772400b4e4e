"""Who may sign in, and what admins change about that. Every change is in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.account_rows import find_account_row
from db.store.accounts import INVITATION_LIFETIME, create_account, create_invitation
from db.store.events import record_event
from db.store.identities import forget_identities, linked
from db.store.participants import forget_forms
from db.store.sessions import account_record, end_sessions
from db.store.tokens import revoke_tokens
from hume.errors import HumeError
from hume.records import Account, AccountRole


@dataclass(frozen=True)
class Person:
    """An account as admins see it."""

    account: Account
    has_password: bool
    is_disabled: bool
    is_linked: bool
    """Whether a provider's word opens it, or will."""
    last_seen_at: datetime | None
    """To some minutes; None for one that never had a session."""


@dataclass(frozen=True)
class Invited:
    """A link that nobody has used yet and that still works."""

    name: str
    role: AccountRole
    languages: tuple[str, ...]
    expires_at: datetime


def people(session: Session) -> list[Person]:
    """All accounts but erased ones, by name."""
    latest = select(t.Session.account_id, func.max(t.Session.last_seen_at)).group_by(t.Session.account_id)
    seen = {row[0]: row[1] for row in session.execute(latest)}
    rows = session.scalars(select(t.Account).where(t.Account.erased_at.is_(None)).order_by(t.Account.name))
    by_provider = linked(session)
    return [
        Person(
            account_record(row),
            bool(row.password_hash),
            row.disabled_at is not None,
            row.id in by_provider,
            seen.get(row.id),
        )
        for row in rows
    ]


def invited(session: Session) -> list[Invited]:
    """The links that still work, by name; the last of each name."""
    live = (t.Invitation.redeemed_at.is_(None), t.Invitation.expires_at > utc_now())
    rows = session.scalars(select(t.Invitation).where(*live).order_by(t.Invitation.id))
    latest = {row.name: Invited(row.name, row.role, tuple(row.languages), row.expires_at) for row in rows}
    return [latest[name] for name in sorted(latest)]


def invite(
    session: Session,
    name: str,
    role: AccountRole,
    languages: tuple[str, ...] = (),
    lifetime: timedelta = INVITATION_LIFETIME,
    by: int | None = None,
    study: str = "",
) -> str:
    """The token of a new invitation, as `db.store.accounts.create_invitation` makes it; `by` is an account's id."""
    token = create_invitation(session, name, role, languages, lifetime, study)
    detail = {"name": name.strip(), "role": role, "languages": list(languages)}
    record_event(session, "invited", {**detail, "study": study} if study else detail, by)
    return token


def add_account(
    session: Session, name: str, role: AccountRole, languages: Sequence[str], password_hash: str, by: int | None = None
) -> Account:
    """A new account that signs in by a password, or where that is empty by a provider alone.

    HumeError where there is one of that name already.
    """
    if session.scalar(select(t.Account.id).where(t.Account.name == name.strip())) is not None:
        raise HumeError(
            f"There is an account {name.strip()!r} already. For a new way in: hume people reset {name.strip()}"
        )
    account = create_account(session, name, role, languages)
    account.password_hash = password_hash
    session.flush()
    record_event(session, "account-added", {"account": account.id, "role": role}, by)
    return account_record(account)


def ensure_account(
    session: Session, name: str, role: AccountRole | None, languages: Sequence[str], by: int | None = None
) -> Account:
    """The account of that name; made where there is none, as an annotator's unless `role` is named.

    HumeError where there is one of another role than the one named.
    """
    there = session.scalars(select(t.Account).where(t.Account.name == name.strip())).first()
    if there is None:
        return add_account(session, name, role or "annotator", languages, password_hash="", by=by)
    if role and there.role != role:
        raise HumeError(f"The account {there.name!r} has the role {there.role}, not {role}. Leave --role out.")
    return account_record(there)


def disable(session: Session, name: str, by: int | None = None) -> None:
    """Nobody gets in as this account from now on; its answers stay. HumeError for the last admin."""
    account = find_account_row(session, name)
    if account.disabled_at is None:
        keep_an_admin(session, account)
        account.disabled_at = utc_now()
        _leave(session, account)
        record_event(session, "account-disabled", {"account": account.id}, by)


def enable(session: Session, name: str, by: int | None = None) -> None:
    """A disabled account may be signed in to again."""
    account = find_account_row(session, name)
    if account.disabled_at is not None:
        account.disabled_at = None
        session.flush()
        record_event(session, "account-enabled", {"account": account.id}, by)


def reset(session: Session, name: str, lifetime: timedelta = INVITATION_LIFETIME, by: int | None = None) -> str:
    """The token of a new link, the only way in from now on: nothing of before is worth anything.

    That is sessions, password, earlier links, tokens, and links to providers.
    """
    account = find_account_row(session, name)
    account.password_hash = ""
    forget_identities(session, account.id)
    _leave(session, account)
    record_event(session, "account-reset", {"account": account.id}, by)
    return create_invitation(session, account.name, account.role, (), lifetime)


def change_role(session: Session, name: str, role: AccountRole, by: int | None = None) -> None:
    """The account may what `role` may, at once and in every session. HumeError for the last admin."""
    account = find_account_row(session, name)
    if account.role == role:
        return
    keep_an_admin(session, account)
    record_event(session, "role-changed", {"account": account.id, "from": account.role, "to": role}, by)
    account.role = role
    _void_links(session, account.name)
    session.flush()


def keep_an_admin(session: Session, account: t.Account) -> None:
    """HumeError where `account` is the last admin who is enabled.

    It locks all admins: of two who take the role from each other at once, one is refused.
    """
    if account.role != "admin":
        return
    live = (t.Account.role == "admin", t.Account.disabled_at.is_(None))
    admins = session.scalars(select(t.Account.id).where(*live).order_by(t.Account.id).with_for_update()).all()
    if set(admins) <= {account.id}:
        raise HumeError(f"{account.name!r} is the last admin. Make another one first.")


def _leave(session: Session, account: t.Account) -> None:
    _void_links(session, account.name)  # first: waits for whoever is just using one, whose session then ends too
    end_sessions(session, account.id)
    forget_forms(session, account.id)
    revoke_tokens(session, account.id)
    session.flush()


def _void_links(session: Session, name: str) -> None:
    live = (t.Invitation.name == name, t.Invitation.redeemed_at.is_(None))
    session.execute(update(t.Invitation).where(*live).values(expires_at=utc_now()))
