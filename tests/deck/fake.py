"""The deck's routes (docs/wire.md) over plain dictionaries, so that a test can make them fail."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hume.answers import SKIP_REASONS

HERE = Path(__file__).resolve().parent
DECK = HERE.parents[1] / "pages" / "deck"
#: Scripts from files of one's own alone, as the app's policy has it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:"
)


@dataclass
class Fake:
    """One annotator's server. `answers` has the accepted ones in order of arrival."""

    task: dict[str, Any]
    items: list[dict[str, Any]]
    base_url: str = ""
    answers: list[dict[str, Any]] = field(default_factory=list)
    drafts: dict[int, Any] = field(default_factory=dict)
    batches: list[int] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    resent: int = 0
    refuse: dict[int, str] = field(default_factory=dict)
    """Reason by item."""
    status: int | None = None
    """Every request of the deck gets this status."""
    delay: float = 0.0
    lose_replies: bool = False
    """Answers are stored, and the acknowledgement is lost."""
    lost: int = 0
    """Acknowledgements lost so far."""
    expected: dict[int, Any] = field(default_factory=dict)
    """Practice items, in order, with the payload that each should be answered with."""
    elsewhere: list[dict[str, Any]] = field(default_factory=list)
    """What is left in other subsets."""
    pace_ms: int | None = None
    midnights: set[str] = field(default_factory=set)
    """What `Hume-Midnight` said."""

    def payloads(self) -> list[Any]:
        """The stored payloads, in order of arrival."""
        return [answer["payload"] for answer in self.answers]

    def latest(self) -> dict[int, dict[str, Any]]:
        """The last answer to each item that was answered, in the order of the first."""
        return {answer["item"]: answer for answer in self.answers}

    def progress(self) -> dict[str, int | None]:
        statuses = [answer["status"] for item, answer in self.latest().items() if item not in self.expected]
        skipped = statuses.count("skipped")
        total = len(self.items) - len(self.expected)
        counts = {"total": total, "answered": len(statuses) - skipped, "skipped": skipped}
        return {**counts, "open": total - len(statuses), "today": len(statuses), "pace_ms": self.pace_ms}

    def training(self) -> dict[str, int] | None:
        done = sum(item in self.latest() for item in self.expected)
        return {"done": done, "total": len(self.expected)} if self.expected else None

    def work(self, request: Request) -> Response:
        answered = self.latest()
        free = [item for item in self.items if item["id"] not in answered]
        practice = [item for item in free if item["id"] in self.expected]
        given = (practice or free)[: int(request.query_params["count"])]
        items = [self.message(item) for item in given]
        message = {"task": self.task, "progress": self.progress(), "items": items}
        return JSONResponse({**message, "training": self.training()})

    def message(self, item: dict[str, Any]) -> dict[str, Any]:
        """An item as it is sent."""
        training = {"training": True} if item["id"] in self.expected else {}
        return {**item, **training, "draft": self.drafts.get(item["id"])}

    def item(self, request: Request) -> Response:
        wanted = int(request.query_params["item"])
        found = [item for item in self.items if item["id"] == wanted]
        if not found:
            return JSONResponse({"error": f"Item {wanted} is not yours at the moment. Ask for work again."}, 404)
        revisions = [answer for answer in self.answers if answer["item"] == wanted]
        answer = {**revisions[-1], "revision": len(revisions)} if revisions else None
        message = {**self.message(found[0]), "task": self.task["name"], "subset": self.task["subset"]}
        return JSONResponse({**message, "answer": answer, "feedback": self.feedback(wanted) if answer else None})

    def feedback(self, item: int) -> dict[str, Any] | None:
        if item not in self.expected:
            return None
        first = next(answer for answer in self.answers if answer["item"] == item)
        return {"right": first["payload"] == self.expected[item], "expected": self.expected[item]}

    def answered(self, _: Request) -> Response:
        items = [
            {"id": item, "status": answer["status"], "answered_at": "2025-01-01T00:00:00Z"}
            for item, answer in self.latest().items()
        ]
        return JSONResponse({"items": items})

    def left_elsewhere(self, _: Request) -> Response:
        return JSONResponse({"subsets": self.elsewhere})

    def take(self, body: dict[str, Any]) -> Response:
        self.batches.append(len(body["answers"]))
        results = [self.take_one(answer) for answer in body["answers"]]
        if self.lose_replies:
            self.lost += 1
            return Response(status_code=502)
        return JSONResponse({"results": results, "progress": self.progress()})

    def take_one(self, answer: dict[str, Any]) -> dict[str, Any]:
        item = answer["item"]
        before = [old["client_id"] for old in self.answers if old["item"] == item]
        result = {"client_id": answer["client_id"], "item": item, "revision": len(before) + 1, "error": ""}
        if answer["client_id"] in before:
            self.resent += 1
            revision = before.index(answer["client_id"]) + 1
            return {**result, "revision": revision, "state": "duplicate", "feedback": self.feedback(item)}
        if why := self.refuse.get(item) or unknown_reason(answer):
            return {**result, "state": "refused", "revision": 0, "error": why}
        self.answers.append(answer)
        self.drafts.pop(item, None)
        return {**result, "state": "saved", "feedback": self.feedback(item)}

    async def route(self, request: Request) -> Response:
        self.requests.append(f"{request.method} {request.url.path}")
        self.midnights.add(request.headers.get("Hume-Midnight", ""))
        await asyncio.sleep(self.delay)
        if self.status:
            return JSONResponse({"error": f"status {self.status}"}, self.status)
        name = request.path_params["name"]
        if request.method == "GET":
            routes = {"work": self.work, "item": self.item, "answered": self.answered, "elsewhere": self.left_elsewhere}
            return routes[name](request)
        body = await request.json()
        if name == "answers":
            return self.take(body)
        self.drafts[body["item"]] = body["draft"]
        return Response(status_code=204)

    def url(self, **query: str) -> str:
        pairs = {"task": self.task["name"], **query}
        return f"{self.base_url}/?" + "&".join(f"{key}={value}" for key, value in pairs.items())


def unknown_reason(answer: dict[str, Any]) -> str:
    """Why a skip is refused, as the real server refuses it; '' where it is not."""
    unknown = answer["status"] == "skipped" and answer["reason"] not in SKIP_REASONS
    return f"An item cannot be skipped for the reason {answer['reason']!r}." if unknown else ""


async def index(_: Request) -> Response:
    return Response(
        (HERE / "harness" / "index.html").read_text("utf-8"),
        media_type="text/html",
        headers={"Content-Security-Policy": POLICY},
    )


def application(fake: Fake) -> Starlette:
    """The harness page, the deck's own files, and the fake's routes."""
    return Starlette(
        routes=[
            Route("/", index),
            Mount("/harness", StaticFiles(directory=HERE / "harness")),
            Route("/deck/{name:str}", files_or(fake), methods=["GET", "POST"]),
            Mount("/deck", StaticFiles(directory=DECK)),
        ]
    )


def files_or(fake: Fake) -> Any:
    """`/deck/deck.js` is a file, `/deck/work` is a route."""
    files = StaticFiles(directory=DECK)

    async def endpoint(request: Request) -> Response:
        name = request.path_params["name"]
        return await (files.get_response(name, request.scope) if "." in name else fake.route(request))

    return endpoint


@contextmanager
def serving(fake: Fake) -> Iterator[Fake]:
    """The fake on a free port of 127.0.0.1, in a thread."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(fake), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    fake.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    yield fake
    server.should_exit = True
    thread.join(5)
    listener.close()
