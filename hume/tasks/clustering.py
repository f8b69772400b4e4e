"""Clustering: which texts of a set belong together?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np
from pydantic import Field

from hume.errors import InvalidAnswer, InvalidItem, Place
from hume.measures import partitions
from hume.measures.bootstrap import jackknife_error
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
    IntArray,
    ItemId,
    Metric,
    Scored,
    validated,
)

SEED = 42
ENOUGH_SETS = 10
"""From so many sets on, the bootstrap resamples sets too, and not only the texts within them."""


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

    def score(self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings) -> Scored:
        ids = common.answered(items, answers)
        if not ids:
            return common.undefined(self.metrics, common.NOTHING_ANSWERED)
        pairs = {item_id: _pair(items[item_id], answers[item_id]) for item_id in ids}
        per_item = {item_id: partitions.v_measure(*pair) for item_id, pair in pairs.items()}
        values: dict[str, float | None] = {"v_measure": float(np.mean(list(per_item.values())))}
        for name, of in _OTHER_METRICS.items():
            values[name] = float(np.mean([of(*pair) for pair in pairs.values()]))
        return Scored(values, per_item)

    def replicates(
        self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings, draws: Draws
    ) -> FloatArray:
        """Texts are resampled within sets, and sets too where there are enough of them."""
        by_set = {i: _set_replicates(i, items[i], answers[i], draws) for i in common.answered(items, answers)}
        values = np.array([by_set.get(item_id, np.full(draws.resamples, np.nan)) for item_id in items])
        if len(items) >= ENOUGH_SETS:
            values = values[draws.of("sets", len(items)).T, np.arange(draws.resamples)]
        counts = (~np.isnan(values)).sum(axis=0)
        return np.asarray(np.where(counts > 0, np.nansum(values, axis=0) / np.maximum(counts, 1), np.nan))

    def consensus(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> dict[ItemId, Answer]:
        """Texts that raters put together are put together; as many groups as the median rater made (half: even)."""
        agreed = {}
        for item_id, item in items.items():
            said = [sheet[item_id] for sheet in by_rater if item_id in sheet]
            if said:
                codes = [_codes([answer.groups[text_id] for text_id in item.ids]) for answer in said]
                n_groups = round(float(np.median([len(set(one)) for one in codes])))
                found = partitions.consensus_partition(codes, n_groups)
                groups = {text_id: str(group) for text_id, group in zip(item.ids, found, strict=True)}
                agreed[item_id] = Answer(groups=groups)
        return agreed

    def agreement(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> list[Agreed]:
        def compared(
            of: Callable[[Sequence[Hashable], Sequence[Hashable]], float],
        ) -> Callable[..., list[float]]:
            return lambda a, b: [of(*_aligned(x, y)) for x, y in zip(a, b, strict=True)]

        return [
            common.mean_pairwise("mean_pairwise_ari", by_rater, compared(partitions.adjusted_rand)),
            common.mean_pairwise("mean_pairwise_v_measure", by_rater, compared(partitions.v_measure)),
        ]

    def answer_by_embedding(
        self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings, encoder: Encoder
    ) -> dict[ItemId, Answer]:
        """MTEB: a mini-batch k-means for each set, told the number of gold labels."""
        return {item_id: _by_kmeans(item, encoder) for item_id, item in items.items()}

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


_OTHER_METRICS: Mapping[str, Callable[[Sequence[Hashable], Sequence[Hashable]], float]] = {
    "ari": partitions.adjusted_rand,
    "ami": partitions.adjusted_mutual_information,
    "homogeneity": partitions.homogeneity,
    "completeness": partitions.completeness,
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


def _by_kmeans(item: Item, encoder: Encoder) -> Answer:
    from sklearn.cluster import MiniBatchKMeans  # slow to import, and only models need it

    vectors = encoder.encode([text.content.text for text in item.texts], "plain")
    kmeans = MiniBatchKMeans(
        n_clusters=len(set(item.gold.values())),
        batch_size=500,
        n_init="auto",
        compute_labels=True,
        random_state=SEED,
    )
    kmeans.fit(vectors)
    return Answer(groups={text_id: str(group) for text_id, group in zip(item.ids, kmeans.labels_, strict=True)})
