"""Reranking: which of a query's candidate documents answer it, and in what order?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice
from operator import itemgetter
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.stats import rankdata

from hume.errors import InvalidAnswer, InvalidItem, Place
from hume.measures import kappa, pairwise, ranking, ranking_tables
from hume.measures.abstention import nauc
from hume.measures.concordance import kendall_tau_b_pairs, kendall_w, rank_biased_overlap_pairs
from hume.measures.gwet import gwet_resampled
from hume.measures.krippendorff import alpha_resampled
from hume.measures.ranking import Ties
from hume.measures.resampling import MOST_CELLS, Resamples
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
    IntArray,
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

    @cached_property
    def ids(self) -> list[str]:
        return [candidate.id for candidate in self.candidates]

    @cached_property
    def of_candidates(self) -> Callable[[Mapping[str, float]], tuple[float, ...]]:
        """Takes each candidate's number out of a table by document."""
        if len(self.ids) == 1:
            return lambda values: (values[self.ids[0]],)
        return itemgetter(*self.ids)

    @cached_property
    def gains(self) -> tuple[float, ...]:
        """The grade of each candidate, 0 where it has none or a negative one."""
        return tuple(max(self.gold.get(doc, 0.0), 0.0) for doc in self.ids)

    @cached_property
    def ideal(self) -> tuple[float, ...]:
        """The positive grades, also of documents that are no candidates, the greatest first."""
        return tuple(sorted((grade for grade in self.gold.values() if grade > 0), reverse=True))

    def with_gold(self, gold: dict[str, float]) -> Self:
        """The same query and candidates with another gold."""
        found = self.model_copy(update={"gold": gold})
        for of_gold in ("gains", "ideal"):
            found.__dict__.pop(of_gold, None)  # The copy has what was kept of the original.
        return found


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
    def relevance(self) -> Mapping[str, float]:
        """A number for each document, the greater the more relevant; equal numbers are ties."""
        return self.grades or self.scores or self.of_tiers

    @cached_property
    def of_tiers(self) -> Mapping[str, float]:
        """The relevance of documents that were ranked without grades."""
        return {doc: -float(tier) for tier, docs in enumerate(self.ranking or ()) for doc in docs}


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
        by_query = _by_query(items, answers, dict(islice(_METRICS.items(), 1)) if main_only else _METRICS)
        values: dict[str, float | None] = {name: float(each.mean()) for name, each in by_query.items()}
        return Scored(values, dict(zip(ids, by_query["map"].tolist(), strict=True)))

    def is_mean_over_items(self, items: Mapping[ItemId, Item]) -> bool:
        return True

    def replicates(
        self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings, draws: Draws
    ) -> FloatArray:
        return common.mean_replicates(items, self.score(items, answers, settings, main_only=True).per_item, draws)

    def replicates_of(
        self, items: Mapping[ItemId, Item], sets: Sequence[Mapping[ItemId, Answer]], settings: Settings, draws: Draws
    ) -> FloatArray:
        rows = [self.replicates(items, answers, settings, draws) for answers in sets]
        return np.array(rows).reshape(len(sets), draws.resamples)

    def consensus(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> dict[ItemId, Answer]:
        """Mean grades where all graded; else mean ranks, since an order has no grades to average."""
        (agreed,) = _pooled(items, by_rater, lambda of_raters: of_raters.sum(axis=0, keepdims=True))
        return agreed

    def consensus_of_others(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> list[dict[ItemId, Answer]]:
        return _pooled(items, by_rater, lambda of_raters: of_raters.sum(axis=0, keepdims=True) - of_raters)

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
        tau, overlap, concordance = _concordance(items, by_rater)
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
            i: item.with_gold({d: float(g >= relevant_from) for d, g in reference[i].relevance.items()})
            for i, item in items.items()
            if i in reference
        }
        kept = {i: answer for i, answer in answers.items() if i in judged and any(judged[i].gold.values())}
        return {**items, **judged}, kept

    def points(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> FloatArray:
        """The candidates' ranks from 0 to 1, ties sharing theirs: so Spearman's distance over the candidates."""
        width = max((len(item.ids) for item in items.values()), default=0)
        found = np.zeros((len(by_rater), len(items), width))
        for places, said in _tables(items, by_rater):
            n = said.shape[2]
            found[:, places, :n] = rankdata(said, axis=2, nan_policy="propagate") / (n * np.sqrt(n))
            found[:, places, n:] = np.where(np.isnan(said[:, :, :1]), np.nan, 0.0)
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


def pooled_precision(items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer]) -> dict[ItemId, float]:
    """Average precision of each answered query by HUME v1's rules: see `hume.measures.ranking`."""
    pooled = _by_query(items, answers, {"map": lambda ranked, _: ranking_tables.pooled_average_precision(ranked)})
    return dict(zip(common.answered(items, answers), pooled["map"].tolist(), strict=True))


_Measure = Callable[[ranking_tables.Ranked, FloatArray], FloatArray]
"""Of many queries at once, from their rankings and their positive grades, the greatest first and then 0."""


def _by_query(
    items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], measures: Mapping[str, _Measure]
) -> dict[str, FloatArray]:
    """Each measure of every query that was answered, in the items' order."""
    asked = {item_id: item for item_id, item in items.items() if item_id in answers}
    found = {name: np.empty(len(asked)) for name in measures}
    queries = list(asked.values())
    for places, said in _tables(asked, [answers]):
        of = [queries[place] for place in places.tolist()]
        most = max(len(item.ideal) for item in of)
        ideal = np.array([item.ideal + (0.0,) * (most - len(item.ideal)) for item in of]).reshape(len(of), most)
        ranked = ranking_tables.Ranked.of(said[0], np.array([item.gains for item in of]))
        for name, measure in measures.items():
            found[name][places] = measure(ranked, ideal)
    return found


