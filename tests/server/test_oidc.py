"""Sign-in by a provider: a real one in a process of its own, a real server, and a real browser or its requests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from browsing import browser, context, page  # noqa: F401
from oidc_provider import COOKIE_SECRET, PEOPLE, Provider, running_provider, secrets_file
from playwright.sync_api import BrowserContext, Page
from serving import ROOT, Server, free_port, running_server
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from db import tables as t
from db.session import open_engine, reading, transaction
from db.store import identities, people
from db.store.accounts import accounts
from db.store.events import events
from hume.server.guard import COOKIE
from pages.parts import providers

UVICORN = (sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT), "app:app", "--timeout-graceful-shutdown", "1")
OPEN_DOMAIN = "open.example"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def server(provider: Provider, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server where the account Aisha expects an address, and an open domain."""
    folder, port = tmp_path_factory.mktemp("oidc"), free_port()
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(secrets_file(provider, f"http://127.0.0.1:{port}"))
    shutil.copy(migrated_sqlite, folder / "hume.db")
    url, environment = (
        f"sqlite:///{folder / 'hume.db'}",
        {"HUME_OIDC_DOMAINS": f"elsewhere.test, {OPEN_DOMAIN.upper()}"},
    )
    with running_server(url, cwd=folder, port=port, command=UVICORN, environment=environment) as running:
        yield running


@pytest.fixture
def aisha(server: Server) -> None:
    """An account that expects her address, as it is before she first comes."""
    with store(server) as session:
        people.ensure_account(session, "Aisha", None, ())
        people.enable(session, "Aisha")
        identities.unlink(session, "Aisha")
        identities.expect(session, "Aisha", "aisha@uni.example")


@contextmanager
def store(server: Server) -> Iterator[Session]:
    engine = open_engine(server.database_url)
    with transaction(engine) as session:
        yield session
    engine.dispose()


@contextmanager
def looking(server: Server) -> Iterator[Session]:
    engine = open_engine(server.database_url)
    with reading(engine) as session:
        yield session
    engine.dispose()


def counts(server: Server) -> list[int]:
    with looking(server) as session:
        tables = (t.Account, t.Rater, t.Identity, t.Session)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def to_provider(client: httpx.Client, then: str = "/work", name: str = "uni") -> str:
    """Begins a sign-in; the address that the provider is asked at."""
    begun = client.get(f"/auth/oidc/{name}", params={"next": then})
    assert begun.status_code == 303
    return str(client.get(begun.headers["location"]).headers["location"])


def callback(client: httpx.Client, person: str, then: str = "/work") -> str:
    """Begins a sign-in and is that person at the provider's; the address that the browser is sent back to."""
    provider_at = urlsplit(to_provider(client, then))
    asked = {name: values[0] for name, values in parse_qs(provider_at.query).items()}
    chosen = httpx.get(f"{provider_at.scheme}://{provider_at.netloc}/chosen", params={**asked, "person": person})
    return str(chosen.headers["location"])


def signed_in_as(client: httpx.Client) -> str:
    """Whose session the client has; '' without one."""
    response = client.get("/account/data")
    return str(response.json()["name"]) if response.status_code == 200 else ""


# -- in a browser -----------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.usefixtures("aisha")
def test_who_is_expected_gets_in_and_out_and_stays_out(server: Server, context: BrowserContext, page: Page) -> None:
    page.goto(f"{server.base_url}/account?saved=x")
    page.get_by_role("link", name="Sign in with University <of> Tests").click()
    page.locator("#aisha").click()
    page.get_by_role("heading", name="Where you are signed in").wait_for()
    assert page.url == f"{server.base_url}/account?saved=x"
    kept = {cookie["name"]: cookie for cookie in context.cookies()}
    assert not [name for name in kept if name.startswith("_streamlit_user")]
    assert kept[COOKIE]["httpOnly"]
    assert kept[COOKIE]["sameSite"] == "Lax"

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in", exact=True).wait_for()
    page.goto(f"{server.base_url}/work")
    page.get_by_role("button", name="Sign in", exact=True).wait_for()
    assert COOKIE not in {cookie["name"] for cookie in context.cookies()}


@pytest.mark.browser
def test_a_stranger_is_told_whom_to_ask_and_what_to_send(server: Server, context: BrowserContext, page: Page) -> None:
    before = counts(server)
    page.goto(f"{server.base_url}/auth/sign-in")
    page.get_by_role("link", name="Sign in with 127.0.0.1").click()
    page.locator("#stranger").click()
    page.get_by_text("Ask whoever runs this server").wait_for()
    assert "--subject 9999-stranger" in page.locator("code").inner_text()
    assert COOKIE not in {cookie["name"] for cookie in context.cookies()}
    assert counts(server) == before
    with looking(server) as session:
        latest = events(session)[0]
    assert (latest.kind, latest.detail, latest.account_id) == ("sign-in-failed", {"by": "provider"}, None)


