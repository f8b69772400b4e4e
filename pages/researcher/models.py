"""Models: runs that are under way and that ended, a new one, and what changed between two."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from db.store.queue import ENDED, enqueue
from db.store.runs import runs as all_runs
from db.store.runs import scores_of
from db.store.tasks import tasks as all_tasks
from hume.export import wording
from hume.raters.backends import Loading
from hume.records import Run
from hume.roles import may
from hume.run_changes import ScoreChange, differences, score_changes
from hume.runner.request import Request
from hume.tasks.base import PROTOCOLS
from pages.parts import layout, runs, tables, views
from pages.parts.access import require, signed_in
from pages.parts.database import reading, transaction
from pages.parts.models import PROTOCOL_HELP, PROTOCOL_NAMES

#: Between two looks at the queue, while something is under way and while nothing is.
REFRESH_S, IDLE_S = 2.0, 15.0
WORKER = (
    "Runs wait until a worker takes them. Start one on any machine that reaches this database, with a GPU or without: "
    "`hume worker`."
)


def page() -> None:
    layout.header("Models", "Models that answer the items: queue a run, watch it, and see what it changed.")
    _queue_form()
    _live()
    with reading() as session:
        over = all_runs(session, ENDED)
    if not over:
        views.empty(
            "No run has ended yet",
            "Queue one above, or run `hume score MODEL`: see the command's help for all that it can do.",
            "A machine without access to this database writes a file, `hume score MODEL --data PATH --out FILE.jsonl`, "
            "which `hume import answers FILE.jsonl` takes in here.",
        )
        return
    st.subheader("Ended", anchor=False)
    runs.ended(over)
    _one(over)
    _compare(over)


def _queue_form() -> None:
    with reading() as session:
        names = [task.name for task in all_tasks(session)]
    if queued := st.session_state.pop("queued-run", None):
        st.toast(f"Run {queued} waits for a worker.", icon=":material/check:")
    with st.expander("Queue a run", icon=":material/add:"), st.form("queue", clear_on_submit=True, border=False):
        model = st.text_input(
            "Model",
            placeholder="sentence-transformers/all-MiniLM-L6-v2, mteb:Qwen/Qwen3-Embedding-0.6B, bm25",
            help="A name on the hub, a folder on the worker's machine, or `backend:name`.",
        )
        chosen = st.multiselect("Tasks", names, placeholder="All")
        protocol_at, device_at, precision_at = st.columns(3)
        protocol = protocol_at.segmented_control(
            "Protocol",
            PROTOCOLS,
            format_func=lambda protocol: f"{PROTOCOL_NAMES[protocol]} ({protocol})",
            default="mteb",
            required=True,
            help=PROTOCOL_HELP,
        )
        device = device_at.segmented_control("Device", ["auto", "cpu", "cuda"], default="auto", required=True)
        precision = precision_at.segmented_control(
            "Precision", ["auto", "fp32", "bf16", "fp16"], default="auto", required=True
        )
        if st.form_submit_button("Queue", type="primary"):
            request = Request(Loading(device=device, precision=precision), protocol)
            _queue(model.strip(), names, chosen, request)
        st.caption(f"{WORKER} Code that lies beside a model's weights runs only where a command line allows it.")


def _queue(model: str, names: Sequence[str], tasks: Sequence[str], request: Request) -> None:
    if not model:
        st.error("Name the model that is to run.", icon=":material/error:")
        return
    if not names:
        st.error("There is no task yet. Import one: `hume import tasks PATH`.", icon=":material/error:")
        return
    account = require(runs.ROLE)
    with transaction() as session:
        st.session_state["queued-run"] = enqueue(session, model, tasks, request.as_json(), account.id)
    st.rerun()


def _live() -> None:
    """The runs under way, looked up again every few seconds; the whole page once there are others than those."""
    shown = {run.id for run in _active()}

    @st.fragment(run_every=REFRESH_S if shown else IDLE_S)
    def live() -> None:
        reader = signed_in()
        if reader is None or not may(reader.role, runs.ROLE):
            st.rerun()  # a fragment runs without its page: the page says why there is nothing to see any more
        active = _active()
        if {run.id for run in active} != shown:
            st.rerun()
        if active:
            st.subheader("Under way", anchor=False)
            if all(run.state == "queued" for run in active):
                st.info(WORKER, icon=":material/hourglass_empty:")
            runs.under_way(active)

    live()


def _active() -> Sequence[Run]:
    with reading() as session:
        return sorted(all_runs(session, ("queued", "running")), key=lambda run: run.id)


def _one(over: Sequence[Run]) -> None:
    by_id = {run.id: run for run in over}
    chosen = st.selectbox(
        "One run in full",
        list(by_id),
        index=None,
        format_func=lambda run_id: runs.label(by_id[run_id]),
        placeholder="Choose a run",
        key="run",
        bind="query-params",
    )
    if chosen:
        runs.in_full(chosen)


def _compare(over: Sequence[Run]) -> None:
    """What changed between two runs, and what that did to the scores."""
    finished = [run for run in over if run.rater]
    if len(finished) < 2:
        return
    st.subheader("Two runs side by side", anchor=False)
    by_id = {run.id: run for run in finished}
    earlier, later = _worth_comparing(finished)
    before_at, after_at = st.columns(2)
    before, after = (
        at.selectbox(
            title,
            list(by_id),
            index=list(by_id).index(default.id),
            format_func=lambda run_id: runs.label(by_id[run_id]),
            key=key,
            bind="query-params",
        )
        for at, title, default, key in ((before_at, "Before", earlier, "before"), (after_at, "After", later, "after"))
    )
    _differences(by_id[before], by_id[after])
    with reading() as session:
        changes = score_changes(scores_of(session, before), scores_of(session, after))
    _changes(changes)


def _worth_comparing(finished: Sequence[Run]) -> tuple[Run, Run]:
    """The latest run that ended well and the one of the same model before it; else any two, the latest first."""
    done = [run for run in finished if run.state == "done"]
    for same in (_name_and_protocol, _name):
        for place, later in enumerate(done):
            for earlier in done[place + 1 :]:
                if same(earlier) == same(later):
                    return earlier, later
    return finished[1], finished[0]


def _name_and_protocol(run: Run) -> tuple[str, ...]:
    return (run.rater.name, run.rater.protocol) if run.rater else (run.model,)


def _name(run: Run) -> tuple[str, ...]:
    return _name_and_protocol(run)[:1]


def _differences(before: Run, after: Run) -> None:
    found = differences(before, after)
    if not found:
        st.markdown("Model, settings, prompts, packages and device are the same in both.")
        return
    columns = {
        "What differs": tables.whole(lambda one: one.what),
        "Before": tables.text(lambda one: one.before or wording.UNKNOWN),
        "After": tables.text(lambda one: one.after or wording.UNKNOWN),
    }
    tables.show(found, columns, key="differences", alt="What differs between the two runs")


def _changes(changes: Sequence[ScoreChange]) -> None:
    changed = [one for one in changes if one.difference]
    missing = [one for one in changes if one.difference is None]
    parts = [f"{len(changed)} of {wording.counted(len(changes), 'score', 'scores')} changed"]
    if missing:
        parts.append(f"{len(missing)} cannot be compared, since one of the runs has none")
    if any(one.is_other_items for one in changes):
        parts.append("where the numbers of items differ, so do the items that were scored")
    st.markdown("; ".join(parts) + ".")
    columns = {
        "Subset": tables.text(views.subset_label),
        "Metric": tables.text(lambda one: one.metric),
        "Before": tables.points(lambda one: one.before),
        "After": tables.points(lambda one: one.after),
        "Change": tables.signed(lambda one: one.difference, "After less before, in points"),
        "n before": tables.count(lambda one: one.n_before, "Items scored"),
        "n after": tables.count(lambda one: one.n_after, "Items scored"),
    }
    tables.show(changes, columns, key="changes", alt="Scores of the two runs")


require(runs.ROLE)
page()
