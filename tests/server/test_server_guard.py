"""What every route asks first: who, with which role, from where, and with what body."""

from __future__ import annotations

import json

import pytest
from starlette.routing import Route

from hume.server import ROUTES
from hume.server.guard import MAX_BODY, own_path

OPEN_TO_ALL = {
    *("/auth/link", "/auth/sign-out", "/auth/language", "/healthz", "/readyz"),
    *("/auth/sign-in", "/auth/password", "/auth/sign-out-everywhere"),  # forms: they answer with pages
    *("/auth/oidc/{provider}", "/oauth2callback"),  # to a provider of sign-in, and back
    *("/join/{study}", "/consent"),  # forms too: the first is for people who have no account yet
    *("/api/v1/openapi.json", "/api/{rest:path}"),
}
ROLES = ("", "annotator", "researcher", "admin")
NEEDED = {route.path: 2 if route.path.startswith(("/download/", "/api/")) else 1 for route in ROUTES} | {"/metrics": 3}
GUARDED = [route for route in ROUTES if route.path not in OPEN_TO_ALL]
POSTS = [route for route in ROUTES if "POST" in route.methods and route.path != "/api/{rest:path}"]


def ask(client, route: Route, **headers: str):
    method = "POST" if "POST" in route.methods else "GET"
    return client.request(method, route.path, headers=headers, **({"json": {}} if method == "POST" else {}))


def path(route: Route) -> str:
    return route.path


def test_there_is_a_guard_before_every_route_but_those():
    assert {"/deck/work", "/deck/answers", "/deck/draft", "/download/answers.csv"} <= set(map(path, GUARDED))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", GUARDED, ids=path)
def test_each_route_checks_the_role_by_itself(as_, route, role):
    status = ask(as_(role), route).status_code
    if not role:
        assert status == 401
    elif ROLES.index(role) < NEEDED[route.path]:
        assert status == 403
    else:
        assert status in (200, 400, 404)  # past the guard: what is missing is the query or the body


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.test"},
        {"Origin": "http://hume.test.evil.test"},
        {"Origin": "http://hume.test:8502"},
        {"Origin": "null"},
        {"Origin": "http://hume.test", "Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.parametrize("route", POSTS, ids=path)
def test_what_another_sites_page_sends_is_refused(as_, route, headers):
    client = as_("admin")
    assert ask(client, route, **headers).status_code == 403
    assert client.get("/deck/answered?task=SmallSts&subset=eng").status_code == 200  # still signed in


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://hume.test", "Sec-Fetch-Site": "same-origin"}])
def test_our_own_pages_and_programs_may_post(as_, headers):
    sent = as_().post("/deck/draft", json={"item": 1, "draft": None}, headers=headers)
    assert sent.status_code == 204


def test_a_body_must_be_json_and_called_so(as_):
    client, text = as_(), json.dumps({"item": 1, "draft": None})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        assert client.post("/deck/draft", content=text, headers={"Content-Type": kind}).status_code == 415
    kind = {"Content-Type": "application/json; charset=utf-8"}
    assert client.post("/deck/draft", content=text, headers=kind).status_code == 204
    for broken in (b"", b"{", b"NaN", b'{"item": Infinity}', b"\xff\xfe", b"[" * 100_000):
        answer = client.post("/deck/draft", content=broken, headers=kind)
        assert answer.status_code == 400, broken[:20]
        assert "error" in answer.json()


def test_a_body_has_a_bound(as_):
    kind = {"Content-Type": "application/json"}
    answer = as_().post("/deck/answers", content=b" " * (MAX_BODY + 1), headers=kind)
    assert (answer.status_code, "error" in answer.json()) == (413, True)


def test_a_page_of_one_person_sends_nothing_in_the_name_of_the_next(as_):
    client = as_("annotator", "Amina")
    query = "/deck/answered?task=SmallSts&subset=eng"
    assert client.get(query, headers={"Hume-Account": "999"}).status_code == 401
    assert client.get(query, headers={"Hume-Account": "1"}).status_code == 200


def test_answers_are_kept_by_no_cache(as_):
    assert as_().get("/deck/work?task=SmallSts&subset=eng").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/gap", "/gap"),
        ("/answer?task=A&subset=b", "/answer?task=A&subset=b"),
        ("//evil.test/x", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("evil", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("/\t/evil.test", "/"),
        ("", "/"),
    ],
)
def test_one_is_sent_on_to_paths_of_this_server_alone(target, path):
    assert own_path(target) == path
