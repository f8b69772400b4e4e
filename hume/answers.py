"""The one gate for answers: whatever they came by, what is stored has gone through `checked`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hume.errors import InvalidAnswer, Place
from hume.records import Answer, Item, Kind, Subset, Task
from hume.storable import storable
from hume.tasks import task_type

SKIP_REASONS = ("unclear", "wrong language", "bad item", "offensive", "other")


def checked(task: Task, subset: Subset, item: Item, answer: Answer, kind: Kind = "human") -> Answer:
    """The answer as it is to be stored, its payload in the task type's own form without defaults.

    A given answer needs a payload that the item admits, and that a rater of this `kind` can give: similarities and
    votes of probes are for embedding models alone. A skipped one needs one of `SKIP_REASONS` and loses its payload, if
    it has one. `order_shown`, where there is any, names each part of the item once. InvalidAnswer or InvalidItem
    otherwise.
    """
    if answer.status == "skipped":
        return replace(answer, payload=None, reason=_reason(answer))
    if answer.payload is None:
        raise InvalidAnswer(
            "A given answer has no payload.",
            "Send what was answered, or skip the item.",
            Place(field="payload"),
        )
    return replace(answer, payload=_normal_payload(task, subset, item, answer, kind), reason="")


def _reason(answer: Answer) -> str:
    if answer.reason not in SKIP_REASONS:
        raise InvalidAnswer(
            f"An item cannot be skipped for the reason {answer.reason!r}.",
            f"Give one of: {', '.join(SKIP_REASONS)}.",
            Place(field="reason"),
        )
    return answer.reason


def _normal_payload(task: Task, subset: Subset, item: Item, answer: Answer, kind: Kind) -> object:
    of_type = task_type(task.task_type)
    settings = of_type.parse_settings(task.settings_of(subset))
    parsed_item = of_type.parse_item(item.raw, settings)
    parsed = of_type.parse_answer(answer.payload, parsed_item, settings)
    if kind != "embedding" and not parsed.is_judgment:
        raise InvalidAnswer(
            f"Only an embedding model answers like this; the rater is {kind}.",
            "Answer as docs/wire.md has it for people.",
            Place(field="payload"),
        )
    parts = of_type.order(parsed_item, np.random.default_rng(0))
    if answer.order_shown and sorted(answer.order_shown) != sorted(parts):
        raise InvalidAnswer(
            "The order shown does not name each part of the item once.",
            "Send the order as it was on the screen, or none.",
            Place(field="order_shown"),
        )
    return storable(parsed.model_dump(mode="json", exclude_defaults=True))
