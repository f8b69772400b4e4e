"""Which backend a model that is named without one is for, as far as its name or its folder tells."""

from __future__ import annotations

import json
import re
from pathlib import Path

# Cross-encoders are called ms-marco-MiniLM-L6-v2, bi-encoders msmarco-MiniLM-L6-cos-v5.
_PAIRS = re.compile(r"re-?rank|cross-?encoder|ms-marco-\w+-L-?\d+", re.IGNORECASE)


def reads_pairs(model: str) -> bool:
    """Whether it is a cross-encoder or a reranker: by the configuration in its folder, else by its name.

    A prefix decides where this is wrong: `sentence-transformers:` or `cross-encoder:`.
    """
    folder = Path(model).expanduser()
    if not folder.is_dir():
        return bool(_PAIRS.search(model))
    if any(architecture.endswith("ForSequenceClassification") for architecture in _architectures(folder)):
        return True
    return not (folder / "modules.json").exists() and bool(_PAIRS.search(folder.resolve().name))


def _architectures(folder: Path) -> list[str]:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return [str(architecture) for architecture in config.get("architectures") or ()]
    except (OSError, ValueError, AttributeError):
        return []
