"""Semantic textual similarity: how alike are two sentences in meaning, on the task's own scale?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy.stats import rankdata

from hume.errors import InvalidAnswer, InvalidItem, Place
from hume.measures import correlation, icc, kappa, paired, pairwise
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

BLOCK = 128
"""Pairs whose similarity is asked for at once."""
RIGHT = 0.75
"""Within a quarter of the scale's width of gold: one step on 1 to 5 or on 0 to 5, where people's golds are means."""

MOST_VALUES = 101
"""So many values of a scale are listed to a language model; of a finer one it is told the ends."""


class Settings(Frozen):
    """The scale; `step` 0 means that every value on it is allowed."""

    min: float = 0.0
    max: float = 5.0
    step: float = Field(1.0, ge=0)
    anchors: dict[str, str] = Field(default_factory=dict)
    """What a value means, in words, by the value as text: {"0": "unrelated"}."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min >= self.max:
            raise ValueError(f"min {self.min:g} must be below max {self.max:g}")
        if self.step and not _is_whole((self.max - self.min) / self.step):
            raise ValueError(f"from {self.min:g} to {self.max:g} there is no whole number of steps of {self.step:g}")
        return self


class Item(Frozen):
    """Two texts and the gold similarity on the task's scale."""

    sentence1: Content
    sentence2: Content
    gold: float


class Answer(Given):
    """A similarity: on the task's scale from people and LLMs, a model's own (cosine, say) from embeddings."""

    score: float
    scale: Literal["task", "similarity"] = "task"

    @property
    def is_judgment(self) -> bool:
        return self.scale == "task"

    @property
    def is_comparable(self) -> bool:
        return self.is_judgment


