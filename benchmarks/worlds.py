"""Made-up subsets by processes whose truth can be known: raters, and a model, who find the same items hard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hume.baseline import others, pooled
from hume.parsed import ParsedSubset, Sheet
from hume.records import Rater, Subset, SubsetRecord, Task
from hume.score import main_score
from hume.tasks import task_type
from hume.tasks.base import FloatArray, ItemId
from hume.tasks.classification import Answer as Labelled
from hume.tasks.classification import Item as Text
from hume.tasks.classification import Label
from hume.tasks.classification import Settings as Labels
from hume.tasks.clustering import Answer as Grouped
from hume.tasks.clustering import Item as TextSet
from hume.tasks.clustering import Settings as Groups
from hume.tasks.reranking import Answer as Graded
from hume.tasks.reranking import Item as Query
from hume.tasks.reranking import Settings as Grades
from hume.tasks.sts import Answer as Judged
from hume.tasks.sts import Item as Pair
from hume.tasks.sts import Settings as Scale

NAMES = ("joy", "anger", "fear", "love")
N_CANDIDATES = 7
MODEL = Rater("embedding", "model")

Made = tuple[Mapping[ItemId, Any], Sequence[Mapping[ItemId, Any]], Any]
"""Items, the answers of each rater and last of the model, settings."""


@dataclass(frozen=True)
class World:
    """A process that makes subsets; its truth is the mean over `n_panels` subsets of `n_true` items (texts)."""

    title: str
    task_type: str
    make: Callable[[np.random.Generator, int, FloatArray], Made]
    n_raters: int
    differ: float
    """The standard deviation of raters' skill, from -1 to 1 or so; 0 for raters who are all alike."""
    n_true: int
    n_panels: int

    def draw(self, rng: np.random.Generator, n: int) -> ParsedSubset:
        """A subset of n items (texts of one set, in clustering), answered by new raters and by a model."""
        skills = np.append(self.differ * rng.normal(size=self.n_raters), 0.0)
        items, answers, settings = self.make(rng, n, skills)
        raters = [*(Rater("human", f"rater {number}") for number in range(self.n_raters)), MODEL]
        sheets = tuple(Sheet(rater, said) for rater, said in zip(raters, answers, strict=True))
        record = SubsetRecord(Task(self.title, self.task_type), Subset("made up"), ())
        return ParsedSubset(record, task_type(self.task_type), settings, items, sheets)

    def truth(self, rng: np.random.Generator) -> dict[str, float]:
        """The true value of each figure."""
        of = [values(self.draw(rng, self.n_true)) for _ in range(self.n_panels)]
        return {name: float(np.mean([one[name] for one in of])) for name in of[0]}


def values(subset: ParsedSubset) -> dict[str, float]:
    """The figures of one subset without intervals, which with thousands of items would take long."""
    sheets, model = subset.of_kind("human"), subset.sheets[-1].answers
    metric = subset.type.metrics[0]
    of = {
        "one rater": main_score(subset, sheets[0].answers),
        "consensus": main_score(subset, pooled(subset, "human", "consensus")[0]),
        "mean": _mean(main_score(subset, sheet.answers) for sheet in sheets),
        "leave-one-out": _mean(
            _against(subset, sheet, reference) for sheet, reference in zip(sheets, others(subset, "human"), strict=True)
        ),
    }
    chance = subset.type.chance(subset.items, subset.settings)
    for pool in ("consensus", "mean"):
        gap = _number(main_score(subset, model)) - _number(of[pool])
        of[f"gap to {pool}"], of[f"standardised gap to {pool}"] = gap, gap / (metric.high - chance)
    agreed = subset.type.agreement(subset.items, [sheet.answers for sheet in sheets], subset.settings)
    return {name: _number(value) for name, value in of.items()} | {
        one.coefficient: one.value for one in agreed if one.value is not None
    }


def _against(subset: ParsedSubset, sheet: Sheet, reference: Mapping[ItemId, Any]) -> float | None:
    items, answers = subset.type.against(subset.items, sheet.answers, reference, subset.settings)
    return subset.type.score(items, answers, subset.settings).values[subset.type.metrics[0].name]


def _mean(scores: Any) -> float:
    return float(np.mean([_number(score) for score in scores]))


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


# -- the processes ------------------------------------------------------------------------------------------


def labels(rng: np.random.Generator, n: int, skills: FloatArray) -> Made:
    """Right with a chance of 0.75 and the skill, more or less by the item; else any other label. The model: 0.68."""
    gold, ease = rng.integers(0, len(NAMES), n), 0.15 * rng.normal(size=n)
    items = {str(i): Text(text={"text": "a text"}, gold=NAMES[code]) for i, code in enumerate(gold.tolist())}
    answers = []
    for rater, skill in enumerate(skills):
        is_right = rng.random(n) < (0.68 if rater == len(skills) - 1 else 0.75) + skill + ease
        said = np.where(is_right, gold, (gold + rng.integers(1, len(NAMES), n)) % len(NAMES))
        answers.append({str(i): Labelled(label=NAMES[code]) for i, code in enumerate(said.tolist())})
    return items, answers, Labels(labels=tuple(Label(name=name) for name in NAMES))


