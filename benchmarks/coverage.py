"""How often the 95% intervals hold the truth at 50 items: `python -m benchmarks.coverage`.

Answers are made up by processes (benchmarks/worlds.py) whose truth is known: from a great many items, and panels of
raters, of the same process, or by formula. Repetition after repetition 50 items are drawn anew and the very stages that
figures are made by are asked for their intervals. The last line printed is one JSON object: the coverage of each
figure. docs/benchmarks.md has what was measured.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.worlds import NAMES, WORLDS, World, labels
from hume.agreement import agreement
from hume.baseline import baselines
from hume.gap import gaps
from hume.measures.partitions import v_measure
from hume.parsed import ParsedSubset
from hume.records import ScoreRow
from hume.score import freedom, interval, replicates, scores
from hume.tasks import task_type
from hume.tasks.clustering import Answer as Grouped
from hume.tasks.clustering import Item as TextSet
from hume.tasks.clustering import Settings as Groups

N_ITEMS, N_TEXTS, MANY_SETS = 50, 30, 20_000
ROUNDING = 1e-9
"""A proportion of 50 items and the truth may be the same number but for the last bits, and are the same then."""
NOT_OF_ITS_OWN = ("best", "dawid-skene", "hume-v1")
"""Aggregations without a coverage: the best rater's truth depends on who is picked; the others are resampled alike."""

Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Case:
    """A process: the truth of its figures, and the intervals that a sample of 50 items of it gets."""

    title: str
    truth: Callable[[np.random.Generator], Mapping[str, float]]
    sample: Callable[[np.random.Generator], Mapping[str, Interval]]


@dataclass(frozen=True)
class Coverage:
    """How many intervals of a figure hold its truth, lie below it, lie above it; and how many samples have none."""

    figure: str
    truth: float
    held: int
    below: int
    above: int
    none: int
    width: float

    @property
    def share(self) -> float:
        """Of the samples that have an interval."""
        return self.held / max(self.held + self.below + self.above, 1)


def intervals(subset: ParsedSubset, with_agreement: bool) -> dict[str, Interval]:
    """The interval of every figure, by the figure's name in `benchmarks.worlds.values`."""
    found: dict[str, Interval] = {"one rater": _ends(scores(subset)[0])}
    for base in baselines(subset):
        if base.aggregation not in NOT_OF_ITS_OWN:
            found[base.aggregation] = base.ci_low, base.ci_high
    for gap in gaps(subset):
        if gap.aggregation not in NOT_OF_ITS_OWN:
            found[f"gap to {gap.aggregation}"] = gap.ci_low, gap.ci_high
            found[f"standardised gap to {gap.aggregation}"] = gap.standardised_low, gap.standardised_high
    if with_agreement:
        found |= {row.coefficient: (row.ci_low, row.ci_high) for row in agreement(subset).rows}
    return found


def _ends(row: ScoreRow) -> Interval:
    return row.ci_low, row.ci_high


def _of_world(world: World) -> Case:
    """One rater's score and coefficients of agreement are of the raters who are there: only where all are alike."""
    alike = world.differ == 0

    def sample(rng: np.random.Generator) -> Mapping[str, Interval]:
        found = intervals(world.draw(rng, N_ITEMS), alike)
        return found if alike else {name: ends for name, ends in found.items() if name != "one rater"}

    return Case(world.title, world.truth, sample)


def _accuracy(rng: np.random.Generator) -> Mapping[str, Interval]:
    """Of raters right in 0.6 to 0.9: a proportion's coverage swings with the truth, so it is averaged over many.

    The interval is that of the rater's error, accuracy less the truth, which is then 0.
    """
    right = rng.uniform(0.6, 0.9)
    world = World("accuracy", "classification", labels, 1, 0.0, 0, 0)
    subset = world.draw(rng, N_ITEMS)
    gold = {item_id: item.gold for item_id, item in subset.items.items()}
    kind = type(subset.sheets[0].answers["0"])
    said = {
        i: kind(label=name if rng.random() < right else NAMES[(NAMES.index(name) + 1) % len(NAMES)])
        for i, name in gold.items()
    }
    low, high = interval(replicates(subset, said), freedom(subset, said))
    return {"accuracy": (None, None) if low is None or high is None else (low - right, high - right)}


