"""Raters: people, models, simulations."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.rows import rater_record
from db.store.sql import upsert
from hume.errors import NotFound
from hume.records import Rater

IDENTITY = ("kind", "name", "revision", "protocol")


def ensure_rater(session: Session, rater: Rater) -> Rater:
    """The rater with its id; stored first where it is new. Its own `id` is not looked at."""
    identity = {name: getattr(rater, name) for name in IDENTITY}
    query = select(t.Rater).filter_by(**identity)
    row = session.scalars(query).first()
    if row is None:
        upsert(session, t.Rater, [identity], unique=IDENTITY)
        row = session.scalars(query).one()
    return rater_record(row)


def raters(session: Session) -> list[Rater]:
    """All raters, by kind, name, revision and protocol."""
    query = select(t.Rater).order_by(t.Rater.kind, t.Rater.name, t.Rater.revision, t.Rater.protocol)
    return [rater_record(row) for row in session.scalars(query)]


def lock_rater(session: Session, rater_id: int) -> None:
    """Make other transactions that write for this rater wait until this one ends; NotFound where there is none.

    SQLite's transactions queue anyway.
    """
    query = select(t.Rater.id).where(t.Rater.id == rater_id).with_for_update(key_share=True)
    if session.scalars(query).first() is None:
        raise NotFound(f"There is no rater {rater_id}. Sign in again.")
