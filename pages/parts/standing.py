"""Where people stand among models, in words: every number is one of the report's, or counts its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hume.export import wording
from hume.gap import MODEL_KINDS
from hume.records import GapRow, LeaderboardRow
from pages.parts import models
from pages.parts.models import Models
from pages.parts.views import KIND_NAMES, bold


def best_model(board: Sequence[LeaderboardRow]) -> LeaderboardRow | None:
    """The model with the best rank; None where none has every subset."""
    ranked = [row for row in board if row.kind in MODEL_KINDS and row.rank is not None]
    return min(ranked, key=lambda row: row.rank or 0, default=None)


def standing(board: Sequence[LeaderboardRow], kind: str, known: Models) -> str:
    """How people (or simulated raters) score on average, which place that is, and what the best model scores (HTML)."""
    ours = next((row for row in board if row.kind == kind), None)
    if ours is None:
        return f"{KIND_NAMES[kind]} have no score yet."
    sure = "" if ours.mean_low is None else f" ({mean_interval(ours)})"
    score = f"{KIND_NAMES[kind]} score {bold(wording.points(ours.mean_score))}{sure} on average over"
    text = f"{score} {_place(ours, board)}"
    best = best_model(board)
    if best is None:
        return text
    over = "" if ours.rank else f" over all {best.n_subsets}"
    sure = "" if best.mean_low is None else f" ({mean_interval(best)})"
    name = bold(models.called(best, known))
    return f"{text} The best model, {name}, scores {bold(wording.points(best.mean_score))}{sure}{over}."


def mean_interval(row: LeaderboardRow) -> str:
    """`95% interval [71.2, 83.0]` of a mean over subsets, or that none is known."""
    low_high = wording.interval(row.mean_low, row.mean_high)
    return "no interval known" if low_high == wording.UNKNOWN else f"95% interval {low_high}"


def _place(ours: LeaderboardRow, board: Sequence[LeaderboardRow]) -> str:
    if ours.rank is None:
        return (
            f"{ours.n_subsets} of {subsets(ours.n_subsets_total)}: those without their answers keep them from a rank."
        )
    others = sum(row.rank is not None and row.kind != ours.kind for row in board)
    if not others:
        return f"{subsets(ours.n_subsets)}."
    place = bold(f"{wording.ordinal(ours.rank)} of {others + 1}")
    would_be = "which would be " if ours.kind == "simulated" else ""
    return f"{subsets(ours.n_subsets)}, {would_be}{place} raters with all of them.{_how_sure(ours)}"


def _how_sure(ours: LeaderboardRow) -> str:
    """The interval of the rank, and the rank by Borda points where it is another one."""
    said = ""
    if ours.rank_low is not None and ours.rank_high is not None:
        low, high = wording.ordinal(ours.rank_low), wording.ordinal(ours.rank_high)
        sure = f"would stay {low}" if low == high else f"could be anything from {low} to {high}"
        said += f" With other items it {sure} (95% interval)."
    if ours.rank_borda is not None and ours.rank_borda != ours.rank:
        said += f" By Borda points it is {wording.ordinal(ours.rank_borda)}."
    return said


def verdicts(gaps: Sequence[GapRow], model: str, kind: str) -> str:
    """On how many subsets with a gap a model lies above and below the baseline, and on how many beyond chance."""
    defined = [row.gap for row in gaps if row.gap is not None]
    if not defined:
        return ""
    signs = Counter((gap > 0) - (gap < 0) for gap in defined)
    who = KIND_NAMES[kind].lower()
    text = f"{bold(model)} scores above {who} on {signs[1]} of {subsets(len(defined))} and below on {signs[-1]}"
    clear = Counter(row.verdict for row in gaps if row.ci_low is not None)
    if not clear:
        return f"{text}. No interval is known, so which of these differences are more than chance is open."
    return (
        f"{text}. Beyond chance (95% interval of the gap) it is ahead on {clear['ahead']}, behind on "
        f"{clear['behind']}, and not distinguishable on {clear['not distinguishable']}."
    )


def subsets(n: int) -> str:
    """`1 subset`, `26 subsets`."""
    return wording.counted(n, "subset", "subsets")
