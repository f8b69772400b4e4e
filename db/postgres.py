"""How a connection to PostgreSQL is made, and how one that is gone is told before it is used."""

from __future__ import annotations

import selectors
import time
from typing import Any

from sqlalchemy import URL, Engine, event
from sqlalchemy.exc import InvalidatePoolError

CONNECT_S = 5
"""A host that does not answer is given up after so many seconds, instead of the system's two minutes."""
PING_AFTER_S = 60.0
"""A connection that was idle for longer is asked whether it is still there: a firewall may have dropped it silently."""
IDLE_IN_TRANSACTION = "15min"
"""A transaction whose program says nothing for so long is undone. The figures of a large set take minutes between two
queries; a program that has ended is noticed at once, and a machine that has gone by the keepalives."""
LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code for a lock that was waited for until the lock timeout."""
KEEPALIVES = {"idle": 30, "interval": 10, "count": 3}

_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)


def connect_arguments(url: URL, wait_s: float) -> dict[str, Any]:
    """What psycopg is told, but for what the URL says itself.

    `wait_s` is how long a statement waits for a lock. Both sides look after a peer that is silent: 30 seconds, then
    three times 10. Else a machine that is gone keeps its locks for two hours, and a server that is gone its clients.
    """
    settings = {
        "lock_timeout": f"{int(1000 * wait_s)}ms",
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
        **{f"tcp_keepalives_{name}": value for name, value in KEEPALIVES.items()},
    }
    arguments = {
        "application_name": "hume",
        "connect_timeout": CONNECT_S,
        "keepalives": 1,
        **{f"keepalives_{name}": value for name, value in KEEPALIVES.items()},
        "tcp_user_timeout": 1000 * (KEEPALIVES["idle"] + KEEPALIVES["interval"] * KEEPALIVES["count"]),
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    return {name: value for name, value in arguments.items() if name not in url.query}


def look_before_use(engine: Engine) -> None:
    """Has a connection of the pool replaced, with all that are as old, where the server has hung up on it.

    That shows on this side of the network, and a look takes microseconds: asking the server before every use, as
    `pool_pre_ping` does, is a round trip. It is asked after `PING_AFTER_S` without a use.
    """

    @event.listens_for(engine, "checkin")
    def note(_connection: object, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, _proxy: object) -> None:
        idle_since = record.info.get("idle_since")
        if idle_since is None:
            return
        is_long = time.monotonic() - idle_since > PING_AFTER_S
        if has_hung_up(connection) or (is_long and not _answers(engine, connection)):
            raise InvalidatePoolError()


def has_hung_up(connection: Any) -> bool:
    """Whether the server has said something that nobody asked for: as long as nothing is asked, that is goodbye."""
    with _Selector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        return bool(selector.select(0))


def _answers(engine: Engine, connection: Any) -> bool:
    try:
        return bool(engine.dialect.do_ping(connection))
    except engine.dialect.loaded_dbapi.Error:
        return False
