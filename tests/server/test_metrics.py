"""Whether to send people here, and what Prometheus is told."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from four_tasks import PAYLOADS, name
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.testclient import TestClient

from db.session import open_engine, transaction
from db.store.tokens import create_token
from hume.server import ROUTES
from hume.server.database import engine

NOWHERE = "postgresql://somebody:secret@127.0.0.1:1/hume"


def client(**headers: str) -> TestClient:
    return TestClient(Starlette(routes=ROUTES), "http://hume.test", headers=headers, follow_redirects=False)


def samples(answer) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, by their names: method, route, status."""
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


# -- readiness --------------------------------------------------------------------------------------


def test_a_current_database_is_ready(database_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", database_url)
    for path, word in (("/healthz", "ok"), ("/readyz", "ready")):
        answer = client().get(path)
        assert (answer.status_code, answer.text) == (200, word)


@pytest.mark.parametrize("version", ["0001", "9999"])
def test_another_schema_is_not_ready_but_alive(database_url, monkeypatch, version):
    monkeypatch.setenv("HUME_DATABASE_URL", database_url)
    assert client().get("/readyz").status_code == 200
    changing = open_engine(database_url)
    with transaction(changing) as session:
        session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    changing.dispose()
    answer = client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the database's schema is not this version's")
    assert client().get("/healthz").status_code == 200


def test_a_postgres_that_was_behind_from_the_start_is_not_ready(empty_postgres_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", empty_postgres_url)
    assert client().get("/readyz").text == "the database's schema is not this version's"


def test_without_a_database_nothing_is_ready_and_nothing_is_told(monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", NOWHERE)
    for path in ("/healthz", "/readyz"):
        answer = client().get(path)
        assert (answer.status_code, answer.text) == (503, "the database does not answer")


# -- metrics ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "status"), [("", 401), ("annotator", 403), ("researcher", 403), ("admin", 200)])
def test_metrics_are_for_admins(as_, stored_url, role, status):
    assert as_(role).get("/metrics").status_code == status
    if role:
        opened = open_engine(stored_url)
        with transaction(opened) as session:
            token = create_token(session, f"the {role}", "Prometheus", timedelta(days=1))
        opened.dispose()
        assert client(Authorization=f"Bearer {token}").get("/metrics").status_code == status


def test_metrics_can_be_public(as_, monkeypatch):
    as_("")
    monkeypatch.setenv("HUME_METRICS", "public")
    answer = client().get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert ("process_cpu_seconds_total",) in samples(answer)
    monkeypatch.setenv("HUME_DATABASE_URL", NOWHERE)
    told = samples(client().get("/metrics"))
    assert str(told["hume_sessions_active",]) == "nan"


def test_requests_are_counted_by_template_and_answers_by_what_became_of_them(as_):
    admin, annotator = as_("admin"), as_("annotator", "Amina")
    before = samples(admin.get("/metrics"))

    def grown() -> dict[tuple[str, ...], float]:
        now = samples(admin.get("/metrics"))
        return {key: value - before.get(key, 0) for key, value in now.items() if value != before.get(key, 0)}

    work = annotator.get("/deck/work", params={"task": name("sts"), "subset": "eng"}).json()
    answer = {"client_id": str(uuid4()), "item": work["items"][0]["id"], "status": "given", "payload": PAYLOADS["sts"]}
    for sent in (answer, answer, {**answer, "client_id": str(uuid4()), "payload": {"score": 99}}):
        annotator.post("/deck/answers", json={"answers": [sent]})
    for number in range(5):
        admin.get(f"/api/v1/nothing-{number}")
    found = grown()
    states = {key[1]: value for key, value in found.items() if key[0] == "hume_answers_total"}
    assert states == {"saved": 1, "duplicate": 1, "refused": 1}
    assert found["hume_requests_total", "POST", "/deck/answers", "200"] == 3
    assert found["hume_request_seconds_count", "POST", "/deck/answers"] == 3
    assert found["hume_requests_total", "GET", "/api/{rest:path}", "404"] == 5
    assert not [key for key in found if "nothing" in str(key)]
    assert before["hume_sessions_active",] == 2


def test_errors_of_the_database_and_of_routes_are_counted(as_):
    admin = as_("admin")
    before = samples(admin.get("/metrics"))
    with pytest.raises(DBAPIError), transaction(engine()) as session:
        session.execute(text("SELECT nothing FROM nowhere"))
    with transaction(engine()) as session:
        session.execute(text("ALTER TABLE draft RENAME TO elsewhere"))
    failing = TestClient(admin.app, "http://hume.test", cookies=admin.cookies, raise_server_exceptions=False)
    failing.get("/deck/work", params={"task": name("sts"), "subset": "eng"})
    now = samples(admin.get("/metrics"))

    def grown(*key: str) -> float:
        return now[key] - before.get(key, 0)

    assert grown("hume_database_errors_total", "OperationalError") == 2
    assert grown("hume_requests_total", "GET", "/deck/work", "500") == 1
    assert now["hume_database_connections_in_use",] == 0
