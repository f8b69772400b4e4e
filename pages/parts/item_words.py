"""An item and its answers in words, for each task type: its texts, and what an answer says of each of them.

A task type without a line in FORMS is shown as it is stored.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hume.export import wording
from hume.tasks.base import AnyTaskType

WHOLE = ""
"""The part that stands for the item as a whole."""


@dataclass(frozen=True)
class Part:
    """One text of an item; `is_judged` where an answer says something of it alone."""

    key: str
    title: str
    text: str
    is_judged: bool = False


@dataclass(frozen=True)
class Form:
    """How items of one task type are read: their parts, and what a parsed answer says of a part."""

    parts: Callable[[Any], list[Part]]
    said: Callable[[Any, str, Any], str]


def form(kind: AnyTaskType) -> Form:
    """How items of this task type are read."""
    return FORMS.get(kind.name, Form(lambda item: _texts(kind.texts(item)), _as_stored))


def _texts(texts: Sequence[str]) -> list[Part]:
    return [Part(WHOLE, f"Text {number}", text) for number, text in enumerate(texts, 1)]


def _as_stored(answer: Any, part: str, settings: Any) -> str:
    return json.dumps(answer.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)


def _sts_parts(item: Any) -> list[Part]:
    return [Part(WHOLE, "Sentence 1", item.sentence1.text), Part(WHOLE, "Sentence 2", item.sentence2.text)]


def _sts_said(answer: Any, part: str, settings: Any) -> str:
    return f"{answer.score:g}" if answer.is_judgment else f"similarity {wording.coefficient(answer.score)}"


def _label_parts(item: Any) -> list[Part]:
    return [Part(WHOLE, "Text", item.text.text)]


def _label_said(answer: Any, part: str, settings: Any) -> str:
    votes = Counter(answer.votes).most_common()
    return str(votes[0][0]) if len(votes) == 1 else ", ".join(f"{label} ({n})" for label, n in votes)


def _set_parts(item: Any) -> list[Part]:
    return [Part(text.id, text.id, text.content.text, is_judged=True) for text in item.texts]


def _set_said(answer: Any, part: str, settings: Any) -> str:
    return str(answer.groups[part])


def _query_parts(item: Any) -> list[Part]:
    asked = [Part(WHOLE, "Query", item.query.text)]
    asked += [Part(WHOLE, "Instruction", item.instruction)] if item.instruction else []
    return asked + [Part(one.id, one.id, one.content.text, is_judged=True) for one in item.candidates]


def _query_said(answer: Any, part: str, settings: Any) -> str:
    if answer.grades is not None:
        return str(settings.grades[answer.grades[part]])
    if answer.ranking is not None:
        return wording.ordinal(next(place for place, tier in enumerate(answer.ranking, 1) if part in tier))
    return wording.coefficient(answer.scores[part])


FORMS: Mapping[str, Form] = {
    "sts": Form(_sts_parts, _sts_said),
    "classification": Form(_label_parts, _label_said),
    "clustering": Form(_set_parts, _set_said),
    "reranking": Form(_query_parts, _query_said),
}
