"""The messages between deck and server.

Others' answers and scores are in none of them, nor is gold, but for that of a training item once it was answered.
What an item is asked for is not said either, except of training items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hume.assign import display_rng
from hume.errors import InvalidAnswer
from hume.quality import is_right
from hume.records import Answer, Item, Json, Participation, Progress, Subset, Task
from hume.server.guard import Refused
from hume.tasks import task_type

MAX_DRAFT = 200_000
"""Characters of a draft's JSON."""
MIDNIGHT = "hume-midnight"
"""The header that says when the annotator's day began."""

ItemNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""An item's id in the database."""


class Message(BaseModel):
    """A message from the deck: strict, since HUME's own script sends it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SentAnswer(Message):
    """An answer as the deck sends it; `client_id` makes a resend harmless."""

    client_id: str = Field(min_length=8, max_length=64)
    item: ItemNumber
    status: Literal["given", "skipped"]
    payload: Json = None
    reason: str = Field("", max_length=100)
    comment: str = Field("", max_length=5_000)
    confidence: int | None = Field(None, ge=0, le=100)
    milliseconds: int | None = Field(None, ge=0, le=7 * 24 * 3_600_000)
    order_shown: tuple[Annotated[str, Field(max_length=500)], ...] = Field((), max_length=2_000)

    def answer(self, item: Item) -> Answer:
        """The same as a record, not yet checked against its item."""
        return Answer(
            item=item.key,
            status=self.status,
            payload=self.payload,
            item_version=item.version,
            client_id=self.client_id,
            reason=self.reason,
            comment=self.comment,
            confidence=self.confidence,
            milliseconds=self.milliseconds,
            order_shown=self.order_shown,
        )


class SentAnswers(Message):
    """A batch of answers, in the order in which they were given."""

    answers: tuple[SentAnswer, ...] = Field(min_length=1, max_length=200)


class SentDraft(Message):
    """The unfinished answer of one item; null forgets it."""

    item: ItemNumber
    draft: dict[str, Any] | None


MessageT = TypeVar("MessageT", bound=Message)


def read(schema: type[MessageT], body: Json) -> MessageT:
    """`body` as `schema`; refused (400) naming the first field at fault."""
    try:
        return schema.model_validate(body)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(400, f"Malformed message, field {where!r}: {first['msg']}.") from None


def midnight(header: str | None) -> datetime:
    """The start of the annotator's day from `Hume-Midnight`, an ISO instant with its offset; else UTC's midnight."""
    try:
        told = datetime.fromisoformat(header or "")
        if told.tzinfo is not None:
            return told.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def task_message(task: Task, subset: Subset) -> dict[str, Json]:
    """What the deck has to know of a task to draw its form."""
    settings = task_type(task.task_type).parse_settings(task.settings_of(subset))
    return {
        "name": task.name,
        "task_type": task.task_type,
        "subset": subset.name,
        "languages": list(subset.languages),
        "settings": settings.model_dump(mode="json"),
        "guidelines": subset.guidelines or task.guidelines,
    }


def item_message(task: Task, subset: Subset, item: Item, rater_id: int, draft: Json) -> dict[str, Json]:
    """An item as one rater is to see it: its parts lie, and are sent, in that rater's own order."""
    kind = task_type(task.task_type)
    settings = kind.parse_settings(task.settings_of(subset))
    order = kind.order(kind.parse_item(item.raw, settings), display_rng(rater_id, item.id or 0))
    message = {"id": item.id, "content": _in_order(item.content, order), "order": order, "draft": draft}
    return {**message, "training": True} if item.purpose == "training" else message


def progress_message(progress: Progress | None) -> dict[str, Json] | None:
    """How far the annotator is."""
    return None if progress is None else asdict(progress)


def completion_message(task: Task, studies: Sequence[Participation]) -> dict[str, Json]:
    """How a participant tells the recruiting platform that all is done: nothing before it is."""
    done = [one for one in studies if task.name in one.tasks and one.is_completed]
    return {"completion": {"url": done[0].completion_url, "code": done[0].completion_code}} if done else {}


def elsewhere_message(task: Task, subset: Subset, n_open: int) -> dict[str, Json]:
    """Another subset that the annotator could go on with."""
    names = {"task": task.name, "subset": subset.name, "task_type": task.task_type}
    return {**names, "languages": list(subset.languages), "open": n_open}


def result_message(
    sent: SentAnswer, state: str, revision: int, error: str = "", feedback: Json = None
) -> dict[str, Json]:
    """What became of one answer of a batch."""
    result = {"client_id": sent.client_id, "item": sent.item, "state": state}
    return {**result, "revision": revision, "error": error, "feedback": feedback}


def answer_message(answer: Answer | None) -> dict[str, Json] | None:
    """One's own latest answer, as the deck shows it for going over it again."""
    if answer is None:
        return None
    fields = ("revision", "status", "payload", "reason", "comment", "confidence")
    return {name: getattr(answer, name) for name in fields}


def feedback_message(task: Task, subset: Subset, item: Item, answer: Answer | None) -> dict[str, Json] | None:
    """What one is told of one's own stored answer to a training item; None for other items and without an answer.

    `right` is null where the item has no gold, and for an answer that was skipped or is not admitted any more.
    """
    if answer is None or item.purpose != "training":
        return None
    kind = task_type(task.task_type)
    settings = kind.parse_settings(task.settings_of(subset))
    parsed = kind.parse_item(item.raw, settings)
    expected = kind.expected(parsed, settings)
    shown = None if expected is None else expected.model_dump(mode="json", exclude_defaults=True)
    right = None
    if answer.status == "given":
        try:
            right = is_right(kind, parsed, kind.parse_answer(answer.payload, parsed, settings), settings)
        except InvalidAnswer:
            right = None
    return {"right": right, "expected": shown}


def _in_order(content: Mapping[str, Json], order: Sequence[str]) -> dict[str, Json]:
    """`content` with its list of parts sorted as shown: the file's order often has the relevant ones first."""
    places = {part: place for place, part in enumerate(order)}
    return {
        name: sorted(value, key=lambda part: places[part["id"]]) if _is_of(value, places) else value
        for name, value in content.items()
    }


def _is_of(value: Json, places: Mapping[str, int]) -> bool:
    parts = value if isinstance(value, list) else []
    return bool(parts) and all(isinstance(part, dict) and part.get("id") in places for part in parts)
