"""Whether a participant has done what a study asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from db.store.assignments import has_open_items
from db.store.participants import note_completed, participations
from db.store.tasks import outlines
from hume.assign import may_answer
from hume.records import Account, Participation


def note_if_done(session: Session, account: Account, studies: Sequence[Participation]) -> Sequence[Participation]:
    """Note what is completed by now: all that a study asks for, or all that there is for this person. As it is then."""
    fresh = [one for one in studies if _is_underway(one) and (one.left == 0 or _nothing_is_left(session, account, one))]
    return _noted(session, account, studies, fresh)


def note_if_all_asked(session: Session, account: Account) -> Sequence[Participation]:
    """The same after an answer, for the number of items that a study asks for alone."""
    studies = participations(session, account)
    return _noted(session, account, studies, [one for one in studies if _is_underway(one) and one.left == 0])


def _is_underway(study: Participation) -> bool:
    return study.has_agreed and not study.is_completed and study.done > 0


def _nothing_is_left(session: Session, account: Account, study: Participation) -> bool:
    now = datetime.now(UTC)
    return not any(
        may_answer(one.task, one.subset, account, (), [study])
        and has_open_items(session, account.rater_id, one.id, now)
        for one in outlines(session, sorted(study.tasks))
    )


def _noted(
    session: Session, account: Account, studies: Sequence[Participation], fresh: Sequence[Participation]
) -> Sequence[Participation]:
    if not fresh:
        return studies
    note_completed(session, account.id, [one.study for one in fresh])
    return participations(session, account)
