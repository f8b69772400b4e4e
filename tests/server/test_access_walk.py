"""Who may do what: docs/access.md against the program, and against a real server, page by page, address by address."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import access_rows
import httpx
import pytest
import study
from access_rows import WHO
from four_tasks import name as task_name
from serving import ROOT, Server, running_server
from sqlalchemy import Engine, update
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from visiting import REFUSAL, SIGN_IN, Shown, hash_of, visit

import app
from db import tables as t
from db.columns import utc_now
from db.session import open_engine, transaction
from db.store import people
from db.store.accounts import create_invitation, redeem
from db.store.passwords import hashed
from db.store.sessions import IDLE_LIFETIME, end_session
from db.store.sql import token_hash
from db.store.tasks import find_task
from db.store.tokens import create_token, revoke_token
from hume.server import ROUTES
from hume.server.guard import COOKIE

GOOD = "seven green umbrellas"
STORED = (task_name("sts").encode(), b"Amina", b"tiny", b"hard to say")
"""What no page shows to those whom it is not for."""
DECK_FILES = "/_stcore/bidi-components/hume-bench.deck"
PAGES = [row.path for row in access_rows.pages()]
ALL_ROUTES = app.app._build_starlette_app().routes
OWN = sorted({*access_rows.addresses(ROUTES)})
STREAMLITS = sorted({*access_rows.addresses(ALL_ROUTES[len(ROUTES) :])})
SAMPLES = {
    "/media/*": "/media/0123456789abcdef.csv",
    "/_stcore/bidi-components/*": "/_stcore/bidi-components/hume-bench.interface/document.js",
    "/component/*": "/component/some.component/index.html",
    "/_stcore/upload_file/*/*": "/_stcore/upload_file/a-session/a-file",
    "/*": "/index.html",
}


@dataclass
class Scene:
    """A server on a study, and the means to come to it as anybody."""

    server: Server
    engine: Engine
    connections: httpx.BaseTransport
    cookies: dict[str, str] = field(default_factory=dict)
    """Session tokens of each role; '' of nobody."""
    worthless: dict[str, str] = field(default_factory=dict)
    """Session tokens that are worth nothing, by why."""
    tokens: dict[str, str] = field(default_factory=dict)
    dead_tokens: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def sign_in(self, who: str, name: str = "") -> str:
        """A new session of an account of that role, which nothing else uses unless it is named."""
        if who == "nobody":
            return ""
        with transaction(self.engine) as session:
            invitation = create_invitation(session, name or f"visitor {next(self.numbers)}", who)  # type: ignore[arg-type]
            return redeem(session, invitation)[1]

    def change(self, statement: Callable[..., object]) -> None:
        with transaction(self.engine) as session:
            statement(session)


@pytest.fixture(scope="module")
def stored(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with a study."""
    path = tmp_path_factory.mktemp("walked") / "hume.db"
    shutil.copy(migrated_sqlite, path)
    study.store(f"sqlite:///{path}")
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def scene(stored: str) -> Iterator[Scene]:
    engine = open_engine(stored)
    with running_server(stored) as server, httpx.HTTPTransport(verify=False) as connections:
        made = Scene(server, engine, connections)
        made.cookies = {who: made.sign_in(who, f"the {who}") for who in WHO}
        _add_worthless(made)
        yield made
    engine.dispose()


