"""Words of others in what a terminal or a log shows, where some characters are orders."""

from __future__ import annotations

import re

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(words: str) -> str:
    """The words with every character that a terminal obeys written out, as `\\u001b`; line feeds and tabs stay.

    These are control characters and marks that turn the direction of what follows; and halves of surrogate pairs, which
    the name of a file may hold and no terminal can show. JSON stays the JSON that it was.
    """
    return _OBEYED.sub(_written_out, words.replace("\r\n", "\n"))


def on_one_line(words: str) -> str:
    """The same with line feeds and tabs written out too: no name begins a line that looks like another message."""
    return re.sub("[\t\n]", _written_out, printable(words))


def _written_out(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
