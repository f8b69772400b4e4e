"""Malformed files for every import: refused in words, and the database as it was. benchmarks/fuzz.py makes more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_imports import SURFACES, Workplace, fuzz, workplace
from hume.errors import InvalidInput
from hume.ingest.tables import READERS, read_rows
from hume.storable import storable

N = {"bundles": 15, "backups": 10}
QUICK = settings(
    max_examples=100, derandomize=True, database=None, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


@pytest.fixture(scope="module")
def place() -> Iterator[Workplace]:
    with workplace() as made:
        yield made


@pytest.mark.parametrize("surface", SURFACES)
def test_malformed_files_are_refused_in_words_and_nothing_is_stored(place: Workplace, surface: str) -> None:
    counts = fuzz(place, surface, N.get(surface, 40), seed=7)
    assert counts.is_clean, counts.faults[:3]
    assert counts.refused > counts.inputs // 3


@QUICK
@given(raw=st.binary(max_size=300), ending=st.sampled_from(sorted(READERS)))
def test_a_table_of_any_bytes_is_read_or_refused(tmp_path: Path, raw: bytes, ending: str) -> None:
    file = tmp_path / f"x{ending}"
    file.write_bytes(raw)
    try:
        said = f"{file}: {len(list(read_rows(file)))} rows"
    except InvalidInput as error:
        said = str(error)
    assert said.startswith(str(file))


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=8,
)


@QUICK
@given(value=VALUES)
def test_what_is_made_storable_is_utf8_without_nul_and_stays_so(value: object) -> None:
    made = storable(value)
    text = json.dumps(made, ensure_ascii=False)
    text.encode()
    assert "\\u0000" not in text.replace("\\\\", "")
    assert repr(storable(made)) == repr(made)
