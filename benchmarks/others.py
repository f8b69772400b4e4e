"""People at work, over HTTP, in a process of their own: `python -m benchmarks.others URL SECONDS`.

Reads the people as JSON from its first line of input, prints a line once all are in, and lets each do something
(give an answer, or one more grade of an unfinished one) every SECONDS on average, 0 for as soon as the last was
acknowledged, until its input ends. Meanwhile it prints a line of JSON for each acknowledgement, `["answer", id,
milliseconds]`, and for each failure, `["error", name]`.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.tool import Tool, Who

IN_HAND = 20
STEP = 5
"""As the deck does it: as many items are kept as last a minute at 3 s each, more asked for once five are used up."""
ATTEMPTS = 6
FIRST_WAIT_S, GROWTH = 0.5, 1.5
"""The deck's patience, too: what failed is sent again, ever later."""
TIMEOUT_S = 20
CLOSING_S = 120
NUMBER = re.compile(r"\d+")
SAFE = ("saved", "duplicate")
RAN_DRY, GAVE_UP = "ran dry", "gave up"


class Others:
    """The people at work: what was acknowledged to them so far, how long that took, and what failed."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        """Ids of answers, in the order of their acknowledgement."""
        self.milliseconds: list[float] = []
        """From each answer's being sent for the first time to its acknowledgement."""
        self.errors: Counter[str] = Counter()
        """Requests without a 2xx reply by what they got instead; those given up, and people without items, besides."""

    def note(self, line: str) -> None:
        """Takes a line that their process has printed."""
        what, name, *milliseconds = json.loads(line)
        if what == "error":
            self.errors[name] += 1
        else:
            self.acknowledged.append(name)
            self.milliseconds += milliseconds


@contextmanager
def others_at_work(tool: Tool, people: int, think_s: float) -> Iterator[Others]:
    """So many other people at work in a tool."""
    with at_work(tool.base_url, tool.others(people), think_s) as others:
        yield others


