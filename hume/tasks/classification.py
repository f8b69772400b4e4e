"""Classification: which of the task's labels does a text deserve?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from hume.errors import InvalidAnswer, InvalidItem, Place
from hume.measures import kappa, labels, pairwise
from hume.measures.gwet import gwet_resampled
from hume.measures.krippendorff import alpha_resampled
from hume.measures.resampling import Resamples
from hume.records import Json
from hume.tasks import common, comparing
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
from hume.tasks.comparing import Panel

EXPERIMENTS = 10
"""How many probes MTEB fits, each on its own draw from the train split."""
SEED = 42
RIGHT = 1.0
"""An answer to a check is right where its label is gold."""


class Label(Frozen):
    """A label and what it means, as annotators read it."""

    name: str = Field(min_length=1)
    description: str = ""


class Settings(Frozen):
    """The labels in the data set's own order, and how many examples of each a probe is given."""

    labels: tuple[Label, ...] = Field(min_length=2)
    samples_per_label: int = Field(8, ge=1)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        twice = [name for name, count in Counter(self.names).items() if count > 1]
        if twice:
            raise ValueError(f"label {twice[0]!r} is listed twice")
        return self

    @property
    def names(self) -> list[str]:
        return [label.name for label in self.labels]


class Item(Frozen):
    """A text and its gold label."""

    text: Content
    gold: str


class Answer(Given):
    """One label from a person; from probes one an experiment; from a divided consensus the tied ones."""

    label: str | None = None
    experiments: tuple[str, ...] = ()
    tied: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum((self.label is not None, bool(self.experiments), bool(self.tied))) != 1:
            raise ValueError("give exactly one of label, experiments and tied")
        return self

    @property
    def is_judgment(self) -> bool:
        return self.label is not None

    @property
    def is_comparable(self) -> bool:
        return not self.experiments

    @property
    def votes(self) -> tuple[str, ...]:
        """The labels that share the answer, equally."""
        return (self.label,) if self.label is not None else self.experiments or self.tied

    @property
    def first(self) -> str:
        """The commonest label; among equals the first in sort order."""
        if self.label is not None:
            return self.label
        counts = Counter(self.votes)
        return min(counts, key=lambda name: (-counts[name], name))


