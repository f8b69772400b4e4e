"""What admins change: links, roles, accounts disabled, enabled and reset."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from documents import at_once
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.session import reading, transaction
from db.store import people
from db.store.accounts import create_invitation, redeem
from db.store.events import events
from db.store.passwords import has_password, password_of
from db.store.sessions import account_of
from db.store.tokens import account_of_token, create_token
from hume.errors import HumeError, NotFound


def act(engine: Engine, change: Callable[..., Any], *arguments: Any) -> Any:
    with transaction(engine) as session:
        return change(session, *arguments)


def enter(session: Session, name: str, role: str = "annotator") -> str:
    return redeem(session, create_invitation(session, name, role))[1]  # type: ignore[arg-type]


def test_whoever_is_added_has_a_password_and_no_session(engine: Engine) -> None:
    account = act(engine, people.add_account, " Aisha ", "researcher", ["ara-Arab"], "a hash")
    with reading(engine) as session:
        (person,) = people.people(session)
        assert password_of(session, "Aisha") == (account.id, "a hash")
    assert (person.account, person.has_password, person.is_disabled, person.last_seen_at) == (
        account,
        True,
        False,
        None,
    )
    with pytest.raises(HumeError, match=r"'Aisha' already.*hume people reset Aisha"):
        act(engine, people.add_account, "Aisha", "annotator", [], "x")
    with pytest.raises(HumeError, match="needs a name"):
        act(engine, people.add_account, "  ", "annotator", [], "x")


def test_links_that_wait_are_listed_until_they_are_used(engine: Engine) -> None:
    act(engine, people.invite, "Bo", "annotator")
    token = act(engine, people.invite, "Bo", "annotator", ("eng-Latn",))
    with reading(engine) as session:
        (waiting,) = people.invited(session)
    assert (waiting.name, waiting.role, waiting.languages) == ("Bo", "annotator", ("eng-Latn",))
    act(engine, redeem, token)
    with transaction(engine) as session:
        assert [one.name for one in people.invited(session)] == ["Bo"]  # the first link still works
        people.disable(session, "Bo")
        assert people.invited(session) == []


def test_nothing_gets_in_as_an_account_that_is_disabled(engine: Engine) -> None:
    token, link = act(engine, enter, "Bo"), act(engine, people.invite, "Bo", "annotator")
    secret = act(engine, create_token, "Bo", "script", people.INVITATION_LIFETIME)
    act(engine, people.disable, "Bo")
    with reading(engine) as session:
        assert account_of(session, token) is None
        assert account_of_token(session, secret) is None
        assert password_of(session, "Bo") == (0, "")
        assert people.people(session)[0].is_disabled
    with pytest.raises(HumeError, match="This sign-in link is too old"):
        act(engine, redeem, link)
    with pytest.raises(HumeError, match=r"'Bo' is disabled.*hume people enable Bo"):
        act(engine, people.invite, "Bo", "annotator")
    act(engine, people.enable, "Bo")
    with reading(engine) as session:
        assert account_of(session, token) is None  # signing in again is another session
        assert not people.people(session)[0].is_disabled
    assert act(engine, enter, "Bo")


def test_a_reset_leaves_one_way_in(engine: Engine) -> None:
    account = act(engine, people.add_account, "Bo", "annotator", ["nob-Latn"], "a hash")
    token, link = act(engine, enter, "Bo"), act(engine, people.invite, "Bo", "annotator")
    fresh = act(engine, people.reset, "Bo")
    with reading(engine) as session:
        assert account_of(session, token) is None
        assert not has_password(session, account.id)
    with pytest.raises(HumeError, match="too old"):
        act(engine, redeem, link)
    assert act(engine, redeem, fresh)[0] == account


def test_a_role_counts_at_once_and_links_of_the_old_one_are_void(engine: Engine) -> None:
    act(engine, enter, "owner", "admin")
    token, link = act(engine, enter, "Bo"), act(engine, people.invite, "Bo", "annotator")
    act(engine, people.change_role, "Bo", "researcher")
    with reading(engine) as session:
        found = account_of(session, token)
    assert found is not None
    assert found.role == "researcher"
    with pytest.raises(HumeError, match="too old"):
        act(engine, redeem, link)


def test_the_last_admin_stays(engine: Engine) -> None:
    act(engine, enter, "owner", "admin")
    for change in (partial(people.disable), lambda session, name: people.change_role(session, name, "annotator")):
        with pytest.raises(HumeError, match="'owner' is the last admin"):
            act(engine, change, "owner")
    act(engine, enter, "second", "admin")
    act(engine, people.disable, "owner")
    with pytest.raises(HumeError, match="'second' is the last admin"):
        act(engine, people.disable, "second")
    act(engine, people.enable, "owner")
    act(engine, people.change_role, "second", "annotator")


def test_two_admins_who_disable_each_other_at_once_leave_one(engine: Engine) -> None:
    for name in ("one", "other"):
        act(engine, enter, name, "admin")
    outcomes = at_once([partial(act, engine, people.disable, name) for name in ("one", "other")])
    assert sum(isinstance(outcome, HumeError) for outcome in outcomes) == 1
    with reading(engine) as session:
        assert sum(not person.is_disabled for person in people.people(session)) == 1


def test_a_name_that_is_not_there(engine: Engine) -> None:
    for change in (people.disable, people.enable, people.reset):
        with pytest.raises(NotFound, match=r"no account '<b>'.*hume people list"):
            act(engine, change, "<b>")


def test_every_change_is_in_the_audit_trail_with_who_made_it(engine: Engine) -> None:
    act(engine, enter, "owner", "admin")
    with transaction(engine) as session:
        by = people.people(session)[0].account.id
        people.add_account(session, "Bo", "annotator", [], "secret hash", by)
        people.change_role(session, "Bo", "researcher", by)
        people.disable(session, "Bo", by)
        people.enable(session, "Bo", by)
        token = people.reset(session, "Bo", by=by)
        people.invite(session, "Chi", "annotator", by=by)
        found = events(session)
    kinds = ["invited", "account-reset", "account-enabled", "account-disabled", "role-changed", "account-added"]
    assert [one.kind for one in found][: len(kinds)] == kinds
    assert {one.account_id for one in found[: len(kinds)]} == {by}
    assert token not in str(found)
    assert "secret hash" not in str(found)