def _add_worthless(scene: Scene) -> None:
    """Cookies and tokens of admins that were once worth something, and some that never were."""
    ago = utc_now() - timedelta(seconds=1)
    cookies = {why: scene.sign_in("admin", f"{why} admin") for why in ("disabled", "ended", "expired", "idle")}
    cookies |= {"tampered": scene.cookies["admin"][:-1] + "~", "truncated": scene.cookies["admin"][:-1]}
    with transaction(scene.engine) as session:
        disabled = update(t.Account).where(t.Account.name == "disabled admin").values(disabled_at=ago)
        session.execute(disabled)  # by itself: its session is as it was
        end_session(session, cookies["ended"])
        for why, values in (("expired", {"expires_at": ago}), ("idle", {"last_seen_at": ago - IDLE_LIFETIME})):
            mine = t.Session.token_hash == token_hash(cookies[why])
            session.execute(update(t.Session).where(mine).values(**values))
        for who in WHO[1:]:
            scene.tokens[who] = create_token(session, f"the {who}", "a script", timedelta(days=1))
        dead = {why: create_token(session, "the admin", why, timedelta(days=1)) for why in ("revoked", "expired")}
        dead["disabled"] = create_token(session, "ended admin", "a script", timedelta(days=1))
        rows = {row.title: row for row in session.query(t.ApiToken).filter_by(account_id=_id(session, "the admin"))}
        revoke_token(session, rows["revoked"].id)
        rows["expired"].expires_at = ago
        session.execute(update(t.Account).where(t.Account.name == "ended admin").values(disabled_at=ago))
        people.add_account(session, "Ada", "annotator", [], hashed(GOOD))
    scene.worthless = {**cookies, "a token": scene.tokens["admin"]}
    scene.dead_tokens = {**dead, "guessed": "hume_" + "a" * 43, "a cookie": scene.cookies["admin"]}


def _id(session, name: str) -> int:
    return session.query(t.Account).filter_by(name=name).one().id


# -- the tables and the program -----------------------------------------------------------------------


def test_every_page_has_a_row_and_every_row_a_page():
    assert {"/", *(f"/{Path(entry.file).stem}" for entry in app.PAGES)} == set(PAGES)


@pytest.mark.parametrize("file", [entry.file for entry in app.PAGES])
def test_every_page_looks_by_itself_besides_the_menu_that_leads_to_it(file):
    """The walk cannot tell: what is around every page has refused before."""
    statements = ast.parse((ROOT / "pages" / file).read_text("utf-8")).body
    called = {ast.unparse(node.func) for one in statements if isinstance(one, ast.Expr) for node in _calls(one)}
    assert "require" in called


def _calls(node: ast.AST) -> list[ast.Call]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Call)]


@pytest.mark.parametrize(("method", "path"), OWN)
def test_every_route_has_a_row(method, path):
    access_rows.row_of(access_rows.own(), method, path)


@pytest.mark.parametrize(("method", "path"), STREAMLITS)
def test_every_route_of_streamlits_has_a_row(method, path):
    access_rows.row_of(access_rows.streamlits(), method, path)


def test_no_row_is_of_something_that_is_gone():
    for rows, there in ((access_rows.own(), OWN), (access_rows.streamlits(), STREAMLITS)):
        used = [access_rows.row_of(rows, method, path) for method, path in there]
        assert [row.path for row in rows if row not in used] == []


def test_every_command_has_a_row_and_every_row_a_command():
    assert sorted(access_rows.commands()) == sorted(access_rows.all_commands(access_rows.command_line()))


# -- pages ----------------------------------------------------------------------------------------------


def check(shown: Shown, cell: str, path: str) -> None:
    """That a run of a page is what the table says."""
    assert shown.exceptions == []
    if cell != "yes":
        assert shown.titles == [{"sign-in": SIGN_IN, "refused": REFUSAL}[cell]]
        assert not [word for word in STORED if word in shown.raw]
        return
    assert len(shown.titles) == 1
    assert shown.titles[0] not in (SIGN_IN, REFUSAL)
    assert path == "/" or shown.page_hash == hash_of(path[1:])


@pytest.mark.parametrize("row", access_rows.pages(), ids=lambda row: row.path)
def test_each_page_is_shown_to_those_whom_it_is_for(scene, row):
    address = row.path[1:]
    for who in WHO:
        for asked in ({"name": address}, {"page_hash": hash_of(address)} if address else {}):
            with visit(scene.server, scene.cookies[who]) as tab:
                check(tab.page(**asked), row.cells[who], row.path)


@pytest.mark.parametrize("why", ["disabled", "ended", "expired", "idle", "tampered", "truncated", "a token"])
def test_a_cookie_that_is_worth_nothing_shows_the_sign_in_on_every_page(scene, why):
    for path in PAGES:
        with visit(scene.server, scene.worthless[why]) as tab:
            check(tab.page(path[1:]), "sign-in", path)


