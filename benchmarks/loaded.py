"""The tools that are put under load: each running, with people to let in and a way to see what it has stored."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from benchmarks.campaign import found
from benchmarks.databases import database
from benchmarks.hume_server import serving
from benchmarks.label_studio_server import serving_label_studio
from benchmarks.others import Others
from benchmarks.pairs import pairs
from benchmarks.potato_server import serving_potato
from benchmarks.stored import Tally, tally_by_task
from benchmarks.tool import Who

FASTEST_HUME, FASTEST_PEER = 300, 60
"""Answers a second of all sessions together, on whatever machine, that there must be items for."""
POTATO_ITEMS = 2_000

Acknowledged = dict[str, list[str]]
"""Ids of answers, by condition."""


@dataclass
class Loaded:
    """A running tool."""

    name: str
    version: str
    base_url: str
    process: psutil.Process
    found: Callable[[str, int, int], list[Who]]
    """So many new people under a condition, with at least so many items for each."""
    count: Callable[[Acknowledged], dict[str, Tally]]
    """What is stored, by condition."""
    fastest: int
    database: psutil.Process | None = None
    """Where the database is a process of its own."""
    acknowledged: Acknowledged = field(default_factory=dict)
    errors: int = 0

    def people(self, condition: str, sessions: int, think_s: float, seconds: float) -> list[Who]:
        """New people with more items than they can answer meanwhile."""
        together = sessions / think_s if think_s else self.fastest
        lasting = seconds + 2 * think_s + 5
        return self.found(condition, sessions, 20 + math.ceil(1.3 * together * lasting / sessions))

    def note(self, condition: str, others: Others) -> None:
        """Keeps what was acknowledged under a condition."""
        self.acknowledged[condition] = others.acknowledged
        self.errors += others.errors.total()

    def tallies(self) -> dict[str, Tally]:
        """By condition, what was acknowledged and what is stored."""
        return self.count(self.acknowledged)


@contextmanager
def loaded_hume(database_name: str) -> Iterator[Loaded]:
    """`hume serve` on a new database. Unavailable where there is no such database here."""
    with database(database_name) as own, serving(own.url, str(own.home)) as server:
        yield Loaded(
            name=database_name,
            version="",
            base_url=server.base_url,
            process=psutil.Process(server.process.pid),
            found=lambda condition, people, items: found(own.url, condition, people, items),
            count=lambda acknowledged: tally_by_task(own.url, acknowledged),
            fastest=FASTEST_HUME,
            database=own.server,
        )


@contextmanager
def loaded_potato() -> Iterator[Loaded]:
    """Potato, where everybody judges all pairs."""
    with serving_potato(pairs(POTATO_ITEMS)) as potato:
        yield Loaded(
            name="potato",
            version=potato.version,
            base_url=potato.base_url,
            process=psutil.Process(potato.process.pid),
            found=lambda _condition, people, _items: potato.others(people),
            count=lambda acknowledged: _tallies(acknowledged, dict.fromkeys(potato.stored(), 1)),
            fastest=FASTEST_PEER,
        )


@contextmanager
def loaded_label_studio() -> Iterator[Loaded]:
    """Label Studio on SQLite."""
    with serving_label_studio() as studio:
        yield Loaded(
            name="label_studio",
            version=studio.version,
            base_url=studio.base_url,
            process=psutil.Process(studio.process.pid),
            found=lambda _condition, people, items: studio.people(people, items),
            count=lambda acknowledged: _tallies(acknowledged, studio.stored()),
            fastest=FASTEST_PEER,
        )


def _tallies(acknowledged: Acknowledged, stored: dict[str, int]) -> dict[str, Tally]:
    return {condition: _tally(ids, stored) for condition, ids in acknowledged.items()}


def _tally(ids: list[str], stored: dict[str, int]) -> Tally:
    """Of peers, the rows of acknowledged answers alone are counted: others cannot be told to be anybody's."""
    rows = [stored.get(one, 0) for one in ids]
    return Tally(
        acknowledged=len(ids),
        stored=sum(rows),
        doubled=sum(max(0, n - 1) for n in rows),
        lost=rows.count(0),
        amiss=0,
    )