# -- who gets in ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("aisha")
def test_from_the_first_time_on_the_subject_counts_and_the_address_is_not_kept(
    server: Server, provider: Provider
) -> None:
    with server.client() as client:
        assert client.get(callback(client, "aisha")).status_code == 303
        assert signed_in_as(client) == "Aisha"
    with looking(server) as session:
        (row,) = session.scalars(select(t.Identity).where(t.Identity.subject == PEOPLE["aisha"]["sub"]))
        assert (row.issuer, row.email) == (provider.issuer, None)
    provider.forged_next({"email": "married@uni.example"})
    with server.client() as client:
        client.get(callback(client, "aisha"))
        assert signed_in_as(client) == "Aisha"
    provider.forged_next({"sub": "another-aisha"})  # who comes by the address later is somebody else
    with server.client() as client:
        assert client.get(callback(client, "aisha")).status_code == 403


@pytest.mark.usefixtures("aisha")
def test_an_address_that_the_provider_has_not_verified_opens_nothing(server: Server, provider: Provider) -> None:
    for claim in (False, None, "false", 1, "yes"):
        provider.forged_next({"email_verified": claim})
        with server.client() as client:
            refused = client.get(callback(client, "mallory"))
            assert refused.status_code == 403
            assert "has not confirmed an e-mail address" in refused.text
            assert signed_in_as(client) == ""
    with looking(server) as session:
        assert session.scalar(select(t.Identity.email)) == "aisha@uni.example"


def test_people_of_an_open_domain_become_annotators_whatever_they_claim(server: Server) -> None:
    with server.client() as client:
        assert client.get(callback(client, "colleague")).status_code == 303
        assert signed_in_as(client) == PEOPLE["colleague"]["email"]
    with looking(server) as session:
        (account,) = [one for one in accounts(session) if one.name == PEOPLE["colleague"]["email"]]
    assert account.role == "annotator"


def test_who_is_linked_by_subject_needs_no_address_and_may_have_claims_of_any_size(
    server: Server, provider: Provider
) -> None:
    with store(server) as session:
        people.ensure_account(session, "Nameless", "researcher", ())
        identities.link(session, "Nameless", provider.issuer, PEOPLE["nameless"]["sub"])
    with server.client() as client:
        client.get(callback(client, "nameless"))
        assert signed_in_as(client) == "Nameless"


@pytest.mark.usefixtures("aisha")
def test_who_is_disabled_or_reset_stays_out_and_learns_no_more_than_a_stranger(server: Server) -> None:
    with server.client() as client, server.client() as stranger:
        client.get(callback(client, "aisha"))
        with store(server) as session:
            people.disable(session, "Aisha")
        assert signed_in_as(client) == ""
        refused, unknown = client.get(callback(client, "aisha")), stranger.get(callback(stranger, "stranger"))
        assert refused.status_code == unknown.status_code == 403
        told = PEOPLE["aisha"]["sub"], PEOPLE["stranger"]["sub"]
        assert refused.text.replace(told[0], "") == unknown.text.replace(told[1], "")
        with store(server) as session:
            people.enable(session, "Aisha")
            people.reset(session, "Aisha")
        assert client.get(callback(client, "aisha")).status_code == 403


@pytest.mark.usefixtures("aisha")
def test_signing_out_everywhere_asks_for_the_provider_anew_in_every_browser(server: Server) -> None:
    with server.client() as here, server.client() as there:
        for client in (here, there):
            client.get(callback(client, "aisha"))
        here.post("/auth/sign-out-everywhere")
        for client in (here, there):
            client.get("/")
            assert signed_in_as(client) == ""
        there.get(callback(there, "aisha"))
        assert signed_in_as(there) == "Aisha"


@pytest.mark.usefixtures("aisha")
def test_signing_in_ends_the_session_that_the_browser_had(server: Server) -> None:
    planted = server.sign_in("Mallory")
    with server.client(planted) as client, server.client(planted) as other:
        client.get(callback(client, "aisha"))
        assert signed_in_as(other) == ""


