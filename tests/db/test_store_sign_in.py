"""Passwords, sessions that idle or are ended, and failures that are counted."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from argon2 import PasswordHasher
from documents import NOON, at_once
from sqlalchemy import Engine, func, select, update

from db import tables as t
from db.columns import utc_now
from db.session import reading, transaction
from db.store import passwords
from db.store.accounts import create_invitation, redeem
from db.store.passwords import check_password, hashed, is_outdated, matches, password_of, replace_password
from db.store.sessions import account_of, end_sessions, is_sight_unnoted, note_seen, open_sessions, start_session
from db.store.throttle import FREE_BY_ACCOUNT, FREE_BY_ADDRESS, attempt, by_account, by_address, forget_old, forgive
from hume.errors import HumeError
from hume.records import Account

GOOD = "seven green umbrellas"


def enter(engine: Engine, name: str = "Aisha", role: str = "annotator") -> tuple[Account, str]:
    with transaction(engine) as session:
        return redeem(session, create_invitation(session, name, role), browser="Firefox, Linux")  # type: ignore[arg-type]


# -- passwords --------------------------------------------------------------------------------------


def test_what_is_stored_is_argon2id_with_owasps_parameters_and_a_salt_of_its_own() -> None:
    one, other = hashed(GOOD), hashed(GOOD)
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    assert matches(one, GOOD)
    assert not matches(one, GOOD.upper())
    assert not is_outdated(one)
    assert is_outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD))


@pytest.mark.parametrize("password", ["", "nobody's", "\x00", "\ud800", "x" * 300])
def test_no_password_matches_an_account_without_one(password: str) -> None:
    assert not matches("", password)
    assert not matches("no hash", password)


def test_one_letter_in_two_spellings_is_one_letter() -> None:
    assert matches(hashed("caf\u00e9 caf\u00e9 caf\u00e9"), "cafe\u0301 cafe\u0301 cafe\u0301")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "too short"),
        ("xK9$mQ2!z", "too short"),
        ("xK9$mQ2!z" * 29, "too long"),
        ("password123", "easy to guess"),
        ("1234567890", "easy to guess"),
        ("qwertyuiop", "easy to guess"),
        ("a" * 256, "easy to guess"),
        ("aisha rahman", "easy to guess"),
        ("Aisha Rahman1", "easy to guess"),
        ("rahman-aisha-rahman", "easy to guess"),
        ("Hume" * 4, "easy to guess"),
    ],
)
def test_a_password_that_is_refused(password: str, why: str) -> None:
    with pytest.raises(HumeError, match=f"^This password is .*{why}"):
        check_password(password, "Aisha Rahman")


@pytest.mark.parametrize("password", [GOOD, "xK9$mQ2!zp", "سبع مظلات خضراء", "xK9$mQ2!z" * 28, "七把绿色的雨伞在门口"])
def test_a_password_that_is_taken_needs_no_ceremony(password: str) -> None:
    check_password(password, "Aisha Rahman")


def test_a_password_is_replaced_where_it_is_still_the_one_that_was_seen(engine: Engine) -> None:
    account, _ = enter(engine)
    with transaction(engine) as session:
        assert password_of(session, " Aisha ") == (account.id, "")
        assert password_of(session, "aisha") == (0, "")
        assert replace_password(session, account.id, "", "one")
        assert not replace_password(session, account.id, "", "two")
        assert password_of(session, "Aisha") == (account.id, "one")


# -- sessions ---------------------------------------------------------------------------------------


def test_a_session_ends_by_idling_and_a_use_is_noted_every_few_minutes(engine: Engine) -> None:
    account, token = enter(engine)
    for ago, is_live, is_unnoted in (
        (timedelta(minutes=4), True, False),
        (timedelta(minutes=6), True, True),
        (timedelta(days=13), True, True),
        (timedelta(days=15), False, False),
    ):
        with transaction(engine) as session:
            session.execute(update(t.Session).values(last_seen_at=utc_now() - ago))
            assert (account_of(session, token) == account) == is_live
            assert is_sight_unnoted(session, token) == is_unnoted
            note_seen(session, token)
            seen = session.scalars(select(t.Session.last_seen_at)).one()
            assert (seen > utc_now() - timedelta(minutes=1)) == (ago > timedelta(minutes=5))


def test_ones_own_sessions_and_the_end_of_all_of_them(engine: Engine) -> None:
    account, one = enter(engine)
    _, strangers = enter(engine, "Bo")
    with transaction(engine) as session:
        other = start_session(session, account.id, "Safari, iPhone")
        start_session(session, account.id, "expired", timedelta(seconds=-1))
        found = open_sessions(session, account.id, one)
        assert {(each.browser, each.is_this) for each in found} == {("Firefox, Linux", True), ("Safari, iPhone", False)}
        end_sessions(session, account.id)
        assert [account_of(session, token) for token in (one, other)] == [None, None]
        assert open_sessions(session, account.id, one) == []
        assert account_of(session, strangers) is not None


# -- failures ---------------------------------------------------------------------------------------


def try_at(engine: Engine, moment, name: str = "Aisha", address: str = "192.0.2.1") -> timedelta:
    with transaction(engine) as session:
        return attempt(session, [by_account(name), by_address(address)], moment)


def test_five_failures_are_free_and_each_further_one_waits_twice_as_long(engine: Engine) -> None:
    moment = NOON
    assert [try_at(engine, moment) for _ in range(FREE_BY_ACCOUNT)] == [timedelta()] * 5
    waits = []
    for _ in range(8):
        waits.append(try_at(engine, moment).total_seconds())
        assert try_at(engine, moment).total_seconds() == waits[-1]  # asking again makes it no longer
        moment += timedelta(seconds=waits[-1])
        assert try_at(engine, moment) == timedelta()
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]


def test_a_success_resets_the_account_and_takes_one_from_the_address(engine: Engine) -> None:
    for _ in range(4):
        try_at(engine, NOON)
    with transaction(engine) as session:
        forgive(session, by_account("Aisha"), by_address("192.0.2.1"), NOON)
        left = {row.key: row.n for row in session.scalars(select(t.SignInFailure))}
    assert left == {by_account("Aisha").key: 0, by_address("192.0.2.1").key: 3}
    assert [try_at(engine, NOON) for _ in range(5)] == [timedelta()] * 5
    assert try_at(engine, NOON) > timedelta()


def test_an_address_may_try_few_accounts_and_is_a_network_where_it_is_ipv6(engine: Engine) -> None:
    addresses = [f"2001:db8:1:2::{n:x}" for n in range(1, FREE_BY_ADDRESS + 2)]
    waits = [try_at(engine, NOON, f"name {n}", address) for n, address in enumerate(addresses)]
    assert waits == [timedelta()] * FREE_BY_ADDRESS + [timedelta(seconds=15)]
    assert try_at(engine, NOON, "other", "2001:db8:1:3::1") == timedelta()
    assert by_address("192.0.2.1") != by_address("192.0.2.2")
    assert by_address("testclient") != by_address("")


def test_failures_are_forgotten_after_a_while(engine: Engine) -> None:
    for _ in range(5):
        try_at(engine, NOON)
    later = NOON + timedelta(minutes=16)
    with transaction(engine) as session:
        forget_old(session, NOON + timedelta(minutes=10))
        assert session.scalar(select(func.count()).select_from(t.SignInFailure)) == 2
    assert [try_at(engine, later) for _ in range(5)] == [timedelta()] * 5
    with transaction(engine) as session:
        forget_old(session, later + timedelta(hours=1))
        assert session.scalar(select(func.count()).select_from(t.SignInFailure)) == 0


def test_of_many_who_try_at_once_five_get_through(engine: Engine) -> None:
    outcomes = at_once([partial(try_at, engine, NOON, "Aisha", f"192.0.2.{n}") for n in range(12)])
    assert sum(outcome == timedelta() for outcome in outcomes) == FREE_BY_ACCOUNT


def test_names_and_addresses_are_not_stored(engine: Engine) -> None:
    try_at(engine, NOON, "my password by mistake", "192.0.2.77")
    with reading(engine) as session:
        assert all(len(key) == 64 for key in session.scalars(select(t.SignInFailure.key)))


def test_hashing_is_bounded_in_memory() -> None:
    assert passwords._at_once._initial_value * 19_456 <= 100_000  # type: ignore[attr-defined]
