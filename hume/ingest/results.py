"""Published figures: MTEB's TaskResult files, folders and repositories of them, and tables of figures."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hume.errors import NotFound
from hume.ingest.result_csv import AGREEMENT_COLUMNS, SCORE_COLUMNS, agreement_rows, fits, score_row
from hume.ingest.result_json import META, TaskResult, is_result, load_json, read_result, score_rows
from hume.ingest.result_json import agreement_rows as agreement_in
from hume.ingest.rows import refuse
from hume.ingest.tables import is_table, read_rows
from hume.records import AgreementRow, Published, ScoreRow

HUME_V1_ORIGIN = "hume_v1"
"""What the shipped figures are stored under."""

_PACKAGE = Path(__file__).resolve().parent.parent
_DATE = re.compile(r"\d{4}[_-]\d{2}[_-]\d{2}")


@dataclass(frozen=True)
class ReadResults:
    """Figures, and what was left out of them."""

    published: Published
    warnings: tuple[str, ...] = ()


def hume_v1() -> Published:
    """HUME v1's published scores and agreement, as shipped in data/hume_v1; NotFound where the data are not there."""
    for folder in (_PACKAGE / "webapp" / "data" / "hume_v1", _PACKAGE.parent / "data" / "hume_v1"):
        if folder.is_dir():
            return read_results(folder).published
    raise NotFound("The published figures of HUME v1 are not where HUME is installed. Install HUME again.")


def read_results(path: Path) -> ReadResults:
    """All figures in a TaskResult file, a table of figures, or a folder of them, however deep.

    A repository has `<org__model>/<revision>/<Task>.json` with model_meta.json beside. People are `baseline/Human`;
    a revision `annotator_<id>` is one person, who gets a short pseudonym. Of several other revisions of a model the
    newest of each task counts: one that is a date, else the greatest mteb_version. Tasks of types that HUME has not
    are left out. InvalidItem for a file that is malformed, or a figure that is given twice.
    """
    files = [path] if not path.is_dir() else sorted(p for p in path.rglob("*") if p.is_file() and _is_read(p))
    if not files:
        raise refuse("the folder holds no results.", "Name a folder with TaskResult JSON or scores.csv.", str(path))
    read = [(file, _load(file, alone=file == path)) for file in files]
    results, warnings = _newest([one for _, found in read for one in found if isinstance(one, TaskResult)])
    tables = [one for _, found in read for one in found if isinstance(one, Published)]
    skipped = [file for file, found in read if not found]
    if skipped:
        warnings.append(f"{len(skipped)} file(s) hold no result of HUME's task types: {skipped[0].name}, ...")
    published = _joined([*tables, _published(results)], str(path))
    if not published.scores and not published.agreement:
        raise refuse("there is no figure of HUME's task types in it.", "Check the path.", str(path))
    return ReadResults(published, tuple(warnings))


def _is_read(path: Path) -> bool:
    return path.name != META and not path.name.startswith(".") and (path.suffix == ".json" or is_table(path))


def _load(path: Path, alone: bool) -> list[TaskResult | Published]:
    """What a file holds; nothing for one that is none of ours, unless it was asked for alone."""
    if path.suffix == ".json":
        value = load_json(path)
        if not is_result(value) and not alone:
            return []
        result = read_result(path, value)
        return [result] if result else []
    rows = list(read_rows(path))
    columns = rows[0].values
    if fits(columns, SCORE_COLUMNS):
        return [Published(scores=tuple(score_row(row) for row in rows))]
    if fits(columns, AGREEMENT_COLUMNS):
        return [Published(agreement=tuple(agreement_rows(rows)))]
    if alone:
        raise rows[0].fault(
            f"the columns {', '.join(columns)} are no figures.",
            f"Scores need {', '.join(SCORE_COLUMNS)}; agreement {', '.join(AGREEMENT_COLUMNS)}.",
        )
    return []


# -- results of MTEB --------------------------------------------------------------------------------------


def _newest(results: Sequence[TaskResult]) -> tuple[list[TaskResult], list[str]]:
    """Every annotator's results, and of each model's tasks the newest revision; a warning where others are left out."""
    by_task: dict[tuple[str, str], list[TaskResult]] = defaultdict(list)
    for result in results:
        by_task[result.origin.model, result.task if not result.origin.annotator else result.file].append(result)
    kept: list[TaskResult] = []
    left_out: dict[str, set[str]] = defaultdict(set)
    for (model, _), found in by_task.items():
        newest = max(found, key=_age)
        kept += [one for one in found if one.origin.revision == newest.origin.revision]
        left_out[model] |= {one.origin.revision for one in found if one.origin.revision != newest.origin.revision}
    warnings = [
        f"{model}: results of revision {', '.join(sorted(old))} are left out; import its folder alone to have them."
        for model, old in left_out.items()
        if old
    ]
    return kept, warnings


def _age(result: TaskResult) -> tuple[bool, tuple[int, ...], str]:
    revision = result.origin.revision
    return bool(_DATE.fullmatch(revision)), result.mteb_version, revision


def _published(results: Sequence[TaskResult]) -> Published:
    names = pseudonyms({one.origin.annotator for one in results if one.origin.annotator})
    scores: list[ScoreRow] = []
    agreement: list[AgreementRow] = []
    for result in results:
        rater = names.get(result.origin.annotator, result.origin.model)
        scores += score_rows(result, rater)
        agreement += agreement_in(result)
    return Published(tuple(scores), tuple(agreement))


def pseudonyms(ids: Iterable[str]) -> dict[str, str]:
    """A short name for each annotator's id, the same as long as no two begin alike: `annotator-a7e8`."""
    every = sorted(set(ids))
    length = 4
    while len({one[:length] for one in every}) < len(every):
        length += 1
    return {one: f"annotator-{one[:length]}" for one in every}


# -- together -----------------------------------------------------------------------------------------


def _joined(parts: Sequence[Published], file: str) -> Published:
    """All figures, with the number of items that people's agreement tells; InvalidItem where one is given twice."""
    scores = [row for part in parts for row in part.scores]
    agreement = [row for part in parts for row in part.agreement]
    told = [(row.rater, row.rater_revision, row.aggregation, row.task, row.subset, row.metric) for row in scores]
    told += [("people", "", "", row.task, row.subset, row.coefficient) for row in agreement]
    for (rater, revision, _, task, subset, figure), count in Counter(told).items():
        if count > 1:
            whose = " ".join(part for part in (rater, revision) if part)
            raise refuse(f"{figure} of {whose} on {task}/{subset} is given twice.", "Keep one of the files.", file)
    n_items = {(row.task, row.subset): row.n_items for row in agreement}
    return Published(tuple(_with_items(row, n_items) for row in scores), tuple(agreement))


def _with_items(row: ScoreRow, n_items: Mapping[tuple[str, str], int | None]) -> ScoreRow:
    is_pooled = row.kind == "human" and row.aggregation == "aggregate"
    return replace(row, n_items=n_items.get((row.task, row.subset))) if is_pooled else row
