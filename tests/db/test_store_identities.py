"""Who gets in by a provider's word: by subject, by an expected address, by a domain, and nobody else."""

from __future__ import annotations

import pytest
from documents import at_once
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import tables as t
from db.session import reading, transaction
from db.store import people
from db.store.identities import Vouched, admit, expect, link, linked, plain_email, unlink
from db.store.raters import ensure_rater
from hume.errors import HumeError, NotFound
from hume.records import Account, Rater

ISSUER = "https://login.uni.example"
AISHA = Vouched(ISSUER, "subject-1", "aisha@uni.example")


@pytest.fixture
def aisha(engine: Engine) -> Account:
    with transaction(engine) as session:
        return people.ensure_account(session, "Aisha", "researcher", ("ara-Arab",))


def enter(engine: Engine, who: Vouched, domains: frozenset[str] = frozenset()) -> Account | None:
    with transaction(engine) as session:
        return admit(session, who, domains)


def rows(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(one)) or 0 for one in (t.Account, t.Rater, t.Identity)]


def test_an_expected_address_is_bound_to_the_first_subject_that_has_it(engine: Engine, aisha: Account) -> None:
    with transaction(engine) as session:
        expect(session, "Aisha", " Aisha@Uni.example ")
        expect(session, "Aisha", "aisha@uni.example")
    assert enter(engine, Vouched(ISSUER, "subject-0", "")) is None
    assert enter(engine, AISHA) == aisha
    assert enter(engine, Vouched(ISSUER, "subject-1", "")) == aisha
    assert enter(engine, Vouched(ISSUER, "subject-2", "aisha@uni.example")) is None
    assert enter(engine, Vouched("https://other.example", "subject-1", "aisha@uni.example")) is None
    with reading(engine) as session:
        (identity,) = session.scalars(select(t.Identity))
        assert (identity.issuer, identity.subject, identity.email) == (ISSUER, "subject-1", None)


def test_who_is_linked_by_subject_is_known_by_it_alone(engine: Engine, aisha: Account) -> None:
    with transaction(engine) as session:
        link(session, "Aisha", ISSUER, "subject-1")
        link(session, "Aisha", ISSUER, "subject-1")
        assert linked(session) == {aisha.id}
    assert enter(engine, Vouched(ISSUER, "subject-1")) == aisha
    assert enter(engine, Vouched(ISSUER, "Subject-1")) is None
    with transaction(engine) as session:
        assert unlink(session, "Aisha") == 1
        assert unlink(session, "Aisha") == 0
    assert enter(engine, AISHA) is None


def test_a_disabled_account_lets_nobody_in_and_is_not_bound(engine: Engine, aisha: Account) -> None:
    with transaction(engine) as session:
        expect(session, "Aisha", "aisha@uni.example")
        people.disable(session, "Aisha")
    assert enter(engine, AISHA, frozenset({"uni.example"})) is None
    with transaction(engine) as session:
        assert session.scalar(select(t.Identity.subject)) is None
        people.enable(session, "Aisha")
    assert enter(engine, AISHA) == aisha
    with transaction(engine) as session:
        people.reset(session, "Aisha")
    assert enter(engine, AISHA) is None


def test_people_of_an_open_domain_become_annotators_once(engine: Engine) -> None:
    domains = frozenset({"uni.example"})
    made = enter(engine, AISHA, domains)
    assert made is not None
    assert (made.name, made.role, made.languages) == ("aisha@uni.example", "annotator", ())
    assert enter(engine, AISHA, domains) == made
    assert enter(engine, Vouched(ISSUER, "subject-1"), frozenset()) == made


@pytest.mark.parametrize("address", ["", "a@sub.uni.example", "a@evil-uni.example", "uni.example", "a@UNI.example "])
def test_nobody_else_does_and_nothing_is_made(engine: Engine, address: str) -> None:
    assert enter(engine, Vouched(ISSUER, "subject-9", address), frozenset({"uni.example"})) is None
    with reading(engine) as session:
        assert rows(session) == [0, 0, 0]


def test_a_domain_gives_nobody_the_answers_that_are_stored_under_a_name(engine: Engine) -> None:
    with transaction(engine) as session:
        ensure_rater(session, Rater("human", "aisha@uni.example"))
    assert enter(engine, AISHA, frozenset({"uni.example"})) is None
    with reading(engine) as session:
        assert rows(session) == [0, 1, 0]


@pytest.mark.parametrize("domains", [frozenset(), frozenset({"uni.example"})], ids=["expected", "of a domain"])
def test_of_several_first_sign_ins_at_once_all_find_the_same_account(engine: Engine, domains: frozenset[str]) -> None:
    if not domains:
        with transaction(engine) as session:
            people.ensure_account(session, "Aisha", None, ())
            expect(session, "Aisha", "aisha@uni.example")
    found = at_once([lambda: enter(engine, AISHA, domains)] * 6)
    assert len({account and account.id for account in found}) == 1
    assert found[0] is not None
    with reading(engine) as session:
        assert rows(session) == [1, 1, 1]


def test_what_is_linked_to_one_account_is_refused_for_another(engine: Engine, aisha: Account) -> None:
    with transaction(engine) as session:
        people.ensure_account(session, "Bo", None, ())
        expect(session, "Aisha", "aisha@uni.example")
        link(session, "Aisha", ISSUER, "subject-1")
        with pytest.raises(HumeError, match="linked to the account 'Aisha'"):
            expect(session, "Bo", "AISHA@uni.example")
        with pytest.raises(HumeError, match="linked to the account 'Aisha'"):
            link(session, "Bo", ISSUER, "subject-1")
        with pytest.raises(HumeError, match="both"):
            link(session, "Bo", ISSUER, " ")
        with pytest.raises(NotFound, match="Nobody"):
            expect(session, "Nobody", "nobody@uni.example")
        with pytest.raises(HumeError, match="role researcher"):
            people.ensure_account(session, "Aisha", "admin", ())


@pytest.mark.parametrize("text", ["", "aisha", "@uni.example", "aisha@", "a@b@c", "a b@c", "a\n@b", "a" * 400 + "@b"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(HumeError, match="no e-mail address"):
        plain_email(text)


def test_capitals_mean_nothing_and_letters_that_look_alike_are_others() -> None:
    assert plain_email(" Kim@UNI.example") == "kim@uni.example"
    assert plain_email("\N{KELVIN SIGN}im@uni.example") != "kim@uni.example"
    assert plain_email("stra\N{LATIN SMALL LETTER SHARP S}e@uni.example") != "strasse@uni.example"
