"""What people sent and were told, held against what is stored."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import Engine, select

from db import tables as t
from db.session import reading

NUMBERS = ("acknowledged", "stored", "lost", "doubled", "wrong")
COMPARED = ("status", "payload", "reason", "comment", "confidence", "milliseconds", "order_shown")


@dataclass
class Sent:
    """One submission: the message as it went over the wire, and what the server said of it."""

    rater_id: int
    message: dict[str, Any]
    acknowledged_at: float | None = None
    """`time.monotonic()` when the reply had come; None while there was none."""
    revision: int = 0
    refused: str = ""

    @property
    def client_id(self) -> str:
        return str(self.message["client_id"])

    @property
    def place(self) -> tuple[int, int]:
        """Rater and item."""
        return self.rater_id, int(self.message["item"])

    def told(self, result: dict[str, Any]) -> None:
        """Notes the server's word."""
        self.acknowledged_at = time.monotonic()
        self.revision = result["revision"]
        self.refused = result["error"] if result["state"] == "refused" else ""


@dataclass
class Round:
    """What one round came to; all but `recovered_s` must be as if nothing had failed."""

    acknowledged: int = 0
    stored: int = 0
    lost: int = 0
    """Acknowledged, and not stored."""
    doubled: int = 0
    """Rows beyond the first of a submission."""
    wrong: int = 0
    """Stored other than as sent, under another item, person or revision, never sent, or refused without cause."""
    recovered_s: float | None = None
    """Seconds from the fault's end to the next acknowledged answer; None where nothing stood still."""
    statuses: Counter[str] = field(default_factory=Counter)
    """Replies that were not 200, by status; `cut` for those that never came."""
    notes: str = ""

    @property
    def is_sound(self) -> bool:
        return not (self.lost or self.doubled or self.wrong or self.statuses["500"])


def settle(engine: Engine, sent: Sequence[Sent]) -> Round:
    """Compares everything that was sent with every row of the same people."""
    rows = stored_rows(engine, {one.rater_id for one in sent})
    return compared(sent, rows)


def stored_rows(engine: Engine, rater_ids: Iterable[int]) -> list[t.Answer]:
    """Every stored revision of these people's answers, in the order of revisions."""
    with reading(engine) as session:
        query = select(t.Answer).where(t.Answer.rater_id.in_(set(rater_ids)))
        return list(session.scalars(query.order_by(t.Answer.rater_id, t.Answer.item_id, t.Answer.revision)))


def compared(sent: Sequence[Sent], rows: Sequence[t.Answer], until: float | None = None) -> Round:
    """The count of one round; with `until`, of what was acknowledged before that moment (of a copy made then)."""
    by_id = {one.client_id: one for one in sent}
    safe = [one for one in sent if one.acknowledged_at and not one.refused]
    if until is not None:
        safe = [one for one in safe if (one.acknowledged_at or 0.0) <= until]
    there = {row.client_id for row in rows}
    marks = Counter(row.comment for row in rows)
    wrong = sum(not _is_as_sent(row, by_id.get(row.client_id)) for row in rows)
    wrong += sum(bool(one.refused) for one in sent)
    wrong += _out_of_order(sent, rows)
    return Round(
        acknowledged=len(safe),
        stored=len(rows),
        lost=sum(one.client_id not in there for one in safe),
        doubled=sum(marks.values()) - len(marks),
        wrong=wrong,
    )


def sum_of(rounds: Sequence[Round]) -> Round:
    """All that happened in several rounds, their replies and the median of their recoveries included."""
    times = [one.recovered_s for one in rounds if one.recovered_s is not None]
    return Round(
        **{name: sum(getattr(one, name) for one in rounds) for name in NUMBERS},
        recovered_s=median(times) if times else None,
        statuses=sum((one.statuses for one in rounds), Counter()),
        notes="".join(one.notes for one in rounds),
    )


def _is_as_sent(row: t.Answer, sent: Sent | None) -> bool:
    if sent is None or (row.rater_id, row.item_id) != sent.place:
        return False
    if sent.acknowledged_at and sent.revision != row.revision:
        return False
    return all(getattr(row, name) == sent.message[name] for name in COMPARED)


def _out_of_order(sent: Sequence[Sent], rows: Sequence[t.Answer]) -> int:
    """Items whose revisions do not lie in the order in which they were sent, one number after the other."""
    given: dict[tuple[int, int], list[str]] = {}
    for one in sent:
        given.setdefault(one.place, []).append(one.client_id)
    kept: dict[tuple[int, int], list[tuple[int, str]]] = {}
    for row in rows:
        kept.setdefault((row.rater_id, row.item_id), []).append((row.revision, row.client_id))
    wrong = 0
    for place, found in kept.items():
        order = [client_id for client_id in given.get(place, []) if client_id in {one for _, one in found}]
        wrong += found != list(enumerate(order, start=1))
    return wrong
