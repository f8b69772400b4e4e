"""Planning: how many items and people a figure needs, and which tasks to annotate first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from sqlalchemy.orm import Session

from db.store.state import state_token
from db.store.tasks import subset_records
from hume.baseline import DEFAULT, KINDS
from hume.export import wording
from hume.gap import MODEL_KINDS
from hume.parsed import parse
from hume.planning import POWER, REPETITIONS, Curve, Pilot, pilot, power_curve, width_curve
from hume.published_plan import ASSUMED, Published, published_plan, published_power, published_width
from hume.records import BaselineRow, Rater, Report
from hume.settings import Settings
from hume.task_order import KEPT, TaskOrder, task_order
from hume.tasks import TASKS
from pages.parts import charts, figures, layout, models, plan_chart, tables, views
from pages.parts.access import require
from pages.parts.database import reading

WIDTH, GAP = "An interval of a given width", "Telling a gap from none"
#: A plan from fewer items says so: how items vary is known roughly.
FEW = 100


@dataclass(frozen=True)
class Plan:
    """What the curves rest on, whichever way they were made."""

    curves: Sequence[Curve]
    unit: str
    basis: Sequence[str]


def page() -> None:
    layout.header("Planning", "How many items and people a figure needs, and which tasks to annotate first.")
    report = figures.report()
    st.subheader("How many", anchor=False)
    _how_many(report)
    st.subheader("Which tasks first", anchor=False)
    _which_first(report)
    with st.expander("How this is computed"):
        st.markdown(EXPLANATION)


# -- how many -----------------------------------------------------------------------------------------


def _how_many(report: Report) -> None:
    choices = _choices(report)
    chosen = choices[st.selectbox("Plan for", list(choices), key="for", bind="query-params") or next(iter(choices))]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        aim = st.segmented_control("Aim", [WIDTH, GAP], default=WIDTH, required=True, key="aim", bind="query-params")
        target = _choose_target(aim) / 100
    if isinstance(chosen, str):
        _show(_from_published(published_plan(report.scores, chosen), aim, target), aim, target)
        return
    layout.notices(samples=chosen.is_sample, simulated=chosen.kind == "simulated")
    model = _choose_model(report, chosen) if aim == GAP else None
    _show(_from_answers(_pilot_of(chosen, model), aim, target), aim, target)


def _choose_target(aim: str) -> float:
    """In points."""
    if aim == WIDTH:
        label, most, at_first, key = "Plus or minus, points", 50.0, 5.0, "width"
    else:
        label, most, at_first, key = "Gap, points", 100.0, 10.0, "gap"
    return st.number_input(label, 0.5, most, at_first, 0.5, format="%g", key=key, bind="query-params", width=220)


def _choices(report: Report) -> Mapping[str, BaselineRow | str]:
    """Subsets with answers of people, then task types with published scores, then subsets with simulated raters."""
    rows = [row for row in report.baselines if row.source == "computed" and row.aggregation == DEFAULT]
    rows = sorted(rows, key=lambda row: (KINDS.index(row.kind), row.is_sample, views.type_order(row.task_type)))
    people = {views.subset_label(row): row for row in rows if row.kind == "human"}
    published = {f"{views.type_name(name)}, before anybody has answered": name for name in TASKS}
    simulated = {f"{views.subset_label(row)} (simulated raters)": row for row in rows if row.kind == "simulated"}
    return {**people, **published, **simulated}


def _choose_model(report: Report, row: BaselineRow) -> Rater | None:
    there = {
        wording.rater(gap.model, gap.model_revision, gap.protocol): gap
        for gap in report.gaps
        if (gap.task, gap.subset, gap.baseline_kind, gap.source) == (row.task, row.subset, row.kind, "computed")
    }
    if not there:
        return None
    gap = there[st.selectbox("Model", list(there), key="model", bind="query-params") or next(iter(there))]
    return Rater("llm" if gap.model_kind == "llm" else "embedding", gap.model, gap.model_revision, gap.protocol)


def _pilot_of(row: BaselineRow, model: Rater | None) -> Pilot:
    with reading() as session:
        return _pilot(Settings().url, state_token(session), row.task, row.subset, row.kind, model, session)


@st.cache_resource(max_entries=64, show_spinner="Simulating …")
def _pilot(url: str, token: str, task: str, subset: str, kind: str, model: Rater | None, _session: Session) -> Pilot:
    record = next(record for record in subset_records(_session, [task]) if record.subset.name == subset)
    parsed = parse(record)
    # The stored model has an id, which figures do not carry.
    stored = [sheet.rater for sheet in parsed.of_kind(*MODEL_KINDS)]
    same = (one for one in stored if model and _identity(one) == _identity(model))
    return pilot(parsed, kind, next(same, None))


def _identity(rater: Rater) -> tuple[str, ...]:
    return rater.kind, rater.name, rater.revision, rater.protocol


def _from_answers(of: Pilot, aim: str, target: float) -> Plan:
    curves = [width_curve(one, target) if aim == WIDTH else power_curve(one, target) for one in of.by_raters]
    if not curves:
        return Plan([], of.unit, [f"There is no plan yet: {of.reason}."])
    n = max(one.n_items for one in of.by_raters)
    people = "simulated raters" if of.kind == "simulated" else "people"
    basis = [
        f"From {wording.counted(n, of.unit[:-1], of.unit)} that {people} answered, drawn anew {REPETITIONS:,} times.",
        f"Nothing is known of more than {wording.counted(of.most_raters, 'answer', 'answers')} an item yet.",
    ]
    if n < FEW:
        basis.append(f"From {n} {of.unit} only, how they vary is known roughly: plan anew when there are more.")
    if aim == GAP and of.gap_assumption:
        basis.append(f"Assumed: {of.gap_assumption}.")
    return Plan(curves, of.unit, basis)


def _from_published(of: Published, aim: str, target: float) -> Plan:
    if of.reason:
        return Plan([], "items", [f"There is no plan: {of.reason}"])
    low, high = wording.points(min(of.scores)), wording.points(max(of.scores))
    n_subsets = wording.counted(len(of.scores), "subset", "subsets")
    n_items = f", with {min(of.n_items)} to {max(of.n_items)} items where that was published" if of.n_items else ""
    basis = [
        f"By formula from published human scores of {n_subsets}, {low} to {high}{n_items}.",
        f"Formula: {of.formula}.",
        "What several raters an item bring cannot be told from published scores.",
    ]
    if aim == GAP:
        basis.append(f"Assumed: {ASSUMED}.")
    return Plan([published_width(of, target) if aim == WIDTH else published_power(of, target)], "items", basis)


def _show(plan: Plan, aim: str, target: float) -> None:
    if not plan.curves:
        views.empty("No plan", *plan.basis)
        return
    marked = _choose_people(plan.curves)
    views.headline(_answer(plan, marked, aim, target), *plan.basis)
    if len(plan.curves) > 1:
        charts.legend(plan_chart.series(plan.curves))
    level, axis = (target, "Interval: ± points") if aim == WIDTH else (POWER, "Power, percent")
    charts.show(
        plan_chart.figure(plan.curves, marked, plan.unit, level, axis),
        key="plan-chart",
        alt=f"{axis} by number of {plan.unit}, a line for each number of raters; the table below has the answers.",
        csv=plan_chart.csv(plan.curves),
    )
    st.caption(f"The dotted line is the aim. The scale of {plan.unit} is logarithmic.")
    _table(plan)


def _choose_people(curves: Sequence[Curve]) -> Curve:
    names = {plan_chart.name_of(curve): curve for curve in curves}
    if len(names) == 1:
        return curves[0]
    middle = plan_chart.name_of(curves[min(1, len(curves) - 1)])
    chosen = st.segmented_control(
        "Raters an item", list(names), default=middle, required=True, key="people", bind="query-params"
    )
    return names.get(chosen, names[middle])


def _answer(plan: Plan, marked: Curve, aim: str, target: float) -> str:
    points = f"{100 * target:.3g}"
    goal = f"an interval of ±{points} points" if aim == WIDTH else f"telling a gap of {points} points from none"
    chance = "" if aim == WIDTH else f", with {POWER:.0%} power"
    if marked.needed is None:
        return f"No number of {plan.unit} is known for {views.bold(goal)}: {marked.reason}."
    who = "" if marked.n_raters is None else f" with {views.bold(plan_chart.name_of(marked))} each"
    beyond = ", extrapolated" if marked.is_extrapolated else ""
    needed = views.bold(f"{marked.needed:,} {plan.unit}")
    return f"About {needed}{who}{beyond}: {views.bold(goal)}{chance}."


def _table(plan: Plan) -> None:
    unit = plan.unit.capitalize()
    columns = {
        "Raters an item": tables.text(plan_chart.name_of),
        f"{unit} needed": tables.count(lambda curve: curve.needed, "The fewest that reach the aim; – where not known"),
        "Monte Carlo": tables.text(
            lambda curve: wording.places(curve.needed_low, curve.needed_high),
            "Where that number lies, by what chance is left in the simulation (95%)",
        ),
        "Answers": tables.count(_answers, f"{unit} times raters"),
        "Note": tables.Column(lambda curve: curve.reason, is_whole=True),
    }
    if plan.unit == "texts":
        del columns["Answers"]
    tables.show(plan.curves, columns, key="plan", alt=f"{unit} needed with each number of raters")


def _answers(curve: Curve) -> int | None:
    return None if curve.needed is None or curve.n_raters is None else curve.needed * curve.n_raters


# -- which tasks first --------------------------------------------------------------------------------


def _which_first(report: Report) -> None:
    computed = views.restricted(report, views.COMPUTED)
    protocol = models.choose_protocol(models.protocols_of(computed))
    report = models.under(report, protocol)
    orders = {view: _order(report, view) for view in (views.PUBLISHED, views.COMPUTED)}
    there = [view for view, order in orders.items() if order.tasks] or [views.COMPUTED]
    view = there[0]
    if len(there) > 1:
        view = st.segmented_control(
            "Scores of models", there, default=view, required=True, key="scores", bind="query-params"
        )
    order = orders[view]
    if not order.tasks:
        views.empty("No order", f"{order.reason[:1].upper()}{order.reason[1:]}.", "Score models: `hume score MODEL`.")
        return
    _say(order)
    answered = {row.task for row in report.baselines if row.kind == "human" and row.source == "computed"}
    columns = {
        "Task": tables.text(lambda row: row.task),
        "First": tables.count(lambda row: row.place),
        "Type": tables.text(lambda row: views.type_name(row.task_type)),
        "Told by the others": tables.text(
            lambda row: _correlation(row.predicted),
            "Spearman correlation of models' scores with those predicted from the tasks above",
        ),
        "Ranking up to here": tables.text(
            lambda row: _correlation(row.ranking),
            "Spearman correlation of the models' ranking by the tasks so far with that by all",
        ),
        "People have answered": tables.text(lambda row: "yes" if row.task in answered else "not here"),
    }
    tables.show(
        order.tasks,
        columns,
        key="order",
        alt="Tasks in the order in which to annotate them",
        highlighted=lambda row: bool(order.enough) and row.place <= order.enough,
    )


def _order(report: Report, view: str) -> TaskOrder:
    return task_order([row for row in report.scores if views.VIEWS[view](row)])


def _say(order: TaskOrder) -> None:
    if order.enough:
        n = wording.counted(len(order.tasks), "task", "tasks")
        kept = f"rank the models as all do (Spearman {KEPT:g} or more); they are marked."
        views.headline(f"The first {views.bold(order.enough)} of {n} {kept}")
    notes = [f"Over {wording.counted(order.n_models, 'model', 'models')} with a score on every task"]
    if order.left_out:
        notes.append(f"{len(order.left_out)} that lack one are left out")
    st.caption("; ".join(filter(None, [*notes, order.caution])) + ".")


def _correlation(value: float | None) -> str:
    return wording.UNKNOWN if value is None else wording.coefficient(value)


EXPLANATION = """
- **From answers.** The items that people answered stand for all items of the kind. As many as are planned are drawn
  from them with replacement, the consensus of so many people is scored on those by the task's main metric, 1,000 times
  in all, over up to five choices of people. *Plus or minus* is half the distance of the 2.5% and 97.5% quantiles of
  the scores: the interval that the page *Baselines* would show. What people alone add, from five on, is simulated from
  the jackknife's pseudo-values.
