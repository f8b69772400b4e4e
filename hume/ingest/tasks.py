"""A task from wherever it lies: a folder, a file, or the mteb package."""

from __future__ import annotations

from pathlib import Path

from hume.ingest.hume_jsonl import is_hume_jsonl, read_hume_jsonl
from hume.ingest.mteb_layout import read_folder, read_table
from hume.ingest.mteb_package import PREFIX, read_mteb
from hume.ingest.options import Options
from hume.ingest.rows import refuse
from hume.records import TaskDocument


def read_task(place: str, options: Options) -> TaskDocument:
    """The task at `place`: `mteb:NAME`, a folder in MTEB's layout, a file in HUME's own JSONL, or a lone table.

    A lone table is one split of one subset, its columns as MTEB has them.
    """
    if place.startswith(PREFIX):
        return read_mteb(place.removeprefix(PREFIX), options)
    path = Path(place)
    if path.is_dir():
        return read_folder(path, options)
    if not path.exists():
        raise refuse("there is no such file or folder.", "Check the path.", place)
    return read_hume_jsonl(path, options) if is_hume_jsonl(path) else read_table(path, options)
