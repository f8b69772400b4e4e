"""Clustering: which texts of a set belong together?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from hume.errors import InvalidAnswer, InvalidItem, Place, Unsuited
from hume.measures import pairwise, partition_pairs, partitions
from hume.measures.bootstrap import jackknife_error
from hume.measures.pairwise import Pairwise
from hume.measures.ranking import Ties
from hume.records import Json
from hume.tasks import asking, common, comparing, kmeans
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

ENOUGH_SETS = 10
"""From so many sets on, the bootstrap resamples sets, and below it the texts within them."""
RIGHT = 0.5
"""An adjusted Rand index with gold of one half: far above chance, with room for another reading of a few texts."""


class Settings(Frozen):
    """`n_groups` where the task fixes the number of groups; None leaves it to the annotator."""

    n_groups: int | None = Field(None, ge=1)


class Text(Frozen):
    """One text of a set."""

    id: str = Field(min_length=1)
    content: Content


class Item(Frozen):
    """A set of texts, and the gold label of each by its id."""

    texts: tuple[Text, ...] = Field(min_length=2)
    gold: dict[str, str]

    @property
    def ids(self) -> list[str]:
        return [text.id for text in self.texts]


class Answer(Given):
    """The group of each text by its id. Group names mean nothing beyond being the same or not."""

    groups: dict[str, str]


class Clustering:
    """Scored set by set, then averaged: names of groups are permutable, so only partitions are compared."""

    name = "clustering"
    title = "Clustering"
    policy = ""
    right_from = RIGHT
    metrics = (
        Metric(
            "v_measure", "V-measure", 0, 1, "Harmonic mean of homogeneity and completeness, mean over sets.",
            "Rosenberg and Hirschberg 2007",
        ),
        Metric("ari", "Adjusted Rand index", -0.5, 1, "Pairs together or apart, corrected.", "Hubert and Arabie 1985"),
        Metric("ami", "Adjusted mutual information", -1, 1, "Mutual information above chance.", "Vinh et al. 2010"),
        Metric("homogeneity", "Homogeneity", 0, 1, "Each group holds one label only."),
        Metric("completeness", "Completeness", 0, 1, "Each label lies in one group only."),
    )  # fmt: skip

    def parse_settings(self, raw: Mapping[str, Json]) -> Settings:
        return validated(Settings, raw, InvalidItem, "The only clustering setting is n_groups.")

    def parse_item(self, raw: Mapping[str, Json], settings: Settings) -> Item:
        item = validated(
            Item,
            raw,
            InvalidItem,
            "A clustering item has texts (id and content) and gold (label by text id).",
        )
        _check_same_ids(item.ids, item.gold, InvalidItem, "gold", "Give each text one gold label.")
        n_labels = len(set(item.gold.values()))
        if settings.n_groups is not None and n_labels > settings.n_groups:
            raise InvalidItem(
                f"{n_labels} gold labels, but the task fixes {settings.n_groups} groups.",
                "Raise n_groups, or leave it out.",
                Place(field="gold"),
            )
        return item

    def parse_answer(self, raw: Json, item: Item, settings: Settings) -> Answer:
        answer = validated(Answer, raw, InvalidAnswer, 'A clustering answer is {"groups": {text id: group}}.')
        _check_same_ids(item.ids, answer.groups, InvalidAnswer, "groups", "Put each text into one group.")
        n_groups = len(set(answer.groups.values()))
        if settings.n_groups is not None and n_groups > settings.n_groups:
            raise InvalidAnswer(
                f"{n_groups} groups, but the task fixes {settings.n_groups}.",
                "Merge groups.",
                Place(field="groups"),
            )
        return answer

    def warnings(self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings) -> list[str]:
        found = common.faulty_texts(
            {f"{key}/{text.id}": [text.content.text] for key, item in items.items() for text in item.texts}
        )
        for item_id, item in items.items():
            single = [name for name, count in Counter(item.gold.values()).items() if count == 1]
            if single:
                found.append(f"set {item_id}: label(s) of one text only: {', '.join(sorted(single))}.")
            if len(set(item.gold.values())) == 1:
                found.append(f"set {item_id} has one label only: any single group scores 1.")
        return found

    def texts(self, item: Item) -> list[str]:
        return [text.content.text for text in item.texts]

    def stratum(self, item: Item) -> str:
        return ""

    def order(self, item: Item, rng: np.random.Generator) -> list[str]:
        return [str(text_id) for text_id in rng.permutation(item.ids)]

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
        compared = [partitions.Compared.of(*_pair(items[item_id], answers[item_id])) for item_id in ids]
        of_sets = {
            name: [of(sets) for sets in compared] for name, of in islice(_METRICS.items(), 1 if main_only else None)
        }
        values: dict[str, float | None] = {name: float(np.mean(each)) for name, each in of_sets.items()}
        return Scored(values, dict(zip(ids, of_sets["v_measure"], strict=True)))

    def is_mean_over_items(self, items: Mapping[ItemId, Item]) -> bool:
        return len(items) >= ENOUGH_SETS

    def replicates(
        self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings, draws: Draws
    ) -> FloatArray:
        """Sets are resampled where there are enough of them, else texts within sets.

        How a set's own texts happened to be drawn is part of what sets differ by: it needs no resampling of its own.
        """
        if self.is_mean_over_items(items):
            per_item = {i: partitions.v_measure(*_pair(items[i], answers[i])) for i in common.answered(items, answers)}
            return common.mean_replicates(items, per_item, draws)
        by_set = {i: _set_replicates(i, items[i], answers[i], draws) for i in common.answered(items, answers)}
        values = np.array([by_set.get(item_id, np.full(draws.resamples, np.nan)) for item_id in items])
        counts = (~np.isnan(values)).sum(axis=0)
        return np.asarray(np.where(counts > 0, np.nansum(values, axis=0) / np.maximum(counts, 1), np.nan))

    def replicates_of(
        self, items: Mapping[ItemId, Item], sets: Sequence[Mapping[ItemId, Answer]], settings: Settings, draws: Draws
    ) -> FloatArray:
        rows = [self.replicates(items, answers, settings, draws) for answers in sets]
        return np.array(rows).reshape(len(sets), draws.resamples)

    def consensus(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> dict[ItemId, Answer]:
        """Texts that raters put together are put together; as many groups as the median rater made (half: even)."""
        agreed = {}
        for item_id, item in items.items():
            said = [sheet[item_id] for sheet in by_rater if item_id in sheet]
            if said:
                agreed[item_id] = _Votes.of(item, said).joined()
        return agreed

    def consensus_of_others(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> list[dict[ItemId, Answer]]:
        agreed: list[dict[ItemId, Answer]] = [{} for _ in by_rater]
        for item_id, item in items.items():
            there = [rater for rater, sheet in enumerate(by_rater) if item_id in sheet]
            votes = _Votes.of(item, [by_rater[rater][item_id] for rater in there])
            for rater, found in enumerate(agreed):
                if len(there) > (rater in there):
                    found[item_id] = votes.joined(there.index(rater) if rater in there else None)
        return agreed

    def agreement(
        self,
        items: Mapping[ItemId, Item],
        by_rater: Sequence[Mapping[ItemId, Answer]],
        settings: Settings,
        draws: Draws | None = None,
    ) -> list[Agreed]:
        panel = Panel.of(items, by_rater)
        co_membership, pairs = _agreed_on_sets(items, by_rater, draws)
        return [
            panel.agreed("krippendorff_alpha_co_membership", co_membership),
            panel.of_pairs("mean_pairwise_ari", pairs["ari"], is_main=True),
            panel.of_pairs("mean_pairwise_ami", pairs["ami"]),
            panel.of_pairs("mean_pairwise_v_measure", pairs["v_measure"]),
        ]

    def expected(self, item: Item, settings: Settings) -> Answer | None:
        return Answer(groups=dict(item.gold))

    def accord(self, item: Item, first: Answer, second: Answer, settings: Settings) -> float:
        """The adjusted Rand index, 0 where it is below. Symmetric, whatever the groups are called.

        Not V-measure, which is not adjusted for chance: 30 texts of 6 labels, each in a group of its own, have 0.69.
        """
        return max(0.0, partitions.adjusted_rand(*_aligned(first, second)))

    def chance(self, items: Mapping[ItemId, Item], settings: Settings) -> float:
        """The mean over all partitions with gold's group sizes, exact; V-measure is not adjusted for chance."""
        of_sets = [partitions.v_measure_by_chance(list(item.gold.values())) for item in items.values()]
        return float(np.mean(of_sets)) if of_sets else 0.0

    def against(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        reference: Mapping[ItemId, Answer],
        settings: Settings,
    ) -> tuple[dict[ItemId, Item], dict[ItemId, Answer]]:
        judged = {
            i: item.model_copy(update={"gold": reference[i].groups}) if i in reference else item
            for i, item in items.items()
        }
        return judged, {i: answer for i, answer in answers.items() if i in reference}

    def points(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> FloatArray:
        """Of each pair of texts whether they are together: so the share of pairs that differ (1 - Rand index)."""
        widths = [len(item.texts) * (len(item.texts) - 1) // 2 for item in items.values()]
        found = np.zeros((len(by_rater), len(items), max(widths, default=0)))
        for column, (item_id, item) in enumerate(items.items()):
            one, other = np.triu_indices(len(item.texts), k=1)
            for row, sheet in enumerate(by_rater):
                if item_id not in sheet:
                    found[row, column] = np.nan
                    continue
                codes = np.array(_codes([sheet[item_id].groups[text_id] for text_id in item.ids]))
                found[row, column, : len(one)] = (codes[one] == codes[other]) / np.sqrt(len(one))
        return found

    def texts_to_encode(
        self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings, protocol: ModelProtocol
    ) -> list[tuple[str, Role]]:
        return [(text, "plain") for item in items.values() for text in self.texts(item)]

    def answer_by_embedding(
        self,
        items: Mapping[ItemId, Item],
        train: Sequence[Item],
        settings: Settings,
        encoder: Encoder,
        protocol: ModelProtocol = "mteb",
    ) -> dict[ItemId, Answer]:
        """MTEB: a mini-batch k-means for each set, told the number of gold labels.

        Human-like: the same k-means, told the number that the task tells people (`n_groups`); else the number of groups
        is chosen by `hume.tasks.kmeans.grouped`.
        """
        answers = {}
        for item_id, item in items.items():
            vectors = encoder.encode(self.texts(item), "plain")
            n_groups = settings.n_groups if protocol == "human-like" else len(set(item.gold.values()))
            found = kmeans.grouped(vectors) if n_groups is None else kmeans.in_groups(vectors, n_groups)
            groups = {text_id: str(group) for text_id, group in zip(item.ids, found.tolist(), strict=True)}
            answers[item_id] = Answer(groups=groups)
        return answers

    def answer_by_pairs(
        self, items: Mapping[ItemId, Item], settings: Settings, scorer: PairScorer
    ) -> dict[ItemId, Answer]:
        raise Unsuited("A model that scores pairs of texts does not answer a clustering. Run an embedding model.")

    def mteb_metrics(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        settings: Settings,
        ties: Ties = "mteb",
        encoder: Encoder | None = None,
    ) -> dict[str, Json]:
        """The V-measure of each set, their mean and their standard deviation (of the sets themselves: n, not n - 1)."""
        of_sets = [partitions.v_measure(*_pair(items[i], answers[i])) for i in common.answered(items, answers)]
        if not of_sets:
            return {}
        return {"v_measure": float(np.mean(of_sets)), "v_measure_std": float(np.std(of_sets)), "v_measures": of_sets}

    def simulate(self, item: Item, settings: Settings, noise: float, rng: np.random.Generator) -> Answer:
        names = sorted(set(item.gold.values()))
        group = {name: f"Group {index + 1}" for index, name in enumerate(names)}
        strayed = {text_id: rng.random() < noise for text_id in item.ids}
        return Answer(
            groups={
                text_id: group[str(rng.choice(names))] if strayed[text_id] else group[item.gold[text_id]]
                for text_id in item.ids
            }
        )

    def question(self, item: Item, settings: Settings, order: Sequence[str]) -> Question:
        fences, content = asking.Fences(self.texts(item)), {text.id: text.content.text for text in item.texts}
        n_groups = settings.n_groups or "yours to choose"
        text = asking.paragraphs(
            "Put the texts that belong together into one group. Every text belongs to exactly one group.",
            *(fences.around("text", content[part], part) for part in order),
            f"The number of groups is {n_groups}. Name them as you like: only what lies together counts.",
            'Form of the answer: {"groups": {"id of a text": "name of its group", ...}}, with every text.',
        )
        groups = asking.object_of({part: {"type": "string"} for part in order})
        return Question(text, asking.object_of({"groups": groups}))


_METRICS: Mapping[str, Callable[[partitions.Compared], float]] = {
    "v_measure": attrgetter("v_measure"),
    "ari": attrgetter("adjusted_rand"),
    "ami": attrgetter("adjusted_mutual_information"),
    "homogeneity": attrgetter("homogeneity"),
    "completeness": attrgetter("completeness"),
}


def _check_same_ids(
    ids: Sequence[str],
    given: Mapping[str, str],
    error: type[InvalidItem | InvalidAnswer],
    field: str,
    mend: str,
) -> None:
    repeated = [text_id for text_id, count in Counter(ids).items() if count > 1]
    if repeated:
        raise error(f"text id {repeated[0]!r} stands twice.", "Give each text an id of its own.", Place(field="texts"))
    missing = [text_id for text_id in ids if text_id not in given]
    if missing:
        raise error(f"text {missing[0]!r} has none.", mend, Place(field=field))
    asked = set(ids)
    unknown = [text_id for text_id in given if text_id not in asked]
    if unknown:
        raise error(f"there is no text {unknown[0]!r}.", mend, Place(field=field))


def _pair(item: Item, answer: Answer) -> tuple[list[Hashable], list[Hashable]]:
    return [item.gold[text_id] for text_id in item.ids], [answer.groups[text_id] for text_id in item.ids]


def _aligned(one: Answer, other: Answer) -> tuple[list[Hashable], list[Hashable]]:
    return list(one.groups.values()), [other.groups[text_id] for text_id in one.groups]


def _codes(names: Sequence[Hashable]) -> list[int]:
    code = {name: index for index, name in enumerate(dict.fromkeys(names))}
    return [code[name] for name in names]


@dataclass(frozen=True, eq=False)
class _Votes:
    """What several said of one set: who put which texts together, shape (answers, texts, texts), in how many groups."""

    ids: Sequence[str]
    together: NDArray[np.bool_]
    counts: IntArray
    n_groups: Sequence[int]

    @classmethod
    def of(cls, item: Item, said: Sequence[Answer]) -> Self:
        codes = [_codes([answer.groups[text_id] for text_id in item.ids]) for answer in said]
        together = partitions.together(codes) if codes else np.empty((0, len(item.ids), len(item.ids)), dtype=np.bool_)
        return cls(item.ids, together, together.sum(axis=0), [max(one) + 1 for one in codes])

    def joined(self, without: int | None = None) -> Answer:
        """The consensus of all, or of all but one."""
        kept = [n for place, n in enumerate(self.n_groups) if place != without]
        counts = self.counts if without is None else self.counts - self.together[without]
        found = partitions.consensus_partition(counts / len(kept), round(float(np.median(kept))))
        return Answer(groups={text_id: str(group) for text_id, group in zip(self.ids, found, strict=True)})


def _set_replicates(item_id: ItemId, item: Item, answer: Answer, draws: Draws) -> FloatArray:
    """V-measure of each resample of the set's texts, with its centre and spread put right.

    A resample holds some texts twice, which are always found together: that lifts V-measure and narrows its spread. So
    the replicates are centred on the set's own value, and their spread is made the jackknife's.
    """
    n = len(item.texts)
    gold, found = (np.array(_codes(side), dtype=np.int64) for side in _pair(item, answer))
    values = partitions.v_measure_resampled(gold, found, draws.of(f"texts of {item_id}", n))
    whole = partitions.v_measure(*_pair(item, answer))
    error = jackknife_error(_all_but_one(gold, found))
    widened = (values - values.mean()) * (error / values.std()) if values.std() > 0 else np.zeros(draws.resamples)
    return np.clip(whole + widened, 0.0, 1.0)


def _all_but_one(gold: IntArray, found: IntArray) -> FloatArray:
    """V-measure without each text in turn: the same for all texts of one label and group, so once for each."""
    cells = gold * (found.max() + 1) + found
    _, first, of_text = np.unique(cells, return_index=True, return_inverse=True)
    without = np.array([np.delete(np.arange(len(cells)), text) for text in first])
    return partitions.v_measure_resampled(gold, found, without)[of_text]


def _agreed_on_sets(
    items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], draws: Draws | None
) -> tuple[FloatArray, dict[str, Pairwise]]:
    """Co-membership alpha, and the measures of each pair of raters, on the whole and on each resample.

    As with the main metric, sets are resampled where there are enough of them, else texts within sets.
    """
    enough = len(items) >= ENOUGH_SETS
    of_sets = comparing.resamples(draws, len(items), "sets")
    taken = of_sets.weights if enough else np.ones_like(of_sets.weights)
    pairs = pairwise.pairs_of(len(by_rater))
    number_of = {pair: number for number, pair in enumerate(pairs)}
    membership = np.zeros((of_sets.rows, 3))
    totals = {name: np.zeros((of_sets.rows, len(pairs))) for name in ("ari", "ami", "v_measure")}
    counts, n_items = np.zeros((of_sets.rows, len(pairs))), np.zeros(len(pairs), dtype=np.int64)
    for number, (item_id, item) in enumerate(items.items()):
        there = [rater for rater, sheet in enumerate(by_rater) if item_id in sheet]
        if len(there) < 2:
            continue
        said = np.array([_codes([by_rater[rater][item_id].groups[text] for text in item.ids]) for rater in there])
        resamples = comparing.resamples(None if enough else draws, len(item.ids), f"texts of {item_id}")
        membership += taken[:, [number]] * partition_pairs.co_membership_sums(said, resamples.weights)
        own = [number_of[there[one], there[other]] for one, other in pairwise.pairs_of(len(there))]
        for name, values in partition_pairs.measures_of_pairs(said, resamples).items():
            totals[name][:, own] += taken[:, [number]] * values
        counts[:, own] += taken[:, [number]]
        n_items[own] += 1
    alpha = partition_pairs.co_membership_alpha(membership)
    return alpha, {name: Pairwise(pairs, n_items, total, counts) for name, total in totals.items()}
