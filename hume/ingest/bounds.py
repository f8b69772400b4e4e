"""How much of a file is read at all: far more than any real data set has, and little enough that none fills the memory.

docs/formats.md has the numbers.
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import BinaryIO, cast

from hume.ingest.rows import refuse

LONGEST_LINE = 64 * 2**20
"""Bytes of a line, of a file of JSON, or of a README; the longest row of MTEB's has some 40 MiB."""
LONGEST_CELL = 16 * 2**20
"""Characters of a cell in CSV: a list of texts may stand in one."""
LARGEST = 4 * 2**30
"""Bytes of a file, unpacked."""
MOST_ROWS = 5_000_000
"""Rows of a table, empty lines counted."""
MOST_COLUMNS = 1_000
MOST_PARTS = 4_000_000
"""Commas and opening brackets of a row or of a file of JSON: its values are at most as many."""
MOST_VALUES = 50_000_000
"""Values of a column of Parquet in one row group, those in lists counted."""
SWOLLEN = 100
"""A packed file may unpack to so many times its size; texts do to 3 to 30 times."""
UNSUSPICIOUS = 32 * 2**20
"""Unpacked bytes up to which nobody asks how small they were packed."""


def opened(path: Path, file: str) -> BinaryIO:
    """The bytes of a file, unpacked where it ends with .gz; InvalidItem for what is no ordinary file.

    Reading on raises InvalidItem where there are more than `LARGEST`, or where they were packed too small to be texts.
    """
    if path.exists() and not path.is_file():
        raise refuse("this is no file that can be read.", "Name an ordinary file.", file)
    raw = path.open("rb")
    if path.suffix.lower() != ".gz":
        return _buffered(_Bounded(raw, file, LARGEST))
    most = min(LARGEST, max(UNSUSPICIOUS, SWOLLEN * path.stat().st_size))
    unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=raw))
    return _buffered(_Bounded(unpacked, file, most, raw))


def check_swelling(unpacked: int, packed: int, file: str) -> None:
    """InvalidItem where so many bytes, told beforehand, are too many or were packed too small to be texts."""
    if unpacked > LARGEST:
        raise _too_large(file)
    if unpacked > UNSUSPICIOUS and unpacked > SWOLLEN * packed:
        raise _swollen(file)


def check_parts(text: str, file: str, line: int) -> None:
    """InvalidItem where JSON has so many values that they would fill the memory."""
    if sum(map(text.count, ",[{")) > MOST_PARTS:
        raise refuse(
            f"more than {MOST_PARTS:,} values in one row.", "Split it: one JSON object a line, in .jsonl.", file, line
        )


class _Bounded(io.RawIOBase):
    """Bytes of a stream up to a number; more are refused, and not kept."""

    def __init__(self, stream: BinaryIO, file: str, most: int, packed: BinaryIO | None = None) -> None:
        self._stream, self._file, self._most, self._packed, self._read = stream, file, most, packed, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        found = self._stream.read(len(buffer))
        self._read += len(found)
        if self._read > self._most:
            raise _too_large(self._file) if self._most == LARGEST else _swollen(self._file)
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            if self._packed:
                self._packed.close()
        super().close()


def _buffered(stream: _Bounded) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(stream, 2**18))


def _too_large(file: str) -> Exception:
    return refuse(f"more than {LARGEST / 2**30:.0f} GiB.", "Split the file, or take a part of it.", file)


def _swollen(file: str) -> Exception:
    return refuse(
        f"it unpacks to more than {SWOLLEN} times its size, as no text does.",
        "Unpack it yourself and look at it; import the unpacked file where it is what you want.",
        file,
    )
