"""Sign-in: invitations that work once, sessions that end."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from documents import at_once, rater_id
from sqlalchemy import Engine, select

from db import tables as t
from db.session import reading, transaction
from db.store.accounts import accounts, create_invitation, redeem, set_locale
from db.store.raters import raters
from db.store.sessions import account_of, end_session, note_seen
from hume.errors import HumeError, NotFound
from hume.records import Account, Rater


def invite(engine: Engine, name: str = "Aisha", role: str = "annotator", **how: object) -> str:
    with transaction(engine) as session:
        return create_invitation(session, name, role, **how)  # type: ignore[arg-type]


def enter(engine: Engine, token: str, **how: object) -> tuple[Account, str]:
    with transaction(engine) as session:
        return redeem(session, token, **how)  # type: ignore[arg-type]


def test_invitation_makes_an_account_and_its_rater(engine: Engine) -> None:
    account, token = enter(engine, invite(engine, " Aisha ", languages=["ara-Arab", "eng-Latn"]))
    assert account == Account(account.id, "Aisha", "annotator", ("ara-Arab", "eng-Latn"), account.rater_id)
    with reading(engine) as session:
        assert account_of(session, token) == account
        assert accounts(session) == [account]
        assert raters(session) == [Rater("human", "Aisha", id=account.rater_id)]


def test_invitation_works_once(engine: Engine) -> None:
    link = invite(engine)
    enter(engine, link)
    with pytest.raises(HumeError, match=r"has been used: each works once\. Ask for a new one"):
        enter(engine, link)


def test_of_many_who_open_one_link_at_once_one_gets_in(engine: Engine) -> None:
    link = invite(engine)
    outcomes = at_once([partial(enter, engine, link)] * 8)
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, HumeError) for outcome in outcomes) == 7


def test_two_links_of_one_name_at_once_lead_to_one_account(engine: Engine) -> None:
    links = [invite(engine, "owner", "admin") for _ in range(6)]
    outcomes = at_once([partial(enter, engine, link) for link in links])
    assert len({account.id for account, _ in outcomes}) == 1  # type: ignore[misc]
    assert len({token for _, token in outcomes}) == 6  # type: ignore[misc]


def test_old_and_unknown_links_say_what_to_do(engine: Engine) -> None:
    link = invite(engine, lifetime=timedelta(seconds=-1))
    with pytest.raises(HumeError, match=r"too old\. Ask for a new one"):
        enter(engine, link)
    for token in ("", "nonsense", link[:-1], "\udcff"):
        with pytest.raises(HumeError, match="not known here"):
            enter(engine, token)
    with reading(engine) as session:
        assert accounts(session) == []


def test_another_role_under_a_name_that_is_taken(engine: Engine) -> None:
    later = invite(engine, role="admin")
    enter(engine, invite(engine))
    with pytest.raises(HumeError, match=r"'Aisha' already, with the role annotator.*another name"):
        invite(engine, role="admin")
    with pytest.raises(HumeError, match="already, with the role annotator"):
        enter(engine, later)


@pytest.mark.parametrize("name", ["", "  "])
def test_invitation_needs_a_name(engine: Engine, name: str) -> None:
    with pytest.raises(HumeError, match="needs a name"):
        invite(engine, name)


def test_next_link_may_change_the_languages(engine: Engine) -> None:
    enter(engine, invite(engine, languages=["dan-Latn"]))
    assert enter(engine, invite(engine))[0].languages == ("dan-Latn",)
    assert enter(engine, invite(engine, languages=["nob-Latn"]))[0].languages == ("nob-Latn",)


def test_person_whose_answers_were_imported_gets_them_with_the_account(engine: Engine) -> None:
    rater = rater_id(engine, "Aisha")
    assert enter(engine, invite(engine))[0].rater_id == rater


def test_session_ends_by_signing_out_or_by_age(engine: Engine) -> None:
    _, one = enter(engine, invite(engine))
    account, other = enter(engine, invite(engine))
    _, old = enter(engine, invite(engine), lifetime=timedelta(seconds=-1))
    with transaction(engine) as session:
        end_session(session, one)
        end_session(session, "nonsense")
        note_seen(session, other)
        assert account_of(session, one) is None
        assert account_of(session, old) is None
        assert account_of(session, "") is None
        assert account_of(session, other) == account


def test_no_secret_is_stored(engine: Engine) -> None:
    link = invite(engine)
    _, token = enter(engine, link)
    assert len(link) >= 43
    assert len(token) >= 43
    with reading(engine) as session:
        stored = [*session.scalars(select(t.Invitation.token_hash)), *session.scalars(select(t.Session.token_hash))]
    assert all(len(one) == 64 for one in stored)
    assert not {link, token} & set(stored)


def test_language_of_the_interface_is_kept(engine: Engine) -> None:
    with transaction(engine) as session:
        account, token = redeem(session, create_invitation(session, "Aisha", "annotator"))
        assert account.locale == ""
        set_locale(session, account.id, "ar")
    with reading(engine) as session:
        found = account_of(session, token)
        assert found is not None
        assert found.locale == "ar"
    with transaction(engine) as session, pytest.raises(NotFound, match="no account 4711"):
        set_locale(session, 4711, "da")
