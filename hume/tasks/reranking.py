"""Reranking: which of a query's candidate documents answer it, and in what order?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Literal, Protocol, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.stats import rankdata

from hume.errors import InvalidAnswer, InvalidItem, Place
from hume.measures import kappa, pairwise, ranking
from hume.measures.abstention import nauc
from hume.measures.concordance import kendall_tau_b_pairs, kendall_w, rank_biased_overlap_pairs
from hume.measures.gwet import gwet_resampled
from hume.measures.krippendorff import alpha_resampled
from hume.measures.ranking import Ties
from hume.measures.resampling import Resamples
from hume.records import Json
from hume.tasks import asking, common, comparing
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
    ModelProtocol,
    PairScorer,
    Question,
    Role,
    Scored,
    validated,
)
from hume.tasks.comparing import Panel

CUTS = (1, 3, 5, 10, 20, 100, 1000)
"""The depths at which mteb measures a ranking."""
TIES: Ties = "expected"
"""Everyone's ties are resolved in expectation over random order: see docs/decisions/ties.md."""
RIGHT = 0.75
"""Of the pairs that gold orders three quarters; chance, or one grade for all, has one half."""


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

    @cached_property
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
    right_from = RIGHT
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

    def score(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        settings: Settings,
        main_only: bool = False,
    ) -> Scored:
        ids = common.answered(items, answers)
        if not ids:
            return common.undefined(self.metrics, common.NOTHING_ANSWERED)
        values: dict[str, float | None] = {}
        per_item: dict[ItemId, float] = {}
        for name, of in islice(_METRICS.items(), 1 if main_only else None):
            each = {i: of(answers[i].relevance, items[i].gold) for i in ids}
            values[name] = float(np.mean(list(each.values())))
            per_item = per_item or each
        return Scored(values, per_item)

    def is_mean_over_items(self, items: Mapping[ItemId, Item]) -> bool:
        return True

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
        self,
        items: Mapping[ItemId, Item],
        by_rater: Sequence[Mapping[ItemId, Answer]],
        settings: Settings,
        draws: Draws | None = None,
    ) -> list[Agreed]:
        panel, resamples = Panel.of(items, by_rater), comparing.resamples(draws, len(items))
        answered = [[i in sheet for i in items] for sheet in by_rater]
        shared = pairwise.shared_items(np.array(answered, dtype=np.bool_).reshape(len(by_rater), len(items)))
        tau, overlap, concordance = _by_query(items, by_rater)
        alpha, *others = _agreed_on_grades(items, by_rater, settings, resamples)
        return [
            alpha,
            panel.of_pairs("mean_pairwise_kendall", pairwise.item_by_item(tau, shared, resamples), is_main=True),
            panel.agreed("mean_kendall_w", resamples.means(concordance)),
            panel.of_pairs("mean_pairwise_rbo", pairwise.item_by_item(overlap, shared, resamples)),
            *others,
        ]

    def expected(self, item: Item, settings: Settings) -> Answer | None:
        """Gold as grades or as tiers, after the task's mode; a candidate without a grade has 0. None for empty gold."""
        if not item.gold:
            return None
        if settings.mode == "graded":
            return Answer(grades=_graded(item, settings))
        steps = sorted({item.gold.get(doc, 0.0) for doc in item.ids}, reverse=True)
        return Answer(ranking=tuple(tuple(d for d in item.ids if item.gold.get(d, 0.0) == step) for step in steps))

    def accord(self, item: Item, first: Answer, second: Answer, settings: Settings) -> float:
        """The share of the pairs of candidates that `first` orders and `second` orders alike; a tie counts half.

        Not symmetric: `first` is gold, or the answer given first. Where it orders no pair, the share of all pairs that
        `second` ties too; 1 where there is one candidate only.
        """
        a, b = (np.array([answer.relevance[doc] for doc in item.ids]) for answer in (first, second))
        one, other = np.triu_indices(len(a), k=1)
        first_says, second_says = np.sign(a[one] - a[other]), np.sign(b[one] - b[other])
        ordered = first_says != 0
        if not len(one):
            return 1.0
        if not ordered.any():
            return float((second_says == 0).mean())
        return float((1 + first_says * second_says)[ordered].mean() / 2)

    def chance(self, items: Mapping[ItemId, Item], settings: Settings) -> float:
        """The mean over all orders of the candidates, exact: all of them tied."""
        of_queries = [ranking.average_precision(dict.fromkeys(item.ids, 0.0), item.gold) for item in items.values()]
        return float(np.mean(of_queries)) if of_queries else 0.0

    def against(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        reference: Mapping[ItemId, Answer],
        settings: Settings,
    ) -> tuple[dict[ItemId, Item], dict[ItemId, Answer]]:
        """A document counts as relevant where the others' mean grade is half of the best or more.

        Queries where that holds for no document are left out, and so are all where people ranked without grades.
        """
        if settings.mode != "graded":
            return dict(items), {}
        relevant_from = (len(settings.grades) - 1) / 2
        judged = {
            i: item.model_copy(
                update={"gold": {d: float(g >= relevant_from) for d, g in reference[i].relevance.items()}}
            )
            for i, item in items.items()
            if i in reference
        }
        kept = {i: answer for i, answer in answers.items() if i in judged and _positives(judged[i])}
        return {**items, **judged}, kept

    def points(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> FloatArray:
        """The candidates' ranks from 0 to 1, ties sharing theirs: so Spearman's distance over the candidates."""
        width = max((len(item.ids) for item in items.values()), default=0)
        found = np.zeros((len(by_rater), len(items), width))
        for column, (item_id, item) in enumerate(items.items()):
            there = np.array([item_id in sheet for sheet in by_rater], dtype=np.bool_)
            found[~there, column] = np.nan
            said = [sheet[item_id].relevance for sheet in by_rater if item_id in sheet]
            if said:
                ids, n = item.ids, len(item.ids)
                ranks = rankdata([[of[doc] for doc in ids] for of in said], axis=1)
                found[there, column, :n] = ranks / (n * np.sqrt(n))
        return found

    def texts_to_encode(
        self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings, protocol: ModelProtocol
    ) -> list[tuple[str, Role]]:
        documents: list[tuple[str, Role]] = [(text, "document") for text in _document_texts(items)]
        return [*documents, *((_query_text(item), "query") for item in items.values())]

    def answer_by_embedding(
        self,
        items: Mapping[ItemId, Item],
        train: Sequence[Item],
        settings: Settings,
        encoder: Encoder,
        protocol: ModelProtocol = "mteb",
    ) -> dict[ItemId, Answer]:
        """The model's similarity of the query (and its instruction) to each candidate, under both protocols.

        MTEB gives a model the query and its candidates and nothing else, as a person is given them.
        """
        texts = _document_texts(items)
        row = {text: index for index, text in enumerate(texts)}
        documents = encoder.encode(texts, "document")
        queries = encoder.encode([_query_text(item) for item in items.values()], "query")
        answers = {}
        for (item_id, item), query in zip(items.items(), queries, strict=True):
            own = documents[[row[candidate.content.text] for candidate in item.candidates]]
            similarity = encoder.similarity(query[None, :], own)[0]
            answers[item_id] = Answer(scores=dict(zip(item.ids, map(float, similarity), strict=True)))
        return answers

    def answer_by_pairs(
        self, items: Mapping[ItemId, Item], settings: Settings, scorer: PairScorer
    ) -> dict[ItemId, Answer]:
        """MTEB: the score of the query (and its instruction) with each candidate."""
        pairs = [(_query_text(item), c.content.text) for item in items.values() for c in item.candidates]
        values = iter(scorer.score_pairs(pairs).tolist())
        return {item_id: Answer(scores={doc: next(values) for doc in item.ids}) for item_id, item in items.items()}

    def mteb_metrics(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        settings: Settings,
        ties: Ties = "mteb",
        encoder: Encoder | None = None,
    ) -> dict[str, Json]:
        """Six measures at seven cuts, and how well the scores tell where they are high (`nauc`)."""
        ids = common.answered(items, answers)
        if not ids:
            return {}
        relevance = [answers[item_id].relevance for item_id in ids]
        by_query = {
            f"{name}_at_{k}": np.array(
                [of(said, items[i].gold, k=k, ties=ties) for i, said in zip(ids, relevance, strict=True)]
            )
            for name, of in _AT_CUTS.items()
            for k in CUTS
        }
        means: dict[str, Json] = {name: float(values.mean()) for name, values in by_query.items()}
        return {**means, "accuracy": means["recall_at_1"], **_naucs(relevance, by_query)}

    def simulate(self, item: Item, settings: Settings, noise: float, rng: np.random.Generator) -> Answer:
        n_grades = len(settings.grades)
        return Answer(
            grades={
                doc: int(rng.integers(0, n_grades)) if rng.random() < noise else grade
                for doc, grade in _graded(item, settings).items()
            }
        )

    def question(self, item: Item, settings: Settings, order: Sequence[str]) -> Question:
        fences, content = asking.Fences(self.texts(item)), {c.id: c.content.text for c in item.candidates}
        text = asking.paragraphs(
            "How relevant is each document to the query?",
            fences.around("query", item.query.text),
            fences.around("instruction", item.instruction) if item.instruction else "",
            *(fences.around("document", content[doc], doc) for doc in order),
            _answer_form(settings),
        )
        return Question(text, _payload_schema(settings, order))


class _AtCut(Protocol):
    def __call__(self, scores: Mapping[str, float], qrels: Mapping[str, float], *, k: int, ties: Ties) -> float: ...


_AT_CUTS: Mapping[str, _AtCut] = {
    "ndcg": ranking.ndcg,
    "map": ranking.average_precision,
    "recall": ranking.recall,
    "precision": ranking.precision,
    "mrr": ranking.reciprocal_rank,
    "hit_rate": ranking.hit_rate,
}
_METRICS: Mapping[str, Callable[[Mapping[str, float], Mapping[str, float]], float]] = {
    "map": lambda scores, qrels: ranking.average_precision(scores, qrels, TIES),
    "mrr_at_10": lambda scores, qrels: ranking.reciprocal_rank(scores, qrels, 10, TIES),
    "ndcg_at_10": lambda scores, qrels: ranking.ndcg(scores, qrels, 10, TIES),
}


def _naucs(relevance: Sequence[Mapping[str, float]], by_query: Mapping[str, FloatArray]) -> dict[str, Json]:
    """The normalised area under the abstention curve of each measure, by three signs of confidence in a query.

    These are its best score, the spread of its scores, and by how much the best exceeds the next.
    """
    ordered = [sorted(said.values(), reverse=True) for said in relevance]
    confidence = {
        "max": np.array([scores[0] for scores in ordered]),
        "std": np.array([np.std(scores) for scores in ordered]),
        "diff1": np.array([scores[0] - scores[1] if len(scores) > 1 else 0.0 for scores in ordered]),
    }
    return {
        f"nauc_{name}_{sign}": nauc(of, values)
        for name, values in by_query.items()
        if not name.startswith("hit_rate")
        for sign, of in confidence.items()
    }


def _document_texts(items: Mapping[ItemId, Item]) -> list[str]:
    return list(dict.fromkeys(c.content.text for item in items.values() for c in item.candidates))


def _query_text(item: Item) -> str:
    return f"{item.query.text} {item.instruction}" if item.instruction else item.query.text


def _graded(item: Item, settings: Settings) -> dict[str, int]:
    """Gold on the task's grades: its highest value (or 1, if that is more) is the best grade."""
    best, top = len(settings.grades) - 1, max([*item.gold.values(), 1.0])
    return {doc: round(best * max(item.gold.get(doc, 0.0), 0.0) / top) for doc in item.ids}


def _answer_form(settings: Settings) -> str:
    if settings.mode == "ranked":
        return (
            "Put all documents in order, the most relevant first; those equally relevant stand side by side.\n\n"
            'Form of the answer: {"ranking": [["id of the best"], ["id of the next", "id of its equal"], ...]}, '
            "with every document once."
        )
    grades = asking.listed({str(grade): name for grade, name in enumerate(settings.grades)})
    return (
        f"Give each document a grade:\n{grades}\n\n"
        'Form of the answer: {"grades": {"id of a document": grade, ...}}, with every document.'
    )


def _payload_schema(settings: Settings, ids: Sequence[str]) -> Json:
    if settings.mode == "ranked":
        tier = {"type": "array", "items": {"type": "string", "enum": list(ids)}}
        return asking.object_of({"ranking": {"type": "array", "items": tier}})
    grade = {"type": "integer", "enum": list(range(len(settings.grades)))}
    return asking.object_of({"grades": asking.object_of(dict.fromkeys(ids, grade))})


def _positives(item: Item) -> set[str]:
    return {doc for doc, grade in item.gold.items() if grade > 0}


def _check_each_once(given: Sequence[str], candidates: Sequence[str]) -> None:
    said, asked = set(given), set(candidates)
    if said == asked and len(given) == len(said):
        return
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
    values = np.array([[relevance[doc] for doc in ids] for relevance in (answer.relevance for answer in said)])
    if any(answer.grades is None for answer in said):
        values = rankdata(values, axis=1)
    return [float(value) for value in values.mean(axis=0)]


def _agreed_on_grades(
    items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings, resamples: Resamples
) -> list[Agreed]:
    """Coefficients over the grades of every document, of those who graded; queries are resampled with all of theirs."""
    graded = [{i: answer for i, answer in sheet.items() if answer.grades is not None} for sheet in by_rater]
    panel = Panel.of(items, graded)
    query_of = np.array([query for query, item in enumerate(items.values()) for _ in item.ids], dtype=np.int64)
    grades = np.array([_grades_of(sheet, items) for sheet in graded]).reshape(len(graded), len(query_of))
    n_grades = len(settings.grades)
    comparisons = {"kappa": kappa.cohen(kappa.disagreements(n_grades, "linear")), "percentage": kappa.percentage}
    pairs = pairwise.over_all_items(grades, resamples, comparisons, query_of)
    return [
        panel.agreed("krippendorff_alpha_ordinal", alpha_resampled(grades, "ordinal", resamples, query_of)),
        panel.of_pairs("mean_pairwise_cohen_kappa_linear", pairs["kappa"]),
        panel.agreed("gwet_ac2_linear", gwet_resampled(grades, n_grades, "linear", resamples, query_of)),
        panel.of_pairs("mean_pairwise_percentage", pairs["percentage"]),
    ]


def _grades_of(sheet: Mapping[ItemId, Answer], items: Mapping[ItemId, Item]) -> list[float]:
    """One rater's grade of every candidate of every query, NaN where there is none."""
    of_queries = ((item, (sheet[item_id].grades or {}) if item_id in sheet else {}) for item_id, item in items.items())
    return [float(grades.get(doc, np.nan)) for item, grades in of_queries for doc in item.ids]


def _by_query(
    items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Kendall's tau-b and the rank-biased overlap of each pair, (queries, raters, raters), and W of all, (queries,).

    NaN for who did not answer, and where the coefficient is undefined.
    """
    tau, overlap = (np.full((len(items), len(by_rater), len(by_rater)), np.nan) for _ in range(2))
    concordance = np.full(len(items), np.nan)
    for query, (item_id, item) in enumerate(items.items()):
        there = [rater for rater, sheet in enumerate(by_rater) if item_id in sheet]
        if len(there) < 2:
            continue
        said = np.array([[by_rater[rater][item_id].relevance[doc] for doc in item.ids] for rater in there])
        tau[query][np.ix_(there, there)] = kendall_tau_b_pairs(said)
        overlap[query][np.ix_(there, there)] = rank_biased_overlap_pairs(said)
        w = kendall_w(said)
        concordance[query] = np.nan if w is None else w
    return tau, overlap, concordance
