"""People at the deck, over HTTP: they answer, keep what is not acknowledged, and send it again until it is."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from benchmarks.faults.ledger import Sent
from hume.server.guard import COOKIE
from tests.four_tasks import LABELS

IN_HAND = 10
LOW = 4
MOST_AT_ONCE = 40
TIMEOUT_S = 20.0
"""As the deck has it."""
FIRST_WAIT_S, GROWTH, LONGEST_WAIT_S = 0.1, 1.5, 2.0
WORDS = (
    "",
    "clear",
    "<b>bold</b> & 'quoted' \"twice\"",
    "واضح تماما",
    "naïve — ночь",
    "line one\nline two",
    "🙂 \u2028 ok",
)
PATIENCE_S = 180.0
"""Whoever cannot get rid of an answer for so long after the fault's end gives up, and the round fails."""


@dataclass(frozen=True)
class Account:
    """Who answers: the rater, the token of a session, and the task."""

    rater_id: int
    token: str
    task: str
    subset: str = "eng"


class Person(threading.Thread):
    """One browser: answers item after item, about `think_s` apart, until told to stop; then sends what is left."""

    def __init__(self, base_url: str, account: Account, seed: int, think_s: float, stopping: threading.Event) -> None:
        super().__init__(daemon=True)
        self.base_url, self.account, self.think_s, self.stopping = base_url, account, think_s, stopping
        self.sent: list[Sent] = []
        self.statuses: Counter[str] = Counter()
        self.said: set[str] = set()
        """The server's words in replies that were not 200."""
        self.comment_length = 0
        self._waiting: list[Sent] = []
        self._in_hand: list[dict[str, Any]] = []
        self._done: dict[int, dict[str, Any]] = {}
        self._failures = 0
        self._random = random.Random(seed)

    @property
    def is_rid_of_all(self) -> bool:
        return not self._waiting

    def run(self) -> None:
        with ExitStack() as stack:
            headers = {"Hume-Account": str(self.account.rater_id), "Origin": self.base_url}
            cookies = {COOKIE: self.account.token}
            self.client = stack.enter_context(
                httpx.Client(base_url=self.base_url, cookies=cookies, headers=headers, timeout=TIMEOUT_S)
            )
            while not self.stopping.is_set():
                self._act()
                self.stopping.wait(self.think_s * self._random.uniform(0.5, 1.5))
            give_up = time.monotonic() + PATIENCE_S
            while self._waiting and time.monotonic() < give_up:
                self._send()

    # -- what one does ----------------------------------------------------------------------------------

    def _act(self) -> None:
        if len(self._in_hand) <= LOW and not self._failures:
            self._fetch()
        if self._done and (self._random.random() < 0.2 or not self._in_hand):
            self._answer(self._random.choice(list(self._done.values())))
        elif self._in_hand:
            item = self._in_hand.pop(0)
            self._done[item["id"]] = item
            self._answer(item)
        if self._waiting:
            self._send()

    def _fetch(self) -> None:
        query = {"task": self.account.task, "subset": self.account.subset, "count": IN_HAND}
        body = self._ask("GET", "/deck/work", params=query)
        here = {one["id"] for one in self._in_hand} | set(self._done)
        self._in_hand += [one for one in (body or {}).get("items", []) if one["id"] not in here]

    def _answer(self, item: dict[str, Any]) -> None:
        # In the course of an outage many gather; the deck goes on as long as it has items.
        if any(one.message["item"] == item["id"] for one in self._waiting) or len(self._waiting) >= MOST_AT_ONCE:
            return
        answer = Sent(self.account.rater_id, self._message(item))
        self.sent.append(answer)
        self._waiting.append(answer)

    def _message(self, item: dict[str, Any]) -> dict[str, Any]:
        skips = self._random.random() < 0.1
        mark = f"{self.account.rater_id}-{len(self.sent)} {self._random.choice(WORDS)}"
        return {
            "client_id": str(UUID(int=self._random.getrandbits(128), version=4)),
            "item": item["id"],
            "status": "skipped" if skips else "given",
            "payload": None if skips else self._judge(item),
            "reason": "unclear" if skips else "",
            "comment": mark.ljust(self.comment_length, "."),
            "confidence": self._random.choice([None, 0, 50, 100]),
            "milliseconds": self._random.randrange(100_000),
            "order_shown": item["order"],
        }

    def _judge(self, item: dict[str, Any]) -> dict[str, Any]:
        content, order = item["content"], item["order"]
        if "sentence1" in content:
            return {"score": float(self._random.randrange(6))}
        if "text" in content:
            return {"label": self._random.choice(LABELS)}
        if "candidates" in content:
            return {"grades": {one: self._random.randrange(3) for one in order}}
        return {"groups": {one: self._random.choice(["first", "second"]) for one in order}}

    # -- the wire ---------------------------------------------------------------------------------------

    def _send(self) -> None:
        """All that waits, as one batch; what comes to nothing stays, and the next attempt is later."""
        batch = list(self._waiting)
        body = self._ask("POST", "/deck/answers", json={"answers": [one.message for one in batch]})
        results = {one["client_id"]: one for one in (body or {}).get("results", [])}
        for one in batch:
            if one.client_id in results:
                one.told(results[one.client_id])
                self._waiting.remove(one)

    def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any] | None:
        try:
            reply = self.client.request(method, path, **options)
            if reply.status_code == 200:
                self._failures = 0
                return dict(reply.json())
            self.statuses[str(reply.status_code)] += 1
            self.said.add(str(reply.json().get("error", "")) if "json" in reply.headers["content-type"] else reply.text)
        except (httpx.HTTPError, ValueError, KeyError):
            self.statuses["cut"] += 1
        wait = min(FIRST_WAIT_S * GROWTH**self._failures, LONGEST_WAIT_S)
        self._failures += 1
        time.sleep(wait * self._random.uniform(0.75, 1.25))
        return None


