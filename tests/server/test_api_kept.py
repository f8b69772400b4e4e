"""Figures are computed once for each state, by few threads, and only where something changed."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
import study
from serving import sign_in
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.testclient import TestClient

from db.session import open_engine, transaction
from db.store.tokens import create_token
from hume.server import ROUTES
from hume.server.api import figures
from hume.server.api.answering import AT_ONCE, in_own_threads
from hume.server.api.kept import Kept
from hume.server.guard import COOKIE

WAIT_S = 60.0
REPORT = ("scores", "baselines", "agreement", "pairs", "gaps", "leaderboards", "stand-ins")


def test_what_is_kept_is_made_once_by_one_of_many_threads():
    kept: Kept[int] = Kept(2)
    made: list[int] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait(WAIT_S)
        assert kept.get("key", lambda: made.append(1) or 7) == 7

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(WAIT_S)
    assert made == [1]


def test_the_least_used_goes_and_what_failed_is_not_kept():
    kept: Kept[int] = Kept(2)
    made: list[str] = []

    def get(key: str) -> int:
        return kept.get(key, lambda: made.append(key) or len(made))

    for key in "abac":
        get(key)
    assert made == ["a", "b", "c"]
    get("a")
    get("b")
    assert made == ["a", "b", "c", "b"]
    with pytest.raises(ZeroDivisionError):
        kept.get("x", lambda: 1 // 0)
    assert kept.get("x", lambda: 5) == 5


def test_scripts_have_few_threads_so_that_annotators_have_the_others():
    lock, together = threading.Lock(), threading.Barrier(AT_ONCE)
    running, most = 0, 0

    def slow() -> Response:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(WAIT_S)
        with lock:
            running -= 1
        return Response()

    async def all_at_once() -> None:
        await asyncio.gather(*(in_own_threads(slow) for _ in range(3 * AT_ONCE)))

    asyncio.run(all_at_once())
    assert AT_ONCE <= most < 2 * AT_ONCE  # those that leave the barrier may still be counted when the next come


def test_only_the_subset_that_changed_is_computed_again(sqlite_url, monkeypatch):
    study.store(sqlite_url)
    sign_in(sqlite_url, "Rana", "researcher")
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        token = create_token(session, "Rana", "a test", timedelta(days=1))
    engine.dispose()
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    computed: list[tuple[str, str]] = []
    compute = figures.figures

    def noting(record):
        computed.append((record.task.name, record.subset.name))
        return compute(record)

    monkeypatch.setattr(figures, "figures", noting)
    app = Starlette(routes=ROUTES)
    script = TestClient(app, "http://hume.test", headers={"Authorization": f"Bearer {token}"})
    for name in REPORT:
        assert script.get(f"/api/v1/{name}").status_code == 200
    assert len(computed) == len(set(computed)) == 4
    computed.clear()
    annotator = TestClient(app, "http://hume.test", cookies={COOKIE: sign_in(sqlite_url, "Amina")})
    item = annotator.get("/deck/work", params={"task": "SmallClassification", "subset": "ara"}).json()["items"][0]
    answer = {"client_id": str(uuid4()), "item": item["id"], "status": "given", "payload": {"label": "joy"}}
    annotator.post("/deck/answers", json={"answers": [answer]})
    for name in REPORT:
        script.get(f"/api/v1/{name}")
    assert computed == [("SmallClassification", "ara")]
