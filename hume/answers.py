"""The one gate for answers: whatever they came by, what is stored has gone through `checked`."""

from __future__ import annotations

from dataclasses import replace

from hume.errors import InvalidAnswer, Place
from hume.records import Answer, Item, Subset, Task
from hume.tasks import task_type

SKIP_REASONS = ("unclear", "wrong language", "bad item", "offensive", "other")


def checked(task: Task, subset: Subset, item: Item, answer: Answer) -> Answer:
    """The answer as it is to be stored, its payload in the task type's own form without defaults.

    A given answer needs a payload that the item admits; a skipped one needs one of `SKIP_REASONS` and loses its
    payload, if it has one. InvalidAnswer or InvalidItem otherwise.
    """
    if answer.status == "skipped":
        return replace(answer, payload=None, reason=_reason(answer))
    if answer.payload is None:
        raise InvalidAnswer(
            "A given answer has no payload.",
            "Send what was answered, or skip the item.",
            Place(field="payload"),
        )
    return replace(answer, payload=_normal_payload(task, subset, item, answer), reason="")


def _reason(answer: Answer) -> str:
    if answer.reason not in SKIP_REASONS:
        raise InvalidAnswer(
            f"An item cannot be skipped for the reason {answer.reason!r}.",
            f"Give one of: {', '.join(SKIP_REASONS)}.",
            Place(field="reason"),
        )
    return answer.reason


def _normal_payload(task: Task, subset: Subset, item: Item, answer: Answer) -> object:
    kind = task_type(task.task_type)
    settings = kind.parse_settings({**task.settings, **subset.settings})
    parsed = kind.parse_answer(answer.payload, kind.parse_item(item.raw, settings), settings)
    return parsed.model_dump(mode="json", exclude_defaults=True)