_METRICS: Mapping[str, _Measure] = {
    "map": lambda ranked, ideal: ranking_tables.average_precision(ranked, np.count_nonzero(ideal, axis=1)),
    "mrr_at_10": lambda ranked, ideal: ranking_tables.reciprocal_rank(ranked, 10),
    "ndcg_at_10": lambda ranked, ideal: ranking_tables.ndcg(ranked, ideal, 10),
}


def _tables(
    items: Mapping[ItemId, Item], sheets: Sequence[Mapping[ItemId, Answer]]
) -> Iterator[tuple[IntArray, FloatArray]]:
    """The queries that have as many candidates as each other: their places among the items, and what was said of them.

    The relevance of each candidate on each sheet, shape (sheets, queries, candidates); NaN where there is no answer.
    """
    of_width: dict[int, list[tuple[int, ItemId]]] = defaultdict(list)
    for place, (item_id, item) in enumerate(items.items()):
        of_width[len(item.ids)].append((place, item_id))
    for width, queries in of_width.items():
        nothing = (np.nan,) * width
        readers = [(item_id, items[item_id].of_candidates) for _, item_id in queries]
        said = [[of(sheet[i].relevance) if i in sheet else nothing for i, of in readers] for sheet in sheets]
        yield np.array([place for place, _ in queries]), np.array(said).reshape(len(sheets), len(queries), width)


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


def _pooled(
    items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], pool: Callable[[FloatArray], FloatArray]
) -> list[dict[ItemId, Answer]]:
    """Consensuses, each of them the mean of some who answered: of grades where all of these graded, else of ranks.

    `pool` sums numbers of raters, shape (raters, ...), into those of each consensus, shape (consensuses, ...). All are
    whole or half numbers, so that a sum less a rater's own is the sum of the others to the last bit.
    """
    keys, queries = list(items), list(items.values())
    found: dict[int, list[list[float] | None]] = {}
    for places, said in _tables(items, by_rater):
        there = ~np.isnan(said[:, :, :1])
        graded = there & _graded_by(by_rater, [keys[place] for place in places.tolist()])
        counts, ungraded = pool(there.astype(np.float64)), pool((there & ~graded).astype(np.float64))
        grades = pool(np.where(graded, said, 0.0))
        ranks = pool(np.where(there, rankdata(said, axis=2, nan_policy="propagate"), 0.0))
        means = np.where(ungraded > 0, ranks, grades) / np.maximum(counts, 1)
        for column, place in enumerate(places.tolist()):
            found[place] = [
                mean if count else None
                for mean, count in zip(means[:, column].tolist(), counts[:, column, 0].tolist(), strict=True)
            ]
    n_consensuses = max((len(of) for of in found.values()), default=0)
    return [
        {
            keys[place]: Answer(scores=dict(zip(queries[place].ids, mean, strict=True)))
            for place in range(len(keys))
            if (mean := found[place][number]) is not None
        }
        for number in range(n_consensuses)
    ]


def _graded_by(by_rater: Sequence[Mapping[ItemId, Answer]], keys: Sequence[ItemId]) -> NDArray[np.bool_]:
    """Who answered which query by grades, shape (raters, queries, 1)."""
    graded = [[key in sheet and sheet[key].grades is not None for key in keys] for sheet in by_rater]
    return np.array(graded, dtype=np.bool_).reshape(len(by_rater), len(keys), 1)


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
    of_queries = ((item, sheet[item_id].grades if item_id in sheet else None) for item_id, item in items.items())
    none = {len(item.ids): (np.nan,) * len(item.ids) for item in items.values()}
    return list(
        chain.from_iterable(
            item.of_candidates(grades) if grades else none[len(item.ids)] for item, grades in of_queries
        )
    )


def _concordance(
    items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Kendall's tau-b and the rank-biased overlap of each pair, (queries, raters, raters), and W of all, (queries,).

    NaN for who did not answer, and where the coefficient is undefined.
    """
    tau, overlap = (np.full((len(items), len(by_rater), len(by_rater)), np.nan) for _ in range(2))
    concordance = np.full(len(items), np.nan)
    for places, said in _tables(items, by_rater):
        step = max(1, MOST_CELLS // (len(by_rater) * said.shape[2] ** 2))
        for start in range(0, len(places), step):
            some, of = places[start : start + step], said[:, start : start + step].swapaxes(0, 1)
            tau[some], overlap[some], concordance[some] = (
                kendall_tau_b_pairs(of),
                rank_biased_overlap_pairs(of),
                kendall_w(of),
            )
    return tau, overlap, concordance
