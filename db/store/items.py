"""The items of a subset through its imports: versions, retirement, return."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.store.rows import ITEM_COLUMNS, item_record
from db.store.sql import digest
from hume.records import Item, Purpose


@dataclass(frozen=True)
class Imported:
    """What an import did: items that are new or back, that have another version now, that stayed, that went."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0

    def __add__(self, other: Imported) -> Imported:
        return Imported(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.retired + other.retired,
        )


class _Version(NamedTuple):
    id: int
    version: int
    content_hash: str
    position: int
    retired: bool
    purpose: Purpose
    set_apart: bool


@dataclass
class _Plan:
    """What is to be written, so that it is written in an order that keeps one current version a key."""

    retired: list[int] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    new: list[dict[str, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.retired or self.moved or self.new)


def replace_items(session: Session, subset_id: int, items: Iterable[Item]) -> tuple[Imported, bool]:
    """Make `items` the current ones of a subset; the counts, and whether anything was written at all.

    The keys of `items` must be unique within a split. Their versions and ids are not looked at. A purpose that an
    administrator chose stays. Copies for asking twice are left alone: see `db.store.purposes`.
    """
    stored = _versions(session, subset_id)
    plan, total = _Plan(), Imported()
    for item in items:
        total += _place(plan, subset_id, item, stored.pop((item.split, item.key), []))
    gone = [version.id for versions in stored.values() for version in versions if not version.retired]
    plan.retired += gone
    _carry_out(session, plan)
    return total + Imported(retired=len(gone)), bool(plan)


def every_version(session: Session, subset_id: int) -> list[Item]:
    """Every version of the subset's items, retired ones too: what an answer from elsewhere may be to."""
    query = select(*ITEM_COLUMNS).where(t.Item.subset_id == subset_id)
    return [item_record(row) for row in session.execute(query)]


def _versions(session: Session, subset_id: int) -> dict[tuple[str, str], list[_Version]]:
    place = (t.Item.position, t.Item.retired, t.Item.purpose, t.Item.set_apart)
    query = select(t.Item.split, t.Item.key, t.Item.id, t.Item.version, t.Item.content_hash, *place)
    query = query.where(t.Item.subset_id == subset_id, t.Item.repeats_id.is_(None)).order_by(t.Item.version)
    stored: dict[tuple[str, str], list[_Version]] = defaultdict(list)
    for row in session.execute(query):
        stored[row.split, row.key].append(_Version(*row[2:]))
    return stored


def _place(plan: _Plan, subset_id: int, item: Item, versions: Sequence[_Version]) -> Imported:
    """Put one item into the plan, next to the versions of it that are stored."""
    content_hash = digest([item.content, item.gold])
    current = next((version for version in versions if not version.retired), None)
    same = next((version for version in reversed(versions) if version.content_hash == content_hash), None)
    purpose, set_apart = _purpose(item, current or (versions[-1] if versions else None))
    values = {"position": item.position, "retired": False, "purpose": purpose, "set_apart": set_apart}
    if current and current is same:
        if any(getattr(current, name) != value for name, value in values.items()):
            plan.moved.append({"id": current.id, **values})
        return Imported(unchanged=1)
    if current:
        plan.retired.append(current.id)
    if same:
        plan.moved.append({"id": same.id, **values})
    else:
        version = max((version.version for version in versions), default=0) + 1
        plan.new.append({**_new_row(subset_id, item, version, content_hash), **values})
    return Imported(changed=1) if current else Imported(added=1)


def _purpose(item: Item, before: _Version | None) -> tuple[Purpose, bool]:
    """What the item is asked for, and whether that was an administrator's choice, which its new versions inherit."""
    chosen = before is not None and before.set_apart
    return (before.purpose if before and chosen else item.purpose), chosen


def _new_row(subset_id: int, item: Item, version: int, content_hash: str) -> dict[str, Any]:
    return {
        "subset_id": subset_id,
        "split": item.split,
        "key": item.key,
        "version": version,
        "content": dict(item.content),
        "gold": item.gold,
        "content_hash": content_hash,
    }


def _carry_out(session: Session, plan: _Plan) -> None:
    retired = [{"id": item_id, "retired": True} for item_id in plan.retired]
    for changes in (retired, plan.moved):
        if changes:
            session.execute(update(t.Item), changes)
    if plan.new:
        session.execute(insert(t.Item), plan.new)
