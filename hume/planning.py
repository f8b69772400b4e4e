"""Stage: how many items and people a figure needs, by simulation from the answers that there are.

What people answered so far stands for all items of the kind. Items are drawn from it with replacement, as many as are
planned; the consensus of so many people an item is scored on them by the task type's own `replicates`, as in every
figure; and the spread of the scores is the interval to come. Where nobody has answered, `hume.published_plan` goes by
published scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil, comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hume.baseline import DEFAULT, ENOUGH_RATERS, consensus_drawn, pooled, together
from hume.measures.bootstrap import Freedom, RaterPart
from hume.measures.precision import Z_INTERVAL, Z_POWER, first_size, half_width, power
from hume.parsed import ParsedSubset, Sheet
from hume.records import Rater
from hume.score import AnswerSet
from hume.tasks.base import Draws, FloatArray, ItemId
from hume.tasks.clustering import ENOUGH_SETS, Clustering

SIZES = (10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500)
"""Numbers of items that are simulated; what needs more is extrapolated."""
REPETITIONS = 1000
"""Simulated repetitions of each size, over all panels."""
MOST_PANELS = 5
"""So many choices of k people out of all of them share the repetitions."""
FEW_PANELS = 2
"""With five people or more, whose own variation is simulated too."""
MOST_ITEMS, MOST_SETS = 200, 20
"""Of more answered items (sets of texts) a random part is simulated from: enough to know the spread of items to 5%."""
FEWEST_ITEMS = 10
"""Fewer items with an answer say nothing of how items vary."""
POWER = 0.8
SEED = 42

BY_ROOT = "by the root of n, from the greatest number that was simulated"
ASSUMED_MODEL = "no model has answered: one is assumed that varies as much as people do, and errs on other items"


@dataclass(frozen=True)
class SizedDraws(Draws):
    """Resamples of `size` units instead of n; those of a smaller size are the first units of those of a greater."""

    size: int = SIZES[-1]

    def of(self, key: str, n: int) -> NDArray[np.int32]:
        return _widest(self.resamples, self.seed, n)[:, : self.size]


@lru_cache(maxsize=8)
def _widest(resamples: int, seed: int, n: int) -> NDArray[np.int32]:
    return np.random.default_rng([seed, n]).integers(0, n, size=(resamples, SIZES[-1]), dtype=np.int32)


class _EachAlone(Draws):
    """One resample an item, that item alone: a metric that is a mean over items has its values by item there."""

    def of(self, key: str, n: int) -> NDArray[np.int32]:
        return np.arange(n, dtype=np.int32)[:, None]


@dataclass(frozen=True)
class Simulated:
    """What the consensus of `n_raters` people an item, and its gap to a model, deviate by, for each number of items."""

    n_raters: int
    n_items: int
    """Items (of clustering: `Pilot.unit`) with that many answers: what the simulation draws from."""
    score: float
    """The mean over the repetitions with most items."""
    deviations: Mapping[int, FloatArray]
    gap_deviations: Mapping[int, FloatArray]
    items: Mapping[int, Freedom]
    raters: RaterPart | None
    people_differ: bool
    """Whether people differ among themselves by more than chance: more items do not shrink that part."""

    def freedom(self, deviations: Mapping[int, FloatArray], size: int) -> Freedom:
        """What the interval of a figure with these deviations is going to have with so many items."""
        return together(deviations[size], self.items[size], self.raters)


@dataclass(frozen=True)
class Pilot:
    """What a plan of one subset rests on."""

    subset: ParsedSubset
    kind: str
    unit: str
    """What is counted: `items`, or for clustering `texts` (all sets together), or `sets` from ten of them on."""
    by_raters: tuple[Simulated, ...]
    """By number of people an item, rising."""
    most_raters: int
    """As many people answered the same item at most; nothing is known of more."""
    model: Rater | None = None
    n_answered: int = 0
    """Items with an answer of this kind of rater."""
    reason: str = ""
    """Why there is no simulation, where `by_raters` is empty."""

    @property
    def gap_assumption(self) -> str:
        return "" if self.model else ASSUMED_MODEL


@dataclass(frozen=True)
class Point:
    """A planned number of items, and what it brings: half the interval's width, or power; None where undefined."""

    n_items: int
    value: float | None
    error: float | None
    """One standard error of Monte Carlo; None by formula."""


