"""Texts that every database and file can hold: the same rule for what browsers, models and files say."""

from __future__ import annotations

import re

from hume.records import Json

#: PostgreSQL refuses NUL in text, and UTF-8 has no lone surrogates; browsers and models can send both.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Json) -> Json:
    """A JSON value in whose texts and keys U+FFFD stands for each character that cannot be stored."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(part) for part in value]
    if isinstance(value, dict):
        return {_UNSTORABLE.sub("\ufffd", name): storable(part) for name, part in value.items()}
    return value