class STS:
    """Scored by rank correlation, so that a scale of 0 to 5 and a cosine can be held against the same gold."""

    name = "sts"
    title = "Semantic textual similarity"
    policy = ""
    right_from = RIGHT
    metrics = (
        Metric("spearman", "Spearman's rho", -1, 1, "Rank correlation with gold, average ranks.", "Spearman 1904"),
        Metric("pearson", "Pearson's r", -1, 1, "Linear correlation with gold."),
        Metric("kendall", "Kendall's tau-b", -1, 1, "Rank correlation with gold, corrected for ties.", "Kendall 1945"),
        Metric(
            "mse", "Mean squared error", 0, 1, "Over the scale's width; undefined off the task's scale.",
            greater_is_better=False,
        ),
    )  # fmt: skip

    def parse_settings(self, raw: Mapping[str, Json]) -> Settings:
        return validated(Settings, raw, InvalidItem, "STS settings are min, max, step and anchors.")

    def parse_item(self, raw: Mapping[str, Json], settings: Settings) -> Item:
        item = validated(Item, raw, InvalidItem, "An STS item has sentence1, sentence2 and a number as gold.")
        if not settings.min <= item.gold <= settings.max:
            raise InvalidItem(
                f"{item.gold:g} is outside the scale {settings.min:g} to {settings.max:g}.",
                "Mend the value, or set the task's min and max.",
                Place(field="gold"),
            )
        return item

    def parse_answer(self, raw: Json, item: Item, settings: Settings) -> Answer:
        answer = validated(Answer, raw, InvalidAnswer, 'An STS answer is {"score": number}.')
        if answer.scale == "task":
            _check_on_scale(answer.score, settings)
        return answer

    def warnings(self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings) -> list[str]:
        return common.faulty_texts({item_id: self.texts(item) for item_id, item in items.items()})

    def texts(self, item: Item) -> list[str]:
        return [item.sentence1.text, item.sentence2.text]

    def stratum(self, item: Item) -> str:
        return ""

    def order(self, item: Item, rng: np.random.Generator) -> list[str]:
        return []

    def score(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        settings: Settings,
        main_only: bool = False,
    ) -> Scored:
        gold, given = _paired(items, answers)
        if not len(gold):
            return common.undefined(self.metrics, common.NOTHING_ANSWERED)
        if main_only:
            return Scored({"spearman": correlation.spearman(given, gold)})
        values: dict[str, float | None] = {
            "spearman": correlation.spearman(given, gold),
            "pearson": correlation.pearson(given, gold),
            "kendall": correlation.kendall_tau_b(given, gold),
            "mse": None,
        }
        reasons = {name: "fewer than two items, or no variation" for name, v in values.items() if v is None}
        if any(answers[item_id].scale != "task" for item_id in common.answered(items, answers)):
            reasons["mse"] = "the answers are similarities, not on the task's scale"
        else:
            width = settings.max - settings.min
            values["mse"] = correlation.mean_squared_error(given / width, gold / width)
            del reasons["mse"]
        return Scored(values, reasons=reasons)

    def is_mean_over_items(self, items: Mapping[ItemId, Item]) -> bool:
        return False

    def replicates(
        self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings, draws: Draws
    ) -> FloatArray:
        return np.asarray(self.replicates_of(items, [answers], settings, draws)[0])

    def replicates_of(
        self, items: Mapping[ItemId, Item], sets: Sequence[Mapping[ItemId, Answer]], settings: Settings, draws: Draws
    ) -> FloatArray:
        gold = np.array([item.gold for item in items.values()], dtype=np.float64)
        given = _matrix(items, sets, judgments_only=False)
        found: FloatArray = correlation.spearman_resampled(list(given), gold, common.resamples(draws, len(gold)))
        return found[:, 1:]

    def consensus(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> dict[ItemId, Answer]:
        """The mean judgment of each item; similarities of models are on no common scale and stay out."""
        scores = _matrix(items, by_rater)
        return _means(items, _sums(scores), np.count_nonzero(~np.isnan(scores), axis=0))

    def consensus_of_others(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> list[dict[ItemId, Answer]]:
        scores = _matrix(items, by_rater)
        sums, counts = _sums(scores), np.count_nonzero(~np.isnan(scores), axis=0)
        return [_means(items, sums - np.nan_to_num(own), counts - ~np.isnan(own)) for own in scores]

    def agreement(
        self,
        items: Mapping[ItemId, Item],
        by_rater: Sequence[Mapping[ItemId, Answer]],
        settings: Settings,
        draws: Draws | None = None,
    ) -> list[Agreed]:
        sheets = [{i: answer for i, answer in sheet.items() if answer.is_judgment} for sheet in by_rater]
        panel, resamples = Panel.of(items, sheets), comparing.resamples(draws, len(items))
        scores = comparing.ratings(items, sheets, lambda answer: answer.score)
        pairs = pairwise.over_all_items(scores, resamples, _COMPARISONS)
        said = scores[[bool(sheet) for sheet in sheets]]
        single, average = icc.icc2_resampled(said, resamples)
        complete = icc.complete_items(said).shape[1]
        why = comparing.NO_VARIATION if complete > 1 else "fewer than two items have an answer of every rater"
        return [
            panel.agreed("krippendorff_alpha_interval", alpha_resampled(scores, "interval", resamples)),
            panel.of_pairs("mean_pairwise_spearman", pairs["spearman"], is_main=True),
            panel.of_pairs("mean_pairwise_pearson", pairs["pearson"]),
            panel.agreed("icc_2_1", single, complete, why),
            panel.agreed("icc_2_k", average, complete, why),
            *_agreed_in_steps(panel, scores, settings, resamples),
        ]

    def expected(self, item: Item, settings: Settings) -> Answer | None:
        """Gold as it stands, which may lie between the scale's steps where it is a mean."""
        return Answer(score=item.gold)

    def accord(self, item: Item, first: Answer, second: Answer, settings: Settings) -> float:
        """1 - |difference| / width of the scale. Symmetric; 0 from one end of the scale to the other."""
        apart = abs(first.score - second.score) / (settings.max - settings.min)
        return max(0.0, round(1 - apart, 9))

    def chance(self, items: Mapping[ItemId, Item], settings: Settings) -> float:
        """0: no order is likelier than its reverse."""
        return 0.0

    def against(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        reference: Mapping[ItemId, Answer],
        settings: Settings,
    ) -> tuple[dict[ItemId, Item], dict[ItemId, Answer]]:
        judged = {
            i: item.model_copy(update={"gold": reference[i].score}) if i in reference else item
            for i, item in items.items()
        }
        return judged, {i: answer for i, answer in answers.items() if i in reference and answer.is_judgment}

    def points(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> FloatArray:
        """The judgment itself; where there are similarities, everybody's ranks, from 0 to 1 over their own items."""
        if all(answer.is_judgment for sheet in by_rater for answer in sheet.values()):
            return _matrix(items, by_rater, judgments_only=False)[:, :, None]
        scores = _matrix(items, by_rater, judgments_only=False)
        ranks = np.where(np.isnan(scores), np.nan, rankdata(np.where(np.isnan(scores), np.inf, scores), axis=1))
        counts = (~np.isnan(scores)).sum(axis=1, keepdims=True)
        return np.asarray((ranks - 0.5) / np.maximum(counts, 1))[:, :, None]

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
        """The cosine of the two sentences' embeddings (1 - paired cosine distance), under both protocols.

        MTEB gives a model the two sentences and nothing else, as a person is given them.
        """
        vectors = encoder.encode([text for item in items.values() for text in self.texts(item)], "plain")
        return _similarities(items, paired.cosine(vectors[::2], vectors[1::2]))

    def answer_by_pairs(
        self, items: Mapping[ItemId, Item], settings: Settings, scorer: PairScorer
    ) -> dict[ItemId, Answer]:
        """The score of the two sentences in the order in which the item has them. MTEB has no such protocol."""
        pairs = [(item.sentence1.text, item.sentence2.text) for item in items.values()]
        return _similarities(items, scorer.score_pairs(pairs))

    def mteb_metrics(
        self,
        items: Mapping[ItemId, Item],
        answers: Mapping[ItemId, Answer],
        settings: Settings,
        ties: Ties = "mteb",
        encoder: Encoder | None = None,
    ) -> dict[str, Json]:
        """Correlations of the answers; with the encoder also those of other similarities of its vectors."""
        gold, given = _paired(items, answers)
        if not len(gold):
            return {}
        if encoder is None:
            return _correlations("", given, gold)
        texts = [text for item_id in common.answered(items, answers) for text in self.texts(items[item_id])]
        vectors = encoder.encode(texts, "plain")
        first, second = vectors[::2], vectors[1::2]
        return {
            **_correlations("", _own_similarity(encoder, first, second), gold),
            **_correlations("cosine_", given, gold),
            **_correlations("manhattan_", -paired.manhattan(first, second), gold),
            **_correlations("euclidean_", -paired.euclidean(first, second), gold),
        }

    def simulate(self, item: Item, settings: Settings, noise: float, rng: np.random.Generator) -> Answer:
        blurred = (1 - noise) * item.gold + noise * rng.uniform(settings.min, settings.max)
        if settings.step:
            blurred = settings.min + settings.step * round((blurred - settings.min) / settings.step)
        return Answer(score=float(np.clip(blurred, settings.min, settings.max)))

    def question(self, item: Item, settings: Settings, order: Sequence[str]) -> Question:
        fences = asking.Fences(self.texts(item))
        steps = f" in steps of {settings.step:g}" if settings.step else ""
        text = asking.paragraphs(
            "How close in meaning are the two texts?",
            fences.around("text-1", item.sentence1.text),
            fences.around("text-2", item.sentence2.text),
            f"Answer with a number from {settings.min:g} to {settings.max:g}{steps}, the greater the closer.",
            f"What the numbers mean:\n{asking.listed(settings.anchors)}" if settings.anchors else "",
            'Form of the answer: {"score": number}',
        )
        return Question(text, asking.object_of({"score": _score_schema(settings)}))


_COMPARISONS: Mapping[str, pairwise.Compare] = {
    "spearman": correlation.spearman_weighted,
    "pearson": correlation.pearson_weighted,
}


def _agreed_in_steps(panel: Panel, scores: FloatArray, settings: Settings, resamples: Resamples) -> list[Agreed]:
    """Coefficients over the steps of the scale, where it has steps: the further apart, the worse, by the square."""
    if not settings.step:
        return []
    steps = np.round((scores - settings.min) / settings.step)
    n_steps = round((settings.max - settings.min) / settings.step) + 1
    weighted = kappa.cohen(kappa.disagreements(n_steps, "quadratic"))
    pairs = pairwise.over_all_items(steps, resamples, {"kappa": weighted})
    return [
        panel.of_pairs("mean_pairwise_cohen_kappa_quadratic", pairs["kappa"]),
        panel.agreed("gwet_ac2_quadratic", gwet_resampled(steps, n_steps, "quadratic", resamples)),
    ]


def _score_schema(settings: Settings) -> Json:
    """The values of the scale one by one where they are not too many, else its ends."""
    n_steps = round((settings.max - settings.min) / settings.step) if settings.step else MOST_VALUES
    if n_steps >= MOST_VALUES:
        return {"type": "number", "minimum": settings.min, "maximum": settings.max}
    values = (round(settings.min + step * settings.step, 9) for step in range(n_steps + 1))
    return {"type": "number", "enum": [int(value) if value.is_integer() else value for value in values]}


def _check_on_scale(score: float, settings: Settings) -> None:
    scale = f"{settings.min:g} to {settings.max:g}"
    if not settings.min <= score <= settings.max:
        raise InvalidAnswer(f"{score:g} is outside the scale.", f"Answer with {scale}.", Place(field="score"))
    if settings.step and not _is_whole((score - settings.min) / settings.step):
        raise InvalidAnswer(
                f"{score:g} is not a step of the scale.", f"Answer with {scale} in steps of {settings.step:g}.",
                Place(field="score"),
            )  # fmt: skip


def _paired(items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer]) -> tuple[FloatArray, FloatArray]:
    """Gold and answers of the answered items."""
    ids = common.answered(items, answers)
    gold = np.array([items[item_id].gold for item_id in ids], dtype=np.float64)
    return gold, np.array([answers[item_id].score for item_id in ids], dtype=np.float64)


def _matrix(
    items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], judgments_only: bool = True
) -> FloatArray:
    """The scores, shape (raters, items), NaN where there is none."""
    if judgments_only:
        by_rater = [{i: answer for i, answer in sheet.items() if answer.is_judgment} for sheet in by_rater]
    scores = [[sheet[i].score if i in sheet else np.nan for i in items] for sheet in by_rater]
    return np.array(scores, dtype=np.float64).reshape(len(by_rater), len(items))


def _correlations(prefix: str, values: NDArray[Any], gold: FloatArray) -> dict[str, Json]:
    given = values.astype(np.float64)
    return {
        f"{prefix}pearson": correlation.pearson(given, gold),
        f"{prefix}spearman": correlation.spearman(given, gold),
    }


def _own_similarity(encoder: Encoder, first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """The model's own similarity of each row with the same row of the other: few at a time, since it gives them all."""
    blocks = [slice(start, start + BLOCK) for start in range(0, len(first), BLOCK)]
    return np.concatenate([np.diagonal(encoder.similarity(first[rows], second[rows])) for rows in blocks])


def _similarities(items: Mapping[ItemId, Item], values: NDArray[np.float32]) -> dict[ItemId, Answer]:
    return {
        item_id: Answer(score=float(value), scale="similarity") for item_id, value in zip(items, values, strict=True)
    }


def _is_whole(steps: float) -> bool:
    return abs(steps - round(steps)) < 1e-9


def _sums(scores: FloatArray) -> FloatArray:
    """What all raters gave each item, shape (items,), to the last bit the same in whatever order the raters stand."""
    return np.array([fsum(given) for given in np.nan_to_num(scores).T.tolist()])


def _means(items: Mapping[ItemId, Item], sums: FloatArray, counts: IntArray) -> dict[ItemId, Answer]:
    """The means of the items that anybody rated. Without rounding, equal means of steps such as 0.1 would not tie."""
    means = np.round(sums / np.maximum(counts, 1), 9)
    answers = {mean: Answer(score=mean) for mean in np.unique(means).tolist()}
    rated = zip(items, means.tolist(), counts.tolist(), strict=True)
    return {item_id: answers[mean] for item_id, mean, count in rated if count}
