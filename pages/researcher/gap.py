"""The gap: people against models, subset by subset, and all of them ranked together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isclose
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hume.baseline import KINDS, POOLS
from hume.export import wording
from hume.gap import MODEL_KINDS, NO_INTERVAL, adjusted
from hume.records import BaselineRow, GapRow, LeaderboardRow, Report, ScoreRow
from pages.parts import charts, figures, layout, stand_ins, standing, tables, views
from pages.parts.access import require


class Model(NamedTuple):
    """What tells one run of a model from all others."""

    name: str
    revision: str
    protocol: str


Cell = tuple[str, str]

#: Below which an adjusted p-value stands out.
LEVEL = 0.05

# How the page calls each model: by its name alone where that is enough.
Models = Mapping[Model, str]


def page() -> None:
    layout.header("Gap", "How well people do what embedding models are scored on, by the same metric.")
    report = figures.report()
    view = views.choose_view(report)
    if not view:
        views.nothing_at_all()
        return
    shown = views.restricted(report, view)
    with st.container(horizontal=True):
        kind = views.choose_kind(shown.baselines, "Compare models with", "against")
        baselines = [row for row in shown.baselines if row.kind == kind and _is_gap_made(row)]
        aggregation = views.choose_aggregation(baselines) if baselines else ""
    layout.notices(samples=view == views.SAMPLES, simulated=kind == "simulated")
    gaps = [row for row in shown.gaps if row.baseline_kind == kind and row.aggregation == aggregation]
    board = _board(shown, kind)
    _headline(board, gaps, kind)
    _subsets([row for row in baselines if row.aggregation == aggregation], gaps, shown, kind, view)
    _leaderboard(board, [row for row in shown.boards if row.baseline_kind == kind])
    stand_ins.show([row for row in shown.stand_in if row.baseline_kind == kind], kind)
    _explain()


def _is_gap_made(row: BaselineRow) -> bool:
    return row.aggregation in POOLS or row.source == "published"


def _board(shown: Report, kind: str) -> list[LeaderboardRow]:
    return [row for row in shown.leaderboard if row.baseline_kind == kind]


def _headline(board: Sequence[LeaderboardRow], gaps: Sequence[GapRow], kind: str) -> None:
    if not kind:
        views.headline("No person has answered any of these tasks yet, so there is no gap to show.")
        return
    best = standing.best_model(board)
    lines = [standing.standing(board, kind)]
    if best:
        of_best = [row for row in gaps if model_of_gap(row) == model_of_rank(best)]
        lines.append(standing.verdicts(of_best, best.rater, kind))
    views.headline(*lines)


# -- subset by subset ---------------------------------------------------------------------------------


def _subsets(baselines: Sequence[BaselineRow], gaps: Sequence[GapRow], shown: Report, kind: str, view: str) -> None:
    st.subheader("Subset by subset", anchor=False)
    if not baselines:
        views.no_people()
        return
    scores = [row for row in shown.scores if row.is_main and row.kind in MODEL_KINDS]
    models = _models(scores)
    types_at, languages_at, models_at = st.columns(3)
    wanted = views.choose_filter(baselines, types_at, languages_at)
    chosen = _choose_models(models, _board(shown, kind), f"{view.split()[0].lower()}-model", models_at)
    baselines = [row for row in baselines if wanted.takes(row)]
    lines = _lines(baselines, _on_shared_items(scores, gaps), gaps, chosen, kind)
    gaps = [row for row in gaps if wanted.takes(row) and model_of_gap(row) in chosen]
    _chart(lines, list(chosen.values()), kind, has_others=len(models) > len(chosen))
    _notes(baselines, gaps, kind)
    if models:
        _gap_table(gaps, models)
    else:
        _no_models()


def _models(scores: Iterable[ScoreRow]) -> Models:
    found = list(dict.fromkeys(model_of_score(row) for row in scores))
    named = Counter(model.name for model in found)
    return {model: model.name if named[model.name] == 1 else wording.rater(*model) for model in found}


def _choose_models(models: Models, board: Sequence[LeaderboardRow], key: str, at: DeltaGenerator) -> Models:
    best = standing.best_model(board)
    default = [models[model_of_rank(best)]] if best else list(models.values())[:1]
    names = at.multiselect(
        "Models",
        sorted(models.values(), key=str.casefold),
        default=default,
        max_selections=len(charts.STYLES),
        placeholder="None",
        help="The best model by mean is chosen at first. All others are the small grey dots.",
        key=key,  # of each view its own: one view's choice means nothing in another
        bind="query-params",
    )
    by_name = {name: model for model, name in models.items()}
    return {by_name[name]: name for name in names}


def _on_shared_items(scores: Iterable[ScoreRow], gaps: Iterable[GapRow]) -> list[ScoreRow]:
    """Models' scores as the gaps have them, over the items that the baseline has too.

    An interval belongs to the items that it was drawn from, so a score over fewer of them has none.
    """
    gap_of = {(model_of_gap(row), row.task, row.subset): row for row in gaps}
    return [_on_shared(row, gap_of.get((model_of_score(row), row.task, row.subset))) for row in scores]


def _on_shared(score: ScoreRow, gap: GapRow | None) -> ScoreRow:
    if gap is None or _is_same(score, gap):
        return score
    return replace(score, score=gap.model_score, n_items=gap.n_items, ci_low=None, ci_high=None)


def _is_same(score: ScoreRow, gap: GapRow) -> bool:
    if score.score is None or gap.model_score is None:
        return score.score is gap.model_score
    return score.n_items == gap.n_items and isclose(score.score, gap.model_score)


def _lines(
    baselines: Sequence[BaselineRow],
    scores: Sequence[ScoreRow],
    gaps: Sequence[GapRow],
    chosen: Models,
    kind: str,
) -> list[charts.Line]:
    by_subset: dict[Cell, list[ScoreRow]] = defaultdict(list)
    for row in scores:
        by_subset[row.task, row.subset].append(row)
    first = next(iter(chosen), None)
    gap_of = {(row.task, row.subset): row.gap for row in gaps if model_of_gap(row) == first and row.gap is not None}

    def place(row: BaselineRow) -> tuple[object, ...]:
        return views.type_order(row.task_type), gap_of.get((row.task, row.subset), float("inf")), row.task, row.subset

    return [_line(row, by_subset[row.task, row.subset], chosen, kind) for row in sorted(baselines, key=place)]


def _line(baseline: BaselineRow, scores: Sequence[ScoreRow], chosen: Models, kind: str) -> charts.Line:
    marks = {chosen[model_of_score(row)]: row for row in scores if model_of_score(row) in chosen}
    others = [row for row in scores if model_of_score(row) not in chosen]
    ours = {views.KIND_NAMES[kind]: baseline}
    return charts.Line(
        views.subset_label(baseline),
        views.type_name(baseline.task_type),
        {name: charts.mark(name, row) for name, row in {**ours, **marks}.items() if row.score is not None},
        [charts.mark(row.rater, row) for row in others if row.score is not None],
    )


def _chart(lines: Sequence[charts.Line], names: Sequence[str], kind: str, *, has_others: bool) -> None:
    if not charts.has_marks(lines):
        return
    ours = charts.people() if kind == "human" else charts.simulated()
    series = [ours, *charts.styled(names)]
    charts.legend(series, "other models" if has_others else "")
    charts.show(
        charts.dots(lines, series, "Main metric, points"),
        key="gap-chart",
        alt=f"{ours.name} and {', '.join(names) or 'models'}: main scores on {standing.subsets(len(lines))}; "
        "the same figures are in the table below.",
    )


def _notes(baselines: Sequence[BaselineRow], gaps: Sequence[GapRow], kind: str) -> None:
    if all(row.source == "published" for row in baselines):
        notes = ["Published without item-level data: no interval."]
    else:
        notes = [_on_which_items(baselines, gaps, kind), "Whiskers are 95% intervals (bootstrap over items)."]
        if without := sum(row.ci_low is None for row in baselines):
            notes.append(f"The baseline has none on {without} of {standing.subsets(len(baselines))}.")
    if gaps:
        notes.append("Within a task type, the subsets where the (first) model is furthest behind come first.")
    st.caption(" ".join(notes))


def _on_which_items(baselines: Sequence[BaselineRow], gaps: Sequence[GapRow], kind: str) -> str:
    who = views.KIND_NAMES[kind].lower()
    note = f"Models are shown on the items that {who} answered, without whiskers where those are not all of theirs."
    n_of = {(row.task, row.subset): row.n_items for row in baselines}
    if any(row.gap is not None and row.n_items != n_of[row.task, row.subset] for row in gaps):
        note += f" Where a model lacks some of those, the table compares on the rest; the chart has {who} on all."
    return note


def _gap_table(gaps: Sequence[GapRow], models: Models) -> None:
    if not gaps:
        st.caption("Choose a model to see its gaps as a table.")
        return
    gaps = adjusted(gaps)
    columns = {
        "Subset": tables.text(views.subset_label),
        "Model": tables.text(lambda row: models[model_of_gap(row)]),
        "Gap": tables.signed(lambda row: row.gap, "Model's score minus baseline, in points"),
        "95% interval": tables.text(lambda row: wording.signed_interval(row.ci_low, row.ci_high)),
        "Model's": tables.points(lambda row: row.model_score, "Model's score on the items that both answered"),
        "Baseline": tables.points(
            lambda row: row.baseline_score, "Score of the baseline on the items that both answered"
        ),
        "Items": tables.count(lambda row: row.n_items, "Items that both answered; – where not published"),
        "Verdict": tables.text(_verdict, "Whether the interval of the gap lies above 0, below, or on both sides"),
        "p (Holm)": tables.text(
            lambda row: wording.p_value(row.p_holm), "Of no gap; adjusted for all comparisons in this table"
        ),
        "p (BH)": tables.text(
            lambda row: wording.p_value(row.p_bh), "Of no gap; adjusted for the share of false findings in this table"
        ),
        "Standardised": tables.text(
            lambda row: wording.standardised(row.standardised),
            "The gap in percent of the way from chance to perfect, so that metrics compare",
        ),
        "Its interval": tables.text(lambda row: wording.signed_interval(row.standardised_low, row.standardised_high)),
        "Chance": tables.text(_chance, "What random answers score on these items"),
        "Interval over": tables.text(lambda row: row.resampled or wording.UNKNOWN, "What the bootstrap resamples"),
        "Caution": tables.text(lambda row: row.caution),
        "Type": tables.text(lambda row: views.type_name(row.task_type)),
        "Language": tables.text(lambda row: row.language),
        "Metric": tables.text(lambda row: row.metric),
    }
    if len({model_of_gap(row) for row in gaps}) == 1:
        del columns["Model"]
    if all(row.ci_low is None for row in gaps):
        for name in ("p (Holm)", "p (BH)", "Standardised", "Its interval", "Chance", "Interval over", "Caution"):
            del columns[name]
    rows = sorted(gaps, key=lambda row: (models[model_of_gap(row)], row.gap is None, row.gap or 0.0))
    tables.show(rows, columns, key="gaps", alt="Gaps: model's score minus baseline, with intervals and verdicts")
    if tested := sum(row.p_value is not None for row in rows):
        found = Counter(
            name for row in rows for name in ("p_holm", "p_bh") if (p := getattr(row, name)) is not None and p <= LEVEL
        )
        st.caption(
            f"p-values are adjusted for {wording.counted(tested, 'comparison', 'comparisons')}, those of this table. "
            f"At {LEVEL:g}, {found['p_holm']} stand out by Holm, {found['p_bh']} by Benjamini and Hochberg."
        )
    tables.download("gaps", rows)


def _verdict(row: GapRow) -> str:
    if row.verdict == NO_INTERVAL:
        return "no interval"
    return f"{row.verdict} with n = {row.n_items}" if row.verdict == "not distinguishable" else row.verdict


def _chance(row: GapRow) -> str:
    return wording.UNKNOWN if row.chance is None else wording.points(row.chance)


# -- all raters ---------------------------------------------------------------------------------------


def _leaderboard(board: Sequence[LeaderboardRow], scoped: Sequence[LeaderboardRow]) -> None:
    if not board:
        return
    st.subheader("Leaderboard", anchor=False)
    board = _choose_scope(board, scoped)
    total = max(row.n_subsets_total for row in board)
    columns = {
        "Rank": tables.count(lambda row: row.rank, "By mean, among raters that have every subset"),
        "95%": tables.text(
            lambda row: wording.places(row.rank_low, row.rank_high),
            "The ranks by mean that other items could have given",
        ),
        "Mean": tables.points(lambda row: row.mean_score, "Unweighted mean of main scores over the rater's subsets"),
        "Rater": tables.text(lambda row: row.rater),
        "By types": tables.count(lambda row: row.rank_task_types, "Rank by the mean over task types"),
        "Mean of types": tables.text(_mean_of_types, "Mean over task types of the mean over their tasks"),
        "Borda rank": tables.count(lambda row: row.rank_borda, "Rank by Borda points, as MTEB counts them"),
        "Borda 95%": tables.text(lambda row: wording.places(row.rank_borda_low, row.rank_borda_high)),
        "Subsets": tables.count(lambda row: row.n_subsets, f"Of {total}"),
        "Kind": tables.text(lambda row: views.KIND_NAMES[row.kind]),
        "Revision": tables.text(lambda row: wording.revision(row.rater_revision)),
        "Protocol": tables.text(lambda row: row.protocol),
    }
    if not any(row.protocol for row in board):
        del columns["Protocol"]
    if all(row.rank_low is None for row in board):
        del columns["95%"], columns["Borda 95%"]
    tables.show(
        board,
        columns,
        key="leaderboard",
        alt="Raters by mean score, people among the models",
        highlighted=lambda row: row.kind in KINDS,
    )
    note = f"Ranked by the mean over all {standing.subsets(total)}; raters that lack one have no rank (–)."
    if any(row.rank_low is not None for row in board):
        note += " Intervals of ranks: everybody is ranked anew on each of the 1,000 resamples."
    st.caption(note)
    tables.download("leaderboards", board)


def _choose_scope(board: Sequence[LeaderboardRow], scoped: Sequence[LeaderboardRow]) -> Sequence[LeaderboardRow]:
    names = {views.type_name(scope): scope for scope in dict.fromkeys(row.scope for row in scoped)}
    if not names:
        return board
    chosen = st.selectbox("Over", ["All subsets", *names], key="over", bind="query-params")
    return [row for row in scoped if row.scope == names[chosen]] if chosen in names else board


def _mean_of_types(row: LeaderboardRow) -> str:
    return wording.UNKNOWN if row.mean_task_types is None else wording.points(row.mean_task_types)


def _explain() -> None:
    with st.expander("How this is computed"):
        st.markdown(EXPLANATION)


EXPLANATION = """
- **Score.** Every rater, a person or a model, is scored by the same function: mean average precision (reranking),
  accuracy (classification), V-measure (clustering), Spearman's rank correlation with the gold scores (semantic
  textual similarity). Scores are shown in points: 77.6 is 0.776.
