"""One TaskResult file of MTEB: its task, whose it is, and its scores."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hume.ingest.bounds import check_parts
from hume.ingest.figures import COUNTS, PUBLISHED_NAMES, known_type, main_metric, policy
from hume.ingest.languages import language
from hume.ingest.mteb_layout import EVALUATED
from hume.ingest.rows import check_value, is_finite, refuse
from hume.ingest.tables import read_text
from hume.records import AgreementRow, Json, ScoreRow

META = "model_meta.json"
HUMAN = "baseline/Human"
"""The name under which MTEB keeps people's results."""
ANNOTATOR = "annotator_"
"""How the revision of one person's results begins."""


@dataclass(frozen=True)
class Origin:
    """Whose results a file holds."""

    model: str
    revision: str

    @property
    def is_human(self) -> bool:
        return self.model == HUMAN

    @property
    def annotator(self) -> str:
        """The annotator's id; '' where the results are not one person's."""
        return self.revision.removeprefix(ANNOTATOR) if self.is_human and self.revision.startswith(ANNOTATOR) else ""


@dataclass(frozen=True)
class TaskResult:
    """A file's results: one entry a subset, of the split that is scored."""

    file: str
    origin: Origin
    task: str
    task_type: str
    mteb_version: tuple[int, ...]
    entries: tuple[Mapping[str, Json], ...]


def is_result(value: Json) -> bool:
    """Whether a JSON file's value is meant as a TaskResult."""
    return isinstance(value, dict) and "task_name" in value and "scores" in value


def load_json(path: Path) -> Json:
    """The file's JSON value; NaN and Infinity, which MTEB writes for undefined scores, are None."""
    file = str(path)
    text = read_text(path, file)
    check_parts(text, file, 1)
    try:
        value = json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        broken_off = error.pos >= len(text.rstrip())
        problem = "the JSON breaks off" if broken_off else f"this is no JSON ({error.msg})"
        raise refuse(f"{problem}.", "Fetch the file again.", file, error.lineno) from None
    except (RecursionError, ValueError) as error:
        raise refuse(f"the JSON cannot be read: {error}.", "Fetch the file again.", file) from None
    check_value(value, file, 0)
    return value


def read_result(path: Path, value: Json) -> TaskResult | None:
    """The results in a file's value; None for a task of no type that HUME has. InvalidItem where it is malformed."""
    file = str(path)
    mend = "Take a file that mteb wrote (TaskResult)."
    if not is_result(value) or not isinstance(value["task_name"], str) or not isinstance(value["scores"], dict):
        raise refuse("this is no TaskResult: task_name or scores is missing.", mend, file, field="task_name")
    split = next((name for name in EVALUATED if name in value["scores"]), next(iter(value["scores"]), None))
    entries = value["scores"].get(split)
    if not isinstance(entries, list) or not entries:
        raise refuse("there are no scores.", mend, file, field="scores")
    for index, entry in enumerate(entries):
        _check_entry(entry, file, f"scores.{split}.{index}")
    kind = known_type(value["task_name"]) or _type_of(entries)
    if not kind:
        return None
    return TaskResult(
        file, _origin(path), value["task_name"], kind, _version(value.get("mteb_version")), tuple(entries)
    )


def score_rows(result: TaskResult, rater: str) -> Iterator[ScoreRow]:
    """A row a subset and metric that HUME has, the main score first; None where the file has no number."""
    for entry in result.entries:
        for ours, theirs in PUBLISHED_NAMES[result.task_type].items():
            is_main = ours == main_metric(result.task_type)
            value = entry["main_score"] if is_main else next((entry[name] for name in theirs if name in entry), None)
            if value is not None or is_main:
                yield _score_row(result, rater, entry, ours, value)