@dataclass(frozen=True)
class Curve:
    """What each number of items brings with so many people an item, and the smallest that reaches the target."""

    n_raters: int | None
    """None where published figures do not say."""
    points: tuple[Point, ...]
    target: float
    needed: int | None
    needed_low: int | None = None
    """From here to `needed_high` it lies by the Monte Carlo error (95%)."""
    needed_high: int | None = None
    is_extrapolated: bool = False
    reason: str = ""
    """Why `needed` is None, or how it was extrapolated."""


# -- the simulation ---------------------------------------------------------------------------------------


def pilot(subset: ParsedSubset, kind: str = "human", model: Rater | None = None) -> Pilot:
    """Simulates from all answers of one kind of rater; with `model`, its gap to their consensus too."""
    sheets = subset.of_kind(kind)
    answered = {item_id for sheet in sheets for item_id in sheet.answers}
    theirs = next((sheet.answers for sheet in subset.sheets if model and sheet.rater == model), None)
    used = _part(subset, sorted(answered if theirs is None else answered & theirs.keys()))
    most = max((sum(i in sheet.answers for sheet in sheets) for i in used), default=0)
    simulated = tuple(
        found for k in _numbers_of_raters(most) if (found := _simulate(subset, sheets, kind, used, theirs, k))
    )
    return Pilot(
        subset,
        kind,
        unit_of(subset),
        simulated,
        max((one.n_raters for one in simulated), default=0),
        model if theirs is not None else None,
        len(answered),
        "" if simulated else _why_not(subset, len(answered), len(used), model),
    )


def unit_of(subset: ParsedSubset) -> str:
    """What a plan counts: see `Pilot.unit`."""
    if not isinstance(subset.type, Clustering):
        return "items"
    return "sets" if len(subset.items) >= ENOUGH_SETS else "texts"


def _part(subset: ParsedSubset, keys: Sequence[ItemId]) -> list[ItemId]:
    most = MOST_SETS if isinstance(subset.type, Clustering) else MOST_ITEMS
    if len(keys) <= most:
        return list(keys)
    drawn = np.random.default_rng(SEED).choice(len(keys), most, replace=False)
    return [keys[place] for place in sorted(drawn)]


def _numbers_of_raters(most: int) -> list[int]:
    """Ever wider apart, and the greatest."""
    return [k for k in range(1, most + 1) if k == most or k in (1, 2, 3, 5, 10, 20)]


def _why_not(subset: ParsedSubset, n_answered: int, n_used: int, model: Rater | None) -> str:
    unit = unit_of(subset)
    if model and n_used < n_answered and n_used < FEWEST_ITEMS:
        return f"fewer than {FEWEST_ITEMS} {unit} that people and the model answered"
    return f"fewer than {FEWEST_ITEMS} {unit} with an answer, or answers that do not vary"


