"""Malformed requests to a real server: the deck's messages, forms, queries, addresses, headers, the API."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from sqlalchemy import Engine, text

from benchmarks.fuzz_counts import Counts
from benchmarks.mutations import HOSTILE, json_bytes, mutated_bytes, mutated_value
from db.session import open_engine, transaction
from db.store.passwords import hashed, password_of, replace_password
from db.store.tokens import create_token
from hume.records import Json
from hume.server import ROUTES
from hume.server.api.endpoints import ENDPOINTS
from hume.server.guard import COOKIE
from tests import four_tasks
from tests.serving import Server, running_server

CONTENT = ("task", "subset", "item", "answer", "draft", "assignment", "rater", "account", "score", "verdict", "run")
"""Tables that a refused request must leave as they are: what it says of itself (seen, failed, locked) is elsewhere."""
TIMEOUT_S = 30


@dataclass(frozen=True)
class Sent:
    """A request."""

    method: str
    path: str
    headers: Mapping[str, bytes] = field(default_factory=dict)
    content: bytes = b""
    asker: str = "annotator"
    """Whose cookie it has: `annotator`, `researcher` or nobody's."""


@dataclass
class Target:
    """A running server, and what is needed to speak with it as somebody."""

    server: Server
    engine: Engine
    sessions: dict[str, str]
    token: str
    items: list[int]
    client: httpx.Client
    digest: str = ""
    n_logged: int = 0

    def send(self, sent: Sent, counts: Counts) -> None:
        """One request, counted."""
        counts.inputs += 1
        headers = {**self._cookie(sent.asker), **sent.headers}
        try:
            response = self.client.request(
                sent.method, sent.path, headers=list(headers.items()), content=sent.content or None
            )
        except httpx.TimeoutException:
            counts.hangs += 1
            counts.keep(f"no reply within {TIMEOUT_S} s: {sent}"[:3000])
            return
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            counts.refused += 1  # the server's HTTP parser, or this client's, hung up on it
            if not isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
                counts.keep(f"{type(error).__name__}: {error}: {sent}"[:500])
            return
        self._judge(sent, response, counts)

    def _judge(self, sent: Sent, response: httpx.Response, counts: Counts) -> None:
        is_refused = response.status_code >= 400 or _all_refused(response)
        counts.refused += is_refused
        counts.accepted += not is_refused
        after = self.stored()
        counts.changed += is_refused and after != self.digest
        if response.status_code >= 500:
            counts.errors_5xx += 1
            counts.keep(f"{response.status_code}: {sent}"[:3000])
        if "Traceback" in response.text:
            counts.tracebacks += 1
            counts.keep(f"traceback in the reply: {sent}"[:3000])
        if is_refused and after != self.digest:
            counts.keep(f"changed by {response.status_code} {response.text[:200]}: {sent}"[:3000])
        self.digest = after
        if COOKIE in response.headers.get("set-cookie", "") and sent.asker:
            self.sessions[sent.asker] = self.server.sign_in(f"the {sent.asker}", sent.asker)

    def stored(self) -> str:
        """A hash of what people and imports have stored."""
        found = hashlib.blake2b()
        with self.engine.connect() as connection:
            for name in CONTENT:
                for row in connection.execute(text(f"select * from {name} order by 1")):
                    found.update(repr((name, *row)).encode())
        return found.hexdigest()

    def new_tracebacks(self) -> list[str]:
        """Tracebacks that the server has logged since the last time."""
        log = self.server.log.read_text(errors="replace")
        found, self.n_logged = log[self.n_logged :], len(log)
        return [part[-2500:] for part in found.split("Traceback (most recent call last)")[1:]]

    def is_healthy(self) -> bool:
        """Whether it is ready, and gives work."""
        ready = self.client.get("/readyz").status_code == 200
        query = urlencode({"task": four_tasks.name("sts"), "subset": "ara"})
        work = self.client.get(f"/deck/work?{query}", headers=self._cookie("annotator"))
        return ready and work.status_code == 200 and bool(work.json()["items"])

    def unlock(self) -> None:
        """Sign-in has not failed so far."""
        with self.engine.begin() as connection:
            connection.execute(text("delete from sign_in_failure"))

    def _cookie(self, asker: str) -> dict[str, bytes]:
        token = self.sessions.get(asker, "")
        return {"cookie": f"{COOKIE}={token}".encode()} if token else {}


