"""The embeddings of texts that a model has read before, on disk.

One SQLite file in WAL mode, by the standard library. It is measured against what else there is:

- diskcache has the bound, but a row in and a row out at a time: 100,000 texts take seconds where one query for a
  thousand of them takes half of one for all; and vectors above 32 kB become a file each.
- lmdb is as fast, but needs a size to be set beforehand, holds one writer back for good where another is killed inside
  a transaction on some systems, and would be one more dependency with compiled code.
- Files of our own (vectors appended, an index beside them) would need locks, recovery and compaction written by us.

SQLite has parallel writers that queue, a log that outlives `kill -9`, and a checked format. Vectors are appended and
found through an index of their keys, so that a write touches few pages however large the file is: 100,000 vectors of
384 numbers are written in 0.7 s of CPU and read in 0.5 s.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hume.raters.backends import ModelCard

FILE = "embeddings-1.sqlite"
"""The number is that of the layout below: another HUME's file is left alone."""
UNKNOWN = "unknown"
"""The revision of a model that may change under its name: its embeddings are never kept."""
DAY = 86_400
WAIT_S = 60
"""How long a writer waits for another."""
TOGETHER = 2_000
"""Keys asked for at once."""
ROOM = 0.9
"""What is left of the limit where it is passed, so that it is not passed again at once."""

_LAYOUT = (
    "PRAGMA page_size = 16384",
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "CREATE TABLE IF NOT EXISTS batch (id INTEGER PRIMARY KEY, used INTEGER NOT NULL, bytes INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS vector (key BLOB NOT NULL UNIQUE, batch INTEGER NOT NULL, vector BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS vector_batch ON vector (batch)",
)
"""What was put in together is a batch: it is used, and it goes, as one: a look at a vector writes next to nothing."""
_SIZES = ("page_count", "freelist_count", "page_size")

log = logging.getLogger("hume.cache")


