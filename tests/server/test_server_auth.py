"""The link that works once, the cookie that it gives, and the way out."""

from __future__ import annotations

import asyncio
import html
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from conftest import signed_in
from starlette.applications import Starlette
from starlette.testclient import TestClient

from db.session import open_engine, transaction
from db.store.accounts import accounts, create_invitation
from db.store.people import disable
from hume.i18n import interface
from hume.server import ROUTES
from hume.server.guard import COOKIE
from hume.server.start import base_url, lifespan, owner_link
from hume.settings import Settings

WORK = "/deck/answered?task=SmallSts&subset=eng"


@pytest.fixture
def invite(stored_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", stored_url)

    def make(name="Amina", role="annotator", lifetime=timedelta(days=1)):
        engine = open_engine(stored_url)
        with transaction(engine) as session:
            token = create_invitation(session, name, role, lifetime=lifetime)
        engine.dispose()
        return token

    return make


def browser(base="http://hume.test"):
    return TestClient(Starlette(routes=ROUTES), base, follow_redirects=False)


def test_a_link_signs_in_once(invite):
    token, first, second = invite(), browser(), browser()
    answer = first.get("/auth/link", params={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert first.get(WORK).status_code == 200
    again = second.get("/auth/link", params={"token": token})
    assert again.status_code == 403
    assert "has been used" in again.text
    assert "hume link" in again.text
    assert "set-cookie" not in again.headers
    assert second.get(WORK).status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(invite):
    plain = browser().get("/auth/link", params={"token": invite()}).headers["set-cookie"]
    parts = {part.strip().lower() for part in plain.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= parts
    assert "secure" not in parts
    assert not any(part.startswith("domain") for part in parts)
    under_https = browser("https://hume.test").get("/auth/link", params={"token": invite("Bo")})
    assert "Secure" in under_https.headers["set-cookie"]


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 10_000, "<script>alert(1)</script>", "\u0000"])
def test_an_unknown_link_says_what_to_do(invite, token):
    answer = browser().get("/auth/link", params={"token": token})
    assert answer.status_code == 403
    assert "not known" in answer.text
    assert "<script" not in answer.text


def test_a_link_grows_too_old(invite):
    answer = browser().get("/auth/link", params={"token": invite(lifetime=timedelta(seconds=-1))})
    assert answer.status_code == 403
    assert "too old" in answer.text


def test_a_preview_of_the_link_does_not_use_it_up(invite):
    token = invite()
    assert browser().head("/auth/link", params={"token": token}).status_code == 204
    prefetch = browser().get("/auth/link", params={"token": token}, headers={"Sec-Purpose": "prefetch"})
    assert prefetch.status_code == 204
    assert browser().get("/auth/link", params={"token": token}).status_code == 303


@pytest.mark.parametrize(("target", "path"), [("/gap", "/gap"), ("//evil.test", "/"), ("https://evil.test/", "/")])
def test_one_goes_on_to_a_page_of_this_server(invite, target, path):
    answer = browser().get("/auth/link", params={"token": invite(), "next": target})
    assert answer.headers["location"] == path


def test_signing_out_ends_the_session_in_every_copy_of_its_cookie(stored_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", stored_url)
    one = signed_in(stored_url, "annotator")
    copy = browser()
    copy.cookies.set(COOKIE, one.cookies[COOKIE])
    assert copy.get(WORK).status_code == 200
    answer = one.post("/auth/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert copy.get(WORK).status_code == 401
    assert browser().post("/auth/sign-out").status_code == 303
    assert one.get("/auth/sign-out").status_code == 405


def test_each_start_has_an_owners_link_of_its_own(stored_url, monkeypatch, capsys):
    monkeypatch.setenv("HUME_DATABASE_URL", stored_url)

    async def start():
        async with lifespan(SimpleNamespace()):
            pass

    asyncio.run(start())
    printed = capsys.readouterr().out
    link = next(word for word in printed.split() if "/auth/link?token=" in word)
    assert link != owner_link()
    visitor = browser()
    assert visitor.get(link.partition("8501")[2] or link).status_code == 303
    assert visitor.get("/download/answers.csv").status_code == 200


def test_the_server_starts_without_an_owners_link_where_the_owner_is_disabled(stored_url, monkeypatch, capsys, run):
    monkeypatch.setenv("HUME_DATABASE_URL", stored_url)
    signed_in(stored_url, "admin", "owner")
    signed_in(stored_url, "admin", "Ada")
    engine = open_engine(stored_url)
    with transaction(engine) as session:
        disable(session, "owner")
    engine.dispose()

    async def start():
        async with lifespan(SimpleNamespace()):
            pass

    asyncio.run(start())
    printed = capsys.readouterr().out
    assert "hume people enable owner" in printed
    assert "/auth/link" not in printed
    code, _, error = run("link")
    assert code == 2
    assert "is disabled" in error


@pytest.mark.parametrize(
    ("argv", "url"),
    [
        (["python", "/x/bin/hume", "serve"], "http://127.0.0.1:8501"),
        (["python", "/x/bin/uvicorn", "app:app"], "http://127.0.0.1:8000"),
        (["python", "-m", "uvicorn", "app:app"], "http://127.0.0.1:8000"),
        (["/x/bin/uvicorn", "app:app", "--port", "9000", "--host", "0.0.0.0"], "http://127.0.0.1:9000"),
        (["/x/bin/uvicorn", "app:app", "--port=9000", "--host=::1"], "http://[::1]:9000"),
        (["/x/bin/streamlit", "run", "app.py", "--server.port", "8600"], "http://127.0.0.1:8600"),
        (["/x/bin/uvicorn", "app:app", "--port"], "http://127.0.0.1:8000"),
    ],
)
def test_the_link_names_the_address_that_the_server_listens_on(argv, url):
    assert base_url(argv, Settings(host="127.0.0.1", port=8501)) == url


# -- the language -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "lang", "direction"), [("da-DK,da;q=0.9", "da", "ltr"), ("ar", "ar", "rtl"), ("fr", "en", "ltr")]
)
def test_why_a_link_does_not_work_is_said_in_the_browsers_language(invite, accept, lang, direction):
    token = invite()
    browser().get("/auth/link", params={"token": token})
    page = browser().get("/auth/link", params={"token": token}, headers={"Accept-Language": accept})
    assert f'<html lang="{lang}" dir="{direction}">' in page.text
    assert html.escape(interface(lang).say("This sign-in link has been used: each works once. Ask for a new one.")) in (
        page.text
    )
    assert '<code dir="ltr">hume link</code>' in page.text


@pytest.mark.parametrize("lifetime", [timedelta(days=1), timedelta(seconds=-1)], ids=["unknown", "too old"])
def test_no_reason_stays_english(invite, lifetime):
    token = invite(lifetime=lifetime) if lifetime < timedelta() else "unknown"
    page = browser().get("/auth/link", params={"token": token}, headers={"Accept-Language": "ru"})
    visible = re.sub(r"<style>.*?</style>|<code.*?</code>|<[^>]*>", " ", page.text, flags=re.DOTALL)
    assert set(re.findall(r"[A-Za-z]+", visible)) == {"HUME", "English", "Dansk", "Norsk", "bokm", "l"}


def test_a_language_is_kept_in_the_browser_until_somebody_signs_in(invite):
    visitor = browser()
    chosen = visitor.post("/auth/language?locale=ar&next=/work")
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/work")
    cookie = chosen.headers["set-cookie"].lower()
    assert cookie.startswith("hume_locale=ar;")
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip() for part in cookie.split(";")}
    page = visitor.get("/auth/link", params={"token": "x"}, headers={"Accept-Language": "ru"})
    assert '<html lang="ar" dir="rtl">' in page.text


def test_a_language_chosen_by_somebody_signed_in_is_kept_with_the_account(invite, stored_url):
    person = browser()
    person.get("/auth/link", params={"token": invite("Olga")})
    chosen = person.post("/auth/language?locale=ru&next=//evil.test")
    assert chosen.headers["location"] == "/"
    assert "set-cookie" not in chosen.headers
    engine = open_engine(stored_url)
    with transaction(engine) as session:
        assert [one.locale for one in accounts(session) if one.name == "Olga"] == ["ru"]
    engine.dispose()


def test_a_language_is_chosen_from_this_site_alone_and_only_one_that_there_is():
    assert browser().post("/auth/language?locale=tlh").status_code == 400
    assert browser().post("/auth/language").status_code == 400
    foreign = browser().post("/auth/language?locale=ar", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert browser().get("/auth/language?locale=ar").status_code == 405
