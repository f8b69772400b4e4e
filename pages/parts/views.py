"""Which figures a page shows. Published and computed ones, and samples, are never in one view."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hume.baseline import KINDS
from hume.directions import closing
from hume.records import Report
from hume.tasks import TASKS
from pages.parts import layout

PUBLISHED, COMPUTED, SAMPLES = "Published", "Computed", "Sample tasks"

VIEWS: Mapping[str, Callable[[Any], bool]] = {
    PUBLISHED: lambda row: row.source == "published",
    COMPUTED: lambda row: row.source == "computed" and not row.is_sample,
    SAMPLES: lambda row: row.source == "computed" and row.is_sample,
}

CAPTIONS: Mapping[str, str] = {
    PUBLISHED: "Figures as they were published, in a paper or a results repository. HUME did not compute them.",
    COMPUTED: "Computed by HUME from the answers in this database.",
    SAMPLES: "Computed by HUME from the answers to its sample tasks.",
}

FIRST_STEPS = (
    "To compute your own: `hume import tasks PATH`, let people answer on the page *Work*, then `hume score MODEL`."
)

KIND_NAMES: Mapping[str, str] = {
    "human": "People",
    "simulated": "Simulated raters",
    "embedding": "Model",
    "llm": "LLM",
}

#: How all raters of a kind are called together.
GROUP_NAMES: Mapping[str, str] = {"human": "People", "simulated": "Simulated raters", "llm": "LLMs"}

AGGREGATION_NAMES: Mapping[str, str] = {
    "consensus": "Consensus of raters",
    "mean": "Mean of raters",
    "best": "Best rater",
    "leave-one-out": "Each against the others",
    "dawid-skene": "Weighted by reliability",
    "hume-v1": "HUME v1's rules",
    "aggregate": "As published",
}


#: How wide a line of prose gets.
MEASURE = "max-width:60rem;overflow-wrap:anywhere"


@dataclass(frozen=True)
class Filter:
    """Task types and languages that are wanted; none means all."""

    task_types: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def takes(self, row: Any) -> bool:
        """Whether a row of the report is wanted."""
        return (not self.task_types or row.task_type in self.task_types) and (
            not self.languages or row.language in self.languages
        )


def restricted(report: Report, view: str) -> Report:
    """The rows of one view."""
    of = VIEWS[view]
    return Report(**{field.name: tuple(filter(of, getattr(report, field.name))) for field in fields(Report)})


def choose_view(report: Report) -> str:
    """The view that the reader chose, and the notice that it needs; '' where there is nothing to choose from."""
    there = [view for view, of in VIEWS.items() if any(map(of, report.baselines)) or any(map(of, report.scores))]
    if not there:
        return ""
    view = there[0]
    if len(there) > 1:
        view = st.segmented_control("Figures", there, default=view, required=True, key="figures", bind="query-params")
    st.caption(CAPTIONS[view] if len(there) > 1 or view != PUBLISHED else f"{CAPTIONS[view]} {FIRST_STEPS}")
    return view


def choose_kind(rows: Iterable[Any], label: str, key: str, kinds: Sequence[str] = KINDS) -> str:
    """The kind of rater, one of `kinds`, that the reader chose among those that have rows; '' if none has.

    People come first, so simulated raters are shown only where there are no people, or where they were asked for.
    """
    found = {row.kind for row in rows}
    names = {GROUP_NAMES[kind]: kind for kind in kinds if kind in found}
    if not names:
        return ""
    chosen = next(iter(names))
    if len(names) > 1:
        chosen = st.segmented_control(label, list(names), default=chosen, required=True, key=key, bind="query-params")
    return names[chosen]


def choose_aggregation(rows: Iterable[Any]) -> str:
    """The way in which several raters became one baseline, chosen among those of `rows`."""
    there = list(dict.fromkeys(row.aggregation for row in rows))
    if len(there) == 1:
        return str(there[0])
    names = {AGGREGATION_NAMES.get(name, name): name for name in there}
    chosen = st.segmented_control(
        "Baseline",
        list(names),
        format_func=layout.plain,
        default=next(iter(names)),
        required=True,
        key="baseline",
        bind="query-params",
    )
    return str(names[chosen])


def choose_filter(rows: Iterable[Any], types_at: DeltaGenerator, languages_at: DeltaGenerator) -> Filter:
    """Task types and languages that the reader chose among those of `rows`, in the places given."""
    found = list(rows)
    types = sorted({row.task_type for row in found}, key=type_order)
    languages = sorted({row.language for row in found})
    return Filter(
        tuple(
            types_at.multiselect(
                "Task types", types, format_func=type_name, placeholder="All", key="type", bind="query-params"
            )
        ),
        tuple(
            languages_at.multiselect(
                "Languages",
                languages,
                format_func=lambda code: code or "not stated",
                placeholder="All",
                key="language",
                bind="query-params",
            )
        ),
    )


def type_name(task_type: str) -> str:
    """A task type as people read it."""
    return TASKS[task_type].title if task_type in TASKS else task_type


def type_order(task_type: str) -> tuple[int, str]:
    """A key that sorts task types as HUME lists them, others after them."""
    return (list(TASKS).index(task_type) if task_type in TASKS else len(TASKS), task_type)


def subset_label(row: Any) -> str:
    """A subset as charts and tables name it: `HUMESTS22 · ar`, or the language where the subset is `default`."""
    part = row.language if row.subset == "default" and row.language else row.subset
    return f"{row.task}{closing(row.task)} · {part}{closing(part)}"


def nothing_at_all() -> None:
    """What is shown where the database holds no figures."""
    empty(
        "There are no figures yet",
        "Import tasks: `hume import tasks PATH`.",
        "Let people answer them, on the page *Work*.",
        "Score a model on them: `hume score MODEL`.",
        "Or import published figures: `hume import results PATH`.",
    )


def no_people() -> None:
    """What is shown where no person has answered."""
    empty(
        "No person has answered yet",
        "Open the page *Work* and answer some items, or invite annotators.",
        "The page *Progress* shows how far the answering is.",
        "Answers in a file: `hume import answers FILE`.",
    )


def no_second_rater(kind: str) -> None:
    """What is shown where agreement cannot be: one rater has nobody to agree with."""
    another = "another person: `hume people invite --name NAME --role annotator`"
    how = f" Invite {another}." if kind == "human" else ""
    with st.container(border=True):
        st.markdown(f"Agreement needs two raters on the same items.{how}")


def empty(title: str, *steps: str) -> None:
    """What is shown where there is nothing yet: what is missing, and what to do next (Markdown)."""
    with st.container(border=True):
        st.markdown(f"#### {title}")
        st.markdown("\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)))


def headline(first: str, *rest: str) -> None:
    """What a page says before all else, in words: the first sentence large, the rest below (HTML, names escaped)."""
    size = "font-size:clamp(1.1rem,2.2vw,1.5rem);line-height:1.4"
    st.html(f'<p style="{size};margin:.25rem 0 .5rem;{MEASURE}">{first}</p>' + _paragraphs(rest))


def paragraphs(*lines: str) -> None:
    """Sentences on the figures, each a paragraph (HTML, names escaped)."""
    st.html(_paragraphs(lines))


def _paragraphs(lines: Iterable[str]) -> str:
    return "".join(f'<p style="margin:0 0 .35rem;opacity:.8;{MEASURE}">{line}</p>' for line in lines)


def bold(value: object) -> str:
    """A value in bold HTML, escaped and kept apart from the direction of the text around it."""
    return f"<b><bdi>{html.escape(str(value))}</bdi></b>"
