"""The read API: who may, the same rows as the downloads, pages, filters, what is refused, and its description."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import study
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from serving import sign_in
from sqlalchemy import make_url, text
from starlette.applications import Starlette
from starlette.testclient import TestClient

from db.columns import utc_now
from db.session import open_engine, transaction
from db.store.people import change_role, disable
from db.store.tokens import create_token, revoke_token, tokens
from hume.server import ROUTES
from hume.server.api.description import description, page_schema
from hume.server.api.endpoints import BY_PATH, ENDPOINTS
from hume.server.downloads import RECORDS
from hume.server.guard import COOKIE

ROLES = ("annotator", "researcher", "admin")
EVERY_PATH = sorted(BY_PATH)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def study_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with the study, one for all tests here, which leave it as it is."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("study") / "hume.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        study.store(f"sqlite:///{path}")
        yield f"sqlite:///{path}"
        return
    server, name = request.getfixturevalue("postgres_server"), f"hume_study_{uuid4().hex[:12]}"
    study.administer(server, f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('migrated_postgres')}")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    study.store(url)
    yield url
    study.administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def own_url(database_url: str) -> str:
    """The URL of a database with the study that a test may change."""
    study.store(database_url)
    return database_url


def client(**headers: str) -> TestClient:
    return TestClient(Starlette(routes=ROUTES), "http://hume.test", headers=headers, follow_redirects=False)


def token_of(url: str, role: str = "researcher", lifetime: timedelta = timedelta(days=1)) -> str:
    sign_in(url, f"the {role}", role)
    return changed(url, lambda session: create_token(session, f"the {role}", "a test", lifetime))


def changed(url: str, change: Callable) -> object:
    engine = open_engine(url)
    try:
        with transaction(engine) as session:
            return change(session)
    finally:
        engine.dispose()


@pytest.fixture
def script(study_url: str, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A script with a researcher's token."""
    monkeypatch.setenv("HUME_DATABASE_URL", study_url)
    return client(Authorization=f"Bearer {token_of(study_url)}")


def all_rows(script: TestClient, path: str, **query: object) -> list[dict]:
    """The rows of all pages."""
    rows, answer = [], script.get(path, params=query)
    while True:
        assert answer.status_code == 200, answer.text
        rows += answer.json()["data"]
        if (onward := answer.json()["next"]) is None:
            return rows
        answer = script.get(onward)


# -- who may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EVERY_PATH)
def test_each_endpoint_asks_who_it_is(study_url, monkeypatch, path):
    monkeypatch.setenv("HUME_DATABASE_URL", study_url)
    nobody = client().get(path)
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    for role, status in zip(ROLES, (403, 200, 200), strict=True):
        by_token = client(Authorization=f"Bearer {token_of(study_url, role)}")
        by_cookie = client()
        by_cookie.cookies.set(COOKIE, sign_in(study_url, f"the {role}", role))
        for one in (by_token, by_cookie):
            answer = one.get(path, params={"limit": 1})
            assert answer.status_code == status, (role, answer.text)
            assert ("data" in answer.json()) == (status == 200)


@pytest.mark.parametrize("path", EVERY_PATH)
def test_a_revoked_an_expired_and_a_false_token_open_nothing(no_good, path):
    for token in no_good:
        answer = client(Authorization=f"Bearer {token}").get(path)
        assert (answer.status_code, list(answer.json())) == (401, ["error"])


@pytest.fixture
def no_good(study_url, monkeypatch) -> list[str]:
    """A revoked token, an expired one, and what never was one; of a researcher."""
    monkeypatch.setenv("HUME_DATABASE_URL", study_url)
    revoked = token_of(study_url)
    changed(study_url, lambda session: revoke_token(session, max(one.id for one in tokens(session))))
    return [revoked, token_of(study_url, lifetime=timedelta(seconds=-1)), "hume_" + "x" * 43, "x"]


