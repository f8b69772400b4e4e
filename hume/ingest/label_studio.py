"""Annotations as Label Studio exports them (format JSON: `data` and `annotations` of every task)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hume.errors import InvalidAnswer, Place
from hume.ingest.matching import Found, Items, Placed, Said, Value, matched
from hume.ingest.rows import LARGEST_NUMBER, Row
from hume.ingest.tables import read_rows
from hume.records import Json


def is_label_studio(values: Mapping[str, Json]) -> bool:
    """Whether a row of a file is a task of Label Studio's."""
    return "data" in values and ("annotations" in values or "completions" in values)


def read_label_studio(path: Path, items: Items, question: str = "") -> tuple[list[Placed], list[str]]:
    """The annotations as answers with their lines, and notes on what was left out.

    Controls that are read: Choices (one choice), Rating, Number, Ranker. `question` is the name of the control, where
    an annotation has several. A cancelled annotation is a skipped item; predictions are models' and left out.
    """
    found: list[Found] = []
    predictions = 0
    for row in read_rows(path):
        made = row.values.get("predictions")
        predictions += len(made) if isinstance(made, list) else 0
        found += _of_task(row, question)
    notes = [f"{predictions} predictions are models', and were left out."] if predictions else []
    return matched(found, items), notes


def _of_task(row: Row, question: str) -> Iterator[Found]:
    name = f"task {row.values.get('id', '?')}"
    data, annotations = row.values.get("data"), row.values.get("annotations", row.values.get("completions"))
    if not isinstance(data, dict) or not isinstance(annotations, list):
        yield _fault(row, name, "", "it has no data and annotations", "Export the project in the format JSON.")
        return
    meta = row.values.get("meta")
    shown = {**(meta if isinstance(meta, dict) else {}), **data}
    for number, annotation in enumerate(sorted(annotations, key=_when)):
        try:
            yield _said(row, name, shown, annotation, f"annotations.{number}", question)
        except InvalidAnswer as error:
            yield error


def _when(annotation: Json) -> str:
    return str(annotation.get("created_at") or "") if isinstance(annotation, dict) else ""


def _said(row: Row, name: str, shown: Mapping[str, Json], annotation: Json, field: str, question: str) -> Said:
    if not isinstance(annotation, dict):
        raise _fault(row, name, field, "the annotation is no object", "Export the project again.")
    rater = _rater(annotation)
    if not rater:
        raise _fault(row, f"{name}", field, "it does not say who made it (completed_by)", "Export it with annotators.")
    lead = annotation.get("lead_time")
    return Said(
        Place(row.file, row.line, field),
        name,
        shown,
        rater,
        None if annotation.get("was_cancelled") else _value(row, name, annotation, field, question),
        _moment(row, name, annotation, field),
        _milliseconds(lead),
    )


def _milliseconds(seconds: Json) -> int | None:
    """None for what is no duration, or longer than the database's numbers."""
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return round(1000 * seconds) if is_number and 0 <= 1000 * seconds <= LARGEST_NUMBER else None


def _rater(annotation: Mapping[str, Json]) -> str:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("username") or who.get("id")
    if isinstance(who, bool) or not who:
        return ""
    return f"label-studio-{who}" if isinstance(who, int) else str(who)


def _moment(row: Row, name: str, annotation: Mapping[str, Json], field: str) -> datetime | None:
    text = annotation.get("created_at")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        problem = f"created_at {text!r} is no ISO 8601 moment with its zone"
        raise _fault(row, name, field, problem, "Write it as 2026-03-01T12:00:00Z.")
    return moment


def _value(row: Row, name: str, annotation: Mapping[str, Json], field: str, question: str) -> Value:
    """What the one control says that is asked for."""
    listed = annotation.get("result")
    results = [
        one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict) and _type(one) in VALUES
    ]
    controls = list(dict.fromkeys(str(one.get("from_name")) for one in results))
    if question:
        results = [one for one in results if one.get("from_name") == question]
    if not results:
        there = f"; there are: {', '.join(controls)}" if controls else ""
        problem = f"no answer of {question!r}{there}" if question else f"no answer of {', '.join(VALUES)}"
        raise _fault(row, name, f"{field}.result", problem, "Name the control by --question, or cancel the annotation.")
    if len(results) > 1:
        problem = f"several answers, of the controls {', '.join(controls)}"
        raise _fault(row, name, f"{field}.result", problem, "Name one control by --question.")
    (result,) = results
    try:
        return VALUES[result["type"]](result["value"], str(result.get("from_name")))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        problem = f"the value of {controls[0]!r} cannot be read: {result.get('value')!r:.80}"
        raise _fault(row, name, f"{field}.result", problem, "One choice, number or order is expected.") from None


def _type(result: Mapping[str, Json]) -> str:
    said = result.get("type")
    return said if isinstance(said, str) else ""


def _choice(value: Any, control: str) -> Value:
    (choice,) = value["choices"]
    return str(choice)


def _ranker(value: Any, control: str) -> Value:
    """An order under the control's own name, or buckets under theirs; `_` are items in no bucket."""
    ranks = value["ranker"]
    if list(ranks) == [control]:
        return [[str(one)] for one in ranks[control]]
    return {str(name): [str(one) for one in of] for name, of in ranks.items() if name != "_"}


VALUES: Mapping[str, Callable[[Any, str], Value]] = {
    "choices": _choice,
    "rating": lambda value, control: float(value["rating"]),
    "number": lambda value, control: float(value["number"]),
    "ranker": _ranker,
}
"""How the value of each type of control is read."""


def _fault(row: Row, name: str, field: str, problem: str, mend: str) -> InvalidAnswer:
    return InvalidAnswer(f"{name}: {problem}.", mend, Place(row.file, row.line, field))
