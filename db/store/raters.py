"""Raters: people, models, simulations."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.conditions import RATER
from db.store.rows import rater_record
from db.store.sql import fetch, upsert
from hume.errors import NotFound
from hume.records import Kind, Rater

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


def lock_rater(session: Session, rater_id: int) -> Kind:
    """Make other transactions that write for this rater wait until this one ends; NotFound where there is none.

    SQLite's transactions queue anyway. Returns what kind of rater it is.
    """
    kind: Kind | None = fetch(session, _locking_rater(), rater_id=rater_id).scalars().first()
    if kind is None:
        raise NotFound(f"There is no rater {rater_id}. Sign in again.")
    return kind


@cache
def _locking_rater() -> Executable:
    return select(t.Rater.kind).where(t.Rater.id == RATER).with_for_update(key_share=True)
