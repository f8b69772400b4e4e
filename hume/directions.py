"""Marks of direction within texts, and what keeps those of one text from turning the words after it."""

from __future__ import annotations

_OPENED = {**dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c"), **dict.fromkeys("\u2066\u2067\u2068", "\u2069")}
"""Embeddings and overrides with the mark that ends them, isolates with theirs (UAX 9)."""


def closing(text: str) -> str:
    """The marks that end what `text` leaves open, the innermost first; '' for nearly every text there is."""
    wanted: list[str] = []
    for char in text:
        if char in _OPENED:
            wanted.append(_OPENED[char])
        elif char == "\u2069" and char in wanted:
            del wanted[len(wanted) - 1 - wanted[::-1].index(char) :]
        elif char == "\u202c" and wanted[-1:] == [char]:
            wanted.pop()
    return "".join(reversed(wanted))