def test_a_bad_header_is_refused_even_with_a_good_cookie(study_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", study_url)
    token = token_of(study_url)
    for header in ("", "Bearer", "Bearer ", f"Basic {token}", token, "Bearer x"):
        one = client(Authorization=header)
        one.cookies.set(COOKIE, sign_in(study_url, "the researcher", "researcher"))
        assert one.get("/api/v1/tasks").status_code == 401, header
    assert client(Authorization=f"bearer {token}").get("/api/v1/tasks").status_code == 200
    assert client().get("/api/v1/tasks", params={"token": token}).status_code == 401


def test_another_sites_page_cannot_use_the_cookie(study_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", study_url)
    one = client()
    one.cookies.set(COOKIE, sign_in(study_url, "the researcher", "researcher"))
    assert one.get("/api/v1/tasks", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert one.get("/api/v1/tasks", headers={"Origin": "http://evil.test"}).status_code == 403
    answer = one.get("/api/v1/tasks", headers={"Origin": "http://hume.test", "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_role_is_the_one_of_now(own_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", own_url)
    script = client(Authorization=f"Bearer {token_of(own_url)}")
    assert script.get("/api/v1/answers").status_code == 200
    changed(own_url, lambda session: change_role(session, "the researcher", "annotator"))
    assert script.get("/api/v1/answers").status_code == 403
    changed(own_url, lambda session: disable(session, "the researcher"))
    assert script.get("/api/v1/answers").status_code == 401


def test_a_use_is_noted(own_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", own_url)
    before, token = utc_now(), token_of(own_url)
    client(Authorization=f"Bearer {token}").get("/api/v1/tasks")
    (one,) = changed(own_url, tokens)
    assert one.last_used_at >= before


# -- what is in it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)
@pytest.mark.parametrize("names", ["false", "true"])
def test_every_page_is_as_described(script, endpoint, names):
    page = script.get(endpoint.path, params={"limit": 10_000, "names": names}).json()
    Draft202012Validator(page_schema(endpoint) | {"components": description()["components"]}).validate(page)
    assert page["data"]
    assert page["total"] in (None, len(page["data"]))
    assert page["people"] == ("names" if names == "true" else "pseudonyms")


@pytest.mark.parametrize("name", sorted(RECORDS))
@pytest.mark.parametrize("names", [False, True])
def test_the_figures_are_those_of_the_downloads(script, study_url, name, names):
    browser = client()
    browser.cookies.set(COOKIE, sign_in(study_url, "the researcher", "researcher"))
    file = browser.get(f"/download/{name}.jsonl", params={"names": 1} if names else {})
    rows = script.get(f"/api/v1/{name}", params={"limit": 10_000, "names": str(names).lower()}).json()["data"]
    expected = [json.loads(line) for line in file.text.splitlines()]
    if name == "answers":  # a file has them item by item, the API as they came
        rows, expected = sorted(rows, key=str), sorted(expected, key=str)
    assert rows == expected


@pytest.mark.parametrize("path", EVERY_PATH)
def test_people_have_pseudonyms_unless_asked_for(script, path):
    told = script.get(path, params={"limit": 10_000}).text
    assert not [name for name in study.PEOPLE if f'"{name}"' in told]


def test_names_for_those_who_ask(script):
    assert {row["rater"] for row in all_rows(script, "/api/v1/raters", names="true")} == set(study.PEOPLE)
    (run,) = all_rows(script, "/api/v1/runs", names="true")
    assert run["requested_by"] == "Dana"
    (hidden,) = all_rows(script, "/api/v1/runs")
    assert hidden["requested_by"].startswith("annotator-")


@pytest.mark.parametrize("path", EVERY_PATH)
def test_pages_together_are_the_whole(script, path):
    whole = script.get(path, params={"limit": 10_000}).json()["data"]
    size = max(1, len(whole) // 3)
    assert all_rows(script, path, limit=size) == whole
    first = script.get(path, params={"limit": size})
    if len(whole) > size:
        assert first.headers["link"] == f'<{first.json()["next"]}>; rel="next"'
    start = BY_PATH[path].start
    past = script.get(path, params={start: 2**31 - 1}).json()
    assert (past["data"], past["next"]) == ([], None)


@pytest.mark.parametrize("path", EVERY_PATH)
def test_each_filter_keeps_what_it_says(script, path):
    whole = script.get(path, params={"limit": 10_000}).json()["data"]
    for name in BY_PATH[path].filters:
        if name not in whole[0]:
            continue
        value = whole[-1][name]
        asked = str(value).lower() if isinstance(value, bool) else value
        if value is None:
            continue
        found = all_rows(script, path, limit=5_000, **{name: asked})
        assert found == [row for row in whole if row[name] == value], name
        assert found


def test_filters_of_answers_and_of_languages(script):
    whole = all_rows(script, "/api/v1/answers", limit=7)
    english = all_rows(script, "/api/v1/answers", language="eng-Latn", task_type="sts", limit=7)
    assert english == [row for row in whole if row["subset"] == "eng"]
    assert english
    assert all_rows(script, "/api/v1/answers", language="fra-Latn") == []
    both = all_rows(script, "/api/v1/answers", rater=["annotator-1", "tiny-model"], kind=["human", "embedding"])
    assert {row["rater"] for row in both} == {"annotator-1", "tiny-model"}
    assert all_rows(script, "/api/v1/answers", rater="Amina") == []
    assert len(all_rows(script, "/api/v1/answers", rater="Amina", names="true")) == len(
        [row for row in whole if row["rater"] == "annotator-1"]
    )
    scores = all_rows(script, "/api/v1/scores", language=["ara-Arab", "eng-Latn"], source="computed", limit=1_000)
    assert {row["language"] for row in scores} == {"ara-Arab", "eng-Latn"}


# -- what is refused ----------------------------------------------------------------------------------

BAD = [
    *("limit=0", "limit=-1", "limit=10001", "limit=1e3", "limit=", "limit=٣", "limit=1_0", "limit=+1", "limit=nan"),
    *("limit=1&limit=2", "names=1", "names=yes", "nonsense=1", "limit%00=1", "kind=people", "source=me"),
    *("is_sample=1", "token=x", f"limit={'9' * 5000}", "%FF=1", "format=csv"),
]


@pytest.mark.parametrize("query", BAD, ids=lambda query: query[:20])
def test_what_makes_no_sense_is_refused_by_name(script, query):
    answer = script.get(f"/api/v1/scores?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert len(answer.text) < 500


@pytest.mark.parametrize("value", ["-1", "x", "2147483648", "0.5", ""])
def test_the_start_is_a_number(script, value):
    for path, endpoint in BY_PATH.items():
        assert script.get(path, params={endpoint.start: value}).status_code == 400


@pytest.mark.parametrize("value", ["\x00", "\ud800".encode("utf-8", "surrogatepass"), "' OR 1=1 --", "x" * 5000, "%"])
def test_any_text_is_a_filter_that_fits_nothing(script, value):
    for path, endpoint in BY_PATH.items():
        if "task" in endpoint.filters:
            answer = script.get(path, params={"task": value})
            assert (answer.status_code, answer.json()["data"]) == (200, []), path


def test_the_api_is_for_reading(script):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in (*EVERY_PATH, "/api/v1/openapi.json"):
            answer = script.request(method, path)
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    for path in ("/api/", "/api/v1", "/api/v1/tasks/", "/api/v1/nothing", "/api/v2/tasks"):
        answer = script.get(path)
        assert (answer.status_code, list(answer.json())) == (404, ["error"])


def test_a_database_that_fails_is_said_without_its_words(own_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", own_url)
    script = client(Authorization=f"Bearer {token_of(own_url)}")
    changed(own_url, lambda session: session.execute(text("ALTER TABLE verdict RENAME TO elsewhere")))
    answer = script.get("/api/v1/items")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "verdict" not in answer.text
    monkeypatch.setenv("HUME_DATABASE_URL", "postgresql://somebody:secret@127.0.0.1:1/hume")
    answer = script.get("/api/v1/items")
    assert answer.status_code == 503
    assert "somebody" not in answer.text


WORDS = st.one_of(
    st.text(max_size=30), st.sampled_from(["0", "-1", "1e9", "true", "null", "sts", "human", "../..", "[]"])
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_query_and_no_header_makes_a_fault(script, data):
    path = data.draw(st.sampled_from(EVERY_PATH))
    known = st.sampled_from([*BY_PATH[path].filters, "limit", BY_PATH[path].start, "names"])
    query = data.draw(st.lists(st.tuples(st.one_of(known, WORDS), WORDS), max_size=4))
    tag = data.draw(st.binary(max_size=30).filter(lambda raw: not set(raw) & set(b"\r\n\0")))
    answer = script.get(f"{path}?{urlencode(query, errors='surrogatepass')}", headers={"If-None-Match": tag})
    assert answer.status_code in (200, 304, 400), (query, answer.text)
    if answer.status_code == 400:
        assert list(answer.json()) == ["error"]


# -- what has not changed -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", EVERY_PATH)
def test_what_has_not_changed_costs_a_304(script, path):
    first = script.get(path)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = script.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    for query in ({"names": "true"}, {"limit": 1}):
        other = script.get(path, params=query, headers={"If-None-Match": tag})
        assert other.status_code == 200
        assert other.json()["version"] == first.json()["version"]
    assert client().get(path, headers={"If-None-Match": tag}).status_code == 401


def test_what_has_changed_has_another_tag(own_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", own_url)
    script = client(Authorization=f"Bearer {token_of(own_url)}")

    def tags() -> dict[str, str]:
        return {path: script.get(path, params={"limit": 1}).headers["etag"] for path in EVERY_PATH}

    before = tags()
    assert tags() == before
    annotator = client()
    annotator.cookies.set(COOKIE, sign_in(own_url, "Amina", "annotator"))
    item = annotator.get("/deck/work", params={"task": "SmallClassification", "subset": "eng"}).json()["items"][0]
    answer = {"client_id": str(uuid4()), "item": item["id"], "status": "given", "payload": {"label": "joy"}}
    annotator.post("/deck/answers", json={"answers": [answer]})
    after = tags()
    assert {path for path in EVERY_PATH if before[path] != after[path]} == set(EVERY_PATH) - {"/api/v1/runs"}
    changed(own_url, lambda session: session.execute(text("UPDATE run SET n_done = 1")))
    assert tags()["/api/v1/runs"] != after["/api/v1/runs"]
    (row,) = all_rows(script, "/api/v1/answers", task="SmallClassification")
    assert row["payload"] == {"label": "joy"}


# -- the description ----------------------------------------------------------------------------------


def test_the_description_has_every_endpoint_and_is_for_everybody():
    found = client().get("/api/v1/openapi.json")
    assert found.status_code == 200
    document = found.json()
    assert document["openapi"].startswith("3.1")
    routes = {route.path for route in ROUTES if route.path.startswith("/api/v1/")}
    assert set(document["paths"]) == routes - {"/api/v1/openapi.json"}
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for path, item in document["paths"].items():
        names = [one["name"] for one in item["get"]["parameters"]]
        assert names == [*BY_PATH[path].filters, "limit", BY_PATH[path].start, "names"]


def test_descriptions_come_from_the_records():
    columns = description()["components"]["schemas"]["gaps"]["properties"]
    assert "paired bootstrap" in columns["p_value"]["description"]
    assert columns["gap"]["type"] == ["number", "null"]
    assert columns["source"]["enum"] == ["computed", "published"]


def test_the_manual_names_every_endpoint():
    manual = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    assert [path for path in (*EVERY_PATH, "/api/v1/openapi.json") if f"`{path}`" not in manual] == []
