"""A real server that can be killed and started again at the same address, with the four small tasks on its database."""

from __future__ import annotations

from contextlib import ExitStack

import four_tasks
from serving import Server, free_port, running_server

from db.session import open_engine, reading
from db.store.answers import all_answers
from hume.records import Answer

EVERYBODY = 1_000
"""An overlap that keeps nobody from an item."""


class Host:
    """The server, what is stored behind it, and ways to end it."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self._engine = open_engine(database_url)
        self._port = free_port()
        self._running = ExitStack()
        four_tasks.store(database_url, overlap=EVERYBODY)
        self.start()

    def start(self) -> None:
        """Starts the server; it is up when this returns."""
        self.server: Server = self._running.enter_context(running_server(self.database_url, port=self._port))

    def kill(self) -> None:
        """kill -9: the server has no time to finish anything."""
        self.server.process.kill()
        self._running.close()

    def revive(self) -> None:
        """Starts the server again where a test has left it dead."""
        if self.server.process.poll() is not None:
            self.start()

    def close(self) -> None:
        self._running.close()
        self._engine.dispose()

    def answers(self, name: str) -> list[Answer]:
        """Every stored answer of an annotator, all revisions, in the order in which they were stored."""
        with reading(self._engine) as session:
            return [one.answer for one in all_answers(session, kinds=("human",)) if one.rater.name == name]

    def scores(self, name: str) -> list[tuple[str, int, float]]:
        """Item, revision and score of every stored answer of an annotator to the pairs, sorted."""
        return sorted((one.item, one.revision, one.payload["score"]) for one in self.answers(name))
