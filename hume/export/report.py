"""The report as JSON for programs, and as tables for people (terminal and Markdown)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hume.export import wording
from hume.progress import RaterProgress, SubsetProgress
from hume.records import Report

Lists = Mapping[str, Sequence[Any]]
"""The report's lists of rows by name: scores, baselines, agreement, gaps, leaderboard, progress, raters."""


def lists(report: Report, progress: Sequence[SubsetProgress], raters: Sequence[RaterProgress]) -> Lists:
    """Every list of the report by the name that it has in JSON."""
    return {
        "scores": report.scores,
        "baselines": report.baselines,
        "agreement": report.agreement,
        "gaps": report.gaps,
        "leaderboard": report.leaderboard,
        "progress": progress,
        "raters": raters,
    }


def as_json(of: Lists) -> str:
    """One object with a list of objects a name. Scores are fractions, times ISO 8601, what is undefined is null."""
    rows = {name: [asdict(row) for row in rows] for name, rows in of.items()}
    return json.dumps(rows, ensure_ascii=False, allow_nan=False, indent=1, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"not plain JSON: {value!r}")


# -- tables for people ----------------------------------------------------------------------------

Cell = Callable[[Any], str]

NOTHING = "Nothing to report yet: see `hume import --help`."


@dataclass(frozen=True)
class Section:
    """One list as a table: which of its rows, and what each column says of a row."""

    title: str
    columns: Mapping[str, Cell]
    numeric: frozenset[str]
    shows: Callable[[Any], bool] = lambda row: True


def _subset(row: Any) -> str:
    return f"{row.task}/{row.subset}"


def _with_interval(row: Any) -> str:
    low_high = wording.interval(row.ci_low, row.ci_high)
    return wording.points(row.score) if low_high == wording.UNKNOWN else f"{wording.points(row.score)} {low_high}"


def _with_gap_interval(row: Any) -> str:
    low_high = wording.signed_interval(row.ci_low, row.ci_high)
    return wording.signed_points(row.gap) + ("" if low_high == wording.UNKNOWN else f" {low_high}")


SECTIONS: Mapping[str, Section] = {
    "leaderboard": Section(
        "Leaderboard",
        {
            "rank": lambda row: wording.UNKNOWN if row.rank is None else str(row.rank),
            "rater": lambda row: wording.rater(row.rater, row.rater_revision, row.protocol),
            "kind": lambda row: row.kind,
            "mean": lambda row: wording.points(row.mean_score),
            "subsets": lambda row: f"{row.n_subsets} of {row.n_subsets_total}",
            "of": lambda row: row.source + (", sample tasks" if row.is_sample else ""),
        },
        frozenset({"rank", "mean", "subsets"}),
    ),
    "baselines": Section(
        "Human baselines",
        {
            "subset": _subset,
            "kind": lambda row: row.kind,
            "aggregation": lambda row: row.aggregation,
            "metric": lambda row: row.metric,
            "score [95%]": _with_interval,
            "items": lambda row: wording.count(row.n_items),
            "raters": lambda row: wording.count(row.n_raters),
            "of": lambda row: row.source,
            "note": lambda row: row.reason,
        },
        frozenset({"score [95%]", "items", "raters"}),
    ),
    "gaps": Section(
        "Gaps: model minus baseline",
        {
            "subset": _subset,
            "model": lambda row: wording.rater(row.model, row.model_revision, row.protocol),
            "against": lambda row: f"{row.baseline_kind} ({row.aggregation})",
            "model's": lambda row: wording.points(row.model_score),
            "baseline": lambda row: wording.points(row.baseline_score),
            "gap [95%]": _with_gap_interval,
            "items": lambda row: wording.count(row.n_items),
            "verdict": lambda row: row.verdict,
            "of": lambda row: row.source,
        },
        frozenset({"model's", "baseline", "gap [95%]", "items"}),
    ),
    "agreement": Section(
        "Agreement",
        {
            "subset": _subset,
            "kind": lambda row: row.kind,
            "coefficient": lambda row: row.coefficient,
            "value": lambda row: wording.coefficient(row.value),
            "items": lambda row: wording.count(row.n_items),
            "raters": lambda row: wording.count(row.n_raters),
            "of": lambda row: row.source,
            "note": lambda row: row.reason,
        },
        frozenset({"value", "items", "raters"}),
    ),
    "scores": Section(
        "Scores (main metrics; the JSON has all)",
        {
            "subset": _subset,
            "rater": lambda row: wording.rater(row.rater, row.rater_revision, row.protocol),
            "kind": lambda row: row.kind,
            "metric": lambda row: row.metric,
            "score [95%]": _with_interval,
            "items": lambda row: wording.count(row.n_items),
            "of": lambda row: row.source,
            "note": lambda row: row.reason,
        },
        frozenset({"score [95%]", "items"}),
        lambda row: bool(row.is_main),
    ),
    "progress": Section(
        "Progress",
        {
            "subset": _subset,
            "kind": lambda row: row.kind,
            "state": lambda row: row.state,
            "items": lambda row: wording.count(row.n_items),
            "answers": lambda row: f"{row.n_answers:,} of {row.n_wanted:,}",
            "done": lambda row: wording.share(row.share),
            "skipped": lambda row: wording.count(row.n_skipped),
            "raters": lambda row: wording.count(row.n_raters),
        },
        frozenset({"items", "answers", "done", "skipped", "raters"}),
    ),
    "raters": Section(
        "Who answered",
        {
            "rater": lambda row: row.rater,
            "kind": lambda row: row.kind,
            "answers": lambda row: wording.count(row.n_answers),
            "skipped": lambda row: wording.count(row.n_skipped),
            "subsets": lambda row: wording.count(row.n_subsets),
            "of": lambda row: "sample tasks" if row.is_sample else "tasks",
            "last answer": lambda row: wording.moment(row.last_answer),
        },
        frozenset({"answers", "skipped", "subsets"}),
    ),
}


def as_markdown(of: Lists) -> str:
    """Every list that has rows as a Markdown table under its heading."""
    parts = [_markdown(section, of[name]) for name, section in SECTIONS.items() if of[name]]
    return "\n\n".join(parts) or NOTHING


def _markdown(section: Section, rows: Sequence[Any]) -> str:
    head = list(section.columns)
    lines = [
        f"## {section.title}\n",
        _line(head),
        _line(["---:" if column in section.numeric else "---" for column in head]),
        *(_line([_escaped(cell(row)) for cell in section.columns.values()]) for row in rows if section.shows(row)),
    ]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(cell: str) -> str:
    """A cell that breaks neither its row nor the page: no pipe, line break, tag or emphasis of its own."""
    flat = " ".join(cell.split()).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{char}" if char in "\\|`*_" else char for char in flat)


def as_table(of: Lists) -> Group:
    """Every list that has rows as a table of the terminal."""
    parts: list[RenderableType] = [_table(section, of[name]) for name, section in SECTIONS.items() if of[name]]
    return Group(*(parts or [NOTHING]))


def _table(section: Section, rows: Sequence[Any]) -> Table:
    table = Table(title=section.title, title_justify="left")
    for column in section.columns:
        table.add_column(column, justify="right" if column in section.numeric else "left", overflow="fold")
    for row in rows:
        if section.shows(row):
            table.add_row(*(Text(cell(row)) for cell in section.columns.values()))
    return table
