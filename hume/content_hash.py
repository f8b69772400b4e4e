"""What tells one version of an item from another, wherever it lies: in a database, in a file, on another machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from hume.records import Item, Json


def content_hash(item: Item) -> str:
    """SHA-256 of content and gold, as the database keeps it with each version.

    Of the JSON `[content, gold]` with sorted keys, no spaces, ASCII escapes, and 4.0 as 4.
    """
    text = json.dumps(_canonical([item.content, item.gold]), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _canonical(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