def judgments(rng: np.random.Generator, n: int, skills: FloatArray) -> Made:
    """Gold, what the pair makes everybody think, and each rater's own noise, in whole steps; the model's in none."""
    gold, shared = rng.normal(size=n), 0.4 * rng.normal(size=n)
    items = {
        str(i): Pair(sentence1={"text": "a"}, sentence2={"text": "b"}, gold=value)
        for i, value in enumerate(np.clip(np.round(gold * 1.2 + 2.5, 1), 0, 5).tolist())
    }
    answers = []
    for rater, skill in enumerate(skills):
        seen = 1.2 * (gold + shared + 0.6 * np.exp(-2 * skill) * rng.normal(size=n)) + 2.5
        said = seen if rater == len(skills) - 1 else np.round(seen)
        answers.append({str(i): Judged(score=value) for i, value in enumerate(np.clip(said, 0, 5).tolist())})
    return items, answers, Scale()


def partitions(rng: np.random.Generator, n: int, skills: FloatArray) -> Made:
    """One set of n texts: in gold's group with a chance of 0.8 and the skill, else in any; the model 0.7."""
    gold = rng.integers(0, len(NAMES), n)
    ids = [f"t{text}" for text in range(n)]
    texts = tuple({"id": one, "content": {"text": "a text"}} for one in ids)
    items = {"set": TextSet(texts=texts, gold=dict(zip(ids, map(str, gold.tolist()), strict=True)))}
    answers = []
    for rater, skill in enumerate(skills):
        is_right = rng.random(n) < (0.7 if rater == len(skills) - 1 else 0.8) + skill
        found = np.where(is_right, gold, rng.integers(0, len(NAMES), n))
        answers.append({"set": Grouped(groups=dict(zip(ids, map(str, found.tolist()), strict=True)))})
    return items, answers, Groups()


def grades(rng: np.random.Generator, n: int, skills: FloatArray) -> Made:
    """Relevant documents stand out by more or less, for everybody; grades are cut from what a rater sees."""
    items, answers = {}, [{} for _ in skills]  # type: tuple[dict[str, Any], list[dict[str, Any]]]
    ids = [f"d{place}" for place in range(N_CANDIDATES)]
    candidates = tuple({"id": one, "content": {"text": "a document"}} for one in ids)
    for i in range(n):
        relevant = rng.permutation(N_CANDIDATES) < rng.integers(1, 4)
        gold = dict(zip(ids, relevant.astype(float).tolist(), strict=True))
        items[str(i)] = Query(query={"text": "a query"}, candidates=candidates, gold=gold)
        shown = relevant * rng.normal(0.9, 0.5) + 0.4 * rng.normal(size=N_CANDIDATES)
        for rater, skill in enumerate(skills):
            seen = shown + 0.6 * np.exp(-2 * skill) * rng.normal(size=N_CANDIDATES)
            if rater == len(skills) - 1:
                answers[rater][str(i)] = Graded(scores=dict(zip(ids, seen.tolist(), strict=True)))
            else:
                graded = np.digitize(seen, [0.2, 0.9]).tolist()
                answers[rater][str(i)] = Graded(grades=dict(zip(ids, graded, strict=True)))
    return items, answers, Grades()


WORLDS: Mapping[str, World] = {
    "labels": World("classification, 3 raters alike", "classification", labels, 3, 0.0, 2000, 20),
    "judgments": World("similarity, 3 raters alike", "sts", judgments, 3, 0.0, 2000, 20),
    "partitions": World("clustering, one set of 50 texts, 3 raters alike", "clustering", partitions, 3, 0.0, 50, 2000),
    "grades": World("reranking, 3 raters alike", "reranking", grades, 3, 0.0, 1000, 10),
    "labels_5": World("classification, 5 raters who differ", "classification", labels, 5, 0.06, 250, 300),
    "judgments_5": World("similarity, 5 raters who differ", "sts", judgments, 5, 0.06, 250, 300),
    "partitions_5": World("clustering, 5 raters who differ", "clustering", partitions, 5, 0.06, 50, 1000),
    "grades_5": World("reranking, 5 raters who differ", "reranking", grades, 5, 0.06, 150, 100),
    "labels_5_alike": World("classification, 5 raters alike", "classification", labels, 5, 0.0, 2000, 20),
}
"""Of raters who differ, coefficients of agreement are left out: those are of the raters who are there."""
