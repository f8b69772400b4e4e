"""Reranking: which of a query's candidate documents answer it, and in what order?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.stats import rankdata

from hume.errors import InvalidAnswer, InvalidItem, Place
from hume.measures import correlation, krippendorff, ranking
from hume.records import Json
from hume.tasks import common
from hume.tasks.base import (
    Agreed,
    Content,
    Draws,
    Encoder,
    FloatArray,
    Frozen,
    Given,
    ItemId,
    Metric,
    Scored,
    validated,
)

TIES: ranking.Ties = "expected"
"""Everyone's ties are resolved in expectation over random order: see docs/decisions/ties.md."""


class Settings(Frozen):
    """How people answer: a grade for each candidate, or an order of all of them."""

    mode: Literal["graded", "ranked"] = "graded"
    grades: tuple[str, ...] = Field(("not relevant", "partly relevant", "relevant"), min_length=2, max_length=10)
    """What the grades 0, 1, ... mean, in words."""


class Candidate(Frozen):
    """A document that may answer the query."""

    id: str = Field(min_length=1)
    content: Content


class Item(Frozen):
    """A query with its candidates; gold is a grade by document id, also of positives that are no candidates."""

    query: Content
    instruction: str = ""
    candidates: tuple[Candidate, ...] = Field(min_length=1)
    gold: dict[str, float]

    @property
    def ids(self) -> list[str]:
        return [candidate.id for candidate in self.candidates]


class Answer(Given):
    """Grades or tiers (best first, ties side by side) from people and LLMs, a model's own scores from embeddings."""

    grades: dict[str, int] | None = None
    ranking: tuple[tuple[str, ...], ...] | None = None
    scores: dict[str, float] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum(field is not None for field in (self.grades, self.ranking, self.scores)) != 1:
            raise ValueError("give exactly one of grades, ranking and scores")
        return self

    @property
    def ids(self) -> list[str]:
        return list(self.grades or self.scores or chain.from_iterable(self.ranking or ()))

    @property
    def is_judgment(self) -> bool:
        return self.scores is None

    @property
    def relevance(self) -> dict[str, float]:
        """A number for each document, the greater the more relevant; equal numbers are ties."""
        if self.ranking is not None:
            return {doc: -float(tier) for tier, docs in enumerate(self.ranking) for doc in docs}
        return {doc: float(value) for doc, value in (self.grades or self.scores or {}).items()}