class Classification:
    """Accuracy is the mean over items, so it has a value for each item; F1 needs the whole set."""

    name = "classification"
    title = "Classification"
    policy = "tied labels share"
    right_from = RIGHT
    metrics = (
        Metric("accuracy", "Accuracy", 0, 1, "Share of items with the gold label."),
        Metric("f1_macro", "Macro F1", 0, 1, "F1 averaged over labels."),
        Metric("f1_weighted", "Weighted F1", 0, 1, "F1 averaged over labels by their frequency in gold."),
        Metric("precision_macro", "Macro precision", 0, 1, "Precision averaged over labels."),
        Metric("precision_weighted", "Weighted precision", 0, 1, "Precision averaged by frequency in gold."),
        Metric("recall_macro", "Macro recall", 0, 1, "Recall averaged over labels."),
        Metric("recall_weighted", "Weighted recall", 0, 1, "Recall averaged by frequency in gold."),
    )

    def parse_settings(self, raw: Mapping[str, Json]) -> Settings:
        return validated(
            Settings,
            raw,
            InvalidItem,
            "Classification settings are labels (at least two) and samples_per_label.",
        )

    def parse_item(self, raw: Mapping[str, Json], settings: Settings) -> Item:
        item = validated(Item, raw, InvalidItem, "A classification item has a text and a label name as gold.")
        if item.gold not in settings.names:
            raise InvalidItem(
                f"{item.gold!r} is none of the task's labels.",
                f"Use one of {_listed(settings)}.",
                Place(field="gold"),
            )
        return item

    def parse_answer(self, raw: Json, item: Item, settings: Settings) -> Answer:
        answer = validated(Answer, raw, InvalidAnswer, 'A classification answer is {"label": name}.')
        names = settings.names
        unknown = [vote for vote in answer.votes if vote not in names]
        if unknown:
            raise InvalidAnswer(
                f"{unknown[0]!r} is none of the task's labels.",
                f"Use one of {_listed(settings)}.",
                Place(field="label"),
            )
        return answer

    def warnings(self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings) -> list[str]:
        found = common.faulty_texts({item_id: self.texts(item) for item_id, item in items.items()})
        seen = {item.text.text for item in train}
        leaked = sum(item.text.text in seen for item in items.values())
        if leaked:
            found.append(f"{leaked} of {len(items)} test texts are in the train split too: models have seen them.")
        counts = Counter(item.gold for item in items.values())
        single = sorted(name for name, count in counts.items() if count == 1)
        if single:
            found.append(f"label(s) of one test item only: {', '.join(single)}.")
        return found

    def texts(self, item: Item) -> list[str]:
        return [item.text.text]

    def stratum(self, item: Item) -> str:
        return item.gold

    def order(self, item: Item, rng: np.random.Generator) -> list[str]:
        return []

    def score(self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings) -> Scored:
        """Means over experiments where there are such; a divided consensus counts in expectation."""
        per_item = _right(items, answers)
        if not per_item:
            return common.undefined(self.metrics, common.NOTHING_ANSWERED)
        values: dict[str, float | None] = {"accuracy": float(np.mean(list(per_item.values())))}
        runs = _runs(items, answers)
        for name, of in (("f1", labels.f1), ("precision", labels.precision), ("recall", labels.recall)):
            values[f"{name}_macro"] = float(np.mean([of(gold, given, "macro", w) for gold, given, w in runs]))
            values[f"{name}_weighted"] = float(np.mean([of(gold, given, "weighted", w) for gold, given, w in runs]))
        return Scored(values, per_item)

    def is_mean_over_items(self, items: Mapping[ItemId, Item]) -> bool:
        return True

    def replicates(
        self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings, draws: Draws
    ) -> FloatArray:
        return common.mean_replicates(items, _right(items, answers), draws)

    def consensus(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> dict[ItemId, Answer]:
        """The majority's label; where labels tie, all of them, and each counts its share."""
        agreed = {}
        for item_id in items:
            counts = Counter(sheet[item_id].first for sheet in by_rater if item_id in sheet)
            most = [name for name in settings.names if counts and counts[name] == max(counts.values())]
            if most:
                agreed[item_id] = Answer(label=most[0]) if len(most) == 1 else Answer(tied=tuple(most))
        return agreed

    def agreement(
        self,
        items: Mapping[ItemId, Item],
        by_rater: Sequence[Mapping[ItemId, Answer]],
        settings: Settings,
        draws: Draws | None = None,
    ) -> list[Agreed]:
        code = {name: float(index) for index, name in enumerate(settings.names)}
        panel, resamples = Panel.of(items, by_rater), comparing.resamples(draws, len(items))
        codes = comparing.ratings(items, by_rater, lambda answer: code[answer.first])
        pairs = pairwise.over_all_items(
            codes,
            resamples,
            {"kappa": kappa.cohen(kappa.disagreements(len(code), "identity")), "percentage": kappa.percentage},
        )
        return [
            panel.agreed("krippendorff_alpha_nominal", alpha_resampled(codes, "nominal", resamples)),
            _fleiss(panel, codes, len(code), resamples),
            panel.of_pairs("mean_pairwise_cohen_kappa", pairs["kappa"], is_main=True),
            panel.agreed("gwet_ac1", gwet_resampled(codes, len(code), "identity", resamples)),
            panel.of_pairs("mean_pairwise_percentage", pairs["percentage"]),
        ]

    def expected(self, item: Item, settings: Settings) -> Answer | None:
        return Answer(label=item.gold)

    def accord(self, item: Item, first: Answer, second: Answer, settings: Settings) -> float:
        """1 where the labels are the same, else 0; of labels that tie the mean over them. Symmetric."""
        shares = [second.votes.count(vote) / len(second.votes) for vote in first.votes]
        return sum(shares) / len(shares)

    def chance(self, items: Mapping[ItemId, Item], settings: Settings) -> float:
        """The accuracy of gold's labels given to items at random: the sum of the squared shares of the labels."""
        counts = Counter(item.gold for item in items.values())
        return sum(count * count for count in counts.values()) / max(len(items), 1) ** 2

    def against(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        reference: Mapping[ItemId, Answer],
        settings: Settings,
    ) -> tuple[dict[ItemId, Item], dict[ItemId, Answer]]:
        """The sides change places, which accuracy does not mind: so labels that tie in the reference share the item."""
        both = {i: answer.first for i, answer in answers.items() if i in reference}
        judged = {i: item.model_copy(update={"gold": both[i]}) if i in both else item for i, item in items.items()}
        return judged, {i: reference[i] for i in both}

    def points(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> FloatArray:
        """Two labels are 1 apart; of probes the label that most of them gave."""
        return np.asarray(_one_hot(items, by_rater, settings) / np.sqrt(2))

    def answer_by_embedding(
        self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings, encoder: Encoder
    ) -> dict[ItemId, Answer]:
        """MTEB: ten logistic regressions, each on its own few train examples a label."""
        if len({item.gold for item in train}) < 2:
            raise InvalidItem(
                "a probe needs a train split with two labels at least.", "Import the task with its train split."
            )
        test = encoder.encode([item.text.text for item in items.values()], "plain")
        code = {name: index for index, name in enumerate(settings.names)}
        draws = _probe_draws([item.gold for item in train], settings.samples_per_label)
        needed = sorted({index for draw in draws for index in draw})
        vectors = encoder.encode([train[index].text.text for index in needed], "plain")
        row = {index: position for position, index in enumerate(needed)}
        predicted = [
            _probe(vectors[[row[i] for i in draw]], [code[train[i].gold] for i in draw], test) for draw in draws
        ]
        return {
            item_id: Answer(experiments=tuple(settings.names[run[position]] for run in predicted))
            for position, item_id in enumerate(items)
        }

    def simulate(self, item: Item, settings: Settings, noise: float, rng: np.random.Generator) -> Answer:
        if rng.random() < noise:
            return Answer(label=str(rng.choice(settings.names)))
        return Answer(label=item.gold)


def _fleiss(panel: Panel, codes: FloatArray, n_labels: int, resamples: Resamples) -> Agreed:
    """Fleiss' kappa over the items that anybody answered; undefined where their numbers of answers differ."""
    counts = np.array([(codes == label).sum(axis=0) for label in range(n_labels)]).T
    sizes = set(counts.sum(axis=1).tolist()) - {0}
    if len(sizes) > 1:
        why = "items differ in their number of answers, which Krippendorff's alpha allows"
        return panel.undefined("fleiss_kappa", why)
    return panel.agreed("fleiss_kappa", kappa.fleiss_resampled(counts, resamples))


def _listed(settings: Settings) -> str:
    return ", ".join(settings.names)


def _right(items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer]) -> dict[ItemId, float]:
    """For each answered item the share of its votes that are gold."""
    return {
        item_id: answers[item_id].votes.count(items[item_id].gold) / len(answers[item_id].votes)
        for item_id in common.answered(items, answers)
    }


def _runs(
    items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer]
) -> list[tuple[list[str], list[str], list[float] | None]]:
    """Gold and given labels of each experiment, with weights where a consensus ties; people's are one experiment."""
    ids = common.answered(items, answers)
    ties = any(answers[item_id].tied for item_id in ids)
    runs = []
    for run in range(max(len(answers[item_id].experiments) or 1 for item_id in ids)):
        gold: list[str] = []
        given: list[str] = []
        weights: list[float] = []
        for item_id in ids:
            answer = answers[item_id]
            votes = answer.votes[run % len(answer.votes) :][:1] if answer.experiments else answer.votes
            gold += [items[item_id].gold] * len(votes)
            given += votes
            weights += [1 / len(votes)] * len(votes)
        runs.append((gold, given, weights if ties else None))
    return runs


