"""Sign-in by name and password: who gets in, how often one may try, and what else a form could be used for."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from conftest import signed_in
from serving import running_server
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from db import tables as t
from db.columns import utc_now
from db.session import open_engine, reading, transaction
from db.store import passwords, people
from db.store.accounts import create_invitation
from db.store.events import events
from db.store.passwords import hashed
from db.store.sessions import account_of, open_sessions
from db.store.throttle import FREE_BY_ACCOUNT, FREE_BY_ADDRESS
from hume.server import ROUTES
from hume.server.guard import COOKIE
from hume.server.plain_page import plain_page

GOOD, OTHER = "seven green umbrellas", "nine purple bicycles"
WORK = "/deck/answered?task=SmallSts&subset=eng"
HASH = hashed(GOOD)
NASTY = [
    "' OR 1=1 --",
    "Amina'; DROP TABLE account; --",
    '"><script>alert(1)</script>',
    "<img src=x onerror=alert(1)>",
    "\x00",
    "\ud7ff\U0010ffff",
    "%s {account} ${x}",
    "x" * 10_000,
]


@pytest.fixture
def engine(stored_url, monkeypatch):
    """The engine of a database with four tasks, and Amina, who has a password."""
    monkeypatch.setenv("HUME_DATABASE_URL", stored_url)
    opened = open_engine(stored_url)
    with transaction(opened) as session:
        people.add_account(session, "Amina", "researcher", [], HASH)
    yield opened
    opened.dispose()


def browser(base="http://hume.test", address="192.0.2.1", **headers):
    app = Starlette(routes=ROUTES)
    return TestClient(app, base, follow_redirects=False, client=(address, 4711), headers=headers)


def send(client, password=GOOD, account="Amina", **fields):
    return client.post("/auth/sign-in", data={"account": account, "password": password, **fields})


def visible(page) -> str:
    return re.sub(r"<style>.*?</style>|<[^>]*>", " ", page.text, flags=re.DOTALL)


# -- signing in -------------------------------------------------------------------------------------


def test_the_form_works_without_scripts_and_leads_to_where_one_wanted(engine):
    visitor = browser(**{"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"})
    page = visitor.get("/auth/sign-in?next=/gap")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert 'action="/auth/sign-in"' in page.text
    assert '<input type="hidden" name="next" value="/gap">' in page.text
    answer = send(visitor, next="/gap")
    assert (answer.status_code, answer.headers["location"]) == (303, "/gap")
    assert {"httponly", "samesite=lax", "path=/"} <= {
        part.strip().lower() for part in answer.headers["set-cookie"].split(";")
    }
    assert visitor.get(WORK).status_code == 200
    with reading(engine) as session:
        account = account_of(session, visitor.cookies[COOKIE])
        assert [one.browser for one in open_sessions(session, account.id, "")] == ["Firefox, Windows"]
        assert events(session)[0].kind == "signed-in"


def test_the_cookie_is_secure_under_https(engine):
    assert "Secure" in send(browser("https://hume.test")).headers["set-cookie"]


@pytest.mark.parametrize(
    ("account", "password"),
    [("Amina", OTHER), ("Amina", ""), ("Amina", GOOD.upper()), ("amina", GOOD), ("Nobody", GOOD), ("", "")],
)
def test_whatever_is_wrong_the_answer_is_the_same(engine, account, password):
    refused = send(browser(), password, account)
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    assert "do not belong together here" in refused.text
    known = send(browser(), OTHER)
    assert visible(refused) == visible(known)
    with reading(engine) as session:
        assert {event.kind for event in events(session, 2)} == {"sign-in-failed"}
        assert all(event.detail == {} for event in events(session, 2))


def test_nobody_learns_by_the_time_it_takes_who_has_an_account(engine, monkeypatch):
    """An answer takes as long as its verification, so each of them verifies one hash of the same parameters."""
    verified = []
    hasher = passwords._HASHER

    class Counting(PasswordHasher):
        def verify(self, stored, password):
            verified.append(stored.split("$")[1:4])
            return hasher.verify(stored, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting(time_cost=2, memory_cost=19_456, parallelism=1))
    with transaction(engine) as session:
        people.add_account(session, "Gone", "annotator", [], HASH)
        people.disable(session, "Gone")
        people.add_account(session, "Link", "annotator", [], "")
    for account in ("Amina", "Nobody", "Gone", "Link"):
        assert send(browser(), OTHER, account).status_code == 403
    assert verified == [["argon2id", "v=19", "m=19456,t=2,p=1"]] * 4


def test_a_hash_of_old_parameters_is_renewed_at_sign_in(engine):
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    with transaction(engine) as session:
        session.execute(update(t.Account).where(t.Account.name == "Amina").values(password_hash=old))
    assert send(browser(), OTHER).status_code == 403
    assert send(browser()).status_code == 303
    with reading(engine) as session:
        stored = session.scalar(select(t.Account.password_hash).where(t.Account.name == "Amina"))
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert send(browser()).status_code == 303


def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(engine, stored_url):
    mallorys = signed_in(stored_url, "annotator", "Mallory").cookies[COOKIE]
    for planted in (mallorys, "x" * 43):
        victim = browser()
        victim.cookies.set(COOKIE, planted, domain="hume.test")
        fresh = send(victim).cookies[COOKIE]
        assert fresh != planted
        with reading(engine) as session:
            assert account_of(session, planted) is None
            assert account_of(session, fresh).name == "Amina"


@pytest.mark.parametrize("mend", [lambda token: token[:-1] + "~", str.upper, lambda _: "' OR 1=1 --", lambda _: ""])
def test_a_cookie_that_was_tampered_with_is_worth_nothing(engine, mend):
    visitor = browser()
    send(visitor)
    token = visitor.cookies[COOKIE]
    visitor.cookies.clear()
    visitor.cookies.set(COOKIE, mend(token))
    assert visitor.get(WORK).status_code == 401


@pytest.mark.parametrize(
    "target", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "/\r\nX: y", "evil.test"]
)
def test_one_goes_on_to_a_page_of_this_server_alone(engine, target):
    answer = send(browser(), next=target)
    assert answer.headers["location"] == "/"
    assert "x" not in answer.headers


@pytest.mark.parametrize("path", ["/auth/sign-in", "/auth/password", "/auth/sign-out-everywhere"])
@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.test"}]
)
def test_another_sites_page_can_send_none_of_the_forms(engine, path, headers):
    visitor = browser()
    send(visitor)
    before = visitor.cookies[COOKIE]
    fields = {"account": "Amina", "password": GOOD, "current": GOOD, "new": OTHER}
    refused = visitor.post(path, data=fields, headers=headers)
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    with reading(engine) as session:
        assert account_of(session, before)
    assert send(browser()).status_code == 303
    assert visitor.get(path).status_code in (200, 405)


@pytest.mark.parametrize("nasty", NASTY)
def test_every_field_is_text_and_nothing_else(engine, nasty):
    for field in ("account", "password", "next"):
        answer = browser().post("/auth/sign-in", data={"account": "Amina", "password": OTHER, field: nasty})
        assert answer.status_code in (403, 429)
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
    visitor = browser(address="192.0.2.2")
    send(visitor)
    for field in ("current", "new"):
        answer = visitor.post("/auth/password", data={"current": OTHER, "new": OTHER, field: nasty})
        assert answer.status_code in (400, 403, 429)
        assert "<script>alert" not in answer.text
    with reading(engine) as session:
        assert {one.account.name for one in people.people(session)} == {"Amina"}


def test_what_is_no_form_or_too_much_of_one_is_refused(engine):
    visitor = browser()
    assert visitor.post("/auth/sign-in", json={"account": "Amina", "password": GOOD}).status_code == 415
    assert visitor.post("/auth/sign-in", data={"password": "x" * 20_000}).status_code == 413
    assert visitor.post("/auth/sign-in", data={f"f{n}": "x" for n in range(50)}).status_code == 400
    assert visitor.post("/auth/sign-in", files={"account": b"Amina"}).status_code == 415
    raw = b"account=%ff%fe&password=%00&account=Amina"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert visitor.post("/auth/sign-in", content=raw, headers=form).status_code == 403


# -- trying too often -------------------------------------------------------------------------------


def test_of_a_thousand_wrong_passwords_five_are_looked_at_and_the_right_one_waits_too(engine):
    visitor = browser()
    answers = [send(visitor, f"wrong {n}") for n in range(1000)]
    assert [one.status_code for one in answers[:FREE_BY_ACCOUNT]] == [403] * FREE_BY_ACCOUNT
    assert {one.status_code for one in answers[FREE_BY_ACCOUNT:]} == {429}
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 16
    assert "Too many wrong attempts. Wait" in answers[-1].text
    assert send(visitor).status_code == 429
    assert send(browser(address="198.51.100.9")).status_code == 429
    with transaction(engine) as session:
        assert sum(event.kind == "sign-in-failed" for event in events(session)) == FREE_BY_ACCOUNT
        session.execute(update(t.SignInFailure).values(wait_until=utc_now() - timedelta(seconds=1)))
    assert send(visitor).status_code == 303
    assert [send(visitor, "wrong").status_code for _ in range(6)] == [403] * 5 + [429]


def test_one_address_may_not_go_through_the_accounts_and_others_are_let_in(engine):
    visitor = browser()
    codes = [send(visitor, "wrong", f"name {n}").status_code for n in range(FREE_BY_ADDRESS + 3)]
    assert codes == [403] * FREE_BY_ADDRESS + [429] * 3
    forwarded = browser(**{"X-Forwarded-For": "203.0.113.5", "Forwarded": "for=203.0.113.5"})
    assert send(forwarded).status_code == 429
    assert send(browser(address="192.0.2.9")).status_code == 303


def test_two_processes_count_together(engine, stored_url):
    with running_server(stored_url) as one, running_server(stored_url) as other:
        codes = []
        for n in range(8):
            with (one, other)[n % 2].client() as client:
                answer = client.post("/auth/sign-in", data={"account": "Amina", "password": "wrong"})
                codes.append(answer.status_code)
    assert codes == [403] * FREE_BY_ACCOUNT + [429] * 3


# -- the password -----------------------------------------------------------------------------------


def change(client, new=OTHER, current=GOOD):
    return client.post("/auth/password", data={"current": current, "new": new})


def test_whoever_came_by_a_link_sets_a_password_and_signs_in_by_it_elsewhere(engine):
    with transaction(engine) as session:
        link = create_invitation(session, "Bo", "annotator")
    person = browser()
    assert person.get("/auth/link", params={"token": link}).status_code == 303
    before = person.cookies[COOKIE]
    answer = change(person, GOOD, "")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?saved=password")
    assert answer.cookies[COOKIE] != before
    assert person.get(WORK).status_code == 200
    elsewhere = browser()
    assert send(elsewhere, account="Bo").status_code == 303
    assert elsewhere.get(WORK).status_code == 200
    assert browser().get("/auth/link", params={"token": link}).status_code == 403


def test_a_change_ends_all_other_sessions_and_needs_the_current_password(engine):
    person, other = browser(), browser()
    send(person)
    send(other)
    refused = change(person, current="wrong")
    assert refused.status_code == 403
    assert "Your current password is another one." in refused.text
    assert other.get(WORK).status_code == 200
    assert change(person).status_code == 303
    assert other.get(WORK).status_code == 401
    assert person.get(WORK).status_code == 200
    assert send(browser()).status_code == 403
    assert send(browser(), OTHER).status_code == 303
    with reading(engine) as session:
        assert "password-set" in [event.kind for event in events(session)]


@pytest.mark.parametrize("weak", ["brief", "password123", "Amina Amina", "x" * 300])
def test_a_weak_password_is_refused_with_the_reason_and_changes_nothing(engine, weak):
    person = browser()
    send(person)
    refused = change(person, weak)
    assert refused.status_code == 400
    assert re.search("too short|too long|too easy to guess", visible(refused))
    assert weak not in refused.text
    assert send(browser()).status_code == 303


def test_guessing_the_current_password_is_throttled_too(engine):
    person = browser()
    send(person)
    assert [change(person, current=f"wrong {n}").status_code for n in range(7)] == [403] * 5 + [429] * 2


def test_nobody_who_is_signed_out_sets_a_password(engine):
    assert change(browser()).headers["location"] == "/"
    assert send(browser()).status_code == 303


def test_signing_out_everywhere_ends_every_session_of_this_account_and_of_no_other(engine, stored_url):
    person, other, stranger = browser(), browser(), signed_in(stored_url, "annotator", "Stranger")
    send(person)
    send(other)
    answer = person.post("/auth/sign-out-everywhere")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert other.get(WORK).status_code == 401
    assert stranger.get(WORK).status_code == 200
    assert browser().post("/auth/sign-out-everywhere").status_code == 303


# -- disabled ---------------------------------------------------------------------------------------


def test_a_disabled_account_is_out_at_once_on_every_route(engine):
    person = browser()
    send(person)
    assert person.get("/download/answers.csv").status_code == 200
    with transaction(engine) as session:
        people.disable(session, "Amina")
    assert person.get(WORK).status_code == 401
    assert person.get("/download/answers.csv").status_code == 401
    assert person.post("/deck/answers", json={"answers": []}).status_code == 401
    assert change(person).headers["location"] == "/"
    assert send(browser()).status_code == 403


# -- the page ---------------------------------------------------------------------------------------


def test_the_page_speaks_the_browsers_language_and_names_the_wait_in_it(engine):
    visitor = browser(**{"Accept-Language": "ru"})
    for n in range(5):
        send(visitor, f"wrong {n}")
    page = send(visitor, "wrong")
    assert '<html lang="ru" dir="ltr">' in page.text
    assert set(re.findall(r"[A-Za-z]+", visible(page))) == {"HUME", "English", "Dansk", "Norsk", "bokm", "l"}
    assert re.search(r"\d+ секунд", page.text)


def test_a_page_without_scripts_escapes_its_title():
    assert "<b>" not in plain_page("<b>", "", "/")
