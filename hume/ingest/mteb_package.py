"""`mteb:NAME`: a task loaded through the mteb package, with what its metadata say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hume.errors import MissingExtra, NotFound
from hume.ingest.mteb_items import SHAPES
from hume.ingest.mteb_layout import EVALUATED, document
from hume.ingest.options import Options, with_options
from hume.ingest.rows import Row, check_value, refuse
from hume.ingest.shapes import FLAT, SubsetTables
from hume.records import TRAIN, Json, Task, TaskDocument

PREFIX = "mteb:"

TYPES: Mapping[str, str] = {
    "STS": "sts",
    "Classification": "classification",
    "Clustering": "clustering",
    "Reranking": "reranking",
    "InstructionReranking": "reranking",
}
"""Our task types by MTEB's."""

Renamed = Mapping[str, str]
"""A data set's own column names by MTEB's usual ones."""


def read_mteb(name: str, options: Options) -> TaskDocument:
    """The task of that name in mteb, its data fetched or taken from the local cache.

    Raises MissingExtra without the extra `mteb`, NotFound for a name that mteb does not know, InvalidItem where the
    data cannot be loaded or are of a type that HUME has not.
    """
    try:
        import mteb
    except ImportError:
        raise MissingExtra("mteb", f"Loading {PREFIX}{name}") from None
    try:
        task = mteb.get_task(name)
    except KeyError as error:
        raise NotFound(f"mteb has no such task. {error.args[0]}") from None
    return from_mteb_task(task, options)


def from_mteb_task(task: Any, options: Options) -> TaskDocument:
    """The document of an mteb task (an `AbsTask`), which is loaded if it is not yet."""
    metadata = task.metadata
    file = f"{PREFIX}{metadata.name}"
    kind = TYPES.get(metadata.type, "")
    if not kind or list(metadata.modalities) != ["text"]:
        raise refuse(
            f"tasks of type {metadata.type} on {', '.join(metadata.modalities)} are not known here.",
            f"HUME takes texts of the types {', '.join(TYPES)}.",
            file,
        )
    _load(task, file)
    languages = metadata.hf_subsets_to_langscripts
    subsets = task.dataset if metadata.is_multilingual or kind == "reranking" else {"default": task.dataset}
    tables = [_tables(task, kind, name, splits, f"{file}/{name}") for name, splits in subsets.items()]
    record = with_options(_record(task, kind), options)
    return document(record, tables, lambda name: options.languages_of(name, languages.get(name, ())), file)


def _load(task: Any, file: str) -> None:
    try:
        task.load_data()
        if hasattr(task, "convert_v1_dataset_format_to_v2"):
            task.convert_v1_dataset_format_to_v2(None)
    except Exception as error:  # mteb, datasets and the hub raise dozens of kinds
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise refuse(f"its data cannot be loaded: {reason}.", "Check the network, or the local cache.", file) from error


def _record(task: Any, kind: str) -> Task:
    metadata = task.metadata
    return Task(
        metadata.name,
        kind,
        description=metadata.description or "",
        license=metadata.license or "",
        source=metadata.reference or str(metadata.dataset["path"]),
        revision=metadata.revision or "",
        instruction=_instruction(task),
        settings=_SETTINGS[kind](task),
    )


def _instruction(task: Any) -> str:
    """The sentence that mteb gives instruction models: of the queries where it differs by role."""
    prompt = task.metadata.prompt
    said = prompt.get("query", "") if isinstance(prompt, Mapping) else prompt
    return str(said or getattr(task, "abstask_prompt", "") or "")


def _scale(task: Any) -> dict[str, Json]:
    return {"min": task.min_score, "max": task.max_score}


_SETTINGS: Mapping[str, Any] = {
    "sts": _scale,
    "classification": lambda task: {"samples_per_label": task.samples_per_label},
    "clustering": lambda task: {},
    "reranking": lambda task: {},
}


# -- rows -----------------------------------------------------------------------------------------------


def _tables(task: Any, kind: str, subset: str, splits: Mapping[str, Any], file: str) -> SubsetTables:
    wanted = task.metadata.eval_splits
    scored = next(split for split in (*EVALUATED, *wanted) if split in wanted)
    if scored not in splits:
        raise refuse(f"the split {scored!r} is not there.", f"It has {', '.join(splits)}.", file)
    taken = [TRAIN, scored] if SHAPES[kind].fits_on_train and TRAIN in splits and scored != TRAIN else [scored]
    read = _reranking if kind == "reranking" else _flat
    return SubsetTables(
        subset,
        {"test" if split == scored else TRAIN: read(task, kind, splits[split], f"{file}/{split}") for split in taken},
    )


def _flat(task: Any, kind: str, dataset: Any, file: str) -> dict[str, Iterable[Row]]:
    """The one table, its columns called as MTEB usually calls them; label names where the data set has them."""
    columns = _columns(task, kind)
    names = getattr(dataset.features.get(columns.get("label", "")), "names", None)
    return {FLAT: _flat_rows(dataset, columns, names, file)}


def _columns(task: Any, kind: str) -> Renamed:
    if kind == "sts":
        first, second = task.column_names
        return {"sentence1": first, "sentence2": second, "score": "score"}
    text, label = ("sentences", "labels") if kind == "clustering" else ("text", "label")
    return {text: task.input_column_name, label: task.label_column_name, "label_text": "label_text"}


def _flat_rows(dataset: Any, columns: Renamed, names: list[str] | None, file: str) -> Iterator[Row]:
    ids = [column for column in ("id", "_id", "source_id") if column in dataset.column_names]
    for line, record in enumerate(dataset, 1):
        values = {ours: record[theirs] for ours, theirs in columns.items() if theirs in record}
        if names and "label_text" not in values:
            values["label_text"] = names[values["label"]]
        yield _row({**{column: record[column] for column in ids}, **values}, file, line)


def _reranking(task: Any, kind: str, data: Mapping[str, Any], file: str) -> dict[str, Iterable[Row]]:
    qrels = (
        {"query-id": query, "corpus-id": document, "score": grade}
        for query, grades in data["relevant_docs"].items()
        for document, grade in grades.items()
    )
    tables = {"corpus": data["corpus"], "queries": data["queries"], "qrels": qrels}
    if data.get("top_ranked"):
        ranked = data["top_ranked"].items()
        tables["top_ranked"] = ({"query-id": query, "corpus-ids": list(ids)} for query, ids in ranked)
    return {part: _rows(records, f"{file}/{part}") for part, records in tables.items()}


def _rows(records: Iterable[Mapping[str, Json]], file: str) -> Iterator[Row]:
    for line, record in enumerate(records, 1):
        yield _row(record, file, line)


def _row(values: Mapping[str, Json], file: str, line: int) -> Row:
    check_value(dict(values), file, line)
    return Row(values, file, line)