# -- forgeries --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("aisha")
@pytest.mark.parametrize(
    "wrong",
    [{"nonce": "another"}, {"aud": "another-client"}, {"iss": "http://evil.example"}, {"exp": 1_000}, {"sub": ""}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_token_for_others_of_others_or_of_before_opens_nothing(
    server: Server, provider: Provider, wrong: dict[str, object]
) -> None:
    provider.forged_next(wrong)
    with server.client() as client:
        assert client.get(callback(client, "aisha")).status_code == 403
        assert signed_in_as(client) == ""


@pytest.mark.usefixtures("aisha")
def test_the_way_back_works_once_and_in_the_browser_alone_that_began(server: Server) -> None:
    with server.client() as mine, server.client() as theirs:
        way_back = callback(mine, "aisha")
        assert theirs.get(way_back).status_code == 403
        to_provider(theirs)  # begun there as well, as by a page of the attacker's: it is another sign-in
        assert theirs.get(way_back).status_code == 403
        assert signed_in_as(theirs) == ""
        before_use = dict(mine.cookies)
        assert mine.get(way_back).status_code == 303
        assert mine.get(way_back).status_code == 403
        theirs.cookies.update(before_use)
        assert theirs.get(way_back).status_code == 403  # the provider gives nothing twice for a code
        assert signed_in_as(theirs) == ""


@pytest.mark.usefixtures("aisha")
def test_streamlits_own_cookie_opens_nothing_even_where_its_signature_is_right(server: Server) -> None:
    claims = '{"iss": "x", "sub": "7f3a-aisha", "email": "aisha@uni.example", "email_verified": true}'
    planted = create_signed_value(COOKIE_SECRET, "_streamlit_user", claims).decode()
    with server.client() as client:
        client.cookies.set("_streamlit_user", planted)
        assert signed_in_as(client) == ""
        assert client.get("/oauth2callback").status_code in (303, 403)
        assert signed_in_as(client) == ""
        client.get(callback(client, "aisha"))
        token = client.cookies[COOKIE]
    for tampered in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[:-1], token + "A", ""):
        with server.client(tampered) as client:
            assert signed_in_as(client) == ""


@pytest.mark.usefixtures("aisha")
@pytest.mark.parametrize("then", ["//evil.example", "https://evil.example/", "/\\evil.example", "evil", "/a\nb"])
def test_it_leads_on_to_paths_of_this_server_alone(server: Server, then: str) -> None:
    with server.client() as client:
        assert client.get(callback(client, "aisha", then)).headers["location"] == "/"
        assert client.get(callback(client, "aisha", "/items?item=3")).headers["location"] == "/items?item=3"


def test_another_sites_page_cannot_begin_it(server: Server) -> None:
    with server.client(**{"Sec-Fetch-Site": "cross-site"}) as client:
        assert client.get("/auth/oidc/uni").status_code == 403
    with server.client() as client:
        assert client.get("/auth/oidc/nobody").status_code == 404


def test_a_provider_that_refuses_leads_to_a_page_that_says_so(server: Server) -> None:
    with server.client() as client:
        asked = parse_qs(urlsplit(to_provider(client)).query)
        refused = client.get("/oauth2callback", params={"error": "access_denied", "state": asked["state"][0]})
        assert refused.status_code == 403
        assert "did not confirm who you are" in refused.text
        assert signed_in_as(client) == ""


# -- where it is not, or not rightly, configured ------------------------------------------------------


def test_without_secrets_nothing_is_offered_and_nothing_imported(tmp_path: Path) -> None:
    code = "import sys, app; from hume.server import oidc; print(oidc.providers(), 'authlib' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HUME_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.splitlines()[-1] == "() False", done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cookie_secret": "short"}, "cookie_secret"),
        ({"redirect_uri": None}, "redirect_uri"),
        ({"client_secret": None}, "client_secret"),
        ({"half": {"client_id": "x"}}, "half"),
    ],
    ids=["weak secret", "no address", "no secret", "half a provider"],
)
def test_what_is_wrong_with_the_secrets_is_logged_and_not_offered(
    change: dict[str, object], said: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = {
        "redirect_uri": "http://x/oauth2callback", "cookie_secret": COOKIE_SECRET, "client_id": "x",
        "client_secret": "very-secret", "server_metadata_url": "https://login.example.org/metadata",
    }  # fmt: skip
    section = {name: value for name, value in {**whole, **change}.items() if value is not None}
    written = SimpleNamespace(load_if_toml_exists=lambda: True, get=lambda name, default=None: section)
    monkeypatch.setattr("streamlit.auth_util.secrets_singleton", written)
    found = providers.gateway.__wrapped__()
    offered = [one.title for one in found.providers] if found else []
    assert offered == (["login.example.org"] if "half" in change else [])
    assert said in caplog.text
    assert "very-secret" not in caplog.text