def _simulate(
    subset: ParsedSubset, sheets: Sequence[Sheet], kind: str, used: Sequence[ItemId], theirs: AnswerSet | None, k: int
) -> Simulated | None:
    """The deviations with k people an item; None for too few items, or scores that are undefined or do not vary."""
    enough = [i for i in subset.items if i in set(used) and sum(i in sheet.answers for sheet in sheets) >= k]
    n_units = _n_units(subset, enough)
    if n_units < FEWEST_ITEMS:
        return None
    most = min(FEW_PANELS if k >= ENOUGH_RATERS else MOST_PANELS, comb(len(sheets), k))
    chosen = list(_panels(sheets, enough, k, most))
    repetitions = REPETITIONS // len(chosen)
    panels = [_Panel.of(subset, kind, one, theirs, number, repetitions) for number, one in enumerate(chosen)]
    rows = [panel.scores() for panel in panels]
    deviations, gap_deviations = {}, {}
    for place, size in enumerate(SIZES):
        pairs = [(own[place], model[place]) for own, model in rows]
        score = float(np.mean([_centre(own) for own, _ in pairs]))
        deviations[size] = np.concatenate([own - _centre(own) for own, _ in pairs])
        gap_deviations[size] = np.concatenate([model - own - _centre(model - own) for own, model in pairs])
    people = max((panel.people for panel in panels if panel.people), key=lambda part: part.variance, default=None)
    groups = len(enough) if unit_of(subset) == "texts" else 1
    ratio = Freedom.of(n_units, groups).ratio
    items = {size: Freedom(max(size - groups, 1), ratio) for size in SIZES}
    stays = people is not None and people.variance > 0
    found = Simulated(k, n_units, score, deviations, gap_deviations, items, people, stays)
    return found if half_width(deviations[SIZES[-1]]) else None


def _centre(drawn: FloatArray) -> float:
    return float(np.nanmean(drawn)) if not np.isnan(drawn).all() else 0.0


def _n_units(subset: ParsedSubset, keys: Sequence[ItemId]) -> int:
    if unit_of(subset) != "texts":
        return len(keys)
    return sum(len(subset.type.texts(subset.items[i])) for i in keys)


def _panels(sheets: Sequence[Sheet], keys: Sequence[ItemId], k: int, n_panels: int) -> Iterator[list[Sheet]]:
    """k people for each item: the first k who answered it, in an order of people that is drawn for each panel.

    Where all answered all items these are k people; else each item has k of its own, as in annotation with overlap.
    """
    generator = np.random.default_rng([SEED, k])
    seen: set[frozenset[int]] = set()
    for _ in range(20 * n_panels):
        order = generator.permutation(len(sheets))
        chosen: list[dict[ItemId, Any]] = [{} for _ in sheets]
        for i in keys:
            for place in [place for place in order if i in sheets[place].answers][:k]:
                chosen[place][i] = sheets[place].answers[i]
        people = frozenset(order[:k].tolist())
        if people in seen:
            continue
        seen.add(people)
        yield [replace(sheet, answers=answers) for sheet, answers in zip(sheets, chosen, strict=True) if answers]
        if len(seen) == n_panels:
            return


@dataclass(frozen=True)
class _Panel:
    """The consensus of one panel on its items, the model's answers to them, and how the score varies with people."""

    subset: ParsedSubset
    consensus: AnswerSet
    theirs: AnswerSet | None
    people: RaterPart | None
    number: int
    repetitions: int
    n_units: int

    @classmethod
    def of(
        cls, subset: ParsedSubset, kind: str, panel: Sequence[Sheet], theirs: AnswerSet | None, number: int,
        repetitions: int,
    ) -> _Panel:  # fmt: skip
        keys = {i for sheet in panel for i in sheet.answers}
        items = {i: item for i, item in subset.items.items() if i in keys}
        part = replace(subset, items=items, sheets=tuple(panel), memo={})
        own = None if theirs is None else {i: theirs[i] for i in items}
        people = _people(part, kind, repetitions) if len(panel) >= ENOUGH_RATERS else None
        consensus = pooled(part, kind, DEFAULT)[0]
        return cls(part, consensus, own, people, number, repetitions, _n_units(subset, list(items)))

    def scores(self) -> tuple[FloatArray, FloatArray]:
        """Of the consensus and of a model: a row a size, a column a repetition."""
        own = self._drawn(self.consensus)
        if self.people is not None:
            metric = self.subset.type.metrics[0]
            own = np.clip(own + self.people.added, metric.low, metric.high)
        if self.theirs is None:
            return own, np.random.default_rng([SEED, self.number]).permutation(own, axis=1)
        return own, self._drawn(self.theirs)

    def _drawn(self, answers: AnswerSet) -> FloatArray:
        of, seed = self.subset, SEED + 1000 * self.number
        given = of.items, answers, of.settings
        if isinstance(of.type, Clustering):
            # V-measure of more texts than there are would need texts twice, which are always found together.
            drawn = of.type.replicates(*given, Draws(self.repetitions, seed))
            shrunk = np.sqrt(self.n_units / np.array(SIZES))[:, None]
            return np.asarray(drawn.mean() + (drawn - drawn.mean()) * shrunk)
        by_item = of.type.replicates(*given, _EachAlone())
        if not np.isnan(by_item).any():
            totals = np.cumsum(by_item[_widest(self.repetitions, seed, len(by_item))], axis=1)
            return np.array([totals[:, size - 1] / size for size in SIZES])
        return np.array([of.type.replicates(*given, SizedDraws(self.repetitions, seed, size)) for size in SIZES])


