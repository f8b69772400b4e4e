"""Which files of a folder hold which table: MTEB's on-disk layout, as its README says or as the names tell."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hume.errors import InvalidItem
from hume.ingest.card import Card, read_card
from hume.ingest.rows import Row, refuse
from hume.ingest.tables import is_table, read_rows, stem
from hume.records import Json

PARTS = ("corpus", "queries", "qrels", "top_ranked", "instruction")
"""The tables of a reranking; `default` is another name of qrels."""

Files = Mapping[str, tuple[Path, ...]]
"""Files by split."""

_SPLIT = re.compile(r"(train|test|validation|valid|val|dev)(?=[._-]|\Z)")
_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
_SPLIT_NAMES = {"valid": "validation", "val": "validation"}
LONGEST_PATH = 1_000
_MEND = "Name them in the README's configs, or as <subset>/<split>.jsonl or [<subset>-]corpus/<split>.jsonl."


@dataclass(frozen=True)
class Layout:
    """A folder's tables: `configs` gives the files of each split by MTEB's config name."""

    folder: Path
    card: Card
    configs: Mapping[str, Files]
    notes: tuple[str, ...] = ()

    def rows(self, config: str, split: str) -> Iterator[Row]:
        """The rows of all files of a split, one after the other."""
        for path in self.configs[config][split]:
            yield from read_rows(path)

    def content_hash(self) -> str:
        """16 hexadecimal digits of all data files: the revision of a data set that names none."""
        digest = hashlib.blake2b(digest_size=8)
        paths = {path for files in self.configs.values() for shards in files.values() for path in shards}
        for path in sorted(paths):
            digest.update(str(path.relative_to(self.folder)).encode())
            with path.open("rb") as content:
                digest.update(hashlib.file_digest(content, hashlib.blake2b).digest())
        return digest.hexdigest()


def read_layout(folder: Path) -> Layout:
    """The layout of a folder; InvalidItem where its README names files that are not there, or it holds no table."""
    card = read_card(folder)
    if "configs" in card.front:
        return Layout(folder, card, _declared(folder, card))
    inner = next(folder.glob("*/README.md"), None)
    if inner and not card.file:
        mend = f"Import them one by one: {folder}/*"
        raise refuse(f"the folder holds folders of tasks, such as {inner.parent.name}.", mend, str(folder))
    configs, notes = _found(folder)
    if not configs:
        raise refuse("the folder holds no table that can be read.", _MEND, str(folder))
    return Layout(folder, card, configs, notes)


# -- as the README says -------------------------------------------------------------------------------


def _declared(folder: Path, card: Card) -> dict[str, Files]:
    configs: dict[str, Files] = {}
    for index, entry in enumerate(_listed(card.front["configs"], card, "configs")):
        field = f"configs.{index}"
        name = entry.get("config_name", "default") if isinstance(entry, dict) else None
        if not isinstance(name, str) or "data_files" not in entry:
            raise _card_fault(card, "a config needs config_name and data_files.", "Write both.", field)
        if name in configs:
            raise _card_fault(card, f"config {name!r} stands twice.", "Name each config once.", field)
        within = PurePosixPath(str(entry.get("data_dir", "")))
        configs[name] = _splits_of(folder, within, card, entry["data_files"], f"{field}.data_files")
    if not configs:
        raise _card_fault(card, "configs is empty.", "Name at least one config, or remove the key.", "configs")
    return configs


def _splits_of(folder: Path, within: PurePosixPath, card: Card, data_files: Json, field: str) -> Files:
    """Files by split from `data_files` (a path, a list of paths, or a list of {split, path}), in `folder`/`within`."""
    splits: dict[str, list[Path]] = {}
    for entry in _listed(data_files, card, field):
        if isinstance(entry, str):
            for path in _globbed(folder, within, card, entry, field):
                splits.setdefault(_split_name(stem(path)) or "test", []).append(path)
        elif isinstance(entry, dict) and isinstance(entry.get("split"), str) and "path" in entry:
            for pattern in _listed(entry["path"], card, field):
                splits.setdefault(entry["split"], []).extend(_globbed(folder, within, card, pattern, field))
        else:
            raise _card_fault(card, "an entry needs split and path.", "Write - split: test and path: ...", field)
    if not splits or not all(splits.values()):
        raise _card_fault(card, "it names no file.", "Write path: test.jsonl.", field)
    return {split: tuple(dict.fromkeys(paths)) for split, paths in splits.items()}


def _globbed(folder: Path, within: PurePosixPath, card: Card, pattern: Json, field: str) -> list[Path]:
    if not isinstance(pattern, str) or not pattern:
        raise _card_fault(card, "a path must be text.", "Write path: test.jsonl.", field)
    place = within / pattern
    if place.is_absolute() or ".." in place.parts:
        raise _card_fault(card, f"the path {str(place)!r} leaves the folder.", "Name files within it.", field)
    if place.parts.count("**") > 1 or len(str(place)) > LONGEST_PATH:
        problem = f"the path {str(place)[:100]!r} is too long, or has ** more than once."
        raise _card_fault(card, problem, "Name the files plainly.", field)
    try:
        paths = [folder / place] if (folder / place).is_file() else sorted(folder.glob(str(place)))
        files = [path for path in paths if path.is_file()]
    except (ValueError, OSError, NotImplementedError) as error:
        raise _card_fault(card, f"the path {str(place)!r} is no pattern: {error}.", "Mend it.", field) from None
    for path in files:
        _check_within(folder, path)
    if not files:
        raise _card_fault(card, f"there is no file {str(place)!r}.", "Put it there, or mend the path.", field)
    return files


def _listed(value: Json, card: Card, field: str) -> Sequence[Json]:
    if isinstance(value, str | dict):
        return [value]
    if not isinstance(value, list):
        raise _card_fault(card, "a list is expected.", "See docs/formats.md.", field)
    return value


def _card_fault(card: Card, problem: str, mend: str, field: str) -> InvalidItem:
    return refuse(problem, mend, card.file, field=field)


# -- as the names tell --------------------------------------------------------------------------------


def _found(folder: Path) -> tuple[dict[str, Files], tuple[str, ...]]:
    """Configs from file names, and a note of each table that none of the names fits."""
    found: dict[str, dict[str, list[Path]]] = {}
    notes = []
    for path in sorted(folder.glob("*")) + sorted(folder.glob("*/*")):
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if is_hidden or not path.is_file() or not is_table(path):
            continue
        config, split = _place_of(path, folder)
        if split:
            _check_within(folder, path)
            found.setdefault(config, {}).setdefault(split, []).append(path)
        else:
            notes.append(f"{path.relative_to(folder)} is left out: its name is no split.")
    return {name: {s: tuple(paths) for s, paths in files.items()} for name, files in found.items()}, tuple(notes)


def _check_within(folder: Path, path: Path) -> None:
    """InvalidItem where a link leads out of the folder, but for those into a Hugging Face cache's own `blobs`."""
    own, target = folder.resolve(), path.resolve()
    blobs = own.parent.parent / "blobs"
    if not target.is_relative_to(own) and not (own.parent.name == "snapshots" and target.is_relative_to(blobs)):
        mend = "Put the file itself into the folder."
        raise refuse(f"the link {path.relative_to(folder)} leads out of the folder.", mend, str(folder))


def _place_of(path: Path, folder: Path) -> tuple[str, str]:
    """Config and split that a file's name says; no split where it says none."""
    name = _SHARD.sub("", stem(path))
    split = _split_name(name)
    if path.parent == folder:
        return ("default", split) if split else (name, "test" if part_of(name)[1] else "")
    config = "default" if path.parent.name == "data" else path.parent.name
    return config, split


def _split_name(name: str) -> str:
    match = _SPLIT.match(name)
    return _SPLIT_NAMES.get(match.group(1), match.group(1)) if match else ""


def part_of(config: str) -> tuple[str, str]:
    """Subset and part that a config's name says: ("en", "corpus") of `en-corpus`; no part for a flat table."""
    subset, dash, part = config.rpartition("-")
    if part not in PARTS:
        return config, ""
    return (subset if dash else "default"), part
