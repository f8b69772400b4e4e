"""Malformed inputs from valid ones: values, texts and bytes changed by a generator, the same for the same seed."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Sequence
from random import Random

from hume.records import Json

DEEP = 3_000
"""Nested lists: more than Python's recursion limit."""


NESTED = {f"{depth} lists in each other": "[" * depth + "]" * depth for depth in (70, 400, 900)}
"""Texts that stand for values too deep to be copied; `json_text` puts those in their place."""

HOSTILE: tuple[Json, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308, float("inf"), float("nan"),
    "", " ", "\t", "0", "1e400", "nan", "\0", "a\0b", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "\x1b[31m",
    "é" * 300, "x" * 20_000, "'; drop table answer; --", "../../../etc/passwd", "..\\..\\x", "C:\\x",
    "/dev/zero", "%00", "%s%n", "{{7*7}}", "<script>alert(1)</script>", "=1+1",
    "9999-12-31T23:59:59+23:59", "0001-01-01T00:00:00-23:59",
    *NESTED, [], {}, [None], [[]], {"": None}, {"text": None}, {"a": {"b": [1]}}, [0] * 300,
)  # fmt: skip
"""Values that a field may be given instead of its own."""

SPLICES: tuple[bytes, ...] = (
    b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"\r", b"\n", b"\n\n", b"\t", b'"', b"'",
    b",", b"\\", b"\\u0000", b"\\ud800", b"{", b"}", b"[", b"]", b":", b"NaN", b"Infinity", b"-Infinity", b"1e999",
    b"9" * 5_000, b"[" * DEEP, b'{"a":' * DEEP, b"&a [*a,*a]", b"---\n", b"!!python/object:os.system ", b"\x1f\x8b",
    b"PK\x03\x04", b"PAR1", b"%00", b"%ff", b"\x80\x04\x95", b"\xf0\x9f\x92\xa9", b"/../",
)  # fmt: skip
"""Bytes that are put into texts and files."""


def mutated_value(value: Json, random: Random) -> Json:
    """A copy of a JSON value with one to three changes: a part replaced, removed, repeated, renamed or wrapped."""
    changed = copy.deepcopy(value)
    for _ in range(random.randint(1, 3)):
        changed = _changed(changed, random)
    return changed


def mutated_bytes(raw: bytes, random: Random) -> bytes:
    """The bytes with one to four changes: cut, doubled, spliced, flipped, or whole in another encoding."""
    for _ in range(random.randint(1, 4)):
        raw = random.choice(_BYTE_CHANGES)(raw, random)
    return raw


def json_text(value: Json, ascii_only: bool = True) -> str:
    """The value as JSON: NaN stays, which JSON has not, and Infinity is a number that becomes it."""
    text = json.dumps(value, ensure_ascii=ascii_only).replace("Infinity", "1e999")
    for name, nested in NESTED.items():
        text = text.replace(f'"{name}"', nested)
    return text


def json_bytes(value: Json, random: Random) -> bytes:
    """The value as JSON, sometimes with bytes put in."""
    raw = json_text(value, random.random() < 0.5).encode(errors="surrogatepass")
    return mutated_bytes(raw, random) if random.random() < 0.1 else raw


def mutated_rows(rows: Sequence[dict[str, Json]], random: Random) -> list[Json]:
    """The rows of a table with some mutated, left out, repeated or moved."""
    changed: list[Json] = copy.deepcopy(list(rows))
    for _ in range(random.randint(1, 3)):
        if not changed:
            break
        at = random.randrange(len(changed))
        match random.randrange(6):
            case 0:
                del changed[at]
            case 1:
                changed.insert(random.randrange(len(changed) + 1), changed[at])
            case 2:
                random.shuffle(changed)
            case _:
                changed[at] = mutated_value(changed[at], random)
    return changed


# -- values -------------------------------------------------------------------------------------------


def _changed(value: Json, random: Random) -> Json:
    places = _places(value)
    if not places or random.random() < 0.05:
        return random.choice((*HOSTILE, [value], {"value": value}))
    where, key = random.choice(places)
    match random.randrange(8):
        case 0:
            del where[key]
        case 1 if isinstance(where, dict):
            where[random.choice(_NAMES)] = where.pop(key)
        case 2 if isinstance(where, dict):
            where[random.choice(_NAMES)] = random.choice(HOSTILE)
        case 3 if isinstance(where, list):
            where.insert(key, copy.deepcopy(where[key]))
        case 4:
            where[key] = random.choice(([where[key]], {"text": where[key]}, str(where[key])))
        case 5 if isinstance(where[key], str):
            where[key] = _changed_text(where[key], random)
        case _:
            where[key] = copy.deepcopy(random.choice(HOSTILE))
    return value


_NAMES = ("", "x", "id", "text", "record", "__proto__", "a" * 300, "\0", "\ud800", "gold", "name", "scores", "0", "ä")


def _places(value: Json) -> list[tuple[Json, Json]]:
    """Every container in the value with each of its keys or indices."""
    found: list[tuple[Json, Json]] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else list(range(len(one))) if isinstance(one, list) else []
        found += [(one, key) for key in keys]
        waiting += [one[key] for key in keys]
    return found


def _changed_text(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    odd = random.choice(("\0", "\ud800", "\u2028", "\x85", "\r\n", '"', "\\", "\ufeff", "\U0010ffff", "%", "\x1f", "é"))
    return random.choice((text[:at], text[at:], text * 3, text[:at] + odd + text[at:], text.upper(), text[::-1]))


# -- bytes --------------------------------------------------------------------------------------------


def _cut(raw: bytes, random: Random) -> bytes:
    return raw[: random.randrange(len(raw) + 1)]


def _without(raw: bytes, random: Random) -> bytes:
    start, end = sorted(random.randrange(len(raw) + 1) for _ in range(2))
    return raw[:start] + raw[min(end, start + 50) :]


def _doubled(raw: bytes, random: Random) -> bytes:
    start, end = sorted(random.randrange(len(raw) + 1) for _ in range(2))
    return raw[:end] + raw[start:end] + raw[end:]


def _spliced(raw: bytes, random: Random) -> bytes:
    at = random.randrange(len(raw) + 1)
    return raw[:at] + random.choice(SPLICES) + raw[at:]


def _flipped(raw: bytes, random: Random) -> bytes:
    if not raw:
        return raw
    at = random.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ (1 << random.randrange(8))]) + raw[at + 1 :]


def _encoded(raw: bytes, random: Random) -> bytes:
    text = raw.decode(errors="replace")
    return text.encode(random.choice(("utf-16", "utf-16-le", "utf-32", "latin-1", "utf-7")), errors="replace")


def _packed(raw: bytes, _: Random) -> bytes:
    return gzip.compress(raw, mtime=0)


_BYTE_CHANGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _cut, _without, _doubled, _spliced, _spliced, _spliced, _flipped, _flipped, _encoded, _packed,
)  # fmt: skip