def _people(part: ParsedSubset, kind: str, repetitions: int) -> RaterPart | None:
    """What the score of a panel's consensus owes to who the people are, as in the baseline's interval."""
    (consensus,) = pooled(part, kind, DEFAULT)
    of_all = consensus_drawn(part, kind, consensus).raters
    return None if of_all is None else replace(of_all, added=of_all.added[:repetitions])


# -- what it says -----------------------------------------------------------------------------------------


def width_curve(of: Simulated, target: float) -> Curve:
    """Half the width of the 95% interval for each number of items, and how many bring it down to `target`."""
    return _curve(
        of,
        target,
        [half_width(of.deviations[size], of.freedom(of.deviations, size)) for size in SIZES],
        _extrapolated_width(of, target),
    )


def power_curve(of: Simulated, gap: float) -> Curve:
    """The power to tell a gap of that size from none, and how many items bring it up to 0.8; `target` is the gap."""
    found = [power(of.gap_deviations[size], gap, of.freedom(of.gap_deviations, size)) for size in SIZES]
    missed = [None if one is None else (max(1 - one[0], 0.5 / REPETITIONS), one[1]) for one in found]
    curve = _curve(of, 1 - POWER, missed, _extrapolated_power(of, gap))
    points = [Point(size, *(one or (None, None))) for size, one in zip(SIZES, found, strict=True)]
    return replace(curve, points=tuple(points), target=gap)


def _curve(
    of: Simulated, target: float, values: Sequence[tuple[float, float] | None], extrapolated: int | None
) -> Curve:
    points = tuple(Point(size, *(one or (None, None))) for size, one in zip(SIZES, values, strict=True))
    needed, low, high = (
        first_size(SIZES, [None if one is None else max(one[0] + side * one[1], 1e-9) for one in values], target)
        for side in (0, -Z_INTERVAL, Z_INTERVAL)
    )
    if needed is not None:
        return Curve(of.n_raters, points, target, needed, low, high)
    if extrapolated is not None:
        return Curve(of.n_raters, points, target, extrapolated, is_extrapolated=True, reason=BY_ROOT)
    return Curve(of.n_raters, points, target, None, reason=_unreached(of))


def _unreached(of: Simulated) -> str:
    if of.people_differ:
        return f"more than {SIZES[-1]:,}: people differ, which no number of items changes; ask more people"
    return "undefined: the simulated scores do not vary"


def _extrapolated_width(of: Simulated, target: float) -> int | None:
    return _by_root(of, half_width(of.deviations[SIZES[-1]]), target)


def _extrapolated_power(of: Simulated, gap: float) -> int | None:
    return _by_root(of, half_width(of.gap_deviations[SIZES[-1]]), abs(gap) * Z_INTERVAL / (Z_INTERVAL + Z_POWER))


def _by_root(of: Simulated, last: tuple[float, float] | None, target: float) -> int | None:
    """Two figures of the number of items at which the half width is the target, shrinking by the root of n."""
    if last is None or of.people_differ or target <= 0:
        return None
    needed = SIZES[-1] * (last[0] / target) ** 2
    step: int = 10 ** max(len(str(int(needed))) - 2, 0)
    return ceil(needed / step) * step
