"""People's results as mteb keeps a model's: TaskResult files in the layout of MTEB's results repository.

`baseline__Human/<revision>/<Task>.json` has the consensus of raters, `baseline__Human/annotator_<revision>_<n>/` one
person each: a number for a name, so that no file says who it was. mteb keeps unknown keys of a score entry, so each
has its interval, counts and agreement beside the score. `hume.ingest.results` reads the same files back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hume.agreement import agreement
from hume.baseline import DEFAULT, baselines, pooled
from hume.errors import InvalidInput, Place
from hume.export.file_names import file_name
from hume.export.files import json_text, replacing
from hume.ingest.figures import PUBLISHED_NAMES
from hume.ingest.result_json import ANNOTATOR, HUMAN, META
from hume.parsed import ParsedSubset, Sheet, parse
from hume.records import BaselineRow, Json, SubsetRecord
from hume.score import AnswerSet, scores

PEOPLE = "human"


class Entry(NamedTuple):
    """One score entry: whose folder and which task's file it belongs into, under which split, and what it says."""

    revision: str
    task: str
    dataset_revision: str
    split: str
    scores: dict[str, Json]
    seconds: float | None
    """Active time of the people whose answers these are; None where somebody's is not known."""


def mteb_results(records: Iterable[SubsetRecord], revision: str) -> dict[str, Json]:
    """The files to write, by their path in the results folder: a folder of the consensus, and one of each person.

    Subsets that no person answered, simulated raters and sample tasks have no place there. A score that is undefined
    is left out, since the format has no word for it. `revision` is a version of this baseline, such as `2026_11_23`.
    """
    asked = (record for record in records if record.items and not record.task.is_sample)
    entries = [entry for record in asked for entry in _entries(parse(record), revision)]
    files: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        files[entry.revision, entry.task].append(entry)
    found = {f"{_folder(of)}/{file_name(task)}.json": _task_result(some) for (of, task), some in files.items()}
    return {**found, **{f"{_folder(of)}/{META}": _meta(of) for of in {entry.revision for entry in entries}}}


def write_results(files: Mapping[str, Json], folder: Path) -> None:
    """Write the files under `folder`, which is made; each appears whole or not at all. InvalidInput for none such."""
    for path, value in files.items():
        file = folder / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            mend = "Name a folder that can be written to."
            raise InvalidInput(f"The folder cannot be made: {error.strerror}.", mend, Place(file=str(folder))) from None
        with replacing(file) as part:
            part.write_text(json_text(value) + "\n", encoding="utf-8")


# -- entries ----------------------------------------------------------------------------------------------


def _entries(subset: ParsedSubset, revision: str) -> Iterator[Entry]:
    people = subset.of_kind(PEOPLE)
    if not people:
        return
    row = next(row for row in baselines(subset) if row.kind == PEOPLE and row.aggregation == DEFAULT)
    if row.score is not None:
        values = _values(subset, pooled(subset, PEOPLE, DEFAULT)[0])
        said = {**values, **_of_baseline(row), "agreement": _agreement(subset)}
        yield _entry(subset, revision, said, people)
    for sheet in people:
        said = _of_person(subset, sheet)
        if said["main_score"] is not None:
            yield _entry(subset, f"{ANNOTATOR}{revision}_{sheet.rater.stored_id}", said, [sheet])


def _entry(subset: ParsedSubset, revision: str, said: dict[str, Json], sheets: Sequence[Sheet]) -> Entry:
    task, about = subset.record.task, subset.record.subset
    splits = Counter(item.split for item in subset.record.items)
    common = {"hf_subset": about.name, "languages": list(about.languages)}
    if subset.type.policy:
        common["policy"] = subset.type.policy
    return Entry(
        revision,
        task.name,
        task.revision or "not stated",
        splits.most_common(1)[0][0],
        {**said, **common},
        _seconds(subset, sheets),
    )


def _values(subset: ParsedSubset, answers: AnswerSet) -> dict[str, Json]:
    """Every defined metric under the names that mteb and HUME v1 have for it, mteb's sub-metrics among them.

    What tells how sure a model was of its scores (`nauc`) has no meaning for people, whose grades tie.
    """
    found = subset.type.mteb_metrics(subset.items, answers, subset.settings, ties="expected")
    of_mteb = {name: value for name, value in found.items() if value is not None and not name.startswith("nauc_")}
    return {**of_mteb, **_named(subset, subset.type.score(subset.items, answers, subset.settings).values)}


def _of_baseline(row: BaselineRow) -> dict[str, Json]:
    return {
        "main_score": row.score,
        "ci_low": row.ci_low,
        "ci_high": row.ci_high,
        "n_items": row.n_items,
        "n_annotators": row.n_raters,
        "aggregation": row.aggregation,
        "caution": row.caution,
    }


def _of_person(subset: ParsedSubset, sheet: Sheet) -> dict[str, Json]:
    rows = [row for row in scores(subset) if row.rater == sheet.rater.name and row.kind == PEOPLE]
    main = next(row for row in rows if row.is_main)
    return {
        **_values(subset, sheet.answers),
        "main_score": main.score,
        "ci_low": main.ci_low,
        "ci_high": main.ci_high,
        "n_items": main.n_items,
    }


def _named(subset: ParsedSubset, values: Mapping[str, float | None]) -> dict[str, Json]:
    names = PUBLISHED_NAMES[subset.type.name]
    return {
        theirs: values[ours]
        for ours, every in names.items()
        for theirs in every
        if values.get(ours) is not None and not theirs.startswith("cosine_")  # people give no cosines
    }


def _agreement(subset: ParsedSubset) -> dict[str, Json]:
    """The coefficients that are defined, the task type's first one as the `metric`; {} where none is."""
    rows = [row for row in agreement(subset).rows if row.kind == PEOPLE and row.value is not None]
    if not rows:
        return {}
    first = {"metric": rows[0].coefficient, "value": rows[0].value}
    counts = {"n_items": rows[0].n_items, "n_annotators": rows[0].n_raters}
    return {**first, **{row.coefficient: row.value for row in rows}, **counts}


def _seconds(subset: ParsedSubset, sheets: Sequence[Sheet]) -> float | None:
    wanted = {sheet.rater for sheet in sheets}
    times = [
        answer.milliseconds
        for sheet in subset.record.sheets
        if sheet.rater in wanted
        for answer in sheet.answers.values()
        if answer.status == "given"
    ]
    return sum(time for time in times if time is not None) / 1000 if None not in times else None


# -- files ------------------------------------------------------------------------------------------------


def _folder(revision: str) -> str:
    return f"{HUMAN.replace('/', '__')}/{revision}"


def _task_result(entries: Sequence[Entry]) -> dict[str, Json]:
    scores_by_split: dict[str, list[Json]] = defaultdict(list)
    for entry in entries:
        scores_by_split[entry.split].append(entry.scores)
    times = [entry.seconds for entry in entries]
    return {
        "dataset_revision": entries[0].dataset_revision,
        "task_name": entries[0].task,
        "mteb_version": None,
        "scores": dict(scores_by_split),
        "evaluation_time": sum(time for time in times if time is not None) if None not in times else None,
        "kg_co2_emissions": None,
    }


def _meta(revision: str) -> dict[str, Json]:
    """What mteb's ModelMeta asks of every model. Of a person none of it is known."""
    unknown = (
        "loader release_date languages n_parameters memory_usage_mb max_tokens embed_dim license open_weights "
        "public_training_code public_training_data similarity_fn_name use_instructions training_datasets"
    )
    return {"name": HUMAN, "revision": revision, **dict.fromkeys(unknown.split()), "framework": []}
