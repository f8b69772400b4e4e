"""Runs of models as a page shows them: those under way as cards, those that ended as a table, one in full."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import streamlit as st

from db.store.queue import ENDED, request_cancel, retry
from db.store.runs import find_run, scores_of
from hume.export import wording
from hume.records import Json, Run, ScoreRow
from pages.parts import layout, tables, views
from pages.parts.access import require
from pages.parts.database import reading, transaction

ROLE = "researcher"
"""Who may look at runs, queue and cancel them."""

STATES: Mapping[str, str] = {
    "queued": "waiting",
    "running": "running",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}
ICONS = {"queued": "hourglass_empty", "running": "play_arrow"}
LOG_LINES = 12
"""Of a run under way the last lines are shown; the whole log once it ended."""


def name(run: Run) -> str:
    """How a run is called: its model, with the revision once that is known."""
    if run.rater is None:
        return f"{run.model} ({run.request.get('protocol', 'mteb')})"
    return wording.rater(run.rater.name, run.rater.revision, run.rater.protocol)


def label(run: Run) -> str:
    """A run among others, what tells those of one model apart first."""
    if run.rater is None:
        return f"Run {run.id} · {name(run)}"
    return f"Run {run.id} · {run.rater.protocol} · {wording.rater(run.rater.name, run.rater.revision)}"


def under_way(runs: Sequence[Run]) -> None:
    """A card for each run that waits or runs."""
    for run in runs:
        with st.container(border=True, key=f"run-{run.id}"):
            _card(run)


def _card(run: Run) -> None:
    said, cancel_at = st.columns([5, 1], vertical_alignment="center")
    with said:
        st.markdown(f":material/{ICONS[run.state]}: **{layout.plain(name(run))}**")
        st.caption(" · ".join(map(layout.plain, filter(None, _facts(run)))))
    asked = run.cancel_requested
    cancel_at.button(
        "Stopping" if asked else "Cancel",
        key=f"cancel-{run.id}",
        disabled=asked,
        width="stretch",
        on_click=_cancel,
        args=(run.id,),
        help="It stops after the texts in hand. What it answered so far is kept.",
    )
    if run.state == "running":
        st.progress(_share(run), _progress(run))
        with st.expander("Log", type="compact"):
            with reading() as session:
                log = find_run(session, run.id).log
            st.code("\n".join(log.splitlines()[-LOG_LINES:]) or "Nothing yet.", language=None, wrap_lines=True)


def _facts(run: Run) -> Sequence[str]:
    tasks = ", ".join(run.tasks) or "all tasks"
    if run.state == "queued":
        since = f"waits since {wording.moment(run.queued)}"
        return (f"Run {run.id}", tasks, since, f"tried {run.attempts} times" if run.attempts else "")
    again = f"attempt {run.attempts}" if run.attempts > 1 else ""
    late = run.lease_until is not None and run.lease_until < datetime.now(UTC)
    lost = "its worker is gone; the next one to look takes it over" if late else f"on {run.worker}"
    return f"Run {run.id}", tasks, run.device, lost, again


def _share(run: Run) -> float:
    """Of texts while they are encoded, else of subsets: 0 to 1."""
    done, total = (run.n_texts, run.n_texts_total) if run.n_texts_total else (run.n_done, run.n_total)
    return min((done or 0) / total, 1.0) if total else 0.0


def _progress(run: Run) -> str:
    if run.n_total is None:
        return "The model is being loaded."
    parts = [f"{run.n_done} of {run.n_total} subsets"]
    if run.n_texts_total:
        parts.append(f"{wording.count(run.n_texts)} of {wording.count(run.n_texts_total)} texts")
    if run.texts_per_s:
        parts.append(f"{run.texts_per_s:,.0f} texts/s")
        left = ((run.n_texts_total or 0) - (run.n_texts or 0)) / run.texts_per_s
        if left >= 1:
            parts.append(f"about {duration(left)} left")
    return " · ".join(parts)


def duration(seconds: float | None) -> str:
    """`45 s`, `12 min`, `3 h 5 min`; a dash for None."""
    if seconds is None:
        return wording.UNKNOWN
    if seconds < 90:
        return f"{wording.seconds(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _cancel(run_id: int) -> None:
    account = require(ROLE)  # what a button does comes before the page, and so before the page's own look at the role
    with transaction() as session:
        request_cancel(session, run_id, account.id)


COLUMNS = {
    "Run": tables.count(lambda run: run.id),
    "State": tables.text(lambda run: STATES[run.state]),
    "Model": tables.text(name),
    "Why": tables.text(
        lambda run: run.error.split("\n", 1)[0], "What it failed of, in short; the run in full has it all"
    ),
    "Subsets": tables.text(lambda run: wording.of(run.n_done, run.n_total or 0)),
    "Device": tables.text(lambda run: run.device or wording.UNKNOWN),
    "Texts": tables.count(
        lambda run: run.n_texts, "Texts that the model read; those that the cache knew are not counted"
    ),
    "Texts/s": tables.count(lambda run: None if run.texts_per_s is None else round(run.texts_per_s)),
    "Took": tables.text(lambda run: duration(run.seconds)),
    "Memory": tables.text(
        lambda run: memory(run.peak_mb), "The most that was in use: of the GPU where the model ran on one"
    ),
    "Cost": tables.text(lambda run: cost(run.cost), "Of an LLM: tokens, and money where prices were given"),
    "Ended": tables.text(lambda run: wording.moment(run.finished)),
    "Asked by": tables.text(lambda run: run.requested_by or "command line"),
}


def memory(mib: float | None) -> str:
    """Memory in MiB or GiB; a dash for None."""
    if mib is None:
        return wording.UNKNOWN
    return f"{mib:,.0f} MiB" if mib < 2048 else f"{mib / 1024:,.1f} GiB"


def cost(ledger: Mapping[str, Json]) -> str:
    """What an LLM's answers cost, in tokens and money; a dash for a model that costs nothing."""
    parts = [f"{value:,} {key.replace('_', ' ')}" for key, value in ledger.items() if isinstance(value, int) and value]
    parts += [f"{value:,.4g} {key}" for key, value in ledger.items() if isinstance(value, float)]
    return ", ".join(parts) or wording.UNKNOWN


