"""A HUME that may die: its database with four tasks, its server at one address, and the people who are signed in."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count

from benchmarks.faults.ledger import Round, settle
from benchmarks.faults.people import Account, Crowd
from db.session import open_current, open_engine, transaction, upgrade
from db.store.accounts import create_invitation, redeem
from db.store.tasks import save_document
from hume.records import Item, Subset, Task, TaskDocument
from tests.four_tasks import KINDS, name
from tests.serving import Server, free_port, running_server

N_ITEMS = 150
EVERYBODY = 100_000
"""An overlap that keeps nobody from an item."""
SUBSET = Subset("eng", ("eng-Latn",))
PEOPLE = 8
APP = (sys.executable, "-m", "uvicorn", "app:app", "--timeout-graceful-shutdown", "1", "--log-level", "warning")
_names = count()


class Place:
    """The server and what is behind it."""

    def __init__(
        self,
        database_url: str,
        *,
        seen_by_server: str = "",
        environment: Mapping[str, str] | None = None,
        command: tuple[str, ...] = APP,
        people: int = PEOPLE,
    ) -> None:
        """`seen_by_server`: the database's URL as the server has it, where a proxy lies between."""
        self.database_url, self.seen_by_server = database_url, seen_by_server or database_url
        self.environment, self.command, self.people = dict(environment or {}), command, people
        self.port = free_port()
        self.engine = open_engine(database_url)
        self._running = ExitStack()
        fill(database_url)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts the server; it is up when this returns."""
        self.server: Server = self._running.enter_context(
            running_server(self.seen_by_server, command=self.command, environment=self.environment, port=self.port)
        )

    def kill(self) -> None:
        """kill -9: the server has no time to finish anything."""
        self.server.process.kill()
        self._running.close()

    def close(self) -> None:
        self._running.close()
        self.engine.dispose()

    def crowd(self, seed: int, base_url: str = "") -> Crowd:
        """New people at work, each in a browser of their own; `base_url` where they come through a proxy."""
        return Crowd(base_url or self.base_url, sign_in(self.database_url, self.people), seed)

    def settled(self, crowd: Crowd, recovered_s: float | None = None) -> Round:
        """Sends everybody home, and counts."""
        crowd.leave()
        found = settle(self.engine, crowd.sent)
        found.recovered_s, found.statuses = recovered_s, crowd.statuses
        return found

    def use(self, database_url: str) -> None:
        """From now on the database is looked at there."""
        self.engine.dispose()
        self.database_url, self.engine = database_url, open_engine(database_url)


@contextmanager
def place(database_url: str, **options: object) -> Iterator[Place]:
    """A place whose server is up; all of it is stopped at the end."""
    made = Place(database_url, **options)  # type: ignore[arg-type]
    try:
        made.start()
        yield made
    finally:
        made.close()


def fill(database_url: str) -> None:
    """The schema, and the four tasks with items enough for everybody."""
    engine = open_engine(database_url)
    upgrade(engine)
    engine.dispose()
    engine = open_current(database_url)
    with transaction(engine) as session:
        for task_type in KINDS:
            save_document(session, _document(task_type))
    engine.dispose()


def sign_in(database_url: str, people: int) -> list[Account]:
    """So many new accounts, each with an open session; they answer the four tasks in turn."""
    engine = open_engine(database_url)
    tasks, made = list(KINDS), []
    try:
        with transaction(engine) as session:
            for number in range(people):
                invitation = create_invitation(session, f"person {next(_names)}", "annotator", SUBSET.languages)
                account, token = redeem(session, invitation)
                made.append(Account(account.rater_id, token, name(tasks[number % len(tasks)])))
    finally:
        engine.dispose()
    return made


def _document(task_type: str) -> TaskDocument:
    settings, make = KINDS[task_type]
    items = []
    for number in range(N_ITEMS):
        content, gold = make(SUBSET.name, number, 0)
        items.append(Item(f"test{number}", content, gold, "test", number))
    return TaskDocument(
        Task(name(task_type), task_type, settings=settings, overlap=EVERYBODY), ((SUBSET, tuple(items)),)
    )
