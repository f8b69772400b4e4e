"""MTEB's tables of each task type as drafts of items: one shape a task type, whatever the tables come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hume.ingest.documents import Draft
from hume.ingest.mteb_reranking import build_reranking
from hume.ingest.rows import Row
from hume.ingest.shapes import Built, SubsetTables
from hume.records import Json
from hume.tasks import task_type

IDS = ("id", "_id", "source_id")
"""Columns of an item's own id, the first that is there."""

UNWIELDY = 100
"""Texts of a set from which on a note says that people cannot group them."""


@dataclass(frozen=True)
class Shape:
    """How a task type's items lie in MTEB's tables."""

    columns: tuple[str, ...]
    """The columns that a flat table of this type has; none where it has several tables."""
    fits_on_train: bool
    """Whether models fit on a train split."""
    build: Callable[[SubsetTables, Mapping[str, Json]], Built]
    """Drafts of a subset, given its tables and the settings known so far."""


def text_ids(n: int) -> list[str]:
    """Ids of the n texts of a set: t01, t02, ..."""
    width = max(2, len(str(n)))
    return [f"t{number:0{width}d}" for number in range(1, n + 1)]


def _key(row: Row) -> str | None:
    return row.key(*(name for name in IDS if row.has(name))) if row.has(*IDS) else None


# -- sts ----------------------------------------------------------------------------------------------


def _sts(subset: SubsetTables, settings: Mapping[str, Json]) -> Built:
    scale = task_type("sts").parse_settings(settings)
    return Built(tuple(_pair(row, split, scale.min, scale.max) for split, row in subset.flat()))


def _pair(row: Row, split: str, low: float, high: float) -> Draft:
    score = row.number("score")
    if not low <= score <= high:
        raise row.fault(
            f"the score {score:g} lies outside the scale {low:g} to {high:g}.",
            "Mend it, or set the scale: --setting min=0 --setting max=5.",
            "score",
        )
    raw = {"sentence1": row.text("sentence1"), "sentence2": row.text("sentence2"), "gold": score}
    return Draft(raw, split, row.file, row.line, _key(row), {"gold": "score"})


# -- classification -----------------------------------------------------------------------------------

_WHOLE = re.compile(r"-?\d+", re.ASCII)


@dataclass
class _Labels:
    """The labels met so far: numbers with their names, or names alone."""

    given: Sequence[str]
    names: dict[int, str] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)

    def name_of(self, row: Row) -> int | str:
        """The row's label; what a number is called is known when all rows were read."""
        value = _label_value(row)
        if isinstance(value, str):
            self.plain.add(value)
            return value
        name = row.text("label_text") if row.has("label_text") else None
        known = self.names.setdefault(value, name or self._called(value))
        if name and known != name:
            if known != self._called(value):
                raise row.fault(
                    f"label {value} is called {name!r} here and {known!r} before.", "Call it the same.", "label_text"
                )
            self.names[value] = name
        return value

    def ordered(self) -> list[str]:
        """Names in the order of the numbers, else in sort order: the order in which scikit-learn has them."""
        return [self.names[value] for value in sorted(self.names)] or sorted(self.plain)

    def _called(self, value: int) -> str:
        return self.given[value] if 0 <= value < len(self.given) else str(value)


def _label_value(row: Row) -> int | str:
    name = row.need("label")
    value = row.values[name]
    if isinstance(value, str) and row.loose and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise row.fault("a label is a name or a whole number.", "Give one of them.", name)
    if value == "":
        raise row.fault("the label is empty.", "Give each text a label.", name)
    return value


def _classification(subset: SubsetTables, settings: Mapping[str, Json]) -> Built:
    given = [label.get("name") if isinstance(label, dict) else label for label in settings.get("labels", ())]
    labels = _Labels([str(name) for name in given])
    read = [(split, row, labels.name_of(row)) for split, row in subset.flat()]
    if labels.names and labels.plain:
        row = next(row for _, row, label in read if isinstance(label, str))
        raise row.fault("some labels are numbers, this one is a name.", "Use one of the two.", "label")
    drafts = tuple(
        Draft(
            {"text": row.text("text"), "gold": label if isinstance(label, str) else labels.names[label]},
            split, row.file, row.line, _key(row), {"gold": "label"},
        )
        for split, row, label in read
    )  # fmt: skip
    unnamed = [name for value, name in labels.names.items() if name == str(value)]
    notes = ('labels are bare numbers; name them: --setting \'labels=["negative", "positive"]\'.',) if unnamed else ()
    return Built(drafts, {} if given else {"labels": [{"name": name} for name in labels.ordered()]}, notes)


# -- clustering ---------------------------------------------------------------------------------------


def _clustering(subset: SubsetTables, settings: Mapping[str, Json]) -> Built:
    drafts: list[Draft] = []
    singles: dict[str, list[Row]] = {}
    for split, row in subset.flat():
        if isinstance(row.values.get("sentences"), list) or (row.loose and row.has("sentences")):
            drafts.append(_set(row, split))
        else:
            singles.setdefault(split, []).append(row)
    drafts += [_gathered(rows, split) for split, rows in singles.items()]
    largest = max(len(draft.raw["texts"]) for draft in drafts)
    note = f"a set of {largest} texts is too many for people to group; sample it with --limit."
    return Built(tuple(drafts), notes=(note,) if largest > UNWIELDY else ())


def _set(row: Row, split: str) -> Draft:
    """A row with a list of texts and a list of labels."""
    texts, labels = row.array("sentences"), row.array("labels")
    if len(texts) != len(labels):
        raise row.fault(f"{len(texts)} sentences but {len(labels)} labels.", "Give each text one label.", "labels")
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise row.fault("a text is expected.", "Put the text in quotes.", f"sentences.{index}")
    names = [_group(row, label, f"labels.{index}") for index, label in enumerate(labels)]
    return _set_draft(row, split, texts, names, _key(row))


def _gathered(rows: Sequence[Row], split: str) -> Draft:
    """Rows of one text and one label each, as one set."""
    texts = [row.text("sentences", "text") for row in rows]
    names = [_group(row, row.values[name], name) for row in rows for name in [row.need("labels", "label")]]
    return _set_draft(rows[0], split, texts, names, None)


def _set_draft(row: Row, split: str, texts: Sequence[Json], names: Sequence[str], key: str | None) -> Draft:
    ids = text_ids(len(texts))
    raw = {
        "texts": [{"id": text_id, "content": text} for text_id, text in zip(ids, texts, strict=True)],
        "gold": dict(zip(ids, names, strict=True)),
    }
    return Draft(raw, split, row.file, row.line, key, {"texts": "sentences", "gold": "labels"})


def _group(row: Row, label: Json, column: str) -> str:
    if isinstance(label, bool) or not isinstance(label, int | str) or label == "":
        raise row.fault("a label is a name or a whole number.", "Give each text one of them.", column)
    return str(label)


SHAPES: Mapping[str, Shape] = {
    "sts": Shape(("sentence1", "sentence2", "score"), False, _sts),
    "clustering": Shape(("sentences", "labels"), False, _clustering),
    "classification": Shape(("text", "label"), True, _classification),
    "reranking": Shape((), False, build_reranking),
}


def shape_of(columns: Iterable[str]) -> str:
    """The task type of a flat table with these columns; '' where none fits."""
    there = set(columns)
    return next((name for name, shape in SHAPES.items() if shape.columns and there.issuperset(shape.columns)), "")
