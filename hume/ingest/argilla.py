"""Responses as Argilla 2 exports them: `dataset.records.to_json`, `to_list`, or flattened as `to_datasets` has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from hume.errors import InvalidAnswer, Place
from hume.ingest.matching import Found, Items, Placed, Said, Value, matched
from hume.ingest.rows import Row
from hume.ingest.tables import read_rows
from hume.records import Json

RESPONSES, USERS, STATUS = ".responses", ".responses.users", ".responses.status"
"""How the columns of a flattened record end, after the question's name."""
LEFT_OUT = ("draft", "pending")


def is_argilla(values: Mapping[str, Json]) -> bool:
    """Whether a row of a file is a record of Argilla's."""
    return ("fields" in values and "responses" in values) or any(name.endswith(RESPONSES) for name in values)


def read_argilla(path: Path, items: Items, question: str = "") -> tuple[list[Placed], list[str]]:
    """The responses as answers with their lines, and notes on what was left out.

    Questions that are read: label, rating, ranking, and text that is a number; `question` names one, where a dataset
    has several. A discarded response is a skipped item; drafts, and suggestions, which are models', are left out.
    """
    found: list[Found] = []
    drafts = 0
    for row in read_rows(path):
        for one in _of_record(row, question):
            if one is None:
                drafts += 1
            else:
                found.append(one)
    notes = [f"{drafts} responses are drafts, and were left out."] if drafts else []
    return matched(found, items), notes


def _of_record(row: Row, question: str) -> Iterator[Found | None]:
    """The answers of a record; None for one that was not submitted."""
    name = f"record {row.values.get('id', '?')}"
    try:
        shown, responses = _shown(row), _responses(row, name)
        asked = _question(row, name, responses, question)
    except InvalidAnswer as error:
        yield error
        return
    for number, (value, user, status) in enumerate(responses.get(asked, ())):
        place = Place(row.file, row.line, f"responses.{asked}.{number}")
        if status in LEFT_OUT:
            yield None
        elif not isinstance(user, str) or not user or user == "None":
            yield InvalidAnswer(f"{name}: it does not say whose response it is.", "Export it with its users.", place)
        else:
            try:
                yield Said(place, name, shown, f"argilla-{user}", None if status == "discarded" else _value(value))
            except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
                problem = f"{name}: the response cannot be read: {value!r:.80}."
                yield InvalidAnswer(problem, "A label, a rating or a ranking is expected.", place)


def _shown(row: Row) -> dict[str, Json]:
    """Fields, metadata and the record's id."""
    shown: dict[str, Json] = {}
    for part in (row.values, row.values.get("metadata"), row.values.get("fields")):
        if isinstance(part, dict):
            shown |= {key: value for key, value in part.items() if isinstance(value, str | int)}
    # Chats and lists of texts lie deeper.
    nested = row.values.get("fields")
    return shown | nested if isinstance(nested, dict) else shown


def _responses(row: Row, name: str) -> dict[str, list[tuple[Json, Json, Json]]]:
    """By question, the value, user and status of each response."""
    nested, found = row.values.get("responses"), defaultdict(list)
    if isinstance(nested, dict):
        for asked, some in nested.items():
            for one in some if isinstance(some, list) else [some] if some else ():
                if not isinstance(one, dict) or "value" not in one:
                    raise InvalidAnswer(
                        f"{name}: a response is an object with a value and a user_id.",
                        "Export it with records.to_json.",
                        Place(row.file, row.line, f"responses.{asked}"),
                    )
                found[asked].append((one["value"], one.get("user_id"), one.get("status", "submitted")))
        return dict(found)
    for column, values in row.values.items():
        if column.endswith(RESPONSES) and values:
            asked, place = column.removesuffix(RESPONSES), Place(row.file, row.line, column)
            if not isinstance(values, list):
                raise InvalidAnswer(f"{name}: a list of responses is expected.", "Export it again.", place)
            users = row.values.get(asked + USERS) or [None] * len(values)
            states = row.values.get(asked + STATUS) or ["submitted"] * len(values)
            if not (isinstance(users, list) and isinstance(states, list) and len(values) == len(users) == len(states)):
                problem = f"{name}: there are not as many users and states as responses, {len(values)}."
                raise InvalidAnswer(problem, "Export it again.", place)
            found[asked] = list(zip(values, users, states, strict=True))
    return dict(found)


def _question(row: Row, name: str, responses: Mapping[str, Json], question: str) -> str:
    if question or len(responses) < 2:
        return question or next(iter(responses), "")
    raise InvalidAnswer(
        f"{name}: there are responses to several questions, {', '.join(responses)}.",
        "Name one by --question.",
        Place(row.file, row.line, "responses"),
    )


def _value(value: Json) -> Value:
    """A label or a number as it is; a ranking, best first, as tiers: those of one rank lie side by side."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, list) or not value:
        raise ValueError("no label, number or ranking")
    if all(isinstance(one, str) for one in value):
        return [[one] for one in value]
    tiers: dict[int, list[str]] = defaultdict(list)
    for place, one in enumerate(value):
        rank = one.get("rank")
        tiers[place if rank is None else int(rank)].append(str(one["value"]))
    return [tiers[rank] for rank in sorted(tiers)]
