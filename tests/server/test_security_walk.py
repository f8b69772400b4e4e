"""What somebody who means harm may try, against a real server and against the routes on both databases."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit
from uuid import uuid4

import four_tasks
import httpx
import pytest
from conftest import signed_in
from four_tasks import PAYLOADS, name
from serving import Server, running_server
from sqlalchemy import func, inspect, select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.proto.WidgetStates_pb2 import WidgetState
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from visiting import SIGN_IN, hash_of, visit

import app
from db import tables as t
from db.session import open_engine, reading, transaction
from db.store import people
from db.store.accounts import create_invitation
from db.store.passwords import hashed
from db.store.sessions import account_of
from db.store.tasks import set_task
from hume.server import ROUTES
from hume.server.api.endpoints import ENDPOINTS
from hume.server.guard import COOKIE, own_path

GOOD = "seven green umbrellas"
HASH = hashed(GOOD)
WORK = f"/deck/answered?task={name('sts')}&subset=eng"
HEADERS = {
    "content-security-policy": "frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture(scope="module")
def server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("attacked") / "hume.db"
    shutil.copy(migrated_sqlite, path)
    url = f"sqlite:///{path}"
    four_tasks.store(url)
    with running_server(url) as running:
        yield running


@pytest.fixture
def engine(stored_url, monkeypatch):
    """The engine of a new database with four tasks, and Amina, who has a password."""
    monkeypatch.setenv("HUME_DATABASE_URL", stored_url)
    opened = open_engine(stored_url)
    with transaction(opened) as session:
        people.add_account(session, "Amina", "annotator", [], HASH)
    yield opened
    opened.dispose()


def send(server: Server, method: str, path: str, **how: object) -> httpx.Response:
    """The answer to one request that carries nothing of those before; `path` may be any text."""
    with httpx.Client(base_url=server.base_url, verify=False, timeout=30) as client:
        return client.request(method, path, **how)  # type: ignore[arg-type]


def browser(base: str = "http://hume.test", proxied: str = "", **headers: str) -> TestClient:
    """A browser; `proxied` names the addresses whose X-Forwarded-... headers are believed, as uvicorn does it."""
    routes = Starlette(routes=ROUTES)
    front = ProxyHeadersMiddleware(routes, trusted_hosts=proxied) if proxied else routes
    return TestClient(front, base, follow_redirects=False, client=("192.0.2.1", 4711), headers=headers)


def invited(engine, who: str = "Amina", role: str = "annotator") -> str:
    with transaction(engine) as session:
        return create_invitation(session, who, role)


# -- sessions and links -------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["link", "password"])
def test_a_session_that_somebody_planted_is_ended_and_another_begun(engine, stored_url, by):
    """Also one of the very account that signs in."""
    for whose in ("Mallory", "Amina"):
        planted = signed_in(stored_url, "annotator", whose).cookies[COOKIE]
        victim = browser()
        victim.cookies.set(COOKIE, planted, domain="hume.test")
        if by == "link":
            victim.get(f"/auth/link?token={invited(engine)}")
        else:
            victim.post("/auth/sign-in", data={"account": "Amina", "password": GOOD})
        (fresh,) = {one.value for one in victim.cookies.jar if one.name == COOKIE}
        assert fresh != planted
        with reading(engine) as session:
            assert account_of(session, planted) is None
            assert account_of(session, fresh).name == "Amina"


def test_of_those_who_open_an_invitation_at_once_one_gets_in_and_later_nobody(server):
    opened = open_engine(server.database_url)
    for _ in range(5):
        token, start = invited(opened, "Ines"), Barrier(6)

        def redeem(_: int, token: str = token, start: Barrier = start) -> httpx.Response:
            with server.client() as client:
                start.wait()
                return client.get("/auth/link", params={"token": token})

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(redeem, range(6)))
        assert sorted(one.status_code for one in answers) == [303, *[403] * 5]
        assert sum("set-cookie" in one.headers for one in answers) == 1
        with server.client() as client:
            assert client.get("/auth/link", params={"token": token}).status_code == 403
    opened.dispose()


@pytest.mark.parametrize(
    "mend",
    [
        *(lambda token: token[:-1], lambda token: token + "A", lambda token: token + "=", lambda token: token.lower()),
        *(lambda token: f" {token} x", lambda token: token * 100, lambda _: "x" * 8_000, lambda _: "%00"),
        *(lambda token: f'"{token}', lambda _: "é".encode().decode("latin-1"), lambda _: "null", lambda _: "admin"),
    ],
)
def test_a_cookie_that_is_not_as_it_was_given_is_worth_nothing(server, mend):
    token = server.sign_in("Amina")
    raw = [(b"cookie", f"{COOKIE}={mend(token)}".encode("latin-1"))]
    answer = send(server, "GET", WORK, headers=raw)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    with server.client(token) as client:
        assert client.get(WORK).status_code == 200


def test_a_cookie_too_long_for_a_header_is_refused_and_the_server_lives(server):
    answer = _raw(server, f"GET {WORK} HTTP/1.1\r\nHost: h\r\nCookie: {COOKIE}={'x' * 200_000}\r\n\r\n")
    assert re.match(r"HTTP/1.1 (4\d\d)", answer)
    assert send(server, "GET", "/healthz").text == "ok"


def test_of_two_session_cookies_none_wins_by_being_another_ones(server):
    """A cookie that a neighbour's subdomain planted beside one's own signs nobody in as anybody else."""
    own, other = server.sign_in("Amina"), "y" * 43
    for cookies in (f"{COOKIE}={own}; {COOKIE}={other}", f"{COOKIE}={other}; {COOKIE}={own}"):
        answer = send(server, "GET", WORK, headers={"Cookie": cookies, "Hume-Account": "999999"})
        assert answer.status_code == 401


# -- other sites' pages ---------------------------------------------------------------------------------


def _raw(server: Server, request: str) -> str:
    """What the server sends back to a request as it stands."""
    address = urlsplit(server.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(request.encode("latin-1"))
        connection.settimeout(10)
        return connection.recv(4096).decode("latin-1")


def _handshake(server: Server, host: str, **headers: str) -> int:
    lines = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Cookie": f"{COOKIE}={server.sign_in('Amina')}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return int(_raw(server, f"GET /_stcore/stream HTTP/1.1\r\n{head}\r\n").split()[1])


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("hume.test", "http://hume.test", 101),
        ("hume.test", "https://hume.test", 101),  # behind a proxy that has the certificate and passes the host on
        ("hume.test:8501", "http://hume.test:8501", 101),
        ("hume.test", None, 101),  # a program: it has no cookies of somebody else's
        ("hume.test", "http://evil.test", 403),
        ("hume.test", "http://hume.test.evil.test", 403),
        ("hume.test", "http://evil.test/hume.test", 403),
        ("hume.test", "http://hume.test@evil.test", 403),
        ("hume.test:8501", "http://hume.test:9999", 403),
        ("hume.test", "null", 403),
        ("hume.test", "", 403),
        # Streamlit's own check would let these in: pages of whatever else runs on one's own machine.
        ("hume.test", "http://localhost:9999", 403),
        ("127.0.0.1:8501", "http://127.0.0.1:9999", 403),
        ("localhost:8501", "http://localhost:8502", 403),
        # An upstream's name in place of the host is no way around: such a proxy has to be set up right.
        ("hume_app", "https://hume.test", 403),
    ],
)
def test_the_websocket_opens_for_our_own_pages_alone(server, host, origin, status):
    assert _handshake(server, host, **({} if origin is None else {"Origin": origin})) == status


def test_a_browser_that_says_another_site_asks_is_believed(server):
    assert _handshake(server, "hume.test", Origin="http://hume.test", Sec_Fetch_Site="cross-site") == 403


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_no_form_of_another_site_does_anything(server, kind):
    """What a page can send without asking first, on every route that takes a POST; with the cookie all the same."""
    token = server.sign_in("Amina")
    routes = sorted({re.sub(r"\{[^}]+\}", "x", route.path) for route in ROUTES if "POST" in route.methods})
    assert {"/deck/answers", "/auth/sign-out", "/auth/password", "/join/x"} <= set(routes)
    for path in routes:
        for headers in ({"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
            answer = send(
                server,
                "POST",
                path,
                content=b'{"answers":[]}=&account=Amina&new=seven+green+umbrellas',
                headers={**headers, "Content-Type": kind, "Cookie": f"{COOKIE}={token}"},
            )
            assert answer.status_code == (404 if path.startswith("/api/") else 403), path
            assert "set-cookie" not in answer.headers
    with server.client(token) as client:
        assert client.get(WORK).status_code == 200


def test_no_answer_lets_another_sites_script_read_it(server):
    for path in ("/", "/healthz", "/_stcore/health", "/_stcore/host-config", WORK, "/api/v1/openapi.json"):
        for origin in ("https://evil.test", "null"):
            for method in ("GET", "OPTIONS"):
                answer = send(server, method, path, headers={"Origin": origin})
                assert answer.headers.get("access-control-allow-origin") is None, path


# -- text that means something to a database ------------------------------------------------------------

PAYLOADS_OF_SQL = [
    "' OR '1'='1",
    "'; DROP TABLE account; --",
    '" OR ""="',
    "1); DELETE FROM answer WHERE (1=1",
    "' UNION SELECT name, password_hash FROM account --",
    "x' AND (SELECT count(*) FROM session) > 0 --",
    "%' ESCAPE '!",
    "\\'; SELECT pg_sleep(9); --",
    "$$; DROP TABLE answer; $$",
    "0x27204f522031",
    "{{7*7}} %(name)s :name ?1 $1",
    "Robert\u02bc); DROP TABLE rater;--",
]


def counts(engine) -> dict[str, int]:
    with reading(engine) as session:
        tables = t.Base.metadata.sorted_tables
        return {table.name: session.scalar(select(func.count()).select_from(table)) for table in tables}


@pytest.fixture(params=["sqlite", "postgres"])
def both(request, monkeypatch):
    """The same on SQLite and on PostgreSQL: the engine of a database with four tasks."""
    url = request.getfixturevalue(f"{request.param}_url")
    four_tasks.store(url)
    monkeypatch.setenv("HUME_DATABASE_URL", url)
    opened = open_engine(url)
    yield opened
    opened.dispose()


def test_sql_in_names_comments_reasons_and_drafts_is_kept_as_text(both):
    url = both.url.render_as_string(hide_password=False)
    with transaction(both) as session:
        set_task(session, name("sts"), overlap=len(PAYLOADS_OF_SQL))
    tables = set(inspect(both).get_table_names())
    for number, sql in enumerate(PAYLOADS_OF_SQL):
        client = signed_in(url, "annotator", sql)
        work = client.get("/deck/work", params={"task": name("sts"), "subset": "eng"}).json()
        item = work["items"][0]["id"]
        client.post("/deck/draft", json={"item": item, "draft": {sql: sql}})
        kept = client.get("/deck/item", params={"item": item}).json()
        assert kept["draft"] == {sql: sql}
        told = {
            "client_id": f"{number}-{uuid4()}"[:60],
            "item": item,
            "comment": sql,
        }
        given = {**told, "status": "given", "payload": PAYLOADS["sts"]}
        (result,) = client.post("/deck/answers", json={"answers": [given]}).json()["results"]
        assert (result["state"], result["error"]) == ("saved", "")
        kept = client.get("/deck/item", params={"item": item}).json()
        assert kept["answer"]["comment"] == sql
        refused = client.post("/deck/answers", json={"answers": [{**given, "client_id": sql[:64].ljust(8, "x")}]})
        assert refused.status_code == 200
        for status, payload, reason in (("given", {"score": sql}, ""), ("skipped", None, sql), ("given", sql, "")):
            bad = {**told, "client_id": str(uuid4()), "status": status, "payload": payload, "reason": reason}
            assert client.post("/deck/answers", json={"answers": [bad]}).status_code == 200
    researcher = signed_in(url, "researcher")
    found = researcher.get("/api/v1/answers", params={"names": "true", "limit": 1000}).json()["data"]
    assert {row["rater"] for row in found} == set(PAYLOADS_OF_SQL)
    assert {row["comment"] for row in found} == set(PAYLOADS_OF_SQL)
    assert set(inspect(both).get_table_names()) == tables
    with reading(both) as session:
        names = {one.account.name for one in people.people(session)}
    assert names == {*PAYLOADS_OF_SQL, "the researcher"}


def test_sql_in_queries_and_filters_finds_nothing_and_harms_nothing(both):
    url = both.url.render_as_string(hide_password=False)
    annotator, researcher = signed_in(url, "annotator"), signed_in(url, "researcher")
    before = counts(both)
    for sql in PAYLOADS_OF_SQL:
        for path in ("/deck/work", "/deck/answered", "/deck/elsewhere"):
            for query in ({"task": sql, "subset": "eng"}, {"task": name("sts"), "subset": sql}):
                assert annotator.get(path, params=query).status_code == 404
            assert annotator.get(path, params={"task": name("sts"), "subset": "eng", "count": sql}).status_code < 500
        assert annotator.get("/deck/item", params={"item": sql}).status_code == 400
        for headers in ({"Hume-Account": sql.encode("utf-8")}, {"Hume-Midnight": sql.encode("utf-8")}):
            assert annotator.get(WORK, headers=headers).status_code in (200, 401)
        assert annotator.post("/auth/language", params={"locale": sql}).status_code == 400
        assert annotator.get("/auth/link", params={"token": sql}).status_code == 403
        assert researcher.get("/api/v1/tasks", headers={"Authorization": f"Bearer {sql}".encode()}).status_code == 401
    for endpoint in ENDPOINTS:
        for number, parameter in enumerate((*endpoint.filters, endpoint.start, "limit", "names", "nothing")):
            sql = PAYLOADS_OF_SQL[number % len(PAYLOADS_OF_SQL)]
            answer = researcher.get(endpoint.path, params={parameter: sql})
            assert answer.status_code == 400 or (answer.status_code, answer.json()["data"]) == (200, []), parameter
    assert counts(both) == before


@pytest.mark.parametrize("page", [Path(entry.file).stem for entry in app.PAGES])
def test_sql_in_the_addresses_and_fields_of_pages_harms_nothing(server, page):
    opened = open_engine(server.database_url)
    with visit(server, server.sign_in("the admin", "admin")) as tab:
        before = counts(opened)
        title = tab.page(page).titles
        keys = "task", "subset", "item", "run", "language", "type", "model", "study", "view", "before", "for"
        query = "&".join(f"{key}={httpx.QueryParams({'q': PAYLOADS_OF_SQL[4]})['q']}" for key in keys)
        shown = tab.page(page_hash=hash_of(page), query=query.replace(" ", "+"))
        assert shown.exceptions == []
        assert shown.titles in (title, [])  # a task and subset that are named are the deck's, which has no title
        fields = [one for one in shown.elements if one.DESCRIPTOR.name in ("TextInput", "TextArea")]
        filled = tuple(WidgetState(id=one.id, string_value=PAYLOADS_OF_SQL[1]) for one in fields)
        assert tab.page(page_hash=hash_of(page), widgets=filled).exceptions == []
    assert counts(opened) == before
    opened.dispose()


# -- guessing -------------------------------------------------------------------------------------------


def test_guessed_tokens_are_all_refused_alike(server):
    guesses = [f"hume_{number:043d}" for number in range(200)] + ["hume_", "x" * 5_000, "null", "-", "../x"]
    with server.client() as client:
        answers = [client.get("/api/v1/tasks", headers={"Authorization": f"Bearer {guess}"}) for guess in guesses]
        other = [
            client.get("/api/v1/tasks", headers={"Authorization": f"{scheme} x"})
            for scheme in ("Basic", "Token", "bearer:")
        ]
    assert {one.status_code for one in [*answers, *other]} == {401}
    assert len({one.text for one in answers[:200]}) == 1
    assert all("WWW-Authenticate" in one.headers for one in answers)


def test_who_has_a_session_may_guess_the_password_no_more_often_than_others(engine, stored_url):
    client = signed_in(stored_url, "annotator", "Amina")
    sent = {"new": "nine purple bicycles"}
    codes = [client.post("/auth/password", data={**sent, "current": f"guess {n}"}).status_code for n in range(7)]
    assert codes == [403] * 5 + [429] * 2
    assert client.post("/auth/password", data={**sent, "current": GOOD}).status_code == 429


# -- where one is sent to -------------------------------------------------------------------------------

ELSEWHERE = [
    *("//evil.test", "///evil.test", "////evil.test/%2f..", "/\\evil.test", "\\\\evil.test", "\\/evil.test"),
    *("https://evil.test", "http:evil.test", "https:/evil.test", "//evil.test:80@hume.test", "evil.test"),
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", " javascript:alert(1)"),
    *("/\t/evil.test", "/\n/evil.test", "\t//evil.test", " //evil.test", "/\x00/evil.test", "/\u00a0/evil.test"),
    *("/%0d%0aSet-Cookie:x=y", "/\r\nSet-Cookie: x=y", "/\u2028//evil.test", "?next=//evil.test", "#//evil.test", ""),
    *("/%2f%2fevil.test", "/%5cevil.test", "/%09/evil.test", "/.//evil.test", "/..//evil.test", "/;//evil.test"),
    *("/@evil.test", "/work/..//evil.test", "/\uff0f\uff0fevil.test", "/\u2215evil.test", "/x?y=//evil.test"),
]


def leads_elsewhere(location: str) -> bool:
    """Whether a browser that is on this server would leave it: it drops tabs and line ends, and takes \\ for /."""
    seen = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    return not seen.startswith("/") or seen.startswith("//")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_every_way_on_stays_on_this_server(server, target):
    assert not leads_elsewhere(own_path(target))
    opened = open_engine(server.database_url)
    token, link = server.sign_in("Amina"), invited(opened)
    opened.dispose()
    with server.client() as client:
        form = {"account": "nobody", "password": "x", "next": target}
        ways = [
            client.get("/auth/link", params={"token": link, "next": target}),
            client.post("/auth/language", params={"locale": "ar", "next": target}),
            client.post("/auth/sign-out", params={"next": target}, headers={"Cookie": f"{COOKIE}={token}"}),
        ]
        for answer in ways:
            assert answer.status_code == 303
            location = answer.headers["location"]
            assert not leads_elsewhere(location), location
            assert "evil" not in answer.headers.get("set-cookie", "")
            assert "x=y" not in answer.headers.get("set-cookie", "")
            after = _get_as_it_is(server, location)
            assert after.status_code < 500
            assert not leads_elsewhere(after.headers.get("location", "/")), location
        page = client.get("/auth/sign-in", params={"next": target}).text
        (hidden,) = re.findall(r'name="next" value="([^"]*)"', page)
        assert not leads_elsewhere(hidden)
        assert client.post("/auth/sign-in", data=form).status_code in (403, 429)


def _get_as_it_is(server: Server, location: str) -> httpx.Response:
    """A GET of exactly that path: no client is to tidy it up."""
    lines = (
        _raw(server, f"GET {location} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .split("\r\n\r\n")[0]
        .split("\r\n")
    )
    headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
    return httpx.Response(int(lines[0].split()[1]), headers=headers)


def test_addresses_that_streamlit_tidies_up_lead_nowhere_else(server):
    for path in (
        "//evil.test/",
        "/%2fevil.test/",
        "/%5cevil.test/",
        "/%09/evil.test/",
        "/x/..//evil.test/",
        "/.//evil.test/",
    ):
        answer = _get_as_it_is(server, path)
        assert not leads_elsewhere(answer.headers.get("location", "/")), path


@pytest.mark.parametrize("end", ["\r\n", "%0d%0a", "%0D%0ASet-Cookie:%20x=y%0d%0a", "\u560a", "%E5%98%8A"])
def test_no_field_puts_a_line_into_the_headers(server, end):
    evil = f"{end}X-Evil: 1"
    with server.client() as client:
        answers = [
            client.post("/auth/language", params={"locale": f"ar{evil}", "next": "/"}),
            client.post("/auth/language", params={"locale": "ar", "next": f"/work{evil}"}),
            client.post("/auth/sign-in", data={"account": f"Amina{evil}", "password": "x", "next": f"/{evil}"}),
            client.get("/auth/link", params={"token": f"x{evil}", "next": f"/{evil}"}),
            client.get("/deck/work", params={"task": f"x{evil}"}),
        ]
        for answer in answers:
            assert "x-evil" not in answer.headers
            assert "x=y" not in answer.headers.get("set-cookie", "")
    for header in ("User-Agent", "Accept-Language", "X-Request-Id", "Cookie"):
        answer = _raw(server, f"GET /auth/sign-in HTTP/1.1\r\nHost: h\r\n{header}: a\r\tX-Evil: 1\r\n\r\n")
        assert "\r\nX-Evil" not in answer.split("\r\n\r\n")[0]


# -- whose address is in links --------------------------------------------------------------------------


def test_a_link_that_an_admin_makes_has_the_address_that_the_admin_sees(server):
    """Not the one in `Host`, which a cache or a proxy may have from somebody else."""
    headers = {"X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"}
    with visit(server, server.sign_in("the admin", "admin"), headers, origin=None, host="evil.test") as tab:
        shown = tab.page("people")
        name_ = WidgetState(id=shown.widget("TextInput", "invite-name").id, string_value="Nils")
        click = WidgetState(id=shown.widget("Button", "Make a link").id, trigger_value=True)
        after = tab.page(page_hash=hash_of("people"), widgets=(name_, click))
        (link,) = [one.code_text for one in after.elements if one.DESCRIPTOR.name == "Code"]
    assert link.startswith(f"{server.base_url}/auth/link?token=")
    assert b"evil.test" not in after.raw
    with server.client() as client:
        assert client.get(link, headers={"Host": "evil.test"}).headers["location"] == "/"


def test_no_answer_repeats_a_forged_host(server):
    for path in ("/", "/work/", "/auth/sign-in", "/api/v1/openapi.json", "/api/v1/tasks"):
        answer = send(server, "GET", path, headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test"})
        assert "evil.test" not in answer.text + str(answer.headers), path


# -- headers --------------------------------------------------------------------------------------------


def test_every_answer_has_the_headers_that_keep_others_from_framing_it(server):
    token = server.sign_in("the admin", "admin")
    asked = [
        *(("GET", path) for path in ("/", "/people", "/auth/sign-in", "/healthz", "/metrics", "/download/answers.csv")),
        *(
            ("GET", path)
            for path in ("/index.html", "/static/nothing.js", "/favicon.png", "/_stcore/health", "/media/x")
        ),
        *(("GET", path) for path in ("/api/v1/tasks", "/api/nothing", "/deck/work", "/_stcore/metrics", "/work/")),
        *(("POST", path) for path in ("/deck/answers", "/auth/sign-out", "/", "/api/v1/tasks")),
        *(("PUT", path) for path in ("/deck/answers", "/_stcore/upload_file/a/b")),
        *(("GET", path) for path in ("/component/..%2f..%2fapp.py", "/%00", "//x", "/oauth2callback", "/join/nothing")),
    ]
    seen = set()
    for method, path in asked:
        with server.client(token if path != "/deck/work" else "") as client:
            answer = client.request(method, path)
        seen.add(answer.status_code)
        for header, value in HEADERS.items():
            assert value in answer.headers.get(header, ""), (method, path, header)
    assert {200, 303, 400, 401, 404, 405} <= seen


def test_an_answer_that_failed_has_them_too(server):
    """On the real server, since what answers then lies outside of the routes."""
    opened = open_engine(server.database_url)
    token = server.sign_in("Amina")
    mine = t.Item.id == select(func.min(t.Item.id)).scalar_subquery()
    with transaction(opened) as session:
        content = session.scalar(select(t.Item.content).where(mine))
        session.execute(update(t.Item).where(mine).values(content=["broken"]))
    try:
        with server.client(token) as client:
            answer = client.get("/deck/work", params={"task": name("sts"), "subset": "eng"})
    finally:
        with transaction(opened) as session:
            session.execute(update(t.Item).where(mine).values(content=content))
        opened.dispose()
    assert answer.status_code == 500
    assert "broken" not in answer.text
    assert "Traceback" not in answer.text
    for header, value in HEADERS.items():
        assert value in answer.headers.get(header, ""), header


def test_what_is_personal_is_kept_by_no_cache(server):
    """Every GET of ours, as an admin: a shared machine's cache must not have it, nor a proxy's."""
    token = server.sign_in("the admin", "admin")
    with server.client(token) as client:
        for route in ROUTES:
            if "GET" in route.methods and "{" not in route.path:
                kept = client.get(route.path).headers.get("cache-control", "")
                is_public = route.path == "/api/v1/openapi.json"
                assert is_public or "no-store" in kept or kept == "private, no-cache", route.path
        for path in ("/", "/people", "/index.html"):
            assert client.get(path).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("base", "proxied", "headers", "is_secure"),
    [
        ("http://hume.test", "", {}, False),
        ("https://hume.test", "", {}, True),
        ("http://hume.test", "192.0.2.1", {"X-Forwarded-Proto": "https"}, True),
        ("http://hume.test", "198.51.100.7", {"X-Forwarded-Proto": "https"}, False),
        ("http://hume.test", "", {"X-Forwarded-Proto": "https"}, False),
    ],
)
def test_the_cookies_are_secure_where_the_browser_speaks_https(engine, base, proxied, headers, is_secure):
    """By a proxy's word, where the proxy is one that was said to be believed."""
    client = browser(base, proxied, **headers)
    signing = [
        client.get(f"/auth/link?token={invited(engine)}"),
        client.post("/auth/sign-in", data={"account": "Amina", "password": GOOD}),
        browser(base, proxied, **headers).post("/auth/language?locale=ar"),
        client.post("/auth/sign-out"),
    ]
    for answer in signing:
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"]
        parts = [part.strip().lower() for part in cookie.split(";")[1:]]
        assert {"httponly", "samesite=lax", "path=/"} <= set(parts)
        assert ("secure" in parts) == is_secure
        assert not any(part.startswith("domain") for part in parts)


