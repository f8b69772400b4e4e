"""Other people at work, over HTTP, in a process of their own: `python -m benchmarks.load URL SECONDS`.

Reads the people as JSON from its first line of input, prints a line once all are in, and lets each do something
(give an answer, or one more grade of an unfinished one) every SECONDS on average, until its input ends. Then it prints
as JSON the `client_id`s of the answers that were acknowledged.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx

from benchmarks.tool import Tool

IN_HAND = 10
LOW = 5
"""As the deck does it: ten items are asked for, and more once there are five."""
ATTEMPTS = 3
"""An idle connection that the server closes just as the next request is sent loses that request."""
SAFE = ("saved", "duplicate")


class Others:
    """The people at work beside the one measured; once they have left, the answers that were acknowledged to them."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []


@contextmanager
def others_at_work(tool: Tool, people: int, think_s: float) -> Iterator[Others]:
    """So many other people at work in a tool."""
    others = Others()
    command = [sys.executable, "-m", "benchmarks.load", tool.base_url, str(think_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if not (process.stdin and process.stdout):
            raise RuntimeError("the process was started without pipes")
        print(json.dumps(tool.others(people)), file=process.stdin, flush=True)
        process.stdout.readline()
        try:
            yield others
        finally:
            process.stdin.close()
            others.acknowledged += json.loads(process.stdout.readline() or "[]")
    if process.returncode:
        raise RuntimeError(f"The other sessions ended with exit code {process.returncode}.")


class Person:
    """Somebody who thinks for a while before each action, about `think_s` seconds."""

    def __init__(self, client: httpx.AsyncClient, who: dict[str, str], think_s: float, stopping: asyncio.Event) -> None:
        self.client, self.who, self.think_s, self.stopping = client, who, think_s, stopping
        self.acknowledged: list[str] = []
        self._random = random.Random(json.dumps(who))

    async def begin(self) -> None:
        """Signs in, where that is needed."""

    async def work(self) -> None:
        """Answers item after item until told to stop."""
        raise NotImplementedError

    async def thinks(self) -> bool:
        """Waits for as long as one thinks; False once it is time to stop."""
        try:
            await asyncio.wait_for(self.stopping.wait(), self.think_s * self._random.uniform(0.5, 1.5))
        except TimeoutError:
            return True
        return False

    async def asks(self, method: str, path: str, **options: object) -> httpx.Response:
        """A request that must succeed, sent again where the connection was lost, as browsers do."""
        reply = await self._tries(ATTEMPTS, method, path, **options)
        reply.raise_for_status()
        return reply

    async def _tries(self, attempts: int, method: str, path: str, **options: object) -> httpx.Response:
        try:
            return await self.client.request(method, path, **options)  # type: ignore[arg-type]
        except httpx.TransportError:
            if attempts == 1:
                raise
        return await self._tries(attempts - 1, method, path, **options)


class HumePerson(Person):
    """Judges pairs, or grades search results with a draft sent after each grade, as the deck does."""

    async def begin(self) -> None:
        self.client.headers["Cookie"] = self.who["cookie"]
        self._in_hand = await self._ask()
        self._done: set[int] = set()

    async def work(self) -> None:
        while self._in_hand:
            item = self._in_hand.pop(0)
            payload = await self._decide(item)
            if payload is None:
                return
            await self._answer(item, payload)
            if len(self._in_hand) <= LOW:
                here = self._done | {one["id"] for one in self._in_hand}
                self._in_hand += [one for one in await self._ask() if one["id"] not in here]

    async def _ask(self) -> list[dict]:
        query = {"task": self.who["task"], "subset": self.who["subset"], "count": IN_HAND}
        return (await self.asks("GET", "/deck/work", params=query)).json()["items"]

    async def _decide(self, item: dict) -> dict | None:
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

    async def _answer(self, item: dict, payload: dict) -> None:
        answer = {
            "client_id": str(uuid4()),
            "item": item["id"],
            "status": "given",
            "payload": payload,
            "milliseconds": 3_000,
            "order_shown": item["order"],
        }
        reply = await self.asks("POST", "/deck/answers", json={"answers": [answer]})
        self.acknowledged += [one["client_id"] for one in reply.json()["results"] if one["state"] in SAFE]
        self._done.add(item["id"])


class PotatoPerson(Person):
    """Judges pairs with the requests that carry Potato's page: the answer, the step, the next page."""

    async def begin(self) -> None:
        await self.asks("POST", "/auth", data={"email": self.who["person"], "pass": ""})
        await self.asks("GET", "/annotate")

    async def work(self) -> None:
        number = 0
        while await self.thinks():
            here = f"{number:04}"
            score = str(self._random.randrange(6))
            answer = {"instance_id": here, "annotations": {f"similarity:{score}": score}, "span_annotations": []}
            await self.asks("POST", "/updateinstance", json=answer)
            await self.asks("POST", "/annotate", json={"action": "next_instance", "instance_id": here})
            await self.asks("GET", "/annotate")
            number += 1


PEOPLE = {"hume": HumePerson, "potato": PotatoPerson}


async def main(base_url: str, think_s: float) -> None:
    """Lets them work until the input ends."""
    stopping = asyncio.Event()
    people = [
        PEOPLE[who["tool"]](
            httpx.AsyncClient(base_url=base_url, timeout=60, follow_redirects=True), who, think_s, stopping
        )
        for who in json.loads(sys.stdin.readline())
    ]
    for person in people:
        await person.begin()
    print("at work", flush=True)
    work = asyncio.gather(*(person.work() for person in people))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    stopping.set()
    await work
    for person in people:
        await person.client.aclose()
    print(json.dumps([client_id for person in people for client_id in person.acknowledged]))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
