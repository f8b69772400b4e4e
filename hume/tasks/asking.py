"""An item in words, for a language model: untrusted texts between tags that they cannot close, and answers' schemas.

The schemas keep to what strict structured output admits: every object names all its properties, requires each of
them and allows no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from hume.records import Json


class Fences:
    """Tags around the texts of one item; their key is made of those very texts, so that none can hold its own end."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.key = _key(texts)

    def around(self, name: str, text: str, part: str = "") -> str:
        """The text between its tags; `part` is the id by which an answer names it."""
        named = f' id="{part}"' if part else ""
        return f"<{name}{named} key={self.key}>\n{text}\n</{name} key={self.key}>"


def _key(texts: Sequence[str]) -> str:
    whole = "\0".join(texts)
    turn = 0
    while (key := hashlib.blake2b(f"{turn}|{whole}".encode(), digest_size=4).hexdigest()) in whole:
        turn += 1
    return key


def paragraphs(*parts: str) -> str:
    """The parts that are not empty, an empty line between them."""
    return "\n\n".join(part for part in parts if part)


def listed(meanings: Mapping[str, str]) -> str:
    """A line for each name, with its meaning where it has one."""
    return "\n".join(f"- {name}: {meaning}" if meaning else f"- {name}" for name, meaning in meanings.items())


def object_of(properties: Mapping[str, Json]) -> dict[str, Json]:
    """The schema of an object with these properties, all required, and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
