"""How often a password may be wrong: counted for each account and each address, in all processes together."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.store.sql import token_hash, upsert

WINDOW = timedelta(minutes=15)
"""A count is forgotten so long after the last failure, or after the wait that it brought."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(minutes=15)
FREE_BY_ACCOUNT = 5
FREE_BY_ADDRESS = 20
"""More: a whole lab may stand behind one address."""
IPV6_NETWORK = 64
"""Bits by which an IPv6 address counts: whoever has one has all the others of its network."""


@dataclass(frozen=True)
class Counted:
    """What failures are counted of, and how many have no consequence."""

    key: str
    free: int


def by_account(name: str) -> Counted:
    """Counts by the account's name, whether there is such an account or not."""
    return Counted(token_hash(f"account {name.strip()}"), FREE_BY_ACCOUNT)


def by_address(address: str) -> Counted:
    """Counts by the address that a request comes from."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a socket in the file system has none
        return Counted(token_hash(f"address {address}"), FREE_BY_ADDRESS)
    network = ipaddress.ip_network((found, IPV6_NETWORK if found.version == 6 else 32), strict=False)
    return Counted(token_hash(f"address {network}"), FREE_BY_ADDRESS)


def attempt(session: Session, counted: Sequence[Counted], now: datetime) -> timedelta:
    """Zero where one may try now, or how long to wait.

    An attempt is counted as a failure until `forgive` takes it back: of many at once, in any number of processes,
    no more than are free get through. One that has to wait is not counted.
    """
    ordered = sorted(counted, key=lambda one: one.key)  # all lock in one order
    upsert(session, t.SignInFailure, [_new(one.key, now) for one in ordered], ["key"])
    rows = {one.key: _locked(session, one.key) for one in ordered}
    wait = max(_wait(rows[one.key], one.free, now) for one in ordered)
    if wait > timedelta():
        session.flush()
        return wait
    for one in ordered:
        _count(rows[one.key], one.free, now)
    session.flush()
    return timedelta()


def forgive(session: Session, account: Counted, address: Counted, now: datetime) -> None:
    """The password was right: the account's count begins anew, and the address is rid of this one attempt."""
    for one in sorted((account, address), key=lambda one: one.key):
        n = 0 if one is account else t.SignInFailure.n - 1
        session.execute(update(t.SignInFailure).where(t.SignInFailure.key == one.key).values(n=n, wait_until=now))


def forget_old(session: Session, now: datetime) -> None:
    """Drop the counts that are too old to matter."""
    session.execute(delete(t.SignInFailure).where(t.SignInFailure.forget_at < now))


def _new(key: str, now: datetime) -> dict[str, object]:
    return {"key": key, "n": 0, "wait_until": now, "forget_at": now + WINDOW}


def _locked(session: Session, key: str) -> t.SignInFailure:
    found = select(t.SignInFailure).where(t.SignInFailure.key == key)
    return session.scalars(found.with_for_update().execution_options(populate_existing=True)).one()


def _wait(row: t.SignInFailure, free: int, now: datetime) -> timedelta:
    """How long to wait by one count; never longer than it can be, though it be from a clock that was ahead by days."""
    row.wait_until = min(row.wait_until, now + LONGEST_WAIT)
    row.forget_at = min(row.forget_at, now + LONGEST_WAIT + WINDOW)
    return row.wait_until - now if row.n >= free else timedelta()


def _count(row: t.SignInFailure, free: int, now: datetime) -> None:
    row.n = 1 if row.forget_at <= now else row.n + 1
    if row.n >= free:
        row.wait_until = now + min(FIRST_WAIT * 2 ** min(row.n - free, 30), LONGEST_WAIT)
    row.forget_at = max(row.wait_until, now) + WINDOW
