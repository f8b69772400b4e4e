"""Names of files that are made from names of tasks, which anybody may have chosen."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST = 120
"""Bytes of a name; what is put around it has to fit into 255 with it."""

_FINE = re.compile(r"\w[\w.-]*(?<!\.)")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def file_name(name: str) -> str:
    """The name as one of a file, on every system, in the folder that one means: another one for each other name.

    A name of letters, digits, `_`, `-` and `.` is its own. Of any other, what is neither letter, digit nor `-` becomes
    `_`, and eight digits of its SHA-256 follow; so too where it is too long, ends with a dot, or is Windows' own.
    """
    if _FINE.fullmatch(name) and _fits(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    words = re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", name)).strip("_-")
    return f"{words.encode()[:LONGEST].decode(errors='ignore')}-{digest}".lstrip("-")


def _fits(name: str) -> bool:
    is_short = len(name.encode()) <= LONGEST
    return is_short and unicodedata.is_normalized("NFC", name) and not _RESERVED.fullmatch(name)
