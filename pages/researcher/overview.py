"""What there is, on one screen: how far people are from the best model, how sure that is, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hume.baseline import DEFAULT
from hume.export import wording
from hume.records import BaselineRow, GapRow, LeaderboardRow, Report
from pages.parts import figures, layout, models, scopes, standing, tiles, uncertain, views
from pages.parts.access import require
from pages.parts.models import Models
from pages.parts.tiles import Tile


def page() -> None:
    layout.header("Overview", "How far people are from the best model, how sure that is, and what to do next.")
    report = figures.report()
    view_at, kind_at = st.columns(2)
    with view_at:
        view = views.choose_view(report)
    if not view:
        views.nothing_at_all()
        return
    shown = views.restricted(report, view)
    known = models.named(shown.scores)
    with kind_at:
        shown = models.under(shown, models.choose_protocol(models.protocols_of(shown)))
        kind = views.choose_kind(shown.baselines, "Compare models with", "against")
    layout.notices(samples=view == views.SAMPLES, simulated=kind == "simulated")
    if kind:
        _figures(shown, known, kind)
    else:
        views.no_people()
    _next(view)
    _explain()


def _figures(shown: Report, known: Models, kind: str) -> None:
    ranked = [row for row in shown.leaderboard if row.baseline_kind == kind]
    baselines = [row for row in shown.baselines if row.kind == kind and _is_main(row)]
    best = standing.best_model(ranked)
    tiles.show(_tiles(ranked, best, known, kind))
    said = [_basis(baselines, kind)]
    if best:
        gaps = [row for row in shown.gaps if row.baseline_kind == kind and models.of_gap(row) == models.of_rank(best)]
        said.insert(0, standing.verdicts([row for row in gaps if _is_main(row)], models.called(best, known), kind))
    views.paragraphs(*said)
    chart_at, doubt_at = st.columns([3, 2], gap="large")
    with chart_at:
        scopes.show_types([row for row in shown.boards if row.baseline_kind == kind], best, known, kind)
    with doubt_at:
        uncertain.show(baselines)


def _is_main(row: BaselineRow | GapRow) -> bool:
    """Whether it is by the aggregation that leaderboards go by."""
    return row.source == "published" or row.aggregation == DEFAULT


# -- the figures in a row -------------------------------------------------------------------------------


def _tiles(ranked: Sequence[LeaderboardRow], best: LeaderboardRow | None, known: Models, kind: str) -> list[Tile]:
    ours = next((row for row in ranked if row.kind == kind), None)
    of_models = [_of_model(best, known), _of_gap(best)] if best else []
    return [_of_people(ours, kind), *of_models, _of_rank(ours, ranked)]


def _of_people(ours: LeaderboardRow | None, kind: str) -> Tile:
    name = views.KIND_NAMES[kind]
    if ours is None:
        return Tile(name, wording.UNDEFINED, ("no score yet",))
    return Tile(name, wording.points(ours.mean_score), (standing.mean_interval(ours), _over(ours)))


def _of_model(best: LeaderboardRow, known: Models) -> Tile:
    notes = (models.called(best, known), standing.mean_interval(best), _over(best))
    return Tile("Best model", wording.points(best.mean_score), notes)


def _of_gap(best: LeaderboardRow) -> Tile:
    low_high = wording.signed_interval(best.gap_low, best.gap_high)
    if best.gap is None:
        return Tile("Gap", wording.UNKNOWN, ("people lack a subset",))
    sure = "no interval known" if low_high == wording.UNKNOWN else f"95% interval {low_high}"
    return Tile("Gap", wording.signed_points(best.gap), ("best model minus people, points", sure))


def _of_rank(ours: LeaderboardRow | None, ranked: Sequence[LeaderboardRow]) -> Tile:
    others = sum(row.rank is not None for row in ranked)
    if ours is None or ours.rank is None:
        return Tile("Their rank", wording.UNKNOWN, ("ranked only with every subset",))
    sure = "no interval known"
    if ours.rank_low is not None and ours.rank_high is not None:
        sure = f"95% interval {wording.ordinal(ours.rank_low)} to {wording.ordinal(ours.rank_high)}"
    borda = "" if ours.rank_borda in (None, ours.rank) else f"{wording.ordinal(ours.rank_borda)} by Borda points"
    return Tile("Their rank", f"{wording.ordinal(ours.rank)} of {others}", (sure, borda))


def _basis(baselines: Sequence[BaselineRow], kind: str) -> str:
    """What the figures of people rest on, and that it is not known where the source does not say (HTML)."""
    of = f"{views.KIND_NAMES[kind]} have a baseline on {views.bold(standing.subsets(len(baselines)))}"
    items, answers = ([getattr(row, name) for row in baselines] for name in ("n_items", "n_answers"))
    raters = [row.n_raters for row in baselines if row.n_raters is not None]
    if None in items or None in answers or not raters:
        return f"{of}; of how many items and raters was not published."
    each = str(min(raters)) if min(raters) == max(raters) else f"{min(raters)} to {max(raters)}"
    rests_on = f"{wording.counted(sum(answers), 'answer', 'answers')} to {wording.counted(sum(items), 'item', 'items')}"
    return f"{of}, resting on {rests_on} by {each} {'rater' if each == '1' else 'raters'} each."


def _over(row: LeaderboardRow) -> str:
    part = f"{row.n_subsets} of " if row.rank is None else ""
    return f"mean over {part}{standing.subsets(row.n_subsets_total)}"


# -- what next -----------------------------------------------------------------------------------------


def _next(view: str) -> None:
    st.subheader("What next", anchor=False)
    of_view = {"figures": view}
    pages = (
        ("gap", "Gap", "Every subset and model, with intervals and p-values.", of_view),
        ("items", "Items", "Where gold is in doubt, and what people and models find hard.", None),
        ("planning", "Planning", "How many items and raters would tell, and which tasks first.", None),
        ("progress", "Progress", "How far the answering is, and how carefully.", None),
    )
    for column, (name, title, what, query) in zip(st.columns(len(pages)), pages, strict=True):
        with column.container(border=True):
            st.page_link(f"pages/researcher/{name}.py", label=f"**{title}**", icon=ICONS[name], query_params=query)
            st.caption(what)


ICONS = {
    "gap": ":material/compare_arrows:",
    "items": ":material/gavel:",
    "planning": ":material/straighten:",
    "progress": ":material/donut_large:",
}


def _explain() -> None:
    with st.expander("How this is computed"):
        st.markdown(EXPLANATION)


EXPLANATION = """
- **Which figures.** *Published* ones are as their source gave them; *computed* ones are made of the answers in this
  database; those of sample tasks and of simulated raters are apart. No figure mixes two of these.
- **People** is the consensus of raters, scored as any model is, or for published figures what the source reported.
  The mean is over subsets, unweighted. Models are scored over the items that people answered.
- **Protocol.** Where models answered both as MTEB has it (`mteb`) and with what people are given (`human-like`), the
  page shows one at a time, and people are ranked among the models of that one.
- **Best model** is the one with the best mean, which flatters it: the same items chose it.
- **Gap** = best model's mean − people's mean.
- **Intervals** are 95% bootstrap intervals: the items of each subset (in clustering with fewer than ten sets the texts
  of each) are drawn with replacement 1,000 times, and people and all models are scored and ranked on the same draws,
  subsets independently (from five raters on, raters are drawn too). Where a rater's item-level answers are not known
  there is none.
- **Least certain** are the subsets where the baseline has no interval, then those where it is widest.
- The page *Gap* has each of these figures by subset with its method; `hume report` prints them all.
"""


require("researcher")
page()
