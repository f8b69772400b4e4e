"""Semantic textual similarity: how alike are two sentences in meaning, on the task's own scale?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from hume.errors import InvalidAnswer, InvalidItem, Place
from hume.measures import correlation, krippendorff
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


class STS:
    """Scored by rank correlation, so that a scale of 0 to 5 and a cosine can be held against the same gold."""

    name = "sts"
    title = "Semantic textual similarity"
    policy = ""
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

    def score(self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings) -> Scored:
        gold, given = _paired(items, answers)
        if not len(gold):
            return common.undefined(self.metrics, common.NOTHING_ANSWERED)
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

    def replicates(
        self, items: Mapping[ItemId, Item], answers: Mapping[ItemId, Answer], settings: Settings, draws: Draws
    ) -> FloatArray:
        gold = np.array([item.gold for item in items.values()], dtype=np.float64)
        given = np.array([answers[i].score if i in answers else np.nan for i in items], dtype=np.float64)
        return correlation.spearman_resampled(given, gold, draws.of("items", len(gold)))

    def consensus(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> dict[ItemId, Answer]:
        """The mean judgment of each item; similarities of models are on no common scale and stay out."""
        said = {
            item_id: [sheet[item_id].score for sheet in _on_task_scale(by_rater) if item_id in sheet]
            for item_id in items
        }
        return {item_id: Answer(score=_mean(scores)) for item_id, scores in said.items() if scores}

    def agreement(
        self, items: Mapping[ItemId, Item], by_rater: Sequence[Mapping[ItemId, Answer]], settings: Settings
    ) -> list[Agreed]:
        sheets = _on_task_scale(by_rater)
        matrix = common.ratings(sheets, lambda item_id, answer: {item_id: answer.score})
        alpha = krippendorff.alpha(matrix, "interval")
        return [
            common.alpha_agreed("krippendorff_alpha_interval", alpha, len(sheets)),
            common.mean_pairwise(
                "mean_pairwise_spearman",
                sheets,
                lambda a, b: [correlation.spearman([x.score for x in a], [x.score for x in b])],
            ),
        ]

    def answer_by_embedding(
        self, items: Mapping[ItemId, Item], train: Sequence[Item], settings: Settings, encoder: Encoder
    ) -> dict[ItemId, Answer]:
        """MTEB: the cosine of the two sentences' embeddings (1 - paired cosine distance)."""
        first = encoder.encode([item.sentence1.text for item in items.values()], "plain")
        second = encoder.encode([item.sentence2.text for item in items.values()], "plain")
        norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        cosines = np.einsum("ij,ij->i", first, second) / np.where(norms > 0, norms, 1)
        return {
            item_id: Answer(score=float(cosine), scale="similarity")
            for item_id, cosine in zip(items, cosines, strict=True)
        }

    def simulate(self, item: Item, settings: Settings, noise: float, rng: np.random.Generator) -> Answer:
        blurred = (1 - noise) * item.gold + noise * rng.uniform(settings.min, settings.max)
        if settings.step:
            blurred = settings.min + settings.step * round((blurred - settings.min) / settings.step)
        return Answer(score=float(np.clip(blurred, settings.min, settings.max)))


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


def _is_whole(steps: float) -> bool:
    return abs(steps - round(steps)) < 1e-9


def _mean(scores: Sequence[float]) -> float:
    """The mean, the same in whatever order the raters stand: else equal means of steps such as 0.1 would not tie."""
    return round(fsum(scores) / len(scores), 9)


def _on_task_scale(by_rater: Sequence[Mapping[ItemId, Answer]]) -> list[dict[ItemId, Answer]]:
    """What raters said on the task's own scale; one who said nothing on it is no rater here."""
    sheets = [{i: answer for i, answer in sheet.items() if answer.is_judgment} for sheet in by_rater]
    return [sheet for sheet in sheets if sheet]
