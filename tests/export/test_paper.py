"""Tables for a paper: escaped, without samples and simulated raters."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_export_report import REPORT

from hume.errors import NotFound
from hume.export.paper import PAPERS, as_latex, as_markdown, latex_escaped
from hume.records import Report


def test_a_latex_table_has_as_many_cells_in_each_row_as_columns():
    text = as_latex(REPORT, "consensus")
    tables = re.findall(r"\\begin\{tabular\}\{([lr]+)\}\n(.*?)\\end\{tabular\}", text, re.S)
    assert len(tables) == 3
    for columns, body in tables:
        rows = [line for line in body.splitlines() if line.endswith("\\\\")]
        assert len(rows) >= 2
        assert {len(re.findall(r"(?<!\\)&", row)) + 1 for row in rows} == {len(columns)}
        assert body.startswith("\\toprule")
    assert "77.6 [71.2, 83.0]" in text
    assert "$-$7.6 [$-$20.0, +5.0]" in text
    assert text.count("{") == text.count("}")


def test_markdown_says_the_same():
    text = as_markdown(REPORT, "consensus")
    assert "77.6 [71.2, 83.0]" in text
    assert "Ta\\|sk" in text
    for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
        assert len({line.replace("\\|", "").count("|") for line in table.splitlines()}) == 1


def test_samples_and_simulated_raters_are_no_results():
    for change in ({"is_sample": True}, {"kind": "simulated"}):
        rows = tuple(dataclasses.replace(row, **change) for row in REPORT.baselines)
        with pytest.raises(NotFound, match="no figure of people"):
            as_latex(Report((), rows, (), (), ()), "consensus")
    with pytest.raises(NotFound, match="'nonesuch'"):
        as_markdown(Report((), REPORT.baselines, (), (), ()), "nonesuch")


def test_latex_is_escaped():
    said = latex_escaped("50% of $x_1$ & {y} #2 \\input{secret} ~^ a\n\nb −1")
    assert said == (
        "50\\% of \\$x\\_1\\$ \\& \\{y\\} \\#2 \\textbackslash{}input\\{secret\\} "
        "\\textasciitilde{}\\textasciicircum{} a b $-$1"
    )


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_text_ends_a_cell_or_becomes_a_command(text):
    """What LaTeX reads as markup is what the escapes themselves made, and nothing else."""
    said = latex_escaped(text)
    plain = re.sub(r"\\text(backslash|asciitilde|asciicircum|less|greater|bar)\{\}|\\[&%$#_{}]|\$-\$", "", said)
    assert not set(plain) & set("\\&%$#_{}~^<>|\n\r\t")
    # Each control word ends in its own braces, so that it swallows no letter of what follows.
    assert len(re.findall(r"\\[a-z]+", said)) == len(re.findall(r"\\text[a-z]+\{\}", said))


def test_there_is_a_paper_for_each_suffix():
    assert set(PAPERS) == {".md", ".tex"}