def test_a_page_that_was_opened_by_right_can_lead_to_no_other_by_its_id(scene):
    with visit(scene.server, scene.cookies["annotator"]) as tab:
        check(tab.page("work"), "yes", "/work")
        for path in ("/people", "/tasks", "/items"):
            check(tab.page(page_hash=hash_of(path[1:])), "refused", path)
    with visit(scene.server) as tab:
        check(tab.page(page_hash="nonsense"), "sign-in", "/")
        check(tab.page("../admin/people"), "sign-in", "/")
        check(tab.page(page_hash=hash_of("people"), query="item=1&role=admin"), "sign-in", "/people")


def test_a_click_on_what_a_page_did_not_show_is_no_click(scene):
    """Ids of widgets are no secrets: an admin's own buttons, sent by somebody else, do nothing."""
    with visit(scene.server, scene.cookies["admin"]) as tab:
        shown = tab.page("tasks")
    overlap = WidgetState(id=shown.widget("NumberInput", f"overlap-{task_name('sts')}").id, double_value=77)
    for who in ("nobody", "annotator", "researcher"):
        with visit(scene.server, scene.cookies[who]) as tab:
            for _ in range(2):
                expected = "sign-in" if who == "nobody" else "refused"
                check(tab.page("tasks", widgets=(overlap,)), expected, "/tasks")
    with transaction(scene.engine) as session:
        assert find_task(session, task_name("sts")).overlap != 77
    with visit(scene.server, scene.cookies["admin"]) as tab:  # for an admin it is one
        tab.page("tasks")
        tab.page("tasks", widgets=(overlap,))
    with transaction(scene.engine) as session:
        assert find_task(session, task_name("sts")).overlap == 77


def test_a_click_on_an_open_page_after_the_role_is_gone_changes_nothing_and_says_why(scene):
    """The way through the real server; tests/server/test_acts.py has every act."""
    for number, (gone, cell) in enumerate(((people.change_role, "refused"), (people.disable, "sign-in"))):
        name = f"Hal {number}"
        with visit(scene.server, scene.sign_in("admin", name)) as tab:
            shown = tab.page("tasks")
            overlap = shown.widget("NumberInput", f"overlap-{task_name('classification')}").id
            scene.change(lambda session: gone(session, name, *(["annotator"] if cell == "refused" else [])))  # noqa: B023
            click = WidgetState(id=overlap, double_value=66)
            check(tab.page(page_hash=hash_of("tasks"), widgets=(click,)), cell, "/tasks")
    with transaction(scene.engine) as session:
        assert find_task(session, task_name("classification")).overlap != 66


def test_what_a_page_shows_by_itself_ends_with_the_role(scene):
    """The list of runs looks again every few seconds, without a run of its page."""
    token = scene.sign_in("researcher", "Fay")
    with visit(scene.server, token) as tab:
        shown = tab.page("models")
        fragment = next(one.auto_rerun.fragment_id for one in shown.messages if one.WhichOneof("type") == "auto_rerun")
        tab.ask(page_hash=hash_of("models"), fragment=fragment)
        assert b"Under way" in tab.shown().raw
        scene.change(lambda session: people.change_role(session, "Fay", "annotator"))
        tab.ask(page_hash=hash_of("models"), fragment=fragment)
        check(tab.shown(), "refused", "/models")


def test_the_first_request_to_a_fresh_process_is_no_way_around(stored, scene):
    """Every page at once, by address and by id, before any script of the app has run there; and a download."""
    asked = [
        (row, who, by)
        for row in access_rows.pages()
        if row.path != "/"
        for who in ("nobody", "annotator")
        for by in ("name", "page_hash")
    ]
    with running_server(stored) as fresh, ExitStack() as stack:
        assert httpx.get(f"{fresh.base_url}/download/answers.csv").status_code == 401
        tabs = [stack.enter_context(visit(fresh, scene.cookies[who])) for _, who, _ in asked]
        for tab, (row, _, by) in zip(tabs, asked, strict=True):
            tab.ask(**{by: row.path[1:] if by == "name" else hash_of(row.path[1:])})
        for tab, (row, who, _) in zip(tabs, asked, strict=True):
            check(tab.shown(), row.cells[who], row.path)