def _sets(rng: np.random.Generator) -> Mapping[str, Interval]:
    items, answers = {}, {}
    for number in range(N_ITEMS):
        gold, found = ([str(code) for code in side] for side in _partition(rng))
        ids = [f"t{text}" for text in range(N_TEXTS)]
        texts = tuple({"id": one, "content": {"text": "a text"}} for one in ids)
        items[str(number)] = TextSet(texts=texts, gold=dict(zip(ids, gold, strict=True)))
        answers[str(number)] = Grouped(groups=dict(zip(ids, found, strict=True)))
    drawn = WORLDS["partitions"].draw(rng, 2)
    subset = ParsedSubset(drawn.record, task_type("clustering"), Groups(), items, ())
    return {"V-measure": interval(replicates(subset, answers), freedom(subset, answers))}


def _partition(rng: np.random.Generator) -> tuple[list[int], list[int]]:
    gold = rng.integers(0, len(NAMES), N_TEXTS)
    found = np.where(rng.random(N_TEXTS) < 0.8, gold, rng.integers(0, len(NAMES), N_TEXTS))
    return gold.tolist(), found.tolist()


def _sets_truth(rng: np.random.Generator) -> Mapping[str, float]:
    return {"V-measure": float(np.mean([v_measure(*_partition(rng)) for _ in range(MANY_SETS)]))}


CASES: Mapping[str, Case] = {
    "accuracy": Case("accuracy from 0.6 to 0.9", lambda _: {"accuracy": 0.0}, _accuracy),
    "sets": Case(f"clustering, 50 sets of {N_TEXTS} texts", _sets_truth, _sets),
    **{name: _of_world(world) for name, world in WORLDS.items()},
}


def cover(name: str, repetitions: int) -> list[Coverage]:
    """The coverage of the figures of one case; the same for the same number of repetitions."""
    case, seed = CASES[name], list(CASES).index(name)
    truth = case.truth(np.random.default_rng([seed, 0]))
    found = [case.sample(np.random.default_rng([seed, 1, number])) for number in range(repetitions)]
    return [_counted(figure, truth[figure], [one[figure] for one in found]) for figure in found[0] if figure in truth]


def _counted(figure: str, truth: float, found: list[Interval]) -> Coverage:
    ends = np.array([(low, high) for low, high in found if low is not None and high is not None]).reshape(-1, 2)
    below, above = int((ends[:, 1] < truth - ROUNDING).sum()), int((ends[:, 0] > truth + ROUNDING).sum())
    width = float(np.mean(ends[:, 1] - ends[:, 0])) if len(ends) else float("nan")
    return Coverage(figure, truth, len(ends) - below - above, below, above, len(found) - len(ends), width)


def _lines(name: str, of: list[Coverage]) -> Iterator[str]:
    yield CASES[name].title
    for one in of:
        yield (
            f"  {one.figure:36}{one.truth:8.3f}{one.share:10.1%}{one.below:7}{one.above:7}{one.none:6}{one.width:8.3f}"
        )


def main() -> None:
    """Runs all cases on two processes; the last line printed is one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000, help="samples of each case (1000)")
    parser.add_argument("--only", nargs="*", default=list(CASES), choices=list(CASES), help="cases (all)")
    parser.add_argument("--processes", type=int, default=2, help="processes (2)")
    options = parser.parse_args()
    print(f"{'':38}{'truth':>8}{'coverage':>10}{'below':>7}{'above':>7}{'none':>6}{'width':>8}", flush=True)
    shares: dict[str, float] = {}
    with ProcessPoolExecutor(options.processes) as pool:
        runs = {name: pool.submit(partial(cover, name), options.repetitions) for name in options.only}
        for name, run in runs.items():
            found = run.result()
            shares |= {f"{name}: {one.figure}": round(one.share, 4) for one in found}
            print(*_lines(name, found), sep="\n", flush=True)
    print(json.dumps(shares))


if __name__ == "__main__":
    main()
