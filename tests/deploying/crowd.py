"""Annotators without a browser, who do as the deck does: ask for work, answer, send again what was not acknowledged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

PATIENCE_S = 60.0
AGAIN_S = 0.05


@dataclass
class Annotator:
    """One of them, with the client that they come in by; `acknowledged` are the client ids that the server has."""

    client: httpx.Client
    task: str
    acknowledged: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """What went wrong on the way, and was tried again."""

    def answer_all(self, after_each: Callable[[], None] = lambda: None) -> None:
        """Two items at a time, until there is nothing left."""
        while items := self._work():
            body = {"answers": [self._answer(item["id"]) for item in items]}
            told = self._until_told("POST", "/deck/answers", json=body)
            for result in told["results"]:
                assert result["state"] in ("saved", "duplicate"), result
                self.acknowledged.append(result["client_id"])
            after_each()

    def _work(self) -> list[dict[str, Any]]:
        return list(
            self._until_told("GET", "/deck/work", params={"task": self.task, "subset": "eng", "count": 2})["items"]
        )

    def _answer(self, item: int) -> dict[str, Any]:
        return {"client_id": str(uuid4()), "item": item, "status": "given", "payload": {"score": 3}}

    def _until_told(self, method: str, path: str, **request: Any) -> Any:
        give_up = time.monotonic() + PATIENCE_S
        while True:
            try:
                response = self.client.request(method, path, **request)
                if response.status_code < 500:
                    assert response.status_code == 200, response.text
                    return response.json()
                self.troubles.append(str(response.status_code))
            except httpx.TransportError as lost:
                self.troubles.append(type(lost).__name__)
            assert time.monotonic() < give_up, self.troubles
            time.sleep(AGAIN_S)


class Tally:
    """Counts over all annotators, and does something once when a number is reached."""

    def __init__(self, number: int, then: Callable[[], None]) -> None:
        self._left, self._then, self._lock = number, then, threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self._left -= 1
            is_now = self._left == 0
        if is_now:
            self._then()