# -- methods ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "QUERY"])
def test_methods_that_nothing_here_has_are_refused_and_change_nothing(server, method):
    opened = open_engine(server.database_url)
    token = server.sign_in("the admin", "admin")
    before = counts(opened)
    paths = sorted({re.sub(r"\{[^}]+\}", "x", route.path) for route in ROUTES})
    with server.client(token) as client:
        for path in [*paths, "/", "/people", "/index.html"]:
            answer = client.request(method, path, headers={"X-Secret": "echo-me"})
            assert answer.status_code in (400, 404, 405), (method, path)
            assert "echo-me" not in answer.text
        assert client.get(WORK).status_code == 200
    assert counts(opened) == before
    opened.dispose()


def test_a_get_does_nothing_that_takes_a_post(server):
    """What an image's address or a link's preview could ask for."""
    token = server.sign_in("Amina")
    posts = {route.path for route in ROUTES if route.methods == {"POST"} and "{" not in route.path}
    with server.client(token) as client:
        for path in sorted(posts):
            for headers in ({}, {"X-HTTP-Method-Override": "POST"}, {"X-HTTP-Method": "POST"}):
                query = {"locale": "ar", "_method": "POST", "new": GOOD, "answer": "agree"}
                answer = client.get(path, params=query, headers=headers)
                assert answer.status_code in (200, 405), path
                assert COOKIE not in answer.headers.get("set-cookie", "")
        assert client.get(WORK).status_code == 200
    with visit(server, token) as tab:
        assert tab.page("work").titles != [SIGN_IN]
