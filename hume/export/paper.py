"""Tables for a paper: baselines with the best model beside them, gaps, and the leaderboard, in Markdown and LaTeX.

Sample tasks and simulated raters are no results, and are left out; what is published has its source said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hume.errors import NotFound
from hume.export import wording
from hume.export.report import escaped
from hume.printable import printable
from hume.records import BaselineRow, GapRow, LeaderboardRow, Report


@dataclass(frozen=True)
class Table:
    """A table with its caption; `left` says how many columns from the left are words."""

    name: str
    caption: str
    head: Sequence[str]
    left: int
    rows: Sequence[Sequence[str]]


def tables(report: Report, aggregation: str) -> list[Table]:
    """The tables that have rows, of people by that aggregation; NotFound where there is nothing to publish."""
    made = [table for table in (_baselines(report, aggregation), _gaps(report, aggregation), _board(report)) if table]
    if not made:
        raise NotFound(f"There is no figure of people by {aggregation!r} on a task that is no sample.")
    return made


def as_markdown(report: Report, aggregation: str) -> str:
    """The tables in Markdown (pipe tables), each under its caption."""
    return "\n".join(_markdown(table) for table in tables(report, aggregation))


def as_latex(report: Report, aggregation: str) -> str:
    """The tables in LaTeX. They need `\\usepackage{booktabs}`, and names in other scripts XeLaTeX or LuaLaTeX."""
    return "\n".join(_latex(table) for table in tables(report, aggregation))


PAPERS: Mapping[str, Callable[[Report, str], str]] = {".md": as_markdown, ".tex": as_latex}
"""By the suffix of the file."""


# -- what is in them ----------------------------------------------------------------------------------


def _baselines(report: Report, aggregation: str) -> Table | None:
    rows = [row for row in report.baselines if _counts(row) and (row.aggregation == aggregation or _published(row))]
    best = _best(report, aggregation)
    caption = (
        f"Scores of people ({aggregation}) and of the best model on the same items, in percentage points, with 95% "
        "bootstrap intervals in brackets; n: items, raters: people. Published figures have none."
    )
    head = ("Task", "Subset", "Metric", "Source", "n", "Raters", "People", "Best model", "Score")
    return _table("baselines", caption, head, 4, [_baseline(row, best) for row in rows])


def _baseline(row: BaselineRow, best: Mapping[tuple[str, str, str], GapRow]) -> list[str]:
    model = best.get((row.task, row.subset, row.source))
    return [
        *(row.task, row.subset, row.metric, row.source),
        wording.count(row.n_items),
        wording.count(row.n_raters),
        _interval(wording.points(row.score), wording.interval(row.ci_low, row.ci_high)),
        wording.rater(model.model, model.model_revision, model.protocol) if model else wording.UNKNOWN,
        wording.points(model.model_score) if model else wording.UNKNOWN,
    ]


def _best(report: Report, aggregation: str) -> dict[tuple[str, str, str], GapRow]:
    """By task, subset and source, the gap of the model with the highest score; the first of equal ones."""
    found: dict[tuple[str, str, str], GapRow] = {}
    for row in _gap_rows(report, aggregation):
        place = (row.task, row.subset, row.source)
        if place not in found or (row.model_score or 0) > (found[place].model_score or 0):
            found[place] = row
    return found


def _gaps(report: Report, aggregation: str) -> Table | None:
    caption = (
        f"Gaps: score of a model minus that of people ({aggregation}) on the items that both answered, in percentage "
        "points, with paired 95% bootstrap intervals in brackets; p by Holm over all gaps computed; n: items."
    )
    head = ("Task", "Subset", "Model", "Source", "n", "Gap", "p", "Verdict")
    rows = [
        [
            *(row.task, row.subset, wording.rater(row.model, row.model_revision, row.protocol), row.source),
            wording.count(row.n_items),
            _interval(wording.signed_points(row.gap), wording.signed_interval(row.ci_low, row.ci_high)),
            wording.p_value(row.p_holm),
            row.verdict,
        ]
        for row in _gap_rows(report, aggregation)
    ]
    return _table("gaps", caption, head, 4, rows)


def _board(report: Report) -> Table | None:
    caption = (
        "Leaderboard: mean over subsets and mean over task types in percentage points, Borda count as MTEB defines it; "
        "95% intervals of ranks by bootstrap over items. Raters without a rank lack a subset."
    )
    head = ("Rater", "Kind", "Source", "Rank", "95%", "Mean", "Types", "Borda", "Subsets")
    rows = [_place(row) for row in report.leaderboard if not row.is_sample and row.baseline_kind != "simulated"]
    return _table("leaderboard", caption, head, 3, rows)


def _place(row: LeaderboardRow) -> list[str]:
    return [
        wording.rater(row.rater, row.rater_revision, row.protocol),
        row.kind,
        ", ".join(filter(None, (row.source, row.board_protocol))),
        wording.count(row.rank),
        wording.places(row.rank_low, row.rank_high),
        wording.points(row.mean_score),
        wording.UNKNOWN if row.rank is None else wording.points(row.mean_task_types),
        wording.UNKNOWN if row.borda is None else f"{row.borda:g}",
        f"{row.n_subsets} of {row.n_subsets_total}",
    ]


def _gap_rows(report: Report, aggregation: str) -> Iterator[GapRow]:
    for row in report.gaps:
        is_asked = row.aggregation == aggregation or row.source == "published"
        if is_asked and row.baseline_kind == "human" and not row.is_sample and row.gap is not None:
            yield row


def _counts(row: BaselineRow) -> bool:
    return row.kind == "human" and not row.is_sample


def _published(row: BaselineRow) -> bool:
    return row.source == "published"


def _interval(value: str, low_high: str) -> str:
    return value if low_high == wording.UNKNOWN else f"{value} {low_high}"


def _table(name: str, caption: str, head: Sequence[str], left: int, rows: Sequence[Sequence[str]]) -> Table | None:
    return Table(name, caption, head, left, rows) if rows else None


# -- how they are written -----------------------------------------------------------------------------


def _markdown(table: Table) -> str:
    rule = ["---" if place < table.left else "---:" for place in range(len(table.head))]
    lines = [table.head, rule, *([escaped(cell) for cell in row] for row in table.rows)]
    return f"{table.caption}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _latex(table: Table) -> str:
    columns = "l" * table.left + "r" * (len(table.head) - table.left)
    return "\n".join(
        [
            "\\begin{table}",
            "\\centering",
            f"\\caption{{{latex_escaped(table.caption)}}}",
            f"\\label{{tab:hume-{table.name}}}",
            f"\\begin{{tabular}}{{{columns}}}",
            "\\toprule",
            _latex_line(table.head),
            "\\midrule",
            *(_latex_line(row) for row in table.rows),
            "\\bottomrule",
            "\\end{tabular}",
            "\\end{table}",
            "",
        ]
    )


def _latex_line(cells: Sequence[str]) -> str:
    # The braces keep a cell that begins with a bracket from being an option of the line break before it.
    return " & ".join(f"{{{latex_escaped(cell)}}}" for cell in cells) + " \\\\"


_LATEX = {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "|": "\\textbar{}",
    "−": "$-$",
    "–": "--",
    **{char: f"\\{char}" for char in "&%$#_{}"},
}


def latex_escaped(text: str) -> str:
    """Text that LaTeX sets as it is, whatever characters it has; a line break or tab is a space.

    Control characters, at which LaTeX stops, are written out.
    """
    return "".join(_LATEX.get(char, char) for char in printable(" ".join(text.split())))