@contextmanager
def at_work(base_url: str, people: Sequence[Who], think_s: float) -> Iterator[Others]:
    """These people at work; at the end of the block each waits for the reply to what is under way, and leaves."""
    others = Others()
    command = [sys.executable, "-m", "benchmarks.others", base_url, str(think_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if not (process.stdin and process.stdout):
            raise RuntimeError("the process was started without pipes")
        print(json.dumps(people), file=process.stdin, flush=True)
        process.stdout.readline()
        listening = threading.Thread(target=_listen, args=(process, others))
        listening.start()
        try:
            yield others
        finally:
            process.stdin.close()
            listening.join(CLOSING_S)
            if listening.is_alive():
                process.kill()
    if process.returncode:
        raise RuntimeError(f"The sessions' process ended with exit code {process.returncode}.")


def _listen(process: subprocess.Popen[str], others: Others) -> None:
    for line in process.stdout or ():
        others.note(line)


class GaveUp(Exception):
    """A request that failed as often as it may."""


class Person:
    """Somebody who thinks for a while before each action, about `think_s` seconds."""

    def __init__(self, client: httpx.AsyncClient, who: Who, think_s: float, stopping: asyncio.Event) -> None:
        self.client, self.who, self.think_s, self.stopping = client, who, think_s, stopping
        self._random = random.Random(json.dumps(who))

    async def begin(self) -> None:
        """Signs in, where that is needed."""

    async def work(self) -> None:
        """Answers item after item until told to stop. GaveUp where one cannot be sent; it may be called again."""
        raise NotImplementedError

    async def go_on(self) -> None:
        """Works, whatever fails, until told to stop. Begins within a thought, so that not all come at once."""
        if self.think_s:
            await self._pause(self.think_s * self._random.random())
        while not self.stopping.is_set():
            try:
                return await self.work()
            except GaveUp:
                tell("error", GAVE_UP)

    async def thinks(self) -> bool:
        """Waits for as long as one thinks; False once it is time to stop."""
        if self.think_s:
            await self._pause(self.think_s * self._random.uniform(0.5, 1.5))
        return not self.stopping.is_set()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return

    async def asks(self, method: str, path: str, **options: object) -> httpx.Response:
        """A request, sent again as long as the server cannot be reached or is at fault. GaveUp in the end."""
        for attempt in range(ATTEMPTS):
            try:
                reply = await self.client.request(method, path, **options)  # type: ignore[arg-type]
            except httpx.TransportError as error:
                failure, is_final = type(error).__name__, False
            else:
                if reply.is_success:
                    return reply
                failure, is_final = f"{reply.status_code} {NUMBER.sub('N', path)}", reply.status_code < 500
            tell("error", failure)
            if is_final or self.stopping.is_set():
                break
            await asyncio.sleep(FIRST_WAIT_S * GROWTH**attempt)
        raise GaveUp(f"{method} {path}: {failure}")

    async def answers(self, client_id: str, path: str, **options: object) -> httpx.Response:
        """Sends an answer, and tells how long its acknowledgement took."""
        begun = time.perf_counter()
        reply = await self.asks("POST", path, **options)
        if self.is_acknowledged(reply):
            tell("answer", client_id, round((time.perf_counter() - begun) * 1000, 2))
        else:
            tell("error", "refused")
        return reply

    def is_acknowledged(self, reply: httpx.Response) -> bool:
        """Whether this reply says that the answer is stored."""
        return True


class HumePerson(Person):
    """Judges pairs, or grades search results with a draft sent after each grade, as the deck does."""

    async def begin(self) -> None:
        self.client.headers["Cookie"] = self.who["cookie"]
        self._subsets = list(self.who["subsets"])
        self._in_hand: list[dict[str, Any]] = []
        self._done: set[int] = set()
        await self._fill()

    async def work(self) -> None:
        while not self.stopping.is_set():
            if not self._in_hand:
                await self._fill()
            if not self._in_hand:
                return tell("error", RAN_DRY)
            item = self._in_hand.pop(0)
            payload = await self._decide(item)
            if payload is None:
                return None
            await self._answer(item, payload)
            if len(self._in_hand) <= IN_HAND - STEP:
                await self._fill()
        return None

    async def _fill(self) -> None:
        """Takes what is new of the items that are given; goes on to the next subset once there are none here."""
        while self._subsets:
            query = {"task": self.who["task"], "subset": self._subsets[0], "count": IN_HAND}
            given = (await self.asks("GET", "/deck/work", params=query)).json()["items"]
            here = self._done | {one["id"] for one in self._in_hand}
            self._in_hand += [one for one in given if one["id"] not in here]
            if self._in_hand:
                return
            self._subsets.pop(0)

    async def _decide(self, item: dict[str, Any]) -> dict[str, Any] | None:
        if not item["order"]:
            return {"score": self._random.randrange(6)} if await self.thinks() else None
        grades: dict[str, int] = {}
        for candidate in item["order"]:
            if not await self.thinks():
                return None
            grades[candidate] = self._random.randrange(2)
            draft = {"answer": {"grades": grades}, "comment": "", "milliseconds": 3_000 * len(grades)}
            if len(grades) < len(item["order"]):
                await self.asks("POST", "/deck/draft", json={"item": item["id"], "draft": draft})
        return {"grades": grades}

    async def _answer(self, item: dict[str, Any], payload: dict[str, Any]) -> None:
        self._done.add(item["id"])
        client_id = str(uuid4())
        answer = {
            "client_id": client_id,
            "item": item["id"],
            "status": "given",
            "payload": payload,
            "milliseconds": 3_000,
            "order_shown": item["order"],
        }
        await self.answers(client_id, "/deck/answers", json={"answers": [answer]})

    def is_acknowledged(self, reply: httpx.Response) -> bool:
        return all(one["state"] in SAFE for one in reply.json()["results"])


class PotatoPerson(Person):
    """Judges pairs with the requests that carry Potato's page: the answer, the step, the next page."""

    async def begin(self) -> None:
        self._number = 0
        await self.asks("POST", "/auth", data={"email": self.who["person"], "pass": ""})
        await self.asks("GET", "/annotate")

    async def work(self) -> None:
        while self._number < self.who["items"] and await self.thinks():
            here = f"{self._number:04}"
            self._number += 1
            score = str(self._random.randrange(6))
            answer = {"instance_id": here, "annotations": {f"similarity:{score}": score}, "span_annotations": []}
            await self.answers(f"{self.who['person']} {here}", "/updateinstance", json=answer)
            await self.asks("POST", "/annotate", json={"action": "next_instance", "instance_id": here})
            await self.asks("GET", "/annotate")
        if not self.stopping.is_set():
            tell("error", RAN_DRY)


class LabelStudioPerson(Person):
    """Judges pairs by Label Studio's API, a request an answer: the tasks are known beforehand, and nobody else's."""

    async def begin(self) -> None:
        self.client.headers["Authorization"] = self.who["authorization"]
        self._tasks = list(self.who["tasks"])

    async def work(self) -> None:
        while self._tasks and await self.thinks():
            client_id = str(uuid4())
            score = self._random.randrange(6)
            choice = {
                "id": client_id,
                "from_name": "similarity",
                "to_name": "pair",
                "type": "choices",
                "value": {"choices": [str(score)]},
            }
            answer = {"result": [choice], "lead_time": 3.0}
            await self.answers(client_id, f"/api/tasks/{self._tasks.pop(0)}/annotations/", json=answer)
        if not self.stopping.is_set():
            tell("error", RAN_DRY)


PEOPLE = {"hume": HumePerson, "potato": PotatoPerson, "label-studio": LabelStudioPerson}


def tell(*message: object) -> None:
    """Prints a line for whoever has started this process."""
    print(json.dumps(message), flush=True)


async def main(base_url: str, think_s: float) -> None:
    """Lets them work until the input ends."""
    stopping = asyncio.Event()
    people = [
        PEOPLE[who["tool"]](_client(base_url), who, think_s, stopping) for who in json.loads(sys.stdin.readline())
    ]
    for person in people:
        await person.begin()
    print("at work", flush=True)
    work = asyncio.gather(*(person.go_on() for person in people))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    stopping.set()
    await work
    for person in people:
        await person.client.aclose()


def _client(base_url: str) -> httpx.AsyncClient:
    # Without certificates: to load those takes a hundred people some seconds.
    return httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT_S, follow_redirects=True, verify=False)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
