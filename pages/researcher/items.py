"""Items: which are hard, which are disputed, where gold is in doubt, and what was decided of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from db.store.raters import raters
from db.store.tasks import item as stored_item
from db.store.verdicts import answers_to, latest_verdicts, verdicts_on
from hume.difficulty import most_suspect_first
from hume.errors import NotFound
from hume.export import EXPORTERS, wording
from hume.gap import MODEL_KINDS
from hume.records import ItemRow, Verdict
from pages.parts import charts, item_card, item_chart, item_figures, item_table, layout, models, verdicts, views
from pages.parts.access import require
from pages.parts.database import reading
from pages.parts.item_chart import AXES
from pages.parts.item_lenses import LENSES

DOWNLOADS = " · ".join(
    f"[{suffix.removeprefix('.').upper()}](/download/items{suffix})" for suffix in EXPORTERS["items"].writers
)
NOUNS = {"human": ("person", "people"), "simulated": ("simulated rater", "simulated raters")}


def page() -> None:
    layout.header("Items", "Which items are hard or disputed, where gold is in doubt, and what was decided of them.")
    with st.container(horizontal=True), reading() as session:
        protocol = models.choose_protocol(rater.protocol for rater in raters(session) if rater.kind in MODEL_KINDS)
    everything = item_figures.rows(protocol)
    if not everything:
        views.no_people()
        return
    with st.container(horizontal=True):
        samples = _choose_samples(everything)
        kind = views.choose_kind([row for row in everything if row.is_sample == samples], "Raters", "raters")
    layout.notices(samples=samples, simulated=kind == "simulated")
    rows = _choose_rows([row for row in everything if row.kind == kind and row.is_sample == samples])
    with reading() as session:
        decided = latest_verdicts(session)
    name = st.pills("Show", list(LENSES), default=next(iter(LENSES)), required=True, key="view", bind="query-params")
    shown = LENSES[name].order([row for row in rows if LENSES[name].takes(row, decided)])
    chosen = st.query_params.get("item", "")
    if chosen:
        _item(chosen, shown, everything)
    else:
        _overview(name, rows, shown, kind, decided)
    with st.expander("How this is computed"):
        st.markdown(EXPLANATION)


def _choose_samples(rows: Sequence[ItemRow]) -> bool:
    names = {False: "Tasks", True: views.SAMPLES}
    there = sorted({row.is_sample for row in rows})
    if len(there) == 1:
        return there[0]
    chosen = st.segmented_control(
        "Tasks", list(names.values()), default=names[False], required=True, key="tasks", bind="query-params"
    )
    return bool(chosen == names[True])


def _choose_rows(rows: Sequence[ItemRow]) -> list[ItemRow]:
    """The rows of the task types, tasks, subsets and languages that the reader chose."""
    type_at, task_at, subset_at, language_at = st.columns(4)

    def choose(at: st.delta_generator.DeltaGenerator, label: str, key: str, values: set[str]) -> list[str]:
        named = views.type_name if key == "type" else lambda one: one or "not stated"
        in_order = sorted(values, key=views.type_order if key == "type" else None)
        return list(at.multiselect(label, in_order, format_func=named, placeholder="All", key=key, bind="query-params"))

    chosen = choose(type_at, "Task types", "type", {row.task_type for row in rows})
    rows = [row for row in rows if not chosen or row.task_type in chosen]
    chosen = choose(task_at, "Task", "task", {row.task for row in rows})
    rows = [row for row in rows if not chosen or row.task in chosen]
    chosen = choose(subset_at, "Subset", "subset", {row.subset for row in rows})
    rows = [row for row in rows if not chosen or row.subset in chosen]
    chosen = choose(language_at, "Language", "language", {row.language for row in rows})
    return [row for row in rows if not chosen or row.language in chosen]


# -- the list -----------------------------------------------------------------------------------------


def _overview(
    name: str, rows: Sequence[ItemRow], shown: Sequence[ItemRow], kind: str, decided: Mapping[int, Verdict]
) -> None:
    _headline(rows, kind, decided)
    clicked = _clicked(rows, _chart(rows, kind))
    if clicked:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("Where you clicked", anchor=False, width="content")
            st.button("Back to the list", icon=":material/close:", key="lift", on_click=_lift)
        item_table.show(clicked, decided)
    else:
        st.subheader(name, anchor=False)
        if shown:
            item_table.show(shown, decided)
        else:
            st.markdown(LENSES[name].nothing)
    st.markdown(f"Every item that people doubt, and every verdict, for the data set's maintainers: {DOWNLOADS}")


def _headline(rows: Sequence[ItemRow], kind: str, decided: Mapping[int, Verdict]) -> None:
    two = [row for row in rows if row.agreement is not None]
    held = [row for row in two if row.suspicion is not None]
    doubted = sum(item_chart.is_in_doubt([row]) for row in held)
    n_decided = sum((row.item_id or 0) in decided for row in rows)
    first = (
        f"On {views.bold(wording.count(doubted))} of {wording.counted(len(held), 'item', 'items')} that two "
        f"{NOUNS[kind][1]} or more answered, they agree with each other and not with gold."
    )
    alone = len(rows) - len(two)
    rest = [
        f"Suspicion of {item_chart.DOUBT_FROM:g} or more, n = {wording.counted(len(rows), 'item', 'items')} in all."
    ]
    if alone:
        rest.append(
            f"{wording.counted(alone, 'item has', 'items have')} one answer only: no agreement, and so no suspicion."
        )
    if n_decided:
        rest.append(f"{wording.counted(n_decided, 'item has', 'items have')} a verdict.")
    views.headline(first, " ".join(rest))


def _chart(rows: Sequence[ItemRow], kind: str) -> str:
    """The chart, and the name of its axes."""
    has_models = any(row.model_accord is not None for row in rows)
    names = list(AXES) if has_models else list(AXES)[1:]
    axes = names[0]
    if len(names) > 1:
        axes = st.segmented_control("Chart", names, default=axes, required=True, key="chart", bind="query-params")
    found = item_chart.marks(rows, axes)
    if not found.rows:
        st.markdown("There is no chart yet: no item has both figures.")
        return axes
    charts.legend([item_chart.clear(), item_chart.doubted()])
    charts.show(
        item_chart.figure(found, views.KIND_NAMES[kind].lower()),
        key="item-chart",
        alt="Items by two of their figures; the same items are in the table below.",
        csv=item_chart.csv_of(found),
        picked=lambda: _picked(axes, found),
    )
    st.caption(
        f"n = {wording.counted(found.n_items, 'item', 'items')} with both figures; the larger a mark, the more items "
        "lie there. A click on a mark shows them."
    )
    return axes


def _picked(axes: str, found: item_chart.Marks) -> None:
    """A click on a mark opens its item, or lists its items where it has several; one beside all marks lifts that."""
    points = st.session_state["item-chart"].selection.points
    place = (points[0]["x"], points[0]["y"]) if points else None
    here = found.rows.get(place, ()) if place else ()
    if len(here) == 1:
        _go(str(here[0].item_id))
    else:
        st.session_state["within"] = (axes, place) if here else None


def _lift() -> None:
    st.session_state["within"] = None


def _clicked(rows: Sequence[ItemRow], drawn: str) -> list[ItemRow]:
    """The items of the mark that was clicked in the chart that is drawn; none where none was."""
    axes, place = st.session_state.get("within") or ("", None)
    return most_suspect_first(item_chart.marks(rows, axes).rows.get(place, ())) if axes == drawn and place else []


# -- one item -----------------------------------------------------------------------------------------


def _item(chosen: str, shown: Sequence[ItemRow], everything: Sequence[ItemRow]) -> None:
    _steps(chosen, shown)
    try:
        item_id = int(chosen)
        with reading() as session:
            task, subset, item = stored_item(session, item_id)
            given, history = answers_to(session, item_id), verdicts_on(session, item_id)
    except (ValueError, NotFound):
        st.error(
            f"There is no item {layout.plain(chosen)}: the task may have been imported anew.", icon=":material/error:"
        )
        return
    st.subheader(" · ".join(map(layout.plain, (task.name, subset.name, item.key))), anchor=False)
    if item.purpose != "judgment":
        st.info("This item checks raters, and is in no figure.", icon=":material/info:")
    for row in [row for row in everything if row.item_id == item_id]:
        st.html(_figures(row))
    item_card.show(task, subset, item, given)
    st.subheader("Verdict", anchor=False)
    verdicts.form(item_id)
    with reading() as session:
        history = verdicts_on(session, item_id)
    verdicts.history(history)


def _steps(chosen: str, shown: Sequence[ItemRow]) -> None:
    """Back to the list, and to the items before and after this one in it."""
    ids = [str(row.item_id) for row in shown]
    place = ids.index(chosen) if chosen in ids else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("List", icon=":material/arrow_back:", key="back", on_click=_go, args=("",))
        if place is not None:
            before, after = ids[place - 1] if place else "", ids[place + 1] if place + 1 < len(ids) else ""
            st.button("Previous", key="previous", disabled=not before, on_click=_go, args=(before,))
            st.button("Next", key="next", disabled=not after, on_click=_go, args=(after,))
            st.caption(f"{place + 1:,} of {len(ids):,} in this list")


def _go(item: str) -> None:
    if item:
        st.query_params["item"] = item
    else:
        st.query_params.pop("item", None)


def _figures(row: ItemRow) -> str:
    """The figures of one item and kind of rater, in a line that wraps."""
    said = {
        views.KIND_NAMES[row.kind]: f"n = {row.n_raters}",
        "right": wording.UNKNOWN if row.n_right is None else wording.of(row.n_right, row.n_raters),
        "agreement": wording.accord(row.agreement),
        "accord with gold": wording.accord(row.accord),
        "suspicion": wording.accord(row.suspicion),
        "models right": wording.of(row.n_models_right, row.n_models),
        "models' closeness": wording.accord(row.model_accord),
    }
    cells = "".join(
        f'<div><div style="font-size:.75rem;opacity:.7">{name}</div><div style="font-weight:600">{value}</div></div>'
        for name, value in said.items()
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;margin:0 0 .5rem">{cells}</div>'


EXPLANATION = """
An item is a pair, a text, a query with its candidates, or a set of texts. Figures are 0 to 1; a dash is undefined.