# -- addresses --------------------------------------------------------------------------------------------


def ask(scene: Scene, method: str, path: str, cookie: str = "", token: str = "") -> int:
    """The status of a request as a person or a script would send it; POSTs as our own pages do."""
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    sent: dict[str, object] = {}
    if method == "POST" and not path.startswith("/auth/"):
        sent["json"] = {}
    elif method == "POST":
        sent["data"] = {"account": "Ada", "password": GOOD, "new": "x", "locale": "ar"}
    if path == "/auth/link":
        with transaction(scene.engine) as session:
            sent["params"] = {"token": create_invitation(session, f"guest {next(scene.numbers)}", "annotator")}
    if path == "/auth/language":
        sent["params"] = {"locale": "ar"}
    method = "GET" if method == access_rows.ANY else method
    filled = SAMPLES.get(path, path.replace("*", "nothing"))
    client = httpx.Client(
        transport=scene.connections, timeout=60, verify=False
    )  # a new one each time: it would keep cookies
    return client.request(method, scene.server.base_url + filled, headers=headers, **sent).status_code  # type: ignore[arg-type]


def is_as_said(status: int, cell: str) -> bool:
    """`yes` is any answer that is no refusal: what is missing may be the query or the body."""
    return status not in (401, 403) and status < 500 if cell == "yes" else status == int(cell)


def wrong(scene: Scene, rows, there, cells: Callable[[access_rows.Row], str], **by: Callable[[str], str] | str):
    """Every address whose status is not what the table says."""

    def one(address: tuple[str, str]) -> str:
        method, path = address
        cell = cells(access_rows.row_of(rows, method, path))
        status = ask(scene, method, path, **{name: way(path) if callable(way) else way for name, way in by.items()})
        return "" if is_as_said(status, cell) else f"{method} {path}: {status}, not {cell}"

    with ThreadPoolExecutor(4) as pool:
        return list(filter(None, pool.map(one, [address for address in there if address[0] != "WS"])))


@pytest.mark.parametrize("who", WHO)
def test_each_address_answers_those_whom_it_is_for(scene, who):
    """Sessions that sign-in and sign-out end are new ones for every request."""

    def cookie(path: str) -> str:
        return scene.sign_in(who) if path.startswith("/auth/") else scene.cookies[who]

    assert wrong(scene, access_rows.own(), OWN, lambda row: row.cells[who], cookie=cookie) == []
    assert wrong(scene, access_rows.streamlits(), STREAMLITS, lambda row: row.cells[who], cookie=cookie) == []


@pytest.mark.parametrize("why", ["disabled", "ended", "expired", "idle", "tampered", "truncated", "a token"])
def test_a_cookie_that_is_worth_nothing_is_nobodys(scene, why):
    for rows, there in ((access_rows.own(), OWN), (access_rows.streamlits(), STREAMLITS)):
        assert wrong(scene, rows, there, lambda row: row.cells["nobody"], cookie=scene.worthless[why]) == []


@pytest.mark.parametrize("who", WHO[1:])
def test_a_token_may_what_its_account_may_and_only_where_it_counts(scene, who):
    def cell(row: access_rows.Row) -> str:
        return row.cells[who if row.cells["token"] == "yes" else "nobody"]

    assert wrong(scene, access_rows.own(), OWN, cell, token=scene.tokens[who]) == []


@pytest.mark.parametrize("why", ["revoked", "expired", "disabled", "guessed", "a cookie"])
def test_a_token_that_is_worth_nothing_is_nobodys(scene, why):
    nobody = lambda row: row.cells["nobody"]  # noqa: E731
    assert wrong(scene, access_rows.own(), OWN, nobody, token=scene.dead_tokens[why]) == []


def test_a_dead_token_is_refused_even_beside_a_good_cookie(scene):
    status = ask(scene, "GET", "/api/v1/tasks", scene.cookies["admin"], scene.dead_tokens["revoked"])
    assert status == 401