def ended(runs: Sequence[Run]) -> None:
    """The runs that ended, the latest first."""
    needed = {"Cost": any(run.cost for run in runs), "Why": any(run.error for run in runs)}
    columns = {title: column for title, column in COLUMNS.items() if needed.get(title, True)}
    tables.show(runs, columns, key="runs", alt="Runs of models that have ended")


def in_full(run_id: int) -> None:
    """One run: how it ended and ran, what it scored, its log, and the way to try it again."""
    with reading() as session:
        run, scores = find_run(session, run_id), scores_of(session, run_id)
    if run.error:
        st.error("  \n".join(map(layout.plain, run.error.splitlines())), icon=":material/error:")
    facts, score_tab, log = st.tabs(["How it ran", "Scores", "Log"])
    with facts:
        _conditions(run)
    with score_tab:
        _scores(scores)
    log.code(run.log or "It said nothing.", language=None, wrap_lines=True)
    if run.request.get("kind") == "llm":
        st.caption("To run it again, give its command again: `hume annotate-llm`. What was answered is kept.")
    elif run.state in ENDED:
        st.button("Run it again", key=f"retry-{run.id}", icon=":material/replay:", on_click=_retry, args=(run.id,))


def _conditions(run: Run) -> None:
    groups: Sequence[tuple[str, Mapping[str, Json]]] = (
        ("Asked for", {"model": run.model, "tasks": ", ".join(run.tasks) or "all", **run.request}),
        ("Settings", run.settings),
        ("Prompts", run.prompts),
        ("Packages", run.versions),
    )
    for title, values in groups:
        if values:
            rows = "".join(_row(key, value) for key, value in values.items())
            st.html(f'<h4 style="margin:.5rem 0 .25rem;font-size:1rem">{title}</h4><table>{rows}</table>')


def _row(key: str, value: Json) -> str:
    cell = "padding:.1rem .75rem .1rem 0;vertical-align:top;text-align:start;overflow-wrap:anywhere"
    shown = f'<code style="white-space:pre-wrap;overflow-wrap:anywhere">{html.escape(str(value))}</code>'
    return (
        f'<tr><th scope="row" style="{cell};font-weight:400;opacity:.75">{html.escape(key)}</th><td>{shown}</td></tr>'
    )


def _scores(scores: Sequence[ScoreRow]) -> None:
    main = [row for row in scores if row.is_main]
    if not main:
        st.caption("It scored nothing.")
        return
    columns = {
        "Subset": tables.text(views.subset_label),
        "Metric": tables.text(lambda row: row.metric),
        "Score": tables.points(lambda row: row.score),
        "95% interval": tables.text(lambda row: wording.interval(row.ci_low, row.ci_high)),
        "n": tables.count(lambda row: row.n_items, "Items"),
    }
    tables.show(main, columns, key="run-scores", alt="Scores of the run")


def _retry(run_id: int) -> None:
    account = require(ROLE)
    with transaction() as session:
        st.session_state["queued-run"] = retry(session, run_id, account.id)
