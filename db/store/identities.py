"""Who accounts are to providers of sign-in (OpenID Connect): issuer and subject, or an address until the first time.

A provider says who somebody is. Whether they get in, and as what, is said by the account here alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.account_rows import find_account_row
from db.store.accounts import create_account
from db.store.events import record_event
from db.store.raters import ensure_rater, lock_rater
from db.store.sessions import account_record
from hume.errors import HumeError
from hume.records import Account, Rater

LONGEST_EMAIL = 320


@dataclass(frozen=True)
class Vouched:
    """What a provider has vouched for: who somebody is to it, and the e-mail address that it has verified, or ''."""

    issuer: str
    subject: str
    verified_email: str = ""


def admit(session: Session, who: Vouched, domains: Collection[str] = ()) -> Account | None:
    """The account of whoever a provider vouched for; None where they are not to get in, and then nothing is made.

    They get in by being known from before, or by a verified address that an account expects, which from then on is
    bound to the subject and not kept. People of a verified address in one of `domains` (in small letters, compared
    as a whole) become annotators, named by the address, unless answers are stored under that name already. Of two
    first sign-ins at once, both find the same account. A disabled account lets nobody in.
    """
    found = _known(session, who) or _expected(session, who) or _of_domain(session, who, domains) or _known(session, who)
    return None if found is None or found.disabled_at is not None else account_record(found)


def expect(session: Session, name: str, email: str, by: int | None = None) -> None:
    """Whoever first signs in by a provider that has verified this address gets in as the account of that name.

    To say so twice is no error. NotFound for an unknown name; HumeError for what is no address, or is expected for
    another account.
    """
    account, address = find_account_row(session, name), plain_email(email)
    row = session.scalars(select(t.Identity).where(t.Identity.email == address)).first()
    _refuse_others(session, row, account, f"The address {address}")
    if row is None:
        session.add(t.Identity(account_id=account.id, email=address))
        session.flush()
        record_event(session, "identity-linked", {"account": account.id, "by": "email"}, by)


def link(session: Session, name: str, issuer: str, subject: str, by: int | None = None) -> None:
    """Whoever the provider `issuer` calls `subject` gets in as the account of that name.

    To say so twice is no error. NotFound for an unknown name; HumeError where one of the two is empty, or they are
    linked to another account.
    """
    account, who = find_account_row(session, name), Vouched(issuer.strip(), subject.strip())
    if not who.issuer or not who.subject:
        raise HumeError(
            "Give both: who the provider is (--issuer, its address) and what it calls the person (--subject)."
        )
    row = session.scalars(select(t.Identity).filter_by(issuer=who.issuer, subject=who.subject)).first()
    _refuse_others(session, row, account, f"{who.subject} of {who.issuer}")
    if row is None:
        session.add(t.Identity(account_id=account.id, issuer=who.issuer, subject=who.subject))
        session.flush()
        record_event(session, "identity-linked", {"account": account.id, "by": "subject"}, by)


def unlink(session: Session, name: str, by: int | None = None) -> int:
    """Nobody gets in as that account by a provider any more; returns how many links there were. NotFound as above."""
    account = find_account_row(session, name)
    n = forget_identities(session, account.id)
    if n:
        record_event(session, "identity-unlinked", {"account": account.id, "links": n}, by)
    return n


def forget_identities(session: Session, account_id: int) -> int:
    """Delete an account's links to providers; how many there were."""
    gone = session.execute(delete(t.Identity).where(t.Identity.account_id == account_id).returning(t.Identity.id))
    return len(gone.all())


def linked(session: Session) -> frozenset[int]:
    """The ids of the accounts that a provider's word opens, or will open."""
    return frozenset(session.scalars(select(t.Identity.account_id)))


def plain_email(email: str) -> str:
    """The address as it is compared: capitals mean nothing, in ASCII. HumeError where it is none.

    Other letters are left as they are: to some the small letter is another person's (the Kelvin sign becomes a k).
    """
    address = email.strip()
    name, at, domain = address.partition("@")
    whole = bool(name and at and domain) and "@" not in domain and address.isprintable() and " " not in address
    if not whole or len(address) > LONGEST_EMAIL:
        raise HumeError(f"{email!r} is no e-mail address. Give one like aisha@example.org.")
    return address.lower() if address.isascii() else address


# -- the ways in ------------------------------------------------------------------------------------


def _known(session: Session, who: Vouched) -> t.Account | None:
    """Locked: whoever is being reset or unlinked at this moment is not known any more afterwards."""
    known = select(t.Identity.account_id).filter_by(issuer=who.issuer, subject=who.subject)
    account = _locked(session, session.scalar(known))
    return account if session.scalar(known) is not None else None


def _expected(session: Session, who: Vouched) -> t.Account | None:
    """The account that expects the address. A second sign-in at once waits here, and then finds none: it is known."""
    if not who.verified_email:
        return None
    expecting = t.Identity.email == who.verified_email
    account = _locked(session, session.scalar(select(t.Identity.account_id).where(expecting)))
    identity = session.scalars(select(t.Identity).where(expecting)).first()
    if account is None or identity is None:
        return None
    if account.disabled_at is None:
        identity.issuer, identity.subject, identity.email = who.issuer, who.subject, None
        session.flush()
    return account


def _locked(session: Session, account_id: int | None) -> t.Account | None:
    """Always the account first, as everybody else has it: two that lock in different orders wait in a circle.

    Whatever was read of it before may be otherwise by now.
    """
    found = select(t.Account).where(t.Account.id == account_id)
    return session.scalars(found.with_for_update(key_share=True).execution_options(populate_existing=True)).first()


def _of_domain(session: Session, who: Vouched, domains: Collection[str]) -> t.Account | None:
    address = who.verified_email
    if not address or address.partition("@")[2] not in domains:
        return None
    person = Rater("human", address)
    if session.scalar(select(t.Rater.id).where(t.Rater.kind == person.kind, t.Rater.name == person.name)) is not None:
        return None  # whoever the answers under that name belong to, a provider has not vouched for it
    lock_rater(session, ensure_rater(session, person).id or 0)
    if account := _known(session, who):  # another sign-in at once was first
        return account
    account = create_account(session, address, "annotator", ())
    session.add(t.Identity(account_id=account.id, issuer=who.issuer, subject=who.subject))
    session.flush()
    record_event(session, "account-added", {"account": account.id, "role": account.role, "by": "domain"}, account.id)
    return account


def _refuse_others(session: Session, row: t.Identity | None, account: t.Account, what: str) -> None:
    if row is not None and row.account_id != account.id:
        other = session.get_one(t.Account, row.account_id)
        raise HumeError(f"{what} is linked to the account {other.name!r}. First run: hume people unlink {other.name}")