- **Accord** of two answers says how far they say the same: the same label (1 or 0); 1 − |difference| / width of the
  scale; the share of the pairs of candidates that gold orders and the answer orders alike, ties half; the adjusted
  Rand index of two groupings, 0 where negative.
- **Agreement** is the mean accord of every two raters (of labels: the share of agreeing pairs, Fleiss 1971).
  **Disagreement** is 1 − agreement. Undefined with one rater.
- **Accord with gold** is the raters' mean; **difficulty** is 1 − accord with gold. **Right** is an accord of at least
  1 (labels), 0.75 (scores, rerankings) or 0.5 (groupings).
- **Suspicion** = max(0, agreement − accord with gold). If gold is one more rater's answer, people are as close to it as
  to each other in the mean, and the difference is about 0. It is 1 where all say the same and gold the opposite. With
  two or three raters chance alone makes many high ones: read n, and the item.
- **Models' closeness** is the accord of the model's answer with gold, mean over models; of ten probes the label that
  most of them gave counts. Cosines are on no scale of gold's: the model's and gold's ranks over the same items, from 0
  to 1, are held against each other, and closeness is 1 − their distance.
- **Models** are those of one protocol, `mteb` or `human-like`, and LLMs: none counts twice. An item's own page has what
  all of them said.
- **People miss, models get**: fewer than half of the raters are right, and all models are. **Models miss, people
  get**: more than half are right, and no model is.
- Simulated raters are shown apart, and are never in the export for maintainers.
- A verdict is kept beside the item. It changes neither gold, nor answers, nor any figure.
- The same from the command line: `hume export items FILE`. Formulas and sources: `docs/decisions/items.md`.
"""


require(verdicts.ROLE)
page()
