"""The latest answers of every rater, sheet by sheet: what scores are made of."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.conditions import is_evaluated
from db.store.raters import raters
from db.store.sql import fetch
from hume.records import Answer, AnswerSheet, Json, Status

#: Texts of JSON that are longer are hardly ever the same.
MOST_SHARED = 500


def sheets_of(
    session: Session, subset_ids: Sequence[int], kinds: Sequence[str] = (), details: bool = True
) -> dict[int, tuple[AnswerSheet, ...]]:
    """By subset id, a sheet for each rater (of `kinds`, if any) with an answer to a current evaluated item.

    Payloads of the same text are one object: treat them as the frozen values that they are part of. Without `details`
    an answer has what figures are made of, its item, status and payload, and nothing else.
    """
    # By number and not by name: resampled raters are then the same ones under their names and under pseudonyms.
    everybody = sorted(raters(session), key=lambda rater: (rater.kind, rater.stored_id))
    wanted = {rater.id: rater for rater in everybody if not kinds or rater.kind in kinds}
    read = _Whole() if details else _Bare()
    answers = _latest(session, subset_ids, [rater_id for rater_id in wanted if rater_id] if kinds else None, read)
    return {
        subset_id: tuple(
            AnswerSheet(rater, answers[subset_id, rater_id])
            for rater_id, rater in wanted.items()
            if rater_id is not None and (subset_id, rater_id) in answers
        )
        for subset_id in subset_ids
    }


def _latest(
    session: Session, subset_ids: Sequence[int], rater_ids: Sequence[int] | None, read: _Whole | _Bare
) -> dict[tuple[int, int], dict[str, Answer]]:
    """By subset and rater the latest answers by item key, in the items' order.

    A million of them are read in seconds: rows are taken apart by place, equal JSON is read once, and of an answer's
    revisions, which come one after the other, the last one stays.
    """
    query = (
        select(t.Item.subset_id, t.Answer.rater_id, t.Item.key, *read.columns)
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .where(t.Item.subset_id.in_(subset_ids), is_evaluated())
        .order_by(t.Item.position, t.Item.id, t.Answer.revision)
    )
    if rater_ids is not None:
        query = query.where(t.Answer.rater_id.in_(rater_ids))
    found: dict[tuple[int, int], dict[str, Answer]] = defaultdict(dict)
    for subset_id, rater_id, key, *values in fetch(session, query.execution_options(yield_per=10_000)):
        found[subset_id, rater_id][key] = read(key, *values)
    return found


class _Bare:
    """Answers that are an item, a status and a payload; equal ones, which many give of an item, are one object."""

    columns = (t.Answer.status, cast(t.Answer.payload, Text))

    def __init__(self) -> None:
        self._json = _Reader()
        self._known: dict[tuple[str, str | None], Answer] = {}
        self._item: str | None = None

    def __call__(self, key: str, status: Status, payload: str | None) -> Answer:
        if key != self._item:
            # Rows come item by item: what was said of the last one is not said again.
            self._item, self._known = key, {}
        found = self._known.get((status, payload))
        if found is None:
            found = self._known[status, payload] = Answer(key, status, self._json(payload))
        return found


class _Whole:
    """Answers with all that is known of them."""

    columns = (
        t.Answer.status,
        cast(t.Answer.payload, Text),
        t.Answer.revision,
        t.Item.version,
        t.Answer.client_id,
        t.Answer.reason,
        t.Answer.comment,
        t.Answer.confidence,
        t.Answer.milliseconds,
        cast(t.Answer.order_shown, Text),
        t.Answer.created_at,
        t.Answer.surplus,
    )

    def __init__(self) -> None:
        self._json = _Reader()

    def __call__(self, key: str, status: Status, payload: str | None, *values: Any) -> Answer:
        revision, version, client_id, reason, comment, confidence, milliseconds, order, at, surplus = values
        return Answer(
            key,
            status,
            self._json(payload),
            revision,
            version,
            client_id,
            reason,
            comment,
            confidence,
            milliseconds,
            self._json.order(order),
            at,
            surplus,
        )


class _Reader:
    """Reads JSON, each short text once."""

    def __init__(self) -> None:
        self._known: dict[str, Json] = {}
        self._orders: dict[str, tuple[str, ...]] = {}

    def __call__(self, text: str | None) -> Json:
        if text is None:
            return None
        if len(text) > MOST_SHARED:
            return json.loads(text)
        found: Any = self._known.get(text, self)
        if found is self:
            found = self._known[text] = json.loads(text)
        return found

    def order(self, text: str) -> tuple[str, ...]:
        if text not in self._orders:
            self._orders[text] = tuple(json.loads(text))
        return self._orders[text]