class EmbeddingCache:
    """Vectors by model, revision, settings, prompt and text; the same bits come out that went in.

    `folder` is made where it is not there; it must lie on a disk of this machine, since SQLite's log does not work over
    a network. `limit_gb`: where the file grows past it, what was not used for longest goes. Threads may share it one at
    a time; processes may use one folder at once. It is never in the way: a damaged file is set aside, and a cache that
    cannot be read or written (no room, no right) is left, each with a warning.
    """

    def __init__(self, folder: Path, limit_gb: float = 10.0) -> None:
        self._file = folder / FILE
        self._limit = limit_gb * 1e9
        self._connection: sqlite3.Connection | None = None
        with self._forgiving():
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = _opened(self._file)

    def get(self, card: ModelCard, prompt: str, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of those texts that are there."""
        found: dict[str, NDArray[np.float32]] = {}
        if self._connection is None or card.revision == UNKNOWN:
            return found
        with self._forgiving():
            text_of = dict(zip(_keys(card, prompt, texts), texts, strict=True))
            batches: set[int] = set()
            keys = list(text_of)
            for start in range(0, len(keys), TOGETHER):
                some = keys[start : start + TOGETHER]
                query = f"SELECT key, batch, vector FROM vector WHERE key IN ({','.join('?' * len(some))})"  # noqa: S608
                for key, batch, vector in self._connection.execute(query, some):
                    found[text_of[key]] = np.frombuffer(vector, dtype="<f4")
                    batches.add(batch)
            _note_use(self._connection, batches)
        return found

    def put(self, card: ModelCard, prompt: str, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep the vectors, shape (texts, dimensions): all or, where it is interrupted, none."""
        if self._connection is None or card.revision == UNKNOWN or not len(texts):
            return
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        kept = zip(_keys(card, prompt, texts), (row.tobytes() for row in rows), strict=True)
        with self._forgiving():
            with _writing(self._connection) as connection:
                row = "INSERT INTO batch (used, bytes) VALUES (?, ?)"
                batch = connection.execute(row, (_today(), rows.nbytes)).lastrowid
                connection.executemany(
                    "INSERT OR IGNORE INTO vector VALUES (?, ?, ?)", ((key, batch, vector) for key, vector in kept)
                )
            if _size(self._connection) > self._limit:
                _shrink(self._connection, ROOM * self._limit)

    @property
    def size(self) -> int:
        """Bytes that the vectors take on the disk; 0 once the cache is closed."""
        return 0 if self._connection is None else _size(self._connection)

    def close(self) -> None:
        """Let go of the file. The cache gives and takes nothing any more."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        """Whatever goes wrong with the file is told, and the run goes on without what it would have given."""
        try:
            yield
        except (OSError, sqlite3.OperationalError) as fault:
            self._leave(fault)
        except sqlite3.DatabaseError as fault:
            self._set_aside(fault)

    def _leave(self, fault: Exception) -> None:
        log.warning("The embedding cache %s is left: %s. Embeddings are computed again.", self._file, fault)
        self.close()

    def _set_aside(self, fault: Exception) -> None:
        aside = self._file.with_suffix(f".damaged-{time.time_ns()}")
        log.warning("The embedding cache %s is damaged (%s). It is set aside as %s.", self._file, fault, aside.name)
        self.close()
        try:
            for suffix in ("-wal", "-shm"):
                self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
            self._file.rename(aside)
            self._connection = _opened(self._file)
        except (OSError, sqlite3.Error) as again:
            self._leave(again)


def _opened(file: Path) -> sqlite3.Connection:
    """The file with its tables. Of several that make it at once, SQLite turns all but one away without a wait."""
    until = time.monotonic() + WAIT_S
    while True:
        connection = sqlite3.connect(file, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
        try:
            for statement in _LAYOUT:
                connection.execute(statement).fetchall()
            return connection
        except sqlite3.Error as fault:
            connection.close()
            if not getattr(fault, "sqlite_errorname", "").startswith("SQLITE_BUSY") or time.monotonic() > until:
                raise
            time.sleep(0.05)


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction that is taken back where anything goes wrong in it, an interruption too."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        yield connection


def _size(connection: sqlite3.Connection) -> int:
    pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _SIZES)
    return int((pages - free) * size)


def _shrink(connection: sqlite3.Connection, size: float) -> None:
    """Let go of the batches that were not used for longest, and give their room back to the disk."""
    with _writing(connection):
        too_many = _size(connection) - size
        gone = []
        for batch, of_batch in connection.execute("SELECT id, bytes FROM batch ORDER BY used, id"):
            if too_many <= 0:
                break
            gone.append((batch,))
            too_many -= of_batch
        connection.executemany("DELETE FROM vector WHERE batch = ?", gone)
        connection.executemany("DELETE FROM batch WHERE id = ?", gone)
    connection.execute("PRAGMA incremental_vacuum").fetchall()
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _note_use(connection: sqlite3.Connection, batches: set[int]) -> None:
    """The day on which batches were last used, once a day: readers of one day do not wait for writers."""
    today = _today()
    older = {batch for (batch,) in connection.execute("SELECT id FROM batch WHERE used < ?", (today,))} & batches
    if older:
        with _writing(connection):
            connection.executemany("UPDATE batch SET used = ? WHERE id = ?", ((today, batch) for batch in older))


def _keys(card: ModelCard, prompt: str, texts: Sequence[str]) -> list[bytes]:
    """16 bytes a text: of a billion texts two would share one with a chance of one in 10^21."""
    model = json.dumps([card.name, card.revision, _plain(card.settings), prompt], sort_keys=True)
    of_model = hashlib.blake2b(model.encode(), digest_size=16)
    keys = []
    for text in texts:
        digest = of_model.copy()
        digest.update(text.encode("utf-8", "surrogatepass"))
        keys.append(digest.digest())
    return keys


def _plain(settings: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in settings.items() if value is not None}


def _today() -> int:
    return int(time.time()) // DAY
