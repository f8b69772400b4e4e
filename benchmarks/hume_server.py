"""HUME as `hume serve` starts it, on a SQLite of its own."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext

from benchmarks.pairs import SCALE, Pair
from benchmarks.tool import Who
from db.session import open_current, transaction
from db.store.tasks import save_document
from hume.records import Item, Subset, Task, TaskDocument
from hume.server.guard import COOKIE
from tests.serving import Server, running_server

SUBSET = Subset("eng", ("eng-Latn",))
PAIRS = "BenchmarkPairs"
SEARCHES = "BenchmarkSearches"
N_SEARCHES = 400
N_CANDIDATES = 10
EVERYBODY = 1_000
"""An overlap that never keeps anybody from an item."""


@dataclass
class HumeTool:
    """A running HUME. Of the others who work there, three in five judge pairs, two in five grade search results."""

    server: Server
    name: str = "HUME"
    version: str = field(default_factory=lambda: version("hume-bench"))
    selector: str = ".form"
    acknowledging: str = "/deck/answers"
    ready: str = "true"
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def base_url(self) -> str:
        return self.server.base_url

    def enter(self, context: BrowserContext, base_url: str, person: str) -> str:
        token = self.server.sign_in(person, languages=SUBSET.languages)
        context.add_cookies([{"name": COOKIE, "value": token, "url": base_url}])
        return f"{base_url}/answer?{urlencode({'task': PAIRS, 'subset': SUBSET.name})}"

    def others(self, count: int) -> list[Who]:
        return [self._other(number) for number in range(count)]

    def _other(self, number: int) -> Who:
        token = self.server.sign_in(f"other {next(self._numbers)}", languages=SUBSET.languages)
        task = PAIRS if number % 5 < 3 else SEARCHES
        return {"tool": "hume", "cookie": f"{COOKIE}={token}", "task": task, "subsets": [SUBSET.name]}


@contextmanager
def serving_hume(pairs: list[Pair]) -> Iterator[HumeTool]:
    """HUME with the pairs and some search results to answer."""
    with tempfile.TemporaryDirectory(prefix="hume-benchmark-") as home:
        url = f"sqlite:///{Path(home) / 'hume.db'}"
        _fill(url, pairs)
        with serving(url, home) as server:
            yield HumeTool(server)


@contextmanager
def serving(database_url: str, home: str, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`hume serve` on a database, one process."""
    serve = (sys.executable, "-c", "from hume.cli import main; main()", "serve")
    with running_server(database_url, command=serve, environment={**(environment or {}), "HUME_HOME": home}) as server:
        yield server


def _fill(database_url: str, pairs: list[Pair]) -> None:
    engine = open_current(database_url)
    with transaction(engine) as session:
        save_document(session, _pairs_document(pairs))
        save_document(session, _searches_document())
    engine.dispose()


def _pairs_document(pairs: list[Pair]) -> TaskDocument:
    items = tuple(
        Item(f"{pair.number:04}", {"sentence1": pair.sentence1, "sentence2": pair.sentence2}, 3, position=pair.number)
        for pair in pairs
    )
    settings = {"min": SCALE.start, "max": SCALE.stop - 1, "step": 1}
    task = Task(PAIRS, "sts", settings=settings, guidelines="Judge the *meaning*.", overlap=EVERYBODY)
    return TaskDocument(task, ((SUBSET, items),))


def _searches_document() -> TaskDocument:
    documents = [f"d{number}" for number in range(N_CANDIDATES)]
    gold = {document: int(place < 3) for place, document in enumerate(documents)}
    items = tuple(
        Item(
            f"{number:04}",
            {
                "query": f"made-up query {number}",
                "candidates": [{"id": one, "content": f"made-up text {one} of {number} " * 8} for one in documents],
            },
            gold,
            position=number,
        )
        for number in range(N_SEARCHES)
    )
    return TaskDocument(Task(SEARCHES, "reranking", overlap=EVERYBODY), ((SUBSET, items),))