@contextmanager
def target(is_empty: bool = False, url: str = "") -> Iterator[Target]:
    """A server with the four small tasks, unless it is to be empty, on a SQLite file of its own or on `url`."""
    with tempfile.TemporaryDirectory(prefix="hume-fuzz-") as home:
        url = url or f"sqlite:///{Path(home) / 'hume.db'}"
        if not is_empty:
            four_tasks.store(url)
        with (
            running_server(url, environment={"HUME_HOME": home}) as server,
            httpx.Client(base_url=server.base_url, timeout=TIMEOUT_S) as client,
        ):
            engine = open_engine(url)
            sessions = {role: server.sign_in(f"the {role}", role) for role in ("annotator", "researcher")}
            yield Target(server, engine, sessions, *_prepared(engine), client)
            engine.dispose()


def _prepared(engine: Engine) -> tuple[str, list[int]]:
    """A token of the researcher's, whose password is PASSWORD; the ids of all items."""
    with transaction(engine) as session:
        account_id, _ = password_of(session, "the researcher")
        replace_password(session, account_id, "", hashed(PASSWORD))
        token = create_token(session, "the researcher", "fuzz", timedelta(days=1))
        return token, list(session.scalars(text("select id from item order by id")))


def fuzz(place: Target, surface: str, n: int, seed: int) -> Counts:
    """`n` malformed requests of one kind."""
    counts = Counts()
    place.digest = place.stored()
    place.new_tracebacks()
    for number in range(n):
        random = Random(f"{seed}|{surface}|{number}")
        if surface == "forms" and number % 5 == 0:
            place.unlock()
        place.send(SURFACES[surface](place, random), counts)
    for said in place.new_tracebacks():
        counts.tracebacks += 1
        counts.keep(said)
    return counts


# -- what is sent -------------------------------------------------------------------------------------

PASSWORD = "a long and plain sentence 7"
JSON = {"content-type": b"application/json"}
FORM = {"content-type": b"application/x-www-form-urlencoded"}


def deck_answers(place: Target, random: Random) -> Sent:
    """Batches of answers."""
    kind = random.choice(list(four_tasks.PAYLOADS))
    at = list(four_tasks.PAYLOADS).index(kind) * 2 * (four_tasks.N_ITEMS + 1)
    one = {
        "client_id": f"{random.getrandbits(128):032x}", "item": place.items[at + random.randrange(four_tasks.N_ITEMS)],
        "status": "given", "payload": four_tasks.PAYLOADS[kind], "reason": "", "comment": "so", "confidence": 50,
        "milliseconds": 1234, "order_shown": [],
    }  # fmt: skip
    if random.random() < 0.5:
        message: Json = {"answers": [{**one, "payload": mutated_value(one["payload"], random)}]}
    else:
        message = mutated_value({"answers": [one] * random.choice((1, 1, 1, 2))}, random)
    raw = json_bytes(message, random)
    return Sent("POST", "/deck/answers", {**JSON, **_odd_headers(random, 0.05)}, raw)


def deck_draft(place: Target, random: Random) -> Sent:
    """Drafts, which no task type checks."""
    message = {"item": random.choice(place.items), "draft": {"score": 3, "groups": {"t1": "a"}, "note": "so"}}
    return Sent("POST", "/deck/draft", JSON, json_bytes(mutated_value(message, random), random))


