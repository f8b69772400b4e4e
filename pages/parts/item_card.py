"""One item as it is: its texts, gold, and what everyone said, people under numbers that mean nothing elsewhere.

Texts, labels, comments and names are untrusted: everything is escaped.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import langcodes
import streamlit as st

from hume.baseline import KINDS
from hume.errors import InvalidAnswer
from hume.export import wording
from hume.records import Answer, Item, Rater, Subset, Task
from hume.tasks import task_type
from hume.tasks.base import AnyTaskType
from pages.parts import item_words
from pages.parts.item_words import WHOLE, Part

PSEUDONYMS = {"human": "Person", "simulated": "Simulated rater"}

LINE = "border-bottom:1px solid rgba(128,128,128,.25)"
CELL = f"padding:.4rem .75rem .4rem 0;vertical-align:top;text-align:start;{LINE}"
TEXT = "white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext;text-align:start"
HEAD = "font-weight:600;font-size:.8rem;opacity:.75"
PASSAGE = "min-width:14rem;max-width:34rem;max-height:9rem;overflow:auto"
SCROLLING = "overflow:auto;max-height:34rem"
NUMERAL = "font-variant-numeric:tabular-nums"


@dataclass(frozen=True)
class Said:
    """What one rater said: a parsed answer, or why there is none; and the comment."""

    who: str
    kind: str
    answer: Any
    remark: str
    accord: float | None


def show(task: Task, subset: Subset, item: Item, given: Sequence[tuple[Rater, Answer]]) -> None:
    """The item's texts, and below them gold and all answers, part by part where the task type has parts."""
    kind = task_type(task.task_type)
    settings = kind.parse_settings(task.settings_of(subset))
    parsed = kind.parse_item(item.raw, settings)
    form = item_words.form(kind)
    parts = form.parts(parsed)
    lang = langcodes.standardize_tag(subset.languages[0]) if len(subset.languages) == 1 else ""
    said = [_said(kind, parsed, settings, who, rater, answer) for who, rater, answer in _named(item, given)]
    gold = kind.expected(parsed, settings)
    judged, whole = ([part for part in parts if part.is_judged is on] for on in (True, False))
    if whole:
        st.html("".join(_text(part, lang) for part in whole))
    everybody = [Said("Gold", "gold", gold, "" if gold is not None else "none", None), *said]
    _answers(everybody, None if judged else lambda answer: form.said(answer, WHOLE, settings))
    if judged:
        _by_part(judged, everybody, lambda answer, part: form.said(answer, part, settings), lang)


def _named(item: Item, given: Sequence[tuple[Rater, Answer]]) -> list[tuple[str, Rater, Answer]]:
    """People first, numbered in an order that differs from item to item; then simulated raters, then models."""

    def order(one: tuple[Rater, Answer]) -> tuple[int, str]:
        rater = one[0]
        if rater.kind not in KINDS:
            return len(KINDS), wording.rater(rater.name, rater.revision, rater.protocol)
        return KINDS.index(rater.kind), hashlib.sha256(f"{item.id}|{rater.id}".encode()).hexdigest()

    found, numbers = [], dict.fromkeys(KINDS, 0)
    for rater, answer in sorted(given, key=order):
        if rater.kind in PSEUDONYMS:
            numbers[rater.kind] += 1
            who = f"{PSEUDONYMS[rater.kind]} {numbers[rater.kind]}"
        else:
            who = wording.rater(rater.name, rater.revision, rater.protocol)
        found.append((who, rater, answer))
    return found


def _said(kind: AnyTaskType, item: Any, settings: Any, who: str, rater: Rater, answer: Answer) -> Said:
    if answer.status == "skipped":
        return Said(who, rater.kind, None, " · ".join(filter(None, ("skipped", answer.reason, answer.comment))), None)
    try:
        parsed = kind.parse_answer(answer.payload, item, settings)
    except InvalidAnswer:
        return Said(who, rater.kind, None, "does not fit the task's settings of today", None)
    gold = kind.expected(item, settings)
    is_held = gold is not None and parsed.is_comparable
    accord = kind.accord(item, gold, parsed, settings) if is_held else None
    return Said(who, rater.kind, parsed, answer.comment, accord)


# -- HTML ---------------------------------------------------------------------------------------------


def _bidi(text: str, lang: str = "") -> str:
    of = f' lang="{html.escape(lang)}"' if lang else ""
    return f'<div dir="auto"{of} style="{TEXT}">{html.escape(text)}</div>'


def _text(part: Part, lang: str) -> str:
    return (
        '<div style="margin:0 0 .75rem;max-width:70ch">'
        f'<div style="font-size:.8rem;opacity:.7">{html.escape(part.title)}</div>'
        f'<div style="max-height:22rem;overflow:auto;font-size:1.05rem">{_bidi(part.text, lang)}</div></div>'
    )


def _answers(said: Sequence[Said], words: Callable[[Any], str] | None) -> None:
    """A line for gold and for each rater: the answer in `words`, its accord with gold, and what the rater remarked."""
    rows = []
    for one in said:
        cells = [f"<bdi>{html.escape(one.who)}</bdi>"]
        if words:
            cells.append(_bidi(words(one.answer) if one.answer is not None else wording.UNKNOWN))
        cells += [wording.accord(one.accord), _bidi(one.remark)]
        weight = "font-weight:600" if one.kind == "gold" else ""
        rows.append("".join(f'<td style="{CELL};{NUMERAL};{weight}">{cell}</td>' for cell in cells))
    heads = ["Who", *(["Answer"] if words else []), "Accord with gold", "Comment"]
    _table(heads, rows, "Answers to this item")


def _by_part(parts: Sequence[Part], said: Sequence[Said], words: Callable[[Any, str], str], lang: str) -> None:
    """A line for each text that is judged by itself, a column for gold and for each rater."""
    answered = [one for one in said if one.answer is not None]
    rows = []
    for part in parts:
        key, text = f"<bdi>{html.escape(part.title)}</bdi>", f'<div style="{PASSAGE}">{_bidi(part.text, lang)}</div>'
        answers = [f'<div style="min-width:5.5rem">{_bidi(words(one.answer, part.key))}</div>' for one in answered]
        rows.append("".join(f'<td style="{CELL};{NUMERAL}">{cell}</td>' for cell in (key, text, *answers)))
    _table(["", "Text", *(one.who for one in answered)], rows, "What was said of each text")


def _table(heads: Sequence[str], rows: Sequence[str], label: str) -> None:
    head = "".join(f'<th scope="col" style="{CELL};{HEAD}"><bdi>{html.escape(name)}</bdi></th>' for name in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    st.html(
        f'<div role="region" aria-label="{html.escape(label)}" tabindex="0" style="{SCROLLING}">'
        f'<table style="border-collapse:collapse;width:100%;font-size:.925rem"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