- **Raters an item.** Where an item has more answers than planned, people are drawn. Beyond the most answers that an
  item has, nothing is known, and nothing is drawn.
- **Clustering** counts texts (from ten sets on, sets). Its interval is taken to shrink by the root of their number,
  since V-measure of texts drawn twice says nothing.
- **Telling a gap.** The gap is *told* where the 95% interval of model − people lies beyond 0. Power is how often: the
  simulated differences are shifted by the gap, as if they varied the same whatever the gap. Model and people are
  scored on the same draws. Where no model has answered, one is assumed that varies as people do, on its own.
- **More than 500** is extrapolated by the root of n, and said so; not where people differ among themselves, which no
  number of items changes.
- **Monte Carlo.** The quantiles' error by order statistics (Woodruff 1952), of power the binomial one.
- **Before anybody has answered** published human scores are used, HUME v1's here. Accuracy: binomial. Average
  precision: the greatest spread that a mean of values from 0 to 1 can have (Bhatia and Davis 2000), so at most that
  many. Spearman: Fisher's z with variance (1 + ρ²/2) / (n − 3) (Bonett and Wright 2000). V-measure: not known.
- **Which tasks first.** MMTEB's selection (Enevoldsen et al. 2025): each model's score on a task is predicted from its
  scores on the others by a linear regression over the other models; the task with the best Spearman correlation of
  predictions and scores is dropped; and so on. The order is the reverse. A task type keeps a task as long as another
  has several. Undefined below five models.
- The same figures come from the command line: `hume plan items TASK --subset SUBSET` and `hume plan tasks`.
"""


require("researcher")
page()