def deck_queries(place: Target, random: Random) -> Sent:
    """What the deck asks for."""
    path = random.choice(("work", "item", "answered", "elsewhere"))
    query = {
        "task": four_tasks.name(random.choice(list(four_tasks.KINDS))),
        "subset": "eng",
        "count": "10",
        "item": "1",
    }
    return Sent("GET", f"/deck/{path}?{_query(query, random)}", _odd_headers(random, 0.2))


def forms(place: Target, random: Random) -> Sent:
    """Sign-in, password, language, a study's consent."""
    path, fields = random.choice(_FORMS)
    query, at, _ = path.partition("?")
    path = f"{query}?{_query({'locale': 'ar', 'next': '/work', 'PROLIFIC_PID': 'p1'}, random)}" if at else path
    body = _query(fields, random).encode()
    raw = mutated_bytes(body, random) if random.random() < 0.3 else body
    asker = random.choice(("", "annotator")) if path.startswith(("/auth/sign-in", "/join")) else "annotator"
    return Sent("POST", path, {**FORM, **_odd_headers(random, 0.1)}, raw, asker)


_FORMS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("/auth/sign-in", {"account": "the researcher", "password": "wrong", "next": "/work"}),
    ("/auth/sign-in", {"account": "nobody", "password": "x", "next": "//evil"}),
    ("/auth/password", {"account": "the annotator", "new": "short", "current": "x"}),
    ("/auth/language?", {"x": "y"}),
    ("/join/none?", {"answer": "agree", "digest": "x", "form": "y"}),
    ("/consent", {"answer": "agree", "study": "none", "digest": "x"}),
    ("/auth/sign-in", {"account": "the annotator", "password": "x" * 300, "next": "/"}),
)


def api(place: Target, random: Random) -> Sent:
    """Queries and headers of the read API, with a token."""
    endpoint = random.choice(ENDPOINTS)
    known = dict.fromkeys(random.sample(list(endpoint.filters), min(2, len(endpoint.filters))), "x")
    query = {**known, "limit": "10", endpoint.start: "0", "names": "true"}
    some = {name: query[name] for name in random.sample(list(query), random.randint(1, 3))}
    token = mutated_bytes(place.token.encode(), random) if random.random() < 0.1 else place.token.encode()
    headers = {"authorization": b"Bearer " + _plain(token), **_odd_headers(random, 0.1)}
    method = random.choice(("GET", "GET", "GET", "GET", "HEAD", "POST", "DELETE", "OPTIONS"))
    return Sent(method, f"{endpoint.path}?{_query(some, random)}", headers, asker="")