def agreement_rows(result: TaskResult) -> Iterator[AgreementRow]:
    """The coefficients that people's results give beside their scores."""
    for entry in result.entries:
        figures = entry.get("agreement")
        if not result.origin.is_human or not isinstance(figures, dict):
            continue
        named = {figures["metric"]: figures.get("value")} if isinstance(figures.get("metric"), str) else {}
        others = {name: value for name, value in figures.items() if name not in (*COUNTS, "metric", "value")}
        for name, value in {**named, **others}.items():
            if _is_number(value):
                yield AgreementRow(
                    task=result.task,
                    task_type=result.task_type,
                    subset=entry["hf_subset"],
                    language=_languages(entry),
                    kind="human",
                    coefficient=name,
                    value=float(value),
                    n_items=_count(figures.get("n_items")),
                    n_raters=_count(figures.get("n_annotators")),
                    source="published",
                )


def _score_row(result: TaskResult, rater: str, entry: Mapping[str, Json], metric: str, value: Json) -> ScoreRow:
    origin = result.origin
    return ScoreRow(
        task=result.task,
        task_type=result.task_type,
        subset=entry["hf_subset"],
        language=_languages(entry),
        rater=rater,
        kind="human" if origin.is_human else "embedding",
        metric=metric,
        is_main=metric == main_metric(result.task_type),
        score=float(value) if _is_number(value) else None,
        n_items=None,
        rater_revision="" if origin.annotator else origin.revision,
        aggregation="annotator" if origin.annotator else "aggregate",
        policy=policy(result.task_type, origin.is_human),
        reason="" if _is_number(value) else "published without a number",
        source="published",
    )


# -- what a file says -----------------------------------------------------------------------------------


def _check_entry(entry: Json, file: str, field: str) -> None:
    mend = "Take a file that mteb wrote (TaskResult)."
    if not isinstance(entry, dict):
        raise refuse("the entry is no object.", mend, file, field=field)
    if "main_score" not in entry or not (entry["main_score"] is None or _is_number(entry["main_score"])):
        raise refuse("main_score is missing or no number.", mend, file, field=f"{field}.main_score")
    if entry["main_score"] is not None and not -1.000001 <= entry["main_score"] <= 1.000001:
        raise refuse(
            f"main_score {entry['main_score']} is no fraction.", "Divide by 100.", file, field=f"{field}.main_score"
        )
    if not isinstance(entry.get("hf_subset"), str):
        raise refuse("hf_subset is missing.", mend, file, field=f"{field}.hf_subset")
    if not isinstance(entry.get("languages"), list):
        raise refuse("languages is missing.", mend, file, field=f"{field}.languages")


def _type_of(entries: Sequence[Mapping[str, Json]]) -> str:
    """The type whose main metric is the main score of every entry: a task says its metric only by its value."""
    for kind, names in PUBLISHED_NAMES.items():
        main = next(iter(names.values()))
        if all(any(_same(entry.get(name), entry["main_score"]) for name in main) for entry in entries):
            return kind
    return ""


def _same(value: Json, main: Json) -> bool:
    return _is_number(value) and _is_number(main) and math.isclose(value, main, abs_tol=1e-9)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and is_finite(value)


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _languages(entry: Mapping[str, Json]) -> str:
    return "+".join(language(str(code)) or str(code) for code in entry["languages"])


def _version(value: Json) -> tuple[int, ...]:
    return tuple(int(part[:9]) for part in str(value or "").split(".") if part.isdecimal())


def _origin(path: Path) -> Origin:
    """Model and revision from model_meta.json beside the file, else from `<org__model>/<revision>/`."""
    folder = path.resolve().parent
    meta = load_json(folder / META) if (folder / META).is_file() else {}
    said = meta if isinstance(meta, dict) else {}
    if "__" in folder.parent.name:
        model, revision = folder.parent.name.replace("__", "/", 1), folder.name
    else:
        model, revision = folder.name.replace("__", "/", 1), ""
    return Origin(str(said.get("name") or model), str(said.get("revision") or revision))