- **Baseline.** *Consensus*: people's answers are joined item by item into one answer, which is scored. *Mean*: each
  person is scored, and the scores are averaged. *Best*: the person with the best score, which flatters, as the same
  items chose that person. *Weighted by reliability* (classification): labels by Dawid and Skene (1979). *As
  published*: whatever the source did.
- **Gap.** gap = score of the model − baseline, over the items that both answered.
- **Interval.** 95% percentile bootstrap: items are drawn with replacement 1,000 times, and model and people are
  scored on the same draws, so what both find hard cancels out. From five raters on, consensus and mean draw raters
  too. A gap is *ahead* or *behind* where the interval of the difference does not contain 0, and *not distinguishable*
  where it does.
- **p-values** are two-sided, of no gap: z = gap / standard deviation of the resampled gaps (Efron and Tibshirani
  1993). *Holm* (1979) bounds the chance of a single false finding among all comparisons shown, *Benjamini and
  Hochberg* (1995) the share of false ones among the findings.
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


# -- nothing to show ----------------------------------------------------------------------------------


def _no_models() -> None:
    views.empty(
        "No model has been scored on these tasks",
        "Score one: `hume score all-MiniLM-L6-v2` (the extra `models` must be installed).",
        "Or import its published scores: `hume import results PATH`.",
    )


# -- who is who ---------------------------------------------------------------------------------------


def model_of_score(row: ScoreRow) -> Model:
    return Model(row.rater, row.rater_revision, row.protocol)


def model_of_gap(row: GapRow) -> Model:
    return Model(row.model, row.model_revision, row.protocol)


def model_of_rank(row: LeaderboardRow) -> Model:
    return Model(row.rater, row.rater_revision, row.protocol)


require("researcher")
page()
