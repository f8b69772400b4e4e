"""The latest answers of every rater, sheet by sheet: what scores are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.conditions import is_evaluated
from db.store.raters import raters
from db.store.rows import ANSWER_COLUMNS, answer_record, is_latest
from hume.records import Answer, AnswerSheet


def sheets_of(
    session: Session, subset_ids: Sequence[int], kinds: Sequence[str] = ()
) -> dict[int, tuple[AnswerSheet, ...]]:
    """By subset id, a sheet for each rater (of `kinds`, if any) with an answer to a current evaluated item."""
    query = (
        select(t.Item.subset_id, t.Answer.rater_id, *ANSWER_COLUMNS)
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .where(t.Item.subset_id.in_(subset_ids), is_evaluated(), is_latest())
        .order_by(t.Item.position, t.Item.id)
    )
    answers: dict[tuple[int, int], dict[str, Answer]] = defaultdict(dict)
    # By number and not by name: resampled raters are then the same ones under their names and under pseudonyms.
    everybody = sorted(raters(session), key=lambda rater: (rater.kind, rater.stored_id))
    wanted = {rater.id: rater for rater in everybody if not kinds or rater.kind in kinds}
    if kinds:
        query = query.where(t.Answer.rater_id.in_(wanted))
    for row in session.execute(query):
        answers[row.subset_id, row.rater_id][row.key] = answer_record(row)
    return {
        subset_id: tuple(
            AnswerSheet(rater, answers[subset_id, rater_id])
            for rater_id, rater in wanted.items()
            if rater_id is not None and (subset_id, rater_id) in answers
        )
        for subset_id in subset_ids
    }