# -- Streamlit's own doors ----------------------------------------------------------------------------


def test_the_file_of_a_download_button_is_for_those_who_may_see_the_button(scene):
    with visit(scene.server, scene.cookies["researcher"]) as tab:
        path = tab.page("baselines").widget("DownloadButton", "").url
        for who in WHO:
            with scene.server.client(scene.cookies[who]) as client:
                answer = client.get(path)
                assert (answer.status_code == 200) == (who in ("researcher", "admin")), who
                assert (b"n_raters" in answer.content) == (who in ("researcher", "admin")), who


def test_a_file_that_is_made_on_demand_is_made_for_who_clicks_then(scene):
    token = scene.sign_in("researcher", "Gus")
    with visit(scene.server, token) as tab:
        shown = tab.page("items")
        button = shown.widget("DownloadButton", "")
        session_id = next(
            one.new_session.initialize.session_id for one in shown.messages if one.WhichOneof("type") == "new_session"
        )

        def fetch():
            message = BackMsg()
            asked = message.backend_operation_request
            asked.request_id, asked.session_id = str(uuid4()), session_id
            asked.deferred_file.file_id = button.deferred_file_id
            tab.send(message)
            while (answer := tab.receive()).WhichOneof("type") != "backend_operation_response":
                pass
            return answer.backend_operation_response

        assert fetch().deferred_file.url.startswith("/media/")
        scene.change(lambda session: people.change_role(session, "Gus", "annotator"))
        refused = fetch()
        assert (refused.deferred_file.url, bool(refused.error_msg)) == ("", True)


def test_over_the_websocket_nothing_is_heard_but_what_pages_need(scene):
    """The next sign of life is answered first: what came before it had no answer."""
    with visit(scene.server) as tab:
        for kind in ("load_git_info", "clear_cache", "set_run_on_save"):
            message = BackMsg()
            setattr(message, kind, True)
            tab.send(message)
        message = BackMsg()
        message.file_urls_request.request_id = "x"
        message.file_urls_request.file_names.append("big.bin")
        tab.send(message)
        tab.send(BackMsg(app_heartbeat=True))
        assert tab.receive().WhichOneof("type") == "heartbeat_ack"


def test_a_message_that_is_none_ends_the_connection_and_no_traceback_comes(scene):
    too_long = BackMsg()
    too_long.rerun_script.query_string = "x" * 1_100_000
    for bad in (b"\xff" * 40, too_long.SerializeToString()):
        with visit(scene.server) as tab:
            tab.send_bytes(bad)
            with pytest.raises(Exception, match=r"1007|1009"):
                tab.receive()


@pytest.mark.parametrize(
    "path",
    [
        *(f"/component/{way}etc/passwd" for way in ("../../../", "..%2f..%2f..%2f", "%2e%2e/%2e%2e/", "//")),
        *(
            f"/_stcore/bidi-components/hume-bench.deck/{way}app.py"
            for way in ("../../", "..%2f..%2f", "%2e%2e/%2e%2e/")
        ),
        *(f"/static/{way}app.py" for way in ("../../", "..%2f..%2f..%2f")),
        *("/app/static/app.py", "/app.py", "/db/tables.py", "/.streamlit/config.toml", "/.git/config", "/hume.db"),
        *("/media/../app.py", "/%00", "/..;/app.py", "//etc/passwd", "/C:%5cWindows%5cwin.ini"),
    ],
)
def test_no_path_leads_out_of_the_folders_that_are_served(scene, path):
    import http.client

    host, port = scene.server.base_url.removeprefix("http://").split(":")
    raw = http.client.HTTPConnection(host, int(port), timeout=30)
    raw.request("GET", path)
    answer = raw.getresponse()
    body = answer.read()
    raw.close()
    is_shell = answer.status == 200 and b'<div id="root">' in body
    assert is_shell or answer.status in (400, 401, 404), (path, answer.status, body[:100])
    assert not re.search(rb"root:|import |\[server\]|\[core\]|SQLite format", body)
