"""A token that tells a cache whether figures must be computed anew."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.sql import digest


def state_token(session: Session) -> str:
    """A string that differs whenever a task, item, answer, score or published figure was added or changed.

    Answers and scores are only ever added, so their number tells; a highest id would not, since of two transactions
    the one with the lower ids may end last.
    """
    counts = select(
        select(func.count()).select_from(t.Answer).scalar_subquery(),
        select(func.count()).select_from(t.Score).scalar_subquery(),
        select(func.coalesce(func.sum(t.Task.changes), 0)).scalar_subquery(),
    )
    publications = session.execute(select(t.Publication.origin, t.Publication.digest).order_by(t.Publication.origin))
    return digest([list(session.execute(counts).one()), [list(row) for row in publications]])
