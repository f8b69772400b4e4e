"""Cells that a spreadsheet would run are defused, and every text comes back exactly."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hume.export.defuse import DANGEROUS, defuse, restore

cells = st.text("='+-@\t\r\n＝＋－＠19.eE ab\"éق", max_size=6)


@given(cells)
@example("''=1")
@example("'-5")
@example("'")
def test_every_text_comes_back(cell: str) -> None:
    assert restore(defuse(cell)) == cell


@given(cells)
def test_what_goes_out_begins_with_no_dangerous_character_unless_it_is_a_number(cell: str) -> None:
    out = defuse(cell)
    if out[:1] in DANGEROUS:
        float(out)


@pytest.mark.parametrize("cell", ["=1+1", "+CMD|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\r=1", "＝1+1", "－x", "-"])
def test_formulas_get_an_apostrophe(cell: str) -> None:
    assert defuse(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "-3.5", "+1", "-.5e-3", "plain", "'quoted'", "a=b", "O'Neill"])
def test_harmless_cells_stay(cell: str) -> None:
    assert defuse(cell) == cell


@pytest.mark.parametrize("cell", ["'-5", "''=x"])
def test_an_apostrophe_that_was_there_is_told_from_ours(cell: str) -> None:
    assert defuse(cell) == f"'{cell}"
