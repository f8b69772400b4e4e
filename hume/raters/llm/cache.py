"""Replies on disk, so that what was asked and paid for once is not asked again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from hume.raters.llm.ledger import Usage
from hume.raters.llm.replies import Reply
from hume.records import Json


class ReplyCache:
    """One file a reply under a hash of all that the request depends on. Many processes may read and write at once.

    A file that cannot be read as a reply counts as absent. Keys of endpoints are in no file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, request: Json) -> Reply | None:
        """The reply to this very request, if there is one."""
        try:
            found = json.loads(self._path(request).read_text("utf-8"))
            usage = found.pop("usage")
            return Reply(**found, usage=None if usage is None else Usage(**usage))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def put(self, request: Json, reply: Reply) -> None:
        """Keep a reply: whole or not at all."""
        path = self._path(request)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(reply), file, ensure_ascii=False)
        Path(name).replace(path)

    def _path(self, request: Json) -> Path:
        whole = json.dumps(request, sort_keys=True, ensure_ascii=True)
        name = hashlib.sha256(whole.encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.json"