def _one_hot(
    items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
) -> FloatArray:
    """1 for the label that a rater gave and 0 for all others, shape (raters, items, labels); NaN for no answer."""
    code = {name: index for index, name in enumerate(settings.names)}
    codes = np.array([[code[sheet[i].first] if i in sheet else -1 for i in items] for sheet in by_rater])
    marked = (codes[:, :, None] == np.arange(len(code))).astype(np.float64)
    return np.where(codes[:, :, None] < 0, np.nan, marked)


def _probe_draws(gold: Sequence[str], samples_per_label: int) -> list[list[int]]:
    """MTEB's train indices for each experiment.

    One list of indices is shuffled again and again, each time by a generator with the same seed; from each order
    the first `samples_per_label` of each label are taken.
    """
    order = list(range(len(gold)))
    draws = []
    for _ in range(EXPERIMENTS):
        np.random.RandomState(SEED).shuffle(order)
        taken: Counter[str] = Counter()
        draw = []
        for index in order:
            if taken[gold[index]] < samples_per_label:
                draw.append(index)
                taken[gold[index]] += 1
        draws.append(draw)
    return draws


def _probe(vectors: NDArray[np.float32], gold: Sequence[int], test: NDArray[np.float32]) -> list[int]:
    from sklearn.linear_model import LogisticRegression  # slow to import, and only models need it

    probe = LogisticRegression(max_iter=100, random_state=SEED).fit(vectors, gold)
    return [int(code) for code in probe.predict(test)]