class Reranking:
    """Average precision has a value for each query; whoever answers, ties are treated alike."""

    name = "reranking"
    title = "Reranking"
    policy = f"ties={TIES}"
    metrics = (
        Metric(
            "map", "Mean average precision", 0, 1, "Relevant means a grade above 0; ties in expectation.",
            "McSherry and Najork 2008",
        ),
        Metric("mrr_at_10", "MRR@10", 0, 1, "Reciprocal rank of the first relevant document in the top 10."),
        Metric(
            "ndcg_at_10", "nDCG@10", 0, 1, "Discounted gain of the top 10 over the best possible.",
            "Järvelin and Kekäläinen 2002",
        ),
    )  # fmt: skip

    def parse_settings(self, raw: Mapping[str, Json]) -> Settings:
        return validated(Settings, raw, InvalidItem, "Reranking settings are mode (graded or ranked) and grades.")

    def parse_item(self, raw: Mapping[str, Json], settings: Settings) -> Item:
        item = validated(
            Item,
            raw,
            InvalidItem,
            "A reranking item has a query, candidates (id and content) and gold (grade by id).",
        )
        repeated = [doc for doc, count in Counter(item.ids).items() if count > 1]
        if repeated:
            raise InvalidItem(
                f"document {repeated[0]!r} is a candidate twice.",
                "Name each once.",
                Place(field="candidates"),
            )
        return item

    def parse_answer(self, raw: Json, item: Item, settings: Settings) -> Answer:
        answer = validated(
            Answer,
            raw,
            InvalidAnswer,
            'A reranking answer is {"grades": {id: grade}} or {"ranking": [[id, ...], ...]}.',
        )
        _check_each_once(answer.ids, item.ids)
        if answer.grades is not None and not all(0 <= grade < len(settings.grades) for grade in answer.grades.values()):
            raise InvalidAnswer(
                "a grade is off the scale.",
                f"Grades are 0 to {len(settings.grades) - 1}.",
                Place(field="grades"),
            )
        return answer

    def warnings(self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings) -> list[str]:
        found = common.empty_texts({item_id: self.texts(item) for item_id, item in items.items()})
        barren = [item_id for item_id, item in items.items() if not _positives(item)]
        if barren:
            found.append(f"{len(barren)} queries have no relevant document and score 0: {common.some(barren)}.")
        missing = [item_id for item_id, item in items.items() if _positives(item) - set(item.ids)]
        if missing:
            found.append(
                f"{len(missing)} queries have relevant documents that are no candidates, which caps their score: "
                f"{common.some(missing)}."
            )
        return found

    def texts(self, item: Item) -> list[str]:
        return [item.query.text, *(candidate.content.text for candidate in item.candidates)]

    def stratum(self, item: Item) -> str:
        return ""

    def order(self, item: Item, rng: np.random.Generator) -> list[str]:
        return [str(doc) for doc in rng.permutation(item.ids)]

    def score(self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings) -> Scored:
        ids = common.answered(items, answers)
        if not ids:
            return common.undefined(self.metrics, common.NOTHING_ANSWERED)
        values: dict[str, float | None] = {}
        per_item: dict[ItemId, float] = {}
        for name, of in _METRICS.items():
            each = {i: of(answers[i].relevance, items[i].gold) for i in ids}
            values[name] = float(np.mean(list(each.values())))
            per_item = per_item or each
        return Scored(values, per_item)

    def replicates(
        self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings, draws: Draws
    ) -> FloatArray:
        ids = common.answered(items, answers)
        precision = {i: ranking.average_precision(answers[i].relevance, items[i].gold, TIES) for i in ids}
        return common.mean_replicates(items, precision, draws)

    def consensus(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> dict[ItemId, Answer]:
        """Mean grades where all graded; else mean ranks, since an order has no grades to average."""
        agreed = {}
        for item_id, item in items.items():
            said = [sheet[item_id] for sheet in by_rater if item_id in sheet]
            if said:
                pooled = _mean_relevance(said, item.ids)
                agreed[item_id] = Answer(scores=dict(zip(item.ids, pooled, strict=True)))
        return agreed

    def agreement(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> list[Agreed]:
        graded = [{i: a for i, a in sheet.items() if a.grades is not None} for sheet in by_rater]
        matrix = common.ratings(
            graded, lambda i, answer: {(i, doc): float(g) for doc, g in (answer.grades or {}).items()}
        )
        alpha = krippendorff.alpha(matrix, "ordinal")
        return [
            common.alpha_agreed("krippendorff_alpha_ordinal", alpha, sum(bool(sheet) for sheet in graded)),
            common.mean_pairwise(
                "mean_pairwise_kendall",
                by_rater,
                lambda a, b: [_kendall(x, y) for x, y in zip(a, b, strict=True)],
            ),
        ]

    def answer_by_embedding(
        self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings, encoder: Encoder
    ) -> dict[ItemId, Answer]:
        """MTEB: the model's similarity of the query (and its instruction) to each candidate."""
        texts = list(dict.fromkeys(c.content.text for item in items.values() for c in item.candidates))
        row = {text: index for index, text in enumerate(texts)}
        documents = encoder.encode(texts, "document")
        queries = encoder.encode([_query_text(item) for item in items.values()], "query")
        answers = {}
        for (item_id, item), query in zip(items.items(), queries, strict=True):
            own = documents[[row[candidate.content.text] for candidate in item.candidates]]
            similarity = encoder.similarity(query[None, :], own)[0]
            answers[item_id] = Answer(scores=dict(zip(item.ids, map(float, similarity), strict=True)))
        return answers

    def simulate(self, item: Item, settings: Settings, noise: float, rng: np.random.Generator) -> Answer:
        best, top = len(settings.grades) - 1, max([*item.gold.values(), 1.0])
        gold = {doc: round(best * max(item.gold.get(doc, 0.0), 0.0) / top) for doc in item.ids}
        return Answer(
            grades={
                doc: int(rng.integers(0, best + 1)) if rng.random() < noise else grade for doc, grade in gold.items()
            }
        )


_METRICS: Mapping[str, Callable[[Mapping[str, float], Mapping[str, float]], float]] = {
    "map": lambda scores, qrels: ranking.average_precision(scores, qrels, TIES),
    "mrr_at_10": lambda scores, qrels: ranking.reciprocal_rank(scores, qrels, 10, TIES),
    "ndcg_at_10": lambda scores, qrels: ranking.ndcg(scores, qrels, 10, TIES),
}


def _query_text(item: Item) -> str:
    return f"{item.query.text} {item.instruction}" if item.instruction else item.query.text


def _positives(item: Item) -> set[str]:
    return {doc for doc, grade in item.gold.items() if grade > 0}


def _check_each_once(given: Sequence[str], candidates: Sequence[str]) -> None:
    said, asked = set(given), set(candidates)
    repeated = [doc for doc, count in Counter(given).items() if count > 1]
    unknown = [doc for doc in given if doc not in asked]
    missing = [doc for doc in candidates if doc not in said]
    for docs, problem in (
        (repeated, "is named twice"),
        (unknown, "is no candidate"),
        (missing, "is not judged"),
    ):
        if docs:
            raise InvalidAnswer(f"document {docs[0]!r} {problem}.", "Judge each candidate once.", Place(field=docs[0]))


def _mean_relevance(said: Sequence[Answer], ids: Sequence[str]) -> list[float]:
    values = np.array([[answer.relevance[doc] for doc in ids] for answer in said])
    if any(answer.grades is None for answer in said):
        values = rankdata(values, axis=1)
    return [float(value) for value in values.mean(axis=0)]


def _kendall(one: Answer, other: Answer) -> float | None:
    a, b = one.relevance, other.relevance
    return correlation.kendall_tau_b(list(a.values()), [b[doc] for doc in a])