class Crowd:
    """People who answer at once, in threads of this process."""

    def __init__(self, base_url: str, accounts: list[Account], seed: int, think_s: float = 0.05) -> None:
        self._stopping = threading.Event()
        self.people = [
            Person(base_url, account, seed * 1_000 + place, think_s, self._stopping)
            for place, account in enumerate(accounts)
        ]
        for person in self.people:
            person.start()

    @property
    def sent(self) -> list[Sent]:
        """All that has been sent so far, each person's in its order."""
        return [one for person in self.people for one in list(person.sent)]

    @property
    def statuses(self) -> Counter[str]:
        return sum((person.statuses for person in self.people), Counter())

    @property
    def said(self) -> set[str]:
        return set().union(*(person.said for person in self.people))

    def n_acknowledged(self, since: float = 0.0) -> int:
        """How many answers were acknowledged after that moment."""
        return sum((one.acknowledged_at or -1.0) > since for one in self.sent)

    def await_acknowledged(self, more: int, since: float | None = None) -> float:
        """Waits until so many more are acknowledged; seconds waited. RuntimeError where nothing comes."""
        begun = time.monotonic()
        since = begun if since is None else since
        while self.n_acknowledged(since) < more:
            if time.monotonic() > begun + PATIENCE_S:
                raise RuntimeError(
                    f"No {more} answers were acknowledged in {PATIENCE_S:g} s: {self.statuses}, {self.said}"
                )
            time.sleep(0.01)
        return time.monotonic() - begun

    def first_acknowledged(self, since: float) -> float | None:
        """Seconds from that moment to the first answer acknowledged after it."""
        told = [one.acknowledged_at for one in self.sent if one.acknowledged_at is not None]
        times = [moment for moment in told if moment > since]
        return min(times) - since if times else None

    def leave(self) -> None:
        """Lets all get rid of what they have, and go. RuntimeError where somebody cannot."""
        self._stopping.set()
        for person in self.people:
            person.join(PATIENCE_S + TIMEOUT_S)
        stuck = sum(not person.is_rid_of_all for person in self.people)
        if stuck:
            raise RuntimeError(f"{stuck} people could not get rid of their answers: {self.statuses}, {self.said}")
