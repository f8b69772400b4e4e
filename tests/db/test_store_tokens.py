"""Tokens of scripts: shown once, hashed, and worth nothing once revoked, expired or without their account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from db import tables as t
from db.columns import utc_now
from db.session import reading, transaction
from db.store.accounts import create_invitation, redeem
from db.store.events import events
from db.store.people import change_role, disable, enable, reset
from db.store.tokens import (
    account_of_token,
    create_token,
    is_use_unnoted,
    note_token_used,
    revoke_token,
    tokens,
)
from hume.errors import HumeError, NotFound
from hume.records import Account

DAY = timedelta(days=1)


def join(engine: Engine, name: str = "Aisha", role: str = "researcher") -> Account:
    with transaction(engine) as session:
        return redeem(session, create_invitation(session, name, role))[0]  # type: ignore[arg-type]


def make(engine: Engine, name: str = "Aisha", lifetime: timedelta = DAY) -> str:
    with transaction(engine) as session:
        return create_token(session, name, "nightly figures", lifetime)


def whose(engine: Engine, token: str) -> Account | None:
    with reading(engine) as session:
        return account_of_token(session, token)


def test_a_token_has_its_account_and_is_stored_as_a_hash_alone(engine: Engine) -> None:
    account, token = join(engine), make(engine)
    assert whose(engine, token) == account
    assert token.startswith("hume_")
    assert len(token) >= 48  # 256 bits
    assert make(engine) != token
    with reading(engine) as session:
        (first, _) = session.scalars(select(t.ApiToken).order_by(t.ApiToken.id))
        stored = {column.name: str(getattr(first, column.name)) for column in t.ApiToken.__table__.columns}
        told = [(event.kind, str(event.detail)) for event in events(session)]
    assert len(stored["token_hash"]) == 64
    assert not any(token[5:] in value for value in stored.values())
    assert "token-created" in dict(told)
    assert not any(token[5:] in detail for _, detail in told)


@pytest.mark.parametrize("token", ["", "hume_", "hume_x", "\x00", "\ud800", "x" * 100_000, "' OR 1=1 --"])
def test_what_is_no_token_is_nobodys(engine: Engine, token: str) -> None:
    join(engine)
    make(engine)
    assert whose(engine, token) is None


def test_a_token_expires(engine: Engine) -> None:
    join(engine)
    assert whose(engine, make(engine, lifetime=timedelta(seconds=-1))) is None
    with reading(engine) as session:
        assert tokens(session)[0].state(utc_now()) == "expired"


def test_a_revoked_token_is_worth_nothing_and_others_stay(engine: Engine) -> None:
    join(engine)
    gone, stays = make(engine), make(engine)
    with transaction(engine) as session:
        assert revoke_token(session, 1).account == "Aisha"
        first = revoke_token(session, 1).revoked_at
    assert (whose(engine, gone), whose(engine, stays) is None) == (None, False)
    with reading(engine) as session:
        found = tokens(session)
        assert [one.state(utc_now()) for one in found] == ["revoked", "live"]
        assert found[0].revoked_at == first
        assert [event.kind for event in events(session)].count("token-revoked") == 1
    with pytest.raises(NotFound, match="There is no token 4711"), transaction(engine) as session:
        revoke_token(session, 4711)


def test_a_token_has_the_role_that_its_account_has_now(engine: Engine) -> None:
    join(engine)
    token = make(engine)
    with transaction(engine) as session:
        change_role(session, "Aisha", "annotator")
    account = whose(engine, token)
    assert account is not None
    assert account.role == "annotator"


def test_tokens_go_with_a_disabled_account_and_do_not_come_back(engine: Engine) -> None:
    join(engine)
    token = make(engine)
    with transaction(engine) as session:
        session.execute(update(t.Account).values(disabled_at=utc_now()))
    assert whose(engine, token) is None
    with transaction(engine) as session:
        session.execute(update(t.Account).values(disabled_at=None))
        disable(session, "Aisha")
        enable(session, "Aisha")
    assert whose(engine, token) is None


def test_a_reset_takes_the_tokens_of_that_account(engine: Engine) -> None:
    join(engine)
    join(engine, "Bo")
    gone, stays = make(engine), make(engine, "Bo")
    with transaction(engine) as session:
        reset(session, "Aisha")
    assert whose(engine, gone) is None
    assert whose(engine, stays) is not None


def test_a_use_is_noted_once_a_minute(engine: Engine) -> None:
    join(engine)
    token = make(engine)

    def unnoted() -> bool:
        with reading(engine) as session:
            return is_use_unnoted(session, token)

    assert unnoted()
    with transaction(engine) as session:
        note_token_used(session, token)
    assert not unnoted()
    with transaction(engine) as session:
        session.execute(update(t.ApiToken).values(last_used_at=utc_now() - timedelta(minutes=2)))
    assert unnoted()


def test_a_token_needs_an_account_and_a_title(engine: Engine) -> None:
    join(engine)
    with pytest.raises(NotFound, match=r"There is no account 'Bo'\. There are: Aisha\."):
        make(engine, "Bo")
    with pytest.raises(HumeError, match="needs a title"), transaction(engine) as session:
        create_token(session, "Aisha", "  ", DAY)