def addresses(place: Target, random: Random) -> Sent:
    """Paths of every route and beside them, links, downloads, by every method, with odd headers."""
    path = random.choice([route.path for route in ROUTES] + ["/", "/work", "/answer", "/_stcore/health", "/media/x"])
    path = path.replace("{rest:path}", "x").replace("{study}", "s").replace("{provider}", "google")
    if random.random() < 0.5:
        at = random.randrange(len(path) + 1)
        path = path[:at] + random.choice(_IN_PATHS) + path[at:]
    query = _query({"token": "x" * 20, "next": "/work", "names": "1"}, random)
    method = random.choice(("GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))
    asker = random.choice(("", "annotator", "researcher"))
    return Sent(method, f"{path}?{query}", _odd_headers(random, 0.7), asker=asker)


def _query(fields: Mapping[str, str], random: Random) -> str:
    """Form fields or a query with some changed, left out, doubled or renamed."""
    pairs = list(fields.items())
    for _ in range(random.randint(1, 2)):
        if not pairs:
            break
        at = random.randrange(len(pairs))
        name, value = pairs[at]
        match random.randrange(6):
            case 0:
                del pairs[at]
            case 1:
                pairs.append((name, value))
            case 2:
                pairs[at] = (random.choice(_TEXTS)[:2_000], value)
            case _:
                pairs[at] = (name, random.choice(_TEXTS))
    said = "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in pairs)
    return said + random.choice(("", "", "", "&%ff=%00", "&=", "&a=%ed%a0%80", "&" * 30 + "a=b" * 30))


def _escaped(value: str) -> str:
    return quote(value.encode(errors="surrogatepass"), safe="")


def _odd_headers(random: Random, share: float) -> dict[str, bytes]:
    if random.random() > share:
        return {}
    names = random.sample(list(_HEADERS), random.randint(1, 2))
    return {name: _plain(random.choice(_HEADERS[name])) for name in names}


def _plain(raw: bytes) -> bytes:
    """Without what this client's own parser would not send."""
    return bytes(byte for byte in raw if byte >= 32 and byte != 127).strip()[:7_000]


_TEXTS = (
    *dict.fromkeys(str(value)[:4_000] for value in HOSTILE if isinstance(value, str | int | float)),
    *(
        "-1",
        "1_000",
        "٣",
        "+1",
        " 1",
        "1.0",
        "2147483648",
        "9" * 5_000,
        "true",
        "None",
        "[]",
        "//evil.example",
        "/\\evil",
    ),
)
_IN_PATHS = (
    "//",
    "/..",
    "/%2e%2e/",
    "%00",
    "%ff",
    "%2f",
    "\\",
    "%5c",
    ";x",
    "/.",
    "%c3%28",
    "%0d%0aX:1",
    "a" * 3_000,
    "~",
)
_ODD = (
    b"",
    b" ",
    b"\xff\xfe",
    b"x" * 5_000,
    b"';--",
    b"[",
    b"http://[::1",
    b"%00",
    b"null",
    b"*",
    b"0",
    b"-1",
    b"\xe2\x80\xae",
)
_HEADERS: Mapping[str, tuple[bytes, ...]] = {
    "cookie": (*_ODD, b"hume_session=", b"hume_session=\xff; hume_locale=../x", b"a=b;" * 500, b'hume_session="\\000"'),
    "origin": (*_ODD, b"http://", b"http://127.0.0.1:99999999", b"//x", b"http://a]b", b"http://\xff"),
    "sec-fetch-site": (*_ODD, b"cross-site", b"same-site"),
    "hume-account": (*_ODD, b"%ff", b"1", b"999999999999999999999"),
    "hume-midnight": (*_ODD, b"2026-01-01T00:00:00+23:59", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00"),
    "accept-language": (*_ODD, b"ar;q=x", b"a-b-c;q=1e9," * 300, b"en;q=-1", b"zh-Hant-TW;q=0.0000000001"),
    "authorization": (*_ODD, b"Bearer", b"Bearer ", b"Basic eDp5", b"Bearer \xff", b"bearer hume_x"),
    "content-type": (*_ODD, b"application/json; charset=utf-16", b"multipart/form-data; boundary=x", b"text/plain"),
    "if-none-match": (*_ODD, b'"', b'W/"', b'"a", "b"' * 100),
    "range": (*_ODD, b"bytes=0-", b"bytes=-1,0-9999999999999"),
    "user-agent": _ODD,
    "x-forwarded-for": (*_ODD, b"1.2.3.4, 5.6.7.8", b"::1"),
    "x-forwarded-proto": (*_ODD, b"https"),
    "sec-purpose": (*_ODD, b"prefetch"),
    "host": (b"x", b"[", b"127.0.0.1:1", b"evil.example", b"\xff"),
    "accept-encoding": (*_ODD, b"gzip;q=x", b"br"),
}


def _all_refused(response: httpx.Response) -> bool:
    """Whether a batch of answers was taken as a message, and each of them refused."""
    if response.headers.get("content-type") != "application/json" or b'"results"' not in response.content[:20]:
        return False
    results: list[dict[str, Any]] = json.loads(response.content)["results"]
    return all(one["state"] == "refused" for one in results)


SURFACES: Mapping[str, Callable[[Target, Random], Sent]] = {
    "deck_answers": deck_answers,
    "deck_draft": deck_draft,
    "deck_queries": deck_queries,
    "forms": forms,
    "api": api,
    "addresses": addresses,
}
