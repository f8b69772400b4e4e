"""How often the 95% intervals hold the truth at 50 items: `python -m benchmarks.coverage`.

Each case makes answers up by a process whose truth is known: from a great many items of the same process, or by
formula. Repetition after repetition it draws 50 items anew and asks the very functions that figures are made with
for their interval. The last line printed is one JSON object: the coverage of each case. docs/benchmarks.md has the
figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from hume.measures.correlation import spearman
from hume.measures.krippendorff import alpha_resampled
from hume.measures.partitions import v_measure
from hume.measures.ranking import average_precision
from hume.measures.resampling import Resamples
from hume.score import DRAWS, interval
from hume.tasks.base import FloatArray, IntArray
from hume.tasks.classification import Answer as Labelled
from hume.tasks.classification import Classification, Label
from hume.tasks.classification import Item as Text
from hume.tasks.classification import Settings as Labels
from hume.tasks.clustering import Answer as Grouped
from hume.tasks.clustering import Clustering
from hume.tasks.clustering import Item as TextSet
from hume.tasks.clustering import Settings as Groups
from hume.tasks.reranking import Answer as Graded
from hume.tasks.reranking import Item as Query
from hume.tasks.reranking import Reranking
from hume.tasks.reranking import Settings as Grades
from hume.tasks.sts import STS
from hume.tasks.sts import Answer as Judged
from hume.tasks.sts import Item as Pair
from hume.tasks.sts import Settings as Scale

N_ITEMS, N_RATERS, N_TEXTS, N_CANDIDATES = 50, 3, 30, 7
MANY, MANY_SETS = 300_000, 20_000
"""Items, and sets or queries, that the truth is taken from."""
NAMES = ("joy", "anger", "fear", "love")

Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Case:
    """A process: its truth, and the interval that a sample of 50 items of it gets."""

    title: str
    truth: Callable[[np.random.Generator], float]
    sample: Callable[[np.random.Generator], Interval]


@dataclass(frozen=True)
class Coverage:
    """How many intervals of a case hold its truth, lie below it, lie above it; and how many samples have none."""

    title: str
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


# -- classification ----------------------------------------------------------------------------------------


def _labels(rng: np.random.Generator, right: float, n: int = N_ITEMS) -> tuple[IntArray, IntArray]:
    gold = rng.integers(0, len(NAMES), n)
    wrong = (gold + rng.integers(1, len(NAMES), n)) % len(NAMES)
    return gold, np.where(rng.random(n) < right, gold, wrong)


def _accuracy(gold: IntArray, given: IntArray) -> FloatArray:
    items = {str(n): Text(text={"text": "a text"}, gold=NAMES[code]) for n, code in enumerate(gold.tolist())}
    answers = {str(n): Labelled(label=NAMES[code]) for n, code in enumerate(given.tolist())}
    settings = Labels(labels=tuple(Label(name=name) for name in NAMES))
    return Classification().replicates(items, answers, settings, DRAWS)


def _accuracy_case(right: float) -> Case:
    return Case(f"accuracy {right:g}", lambda _: right, lambda rng: interval(_accuracy(*_labels(rng, right))))


def _gap(rng: np.random.Generator) -> Interval:
    """A person who is right in 0.8 and a model that is in 0.7, who find the same items hard."""
    gold = rng.integers(0, len(NAMES), N_ITEMS)
    hard = rng.random(N_ITEMS)
    person = np.where(hard + 0.3 * rng.random(N_ITEMS) < 0.95, gold, (gold + 1) % len(NAMES))
    model = np.where(hard + 0.3 * rng.random(N_ITEMS) < 0.85, gold, (gold + 2) % len(NAMES))
    return interval(_accuracy(gold, model) - _accuracy(gold, person))


# -- semantic textual similarity ----------------------------------------------------------------------------


def _judgments(rng: np.random.Generator, rho: float, n: int = N_ITEMS) -> tuple[FloatArray, FloatArray]:
    gold = rng.normal(size=n)
    said = rho * gold + np.sqrt(1 - rho * rho) * rng.normal(size=n)
    return np.clip(np.round(gold * 1.2 + 2.5, 1), 0, 5), np.clip(np.round(said * 1.2 + 2.5), 0, 5)


def _spearman(rho: float, rng: np.random.Generator) -> Interval:
    gold, said = _judgments(rng, rho)
    items = {
        str(n): Pair(sentence1={"text": "a"}, sentence2={"text": "b"}, gold=value)
        for n, value in enumerate(gold.tolist())
    }
    answers = {str(n): Judged(score=value) for n, value in enumerate(said.tolist())}
    return interval(STS().replicates(items, answers, Scale(), DRAWS))


def _spearman_truth(rho: float, rng: np.random.Generator) -> float:
    gold, said = _judgments(rng, rho, MANY)
    return spearman(said, gold) or 0.0


# -- clustering ----------------------------------------------------------------------------------------------


def _partition(rng: np.random.Generator, right: float, n: int) -> tuple[list[int], list[int]]:
    gold, found = _labels(rng, right, n)
    return gold.tolist(), found.tolist()


def _v_truth(right: float, n_texts: int, rng: np.random.Generator) -> float:
    return float(np.mean([v_measure(*_partition(rng, right, n_texts)) for _ in range(MANY_SETS)]))


def _v_measure(right: float, n_sets: int, n_texts: int, rng: np.random.Generator) -> Interval:
    items, answers = {}, {}
    for number in range(n_sets):
        gold, found = ([str(code) for code in side] for side in _partition(rng, right, n_texts))
        ids = [f"t{text}" for text in range(n_texts)]
        texts = tuple({"id": one, "content": {"text": "a text"}} for one in ids)
        items[str(number)] = TextSet(texts=texts, gold=dict(zip(ids, gold, strict=True)))
        answers[str(number)] = Grouped(groups=dict(zip(ids, found, strict=True)))
    return interval(Clustering().replicates(items, answers, Groups(), DRAWS))


# -- reranking -----------------------------------------------------------------------------------------------


def _query(rng: np.random.Generator) -> tuple[dict[str, float], dict[str, int]]:
    ids = [f"d{place}" for place in range(N_CANDIDATES)]
    relevant = rng.permutation(N_CANDIDATES) < rng.integers(1, 4)
    ease = rng.normal(0.9, 0.5)
    seen = relevant * ease + rng.normal(0, 0.7, N_CANDIDATES)
    grades = np.digitize(seen, [0.2, 0.9])
    return dict(zip(ids, relevant.astype(float).tolist(), strict=True)), dict(zip(ids, grades.tolist(), strict=True))


def _map_truth(rng: np.random.Generator) -> float:
    return float(np.mean([average_precision(grades, gold) for gold, grades in (_query(rng) for _ in range(MANY_SETS))]))


def _map(rng: np.random.Generator) -> Interval:
    items, answers = {}, {}
    for number in range(N_ITEMS):
        gold, grades = _query(rng)
        candidates = tuple({"id": one, "content": {"text": "a document"}} for one in gold)
        items[str(number)] = Query(query={"text": "a query"}, candidates=candidates, gold=gold)
        answers[str(number)] = Graded(grades=grades)
    return interval(Reranking().replicates(items, answers, Grades(), DRAWS))


# -- agreement -----------------------------------------------------------------------------------------------


def _ratings(rng: np.random.Generator, n: int = N_ITEMS) -> FloatArray:
    gold = rng.integers(0, len(NAMES), n)
    said = np.where(rng.random((N_RATERS, n)) < 0.7, gold, rng.integers(0, len(NAMES), (N_RATERS, n)))
    return np.where(rng.random((N_RATERS, n)) < 0.1, np.nan, said.astype(np.float64))


def _alpha_truth(level: Any, rng: np.random.Generator) -> float:
    return float(alpha_resampled(_ratings(rng, MANY), level, Resamples(MANY))[0])


def _alpha(level: Any, rng: np.random.Generator) -> Interval:
    said = _ratings(rng)
    return interval(alpha_resampled(said, level, Resamples(N_ITEMS, DRAWS.of("items", N_ITEMS)))[1:])


CASES: Mapping[str, Case] = {
    "accuracy_70": _accuracy_case(0.7),
    "accuracy_80": _accuracy_case(0.8),
    "accuracy_90": _accuracy_case(0.9),
    "spearman_60": Case("Spearman, 0.6", partial(_spearman_truth, 0.6), partial(_spearman, 0.6)),
    "spearman_90": Case("Spearman, 0.9", partial(_spearman_truth, 0.9), partial(_spearman, 0.9)),
    "v_measure_one_set": Case(
        "V-measure, one set of 50 texts", partial(_v_truth, 0.8, N_ITEMS), partial(_v_measure, 0.8, 1, N_ITEMS)
    ),
    "v_measure_sets": Case(
        f"V-measure, 50 sets of {N_TEXTS} texts",
        partial(_v_truth, 0.8, N_TEXTS),
        partial(_v_measure, 0.8, N_ITEMS, N_TEXTS),
    ),
    "map": Case("mean average precision", _map_truth, _map),
    "alpha_nominal": Case("alpha, nominal", partial(_alpha_truth, "nominal"), partial(_alpha, "nominal")),
    "alpha_interval": Case("alpha, interval", partial(_alpha_truth, "interval"), partial(_alpha, "interval")),
    "gap": Case("paired gap of accuracies", lambda _: -0.1, _gap),
}


def cover(name: str, repetitions: int) -> Coverage:
    """The coverage of one case; the same for the same number of repetitions."""
    case, seed = CASES[name], list(CASES).index(name)
    truth = case.truth(np.random.default_rng([seed, 0]))
    found = [case.sample(np.random.default_rng([seed, 1, number])) for number in range(repetitions)]
    intervals = np.array([(low, high) for low, high in found if low is not None and high is not None])
    below, above = int((intervals[:, 1] < truth).sum()), int((intervals[:, 0] > truth).sum())
    held = len(intervals) - below - above
    width = float(np.mean(intervals[:, 1] - intervals[:, 0]))
    return Coverage(case.title, truth, held, below, above, len(found) - len(intervals), width)


def main() -> None:
    """Runs all cases on two processes; the last line printed is one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000, help="samples of each case (1000)")
    parser.add_argument("--only", nargs="*", default=list(CASES), choices=list(CASES), help="cases (all)")
    options = parser.parse_args()
    print(f"{'':34}{'truth':>8}{'coverage':>10}{'below':>7}{'above':>7}{'none':>6}{'width':>8}", flush=True)
    shares = {}
    with ProcessPoolExecutor(2) as pool:
        runs = {name: pool.submit(cover, name, options.repetitions) for name in options.only}
        for name, run in runs.items():
            one = run.result()
            shares[name] = round(one.share, 4)
            print(
                f"{one.title:34}{one.truth:8.3f}{one.share:10.1%}{one.below:7}{one.above:7}{one.none:6}"
                f"{one.width:8.3f}",
                flush=True,
            )
    print(json.dumps(shares))


if __name__ == "__main__":
    main()
