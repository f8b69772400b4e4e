"""Classification: which of the task's labels does a text deserve?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from hume.errors import InvalidAnswer, InvalidItem, Place, Unsuited
from hume.measures import kappa, labels, pairwise
from hume.measures.gwet import gwet_resampled
from hume.measures.krippendorff import alpha_resampled
from hume.measures.ranking import Ties
from hume.measures.resampling import Resamples
from hume.measures.threads import one_thread
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

EXPERIMENTS = 10
"""How many probes MTEB fits, each on its own draw from the train split."""
SEED = 42
ALIKE = 1e-6
"""Similarities that lie closer than this are equal: float32 tells no more of a cosine."""
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

    def score(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        settings: Settings,
        main_only: bool = False,
    ) -> Scored:
        """Means over experiments where there are such; a divided consensus counts in expectation."""
        per_item = _right(items, answers)
        if not per_item:
            return common.undefined(self.metrics, common.NOTHING_ANSWERED)
        values: dict[str, float | None] = {"accuracy": float(np.mean(list(per_item.values())))}
        if main_only:
            return Scored(values, per_item)
        runs = [labels.averages(matrix) for matrix in _confusions(items, answers, settings)]
        values |= {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}
        return Scored(values, per_item)

    def is_mean_over_items(self, items: Mapping[ItemId, Item]) -> bool:
        return True

    def replicates(
        self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings, draws: Draws
    ) -> FloatArray:
        return common.mean_replicates(items, _right(items, answers), draws)

    def replicates_of(
        self, items: Mapping[ItemId, Item], sets: Sequence[Mapping[ItemId, Answer]], settings: Settings, draws: Draws
    ) -> FloatArray:
        rows = [self.replicates(items, answers, settings, draws) for answers in sets]
        return np.array(rows).reshape(len(sets), draws.resamples)

    def consensus(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> dict[ItemId, Answer]:
        """The majority's label; where labels tie, all of them, and each counts its share."""
        return _majority(items, _votes(items, by_rater, settings).sum(axis=0), settings)

    def consensus_of_others(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> list[dict[ItemId, Answer]]:
        votes = _votes(items, by_rater, settings)
        return [_majority(items, others, settings) for others in votes.sum(axis=0) - votes]

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

    def texts_to_encode(
        self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings, protocol: ModelProtocol
    ) -> list[tuple[str, Role]]:
        texts = [item.text.text for item in items.values()]
        texts += _label_texts(settings) if protocol == "human-like" else _Probes.of(train, settings).texts
        return [(text, "plain") for text in texts]

    def answer_by_embedding(
        self,
        items: Mapping[ItemId, Item],
        train: Sequence[Item],
        settings: Settings,
        encoder: Encoder,
        protocol: ModelProtocol = "mteb",
    ) -> dict[ItemId, Answer]:
        """MTEB: ten logistic regressions, each on its own few train examples a label.

        Human-like: the label whose name and description are closest to the text by the model's own similarity, with
        no examples (zero-shot: Yin et al. 2019). Labels that are equally close share the answer.
        """
        if protocol == "human-like":
            return _by_label_texts(items, settings, encoder)
        probes = _Probes.of(train, settings)
        vectors = encoder.encode(probes.texts, "plain")
        predicted = probes.predict(vectors, encoder.encode([item.text.text for item in items.values()], "plain"))
        return {
            item_id: Answer(experiments=tuple(settings.names[run[position]] for run in predicted))
            for position, item_id in enumerate(items)
        }

    def answer_by_pairs(
        self, items: Mapping[ItemId, Item], settings: Settings, scorer: PairScorer
    ) -> dict[ItemId, Answer]:
        raise Unsuited("A model that scores pairs of texts does not answer a classification. Run an embedding model.")

    def mteb_metrics(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        settings: Settings,
        ties: Ties = "mteb",
        encoder: Encoder | None = None,
    ) -> dict[str, Json]:
        """Accuracy, F1 and so on: of each experiment where there are such, and their means over them.

        Average precision (`ap`) is there where the test items have two labels, as of the label 1.
        """
        if not common.answered(items, answers):
            return {}
        codes = _mteb_codes(settings)
        runs = [_of_run(gold, given, weights, codes) for gold, given, weights in _runs(items, answers)]
        defined = {name: [value for run in runs if (value := run[name]) is not None] for name in runs[0]}
        means: dict[str, Json] = {name: float(np.mean(values)) if values else None for name, values in defined.items()}
        return {"scores_per_experiment": runs, **means} if len(runs) > 1 else means

    def simulate(self, item: Item, settings: Settings, noise: float, rng: np.random.Generator) -> Answer:
        if rng.random() < noise:
            return Answer(label=str(rng.choice(settings.names)))
        return Answer(label=item.gold)

    def question(self, item: Item, settings: Settings, order: Sequence[str]) -> Question:
        text = asking.paragraphs(
            "Which one of the labels does the text deserve?",
            asking.Fences(self.texts(item)).around("text", item.text.text),
            f"Labels:\n{asking.listed({label.name: label.description for label in settings.labels})}",
            'Form of the answer: {"label": "one of the labels, written as above"}',
        )
        return Question(text, asking.object_of({"label": {"type": "string", "enum": settings.names}}))


def _votes(items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings) -> IntArray:
    """1 at the label that each rater gave each item first, else 0: shape (raters, items, labels)."""
    code = {name: index for index, name in enumerate(settings.names)}
    codes = [[code[sheet[item_id].first] if item_id in sheet else -1 for item_id in items] for sheet in by_rater]
    given = np.array(codes, dtype=np.int64).reshape(len(by_rater), len(items), 1)
    return np.asarray(given == np.arange(len(code)), dtype=np.int64)


def _majority(items: Mapping[ItemId, Item], votes: IntArray, settings: Settings) -> dict[ItemId, Answer]:
    """The label, or labels, with most of an item's `votes`, shape (items, labels); none where there is no vote."""
    chosen = votes == votes.max(axis=1, keepdims=True)
    known: dict[tuple[bool, ...], Answer] = {}
    agreed = {}
    for item_id, of_labels, n_votes in zip(items, map(tuple, chosen.tolist()), votes.sum(axis=1).tolist(), strict=True):
        if n_votes:
            if of_labels not in known:
                most = tuple(compress(settings.names, of_labels))
                known[of_labels] = Answer(label=most[0]) if len(most) == 1 else Answer(tied=most)
            agreed[item_id] = known[of_labels]
    return agreed


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


def _confusions(
    items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings
) -> list[labels.ConfusionMatrix]:
    """Gold against given labels of each experiment; people's are one. Labels that tie share their item."""
    code, asked = {name: index for index, name in enumerate(settings.names)}, common.answered(items, answers)
    gold = np.array([code[items[item_id].gold] for item_id in asked])
    sizes = np.array([len(answers[item_id].votes) for item_id in asked])
    given = np.array([code[vote] for item_id in asked for vote in answers[item_id].votes])
    is_probed = np.array([bool(answers[item_id].experiments) for item_id in asked])
    cells, shares = np.repeat(gold, sizes) * len(code) + given, np.repeat(1 / sizes, sizes)
    judged = ~np.repeat(is_probed, sizes)
    alike = np.bincount(cells[judged], weights=shares[judged], minlength=len(code) ** 2)
    starts, found = np.cumsum(sizes) - sizes, []
    for run in range(sizes[is_probed].max(initial=1)):
        probed = cells[(starts + run % sizes)[is_probed]]
        counts = alike + np.bincount(probed, minlength=len(code) ** 2)
        found.append(labels.ConfusionMatrix.among(settings.names, counts.reshape(len(code), len(code))))
    return found


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


def _of_run(
    gold: Sequence[str], given: Sequence[str], weights: Sequence[float] | None, codes: Mapping[str, int]
) -> dict[str, float | None]:
    """mteb's numbers of one experiment, by its names."""
    found: dict[str, float | None] = {"accuracy": labels.recall(gold, given, "weighted", weights)}
    for name, of in (("f1", labels.f1), ("precision", labels.precision), ("recall", labels.recall)):
        found[name] = of(gold, given, "macro", weights)
        found[f"{name}_weighted"] = of(gold, given, "weighted", weights)
    precision = None
    if len(set(gold)) == 2 and weights is None:
        precision = labels.average_precision([codes[label] == 1 for label in gold], [codes[label] for label in given])
    return {**found, "ap": precision, "ap_weighted": precision}


def _mteb_codes(settings: Settings) -> dict[str, int]:
    """The labels as mteb has them, numbers: the names where these are numbers, else their places."""
    names = settings.names
    are_numbers = all(name.lstrip("-").isdecimal() for name in names)
    return {name: int(name) if are_numbers else place for place, name in enumerate(names)}


def _one_hot(
    items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
) -> FloatArray:
    """1 for the label that a rater gave and 0 for all others, shape (raters, items, labels); NaN for no answer."""
    code = {name: index for index, name in enumerate(settings.names)}
    codes = np.array([[code[sheet[i].first] if i in sheet else -1 for i in items] for sheet in by_rater])
    marked = (codes[:, :, None] == np.arange(len(code))).astype(np.float64)
    return np.where(codes[:, :, None] < 0, np.nan, marked)


def _label_texts(settings: Settings) -> list[str]:
    """What a person reads of each label."""
    return [f"{label.name}: {label.description}" if label.description else label.name for label in settings.labels]


def _by_label_texts(items: Mapping[ItemId, Item], settings: Settings, encoder: Encoder) -> dict[ItemId, Answer]:
    labels = encoder.encode(_label_texts(settings), "plain")
    texts = encoder.encode([item.text.text for item in items.values()], "plain")
    names = settings.names
    answers = {}
    for item_id, closeness in zip(items, encoder.similarity(texts, labels), strict=True):
        best = closeness.max()
        closest = tuple(names[label] for label in np.flatnonzero(best - closeness <= ALIKE * max(1.0, abs(best))))
        answers[item_id] = Answer(label=closest[0]) if len(closest) == 1 else Answer(tied=closest)
    return answers


@dataclass(frozen=True)
class _Probes:
    """MTEB's logistic regressions: the train examples of each experiment, as rows of the `texts` that any of them has.

    One list of the train split's indices is shuffled again and again, each time by a generator with the same seed; from
    each order the first `samples_per_label` of each label are taken.
    """

    texts: list[str]
    rows: list[list[int]]
    labels: list[list[int]]

    @classmethod
    def of(cls, train: Sequence[Item], settings: Settings) -> _Probes:
        if len({item.gold for item in train}) < 2:
            raise InvalidItem(
                "a probe needs a train split with two labels at least.", "Import the task with its train split."
            )
        draws = _probe_draws([item.gold for item in train], settings.samples_per_label)
        needed = sorted({index for draw in draws for index in draw})
        row = {index: position for position, index in enumerate(needed)}
        code = {name: index for index, name in enumerate(settings.names)}
        return cls(
            [train[index].text.text for index in needed],
            [[row[index] for index in draw] for draw in draws],
            [[code[train[index].gold] for index in draw] for draw in draws],
        )

    def predict(self, vectors: NDArray[np.float32], test: NDArray[np.float32]) -> list[list[int]]:
        """The label of each test vector by each probe, as its place in the settings."""
        from sklearn.linear_model import LogisticRegression  # slow to import, and only models need it

        predicted = []
        with one_thread():
            for rows, codes in zip(self.rows, self.labels, strict=True):
                probe = LogisticRegression(max_iter=100, random_state=SEED).fit(vectors[rows], codes)
                predicted.append([int(code) for code in probe.predict(test)])
        return predicted


def _probe_draws(gold: Sequence[str], samples_per_label: int) -> list[list[int]]:
    """The train indices of each experiment."""
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
