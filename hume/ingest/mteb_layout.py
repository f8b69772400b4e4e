"""A folder in MTEB's on-disk layout as a task document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hume.errors import InvalidInput
from hume.ingest.card import Card
from hume.ingest.documents import assemble
from hume.ingest.known import known_settings
from hume.ingest.layout import Files, Layout, part_of, read_layout
from hume.ingest.mteb_items import SHAPES, shape_of
from hume.ingest.options import Options, with_options
from hume.ingest.rows import at, refuse
from hume.ingest.shapes import FLAT, Built, SubsetTables
from hume.ingest.tables import stem
from hume.records import TRAIN, Subset, Task, TaskDocument
from hume.tasks import task_type

EVALUATED = ("test", "validation", "dev")
"""The split that people and models are scored on: the first of these that is there, else the only one."""


def read_folder(folder: Path, options: Options) -> TaskDocument:
    """The task that a folder holds: named after the folder, its type told by its tables unless the options say it.

    Files and facts are taken from README.md's front matter where there is one. Raises InvalidItem with file, line and
    field for anything that cannot be taken in; what can be, but is doubtful, is in the document's warnings.
    """
    return _document(read_layout(folder), options)


def read_table(path: Path, options: Options) -> TaskDocument:
    """The task that a lone table holds: the split `test` of the subset `default`, named after the file."""
    layout = Layout(path.parent, Card(str(path)), {"default": {"test": (path,)}})
    return _document(layout, options if options.name else replace(options, name=stem(path)))


def _document(layout: Layout, options: Options) -> TaskDocument:
    parts = _parts(layout)
    kind = options.task_type or _kind(layout, parts)
    tables, notes = _tables(layout, kind, parts)
    task = _task(layout, kind, options)
    file = layout.card.file or str(layout.folder)
    return document(task, tables, lambda name: options.languages_of(name, layout.card.languages), file, notes)


def document(
    task: Task,
    tables: Sequence[SubsetTables],
    languages: Callable[[str], Sequence[str]],
    file: str,
    notes: Sequence[str] = (),
) -> TaskDocument:
    """The document of a task from its subsets' tables; settings told by the tables come before the task's own.

    A setting that is the same in all subsets is the task's; another is the task's as the first subset has it, and
    overridden in those that differ.
    """
    built = [(one.name, _built(task, one, file)) for one in tables]
    told = {**built[0][1].settings, **task.settings}
    subsets = []
    for name, result in built:
        own = {key: value for key, value in result.settings.items() if told[key] != value}
        subsets.append((Subset(name, tuple(languages(name)), settings=own), result.drafts))
    said = [f"{name}: {note}" for name, result in built for note in result.notes]
    return assemble(with_options(task, Options(settings=told)), subsets, file, [*notes, *said])


def _built(task: Task, tables: SubsetTables, file: str) -> Built:
    try:
        return SHAPES[task.task_type].build(tables, task.settings)
    except InvalidInput as error:
        raise error if error.place and error.place.file else at(error, file) from None


# -- which tables -------------------------------------------------------------------------------------

Parts = Mapping[str, Mapping[str, str]]
"""Config names by subset, then by part (`FLAT` for a flat table)."""


def _parts(layout: Layout) -> Parts:
    subsets: dict[str, dict[str, str]] = {}
    for config in layout.configs:
        subset, part = part_of(config)
        subsets.setdefault(subset, {})[part or FLAT] = config
    own = subsets.get("default", {})
    if FLAT in own and {"corpus", "queries"} & own.keys():
        own.setdefault("qrels", own.pop(FLAT))
    return subsets


def _kind(layout: Layout, parts: Parts) -> str:
    if any({"corpus", "queries"} & tables.keys() for tables in parts.values()):
        return "reranking"
    config, files = next(iter(layout.configs.items()))
    row = next(layout.rows(config, next(iter(files))))
    found = shape_of(row.values)
    if not found:
        needed = "; ".join(f"{name}: {', '.join(shape.columns)}" for name, shape in SHAPES.items() if shape.columns)
        raise row.fault(
            f"the columns {', '.join(row.values) or '(none)'} are those of no task type.",
            f"Name them as MTEB does ({needed}), or say --type.",
        )
    return found


def _tables(layout: Layout, kind: str, parts: Parts) -> tuple[list[SubsetTables], list[str]]:
    """The tables of each subset, and a note of what is left out."""
    shape = SHAPES.get(kind)
    if shape is None:
        task_type(kind)
        raise refuse(f"MTEB's layout is not known for {kind}.", "Use HUME's own JSONL.", str(layout.folder))
    notes = list(layout.notes)
    subsets = []
    for subset, configs in parts.items():
        wanted = _wanted(layout, subset, configs, flat=bool(shape.columns))
        if not wanted:
            notes.append(f"{', '.join(configs.values())} is left out: {kind} has no such table.")
            continue
        leading = wanted[FLAT] if FLAT in wanted else wanted["qrels"]
        splits, left_out = _splits(layout, leading, shape.fits_on_train)
        notes += [f"{leading}: the split {split} is left out." for split in left_out]
        tables = {
            split: {part: layout.rows(config, _split_in(layout, config, theirs)) for part, config in wanted.items()}
            for split, theirs in splits.items()
        }
        subsets.append(SubsetTables(subset, tables))
    if not subsets:
        raise refuse(f"the folder holds no table of a {kind} task.", "Say another --type, or none.", str(layout.folder))
    return subsets, notes


def _wanted(layout: Layout, subset: str, configs: Mapping[str, str], flat: bool) -> Mapping[str, str]:
    """The configs that the task type needs of a subset; none where the subset is of something else."""
    if flat:
        return {FLAT: configs[FLAT]} if FLAT in configs else {}
    parts = {part: config for part, config in configs.items() if part != FLAT}
    missing = [part for part in ("corpus", "queries", "qrels") if part not in parts]
    if parts and missing:
        prefix = "" if subset == "default" else f"{subset}-"
        raise refuse(
            f"subset {subset!r} has no {missing[0]}.", f"Add {prefix}{missing[0]}/test.jsonl.", str(layout.folder)
        )
    return parts


def _splits(layout: Layout, config: str, fits_on_train: bool) -> tuple[dict[str, str], list[str]]:
    """Which of a config's splits are taken, by the name they are stored under, and which are left out."""
    files = layout.configs[config]
    others = [split for split in files if split != TRAIN]
    scored = next((split for split in EVALUATED if split in files), others[0] if len(others) == 1 else "")
    if not scored and others:
        raise refuse(
            f"{config} has the splits {', '.join(files)}: none is known as the one to score.",
            f"Name it {' or '.join(EVALUATED)}.", str(layout.folder),
        )  # fmt: skip
    taken = {scored: scored} if scored else {"test": TRAIN}
    if scored and fits_on_train and TRAIN in files:
        taken = {TRAIN: TRAIN, **taken}
    return taken, [split for split in files if split not in taken.values()]


def _split_in(layout: Layout, config: str, split: str) -> str:
    """The split of a table that belongs to `split` of the leading one: the same, or the only one that there is."""
    files: Files = layout.configs[config]
    if split not in files and len(files) > 1:
        raise refuse(f"{config} has no split {split!r}.", f"It has {', '.join(files)}.", str(layout.folder))
    return split if split in files else next(iter(files))


# -- facts --------------------------------------------------------------------------------------------


def _task(layout: Layout, kind: str, options: Options) -> Task:
    card = layout.card
    name = options.name or layout.folder.resolve().name
    return with_options(
        Task(
            name,
            kind,
            description="" if card.description == name else card.description,
            license=card.license,
            source=card.source,
            revision=card.said("revision") or layout.content_hash(),
            instruction=card.said("instruction"),
            guidelines=card.said("guidelines"),
            settings=known_settings(name, kind),
        ),
        options,
    )
