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
from hume.printable import printable
from hume.progress import RaterProgress, SubsetProgress
from hume.quality import RaterChecks
from hume.records import Report

Lists = Mapping[str, Sequence[Any]]
"""The report's lists of rows by name: scores, baselines, agreement, pairs, reliability, gaps, leaderboard, progress,
raters, checks."""


def lists(
    report: Report,
    progress: Sequence[SubsetProgress],
    raters: Sequence[RaterProgress],
    checks: Sequence[RaterChecks],
) -> Lists:
    """Every list of the report by the name that it has in JSON."""
    return {
        "scores": report.scores,
        "baselines": report.baselines,
        "agreement": report.agreement,
        "pairs": report.pairs,
        "reliability": report.reliability,
        "gaps": report.gaps,
        "leaderboard": report.leaderboard,
        "boards": report.boards,
        "stand_in": report.stand_in,
        "progress": progress,
        "raters": raters,
        "checks": checks,
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


BOARD: Mapping[str, Cell] = {
    "rank": lambda row: wording.count(row.rank),
    "95%": lambda row: wording.places(row.rank_low, row.rank_high),
    "rater": lambda row: wording.rater(row.rater, row.rater_revision, row.protocol),
    "kind": lambda row: row.kind,
    "mean": lambda row: wording.points(row.mean_score),
    "mean of types": lambda row: wording.UNKNOWN if row.rank is None else wording.points(row.mean_task_types),
    "Borda": lambda row: wording.UNKNOWN if row.borda is None else f"{row.borda:g}",
    "Borda rank": lambda row: wording.count(row.rank_borda),
    "subsets": lambda row: f"{row.n_subsets} of {row.n_subsets_total}",
    "of": lambda row: row.source + (", sample tasks" if row.is_sample else ""),
    "models": lambda row: row.board_protocol or wording.UNKNOWN,
}
RANKS = frozenset({"rank", "95%", "mean", "mean of types", "Borda", "Borda rank", "subsets"})


def _note(row: Any) -> str:
    return "; ".join(filter(None, (row.caution, row.reason)))


def _with_coefficient_interval(row: Any) -> str:
    low_high = wording.coefficient_interval(row.ci_low, row.ci_high)
    return wording.coefficient(row.value) + ("" if low_high == wording.UNKNOWN else f" {low_high}")


SECTIONS: Mapping[str, Section] = {
    "leaderboard": Section("Leaderboard", BOARD, RANKS),
    "boards": Section("Leaderboards of one language or task type", {"over": lambda row: row.scope, **BOARD}, RANKS),
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
            "interval over": lambda row: row.resampled or wording.UNKNOWN,
            "of": lambda row: row.source,
            "note": _note,
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
            "standardised": lambda row: wording.standardised(row.standardised),
            "p (Holm)": lambda row: wording.p_value(row.p_holm),
            "p (BH)": lambda row: wording.p_value(row.p_bh),
            "items": lambda row: wording.count(row.n_items),
            "verdict": lambda row: row.verdict,
            "note": lambda row: row.caution,
            "of": lambda row: row.source,
        },
        frozenset({"model's", "baseline", "gap [95%]", "standardised", "p (Holm)", "p (BH)", "items"}),
    ),
    "stand_in": Section(
        "Can a model stand in for a person? (alternative annotator test)",
        {
            "subset": _subset,
            "model": lambda row: wording.rater(row.model, row.model_revision, row.protocol),
            "for": lambda row: row.baseline_kind,
            "epsilon": lambda row: f"{row.epsilon:g}",
            "winning rate": lambda row: wording.share(row.winning_rate),
            "advantage": lambda row: wording.share(row.advantage),
            "passes": lambda row: wording.passes(row.passes),
            "items": lambda row: wording.count(row.n_items),
            "raters": lambda row: wording.count(row.n_raters),
            "note": _note,
        },
        frozenset({"epsilon", "winning rate", "advantage", "items", "raters"}),
    ),
    "agreement": Section(
        "Agreement",
        {
            "subset": _subset,
            "kind": lambda row: row.kind,
            "coefficient": lambda row: row.coefficient,
            "value [95%]": _with_coefficient_interval,
            "items": lambda row: wording.count(row.n_items),
            "raters": lambda row: wording.count(row.n_raters),
            "of": lambda row: row.source,
            "note": lambda row: row.reason,
        },
        frozenset({"value [95%]", "items", "raters"}),
    ),
    "reliability": Section(
        "Reliability: each rater with the others (the JSON has every two raters: pairs)",
        {
            "subset": _subset,
            "rater": lambda row: row.rater,
            "kind": lambda row: row.kind,
            "coefficient": lambda row: row.coefficient,
            "mean [95%]": _with_coefficient_interval,
            "items": lambda row: wording.count(row.n_items),
            "others": lambda row: wording.count(row.n_others),
            "note": lambda row: row.reason,
        },
        frozenset({"mean [95%]", "items", "others"}),
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
            "surplus": lambda row: wording.count(row.n_surplus),
            "skipped": lambda row: wording.count(row.n_skipped),
            "seconds": lambda row: wording.seconds(row.median_seconds),
            "subsets": lambda row: wording.count(row.n_subsets),
            "of": lambda row: "sample tasks" if row.is_sample else "tasks",
            "last answer": lambda row: wording.moment(row.last_answer),
        },
        frozenset({"answers", "surplus", "skipped", "seconds", "subsets"}),
    ),
    "checks": Section(
        "Checks: no score is made of them",
        {
            "rater": lambda row: row.rater,
            "kind": lambda row: row.kind,
            "subset": _subset,
            "training right": lambda row: wording.of(row.n_training_right, row.n_training),
            "attention right": lambda row: wording.of(row.n_attention_right, row.n_attention),
            "given twice": lambda row: wording.count(row.n_repeats),
            "accord with oneself": lambda row: wording.accord(row.self_accord),
        },
        frozenset({"training right", "attention right", "given twice", "accord with oneself"}),
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
        *(_line([escaped(cell(row)) for cell in section.columns.values()]) for row in rows if section.shows(row)),
    ]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(cell: str) -> str:
    """A cell that breaks neither its row nor the page: no pipe, line break, tag, link, image or emphasis of its own."""
    flat = printable(" ".join(cell.split())).replace("&", "&amp;").replace("<", "&lt;")
    flat = flat.replace("](", "]&#40;")
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
