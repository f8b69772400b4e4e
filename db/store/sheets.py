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
from hume.records import Answer, AnswerSheet, Json

#: Texts of JSON that are longer are hardly ever the same.
MOST_SHARED = 500


def sheets_of(
    session: Session, subset_ids: Sequence[int], kinds: Sequence[str] = ()
) -> dict[int, tuple[AnswerSheet, ...]]:
    """By subset id, a sheet for each rater (of `kinds`, if any) with an answer to a current evaluated item.

    Payloads of the same text are one object: treat them as the frozen values that they are part of.
    """
    # By number and not by name: resampled raters are then the same ones under their names and under pseudonyms.
    everybody = sorted(raters(session), key=lambda rater: (rater.kind, rater.stored_id))
    wanted = {rater.id: rater for rater in everybody if not kinds or rater.kind in kinds}
    answers = _latest(session, subset_ids, [rater_id for rater_id in wanted if rater_id] if kinds else None)
    return {
        subset_id: tuple(
            AnswerSheet(rater, answers[subset_id, rater_id])
            for rater_id, rater in wanted.items()
            if rater_id is not None and (subset_id, rater_id) in answers
        )
        for subset_id in subset_ids
    }


def _latest(
    session: Session, subset_ids: Sequence[int], rater_ids: Sequence[int] | None
) -> dict[tuple[int, int], dict[str, Answer]]:
    """By subset and rater the latest answers by item key, in the items' order.

    A million of them are read in seconds: rows are taken apart by place, equal JSON is read once, and of an answer's
    revisions, which come one after the other, the last one stays.
    """
    query = (
        select(
            t.Item.subset_id,
            t.Answer.rater_id,
            t.Item.key,
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
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .where(t.Item.subset_id.in_(subset_ids), is_evaluated())
        .order_by(t.Item.position, t.Item.id, t.Answer.revision)
    )
    if rater_ids is not None:
        query = query.where(t.Answer.rater_id.in_(rater_ids))
    found: dict[tuple[int, int], dict[str, Answer]] = defaultdict(dict)
    read = _Reader()
    for subset_id, rater_id, key, status, payload, *numbers, order, at, surplus in session.execute(
        query.execution_options(yield_per=10_000)
    ):
        revision, version, client_id, reason, comment, confidence, milliseconds = numbers
        found[subset_id, rater_id][key] = Answer(
            key,
            status,
            read(payload),
            revision,
            version,
            client_id,
            reason,
            comment,
            confidence,
            milliseconds,
            read.order(order),
            at,
            surplus,
        )
    return found


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
