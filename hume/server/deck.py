"""What the deck asks for: the next items, one's own items again, and where else there is work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from db.session import reading, transaction
from db.store.annotators import annotators_of, assigned
from db.store.answers import own_answer, own_answered, progress, progress_by_subset
from db.store.assignments import TrainingDone, is_leased, lease, leased, open_items, training_done
from db.store.drafts import draft_of, drafts_of
from db.store.participants import participations
from db.store.sessions import note_seen
from db.store.tasks import find_subset_id, item, items_of, outlines, subset_of
from hume.assign import hand_out, items_left, may_answer, why_not, within
from hume.records import Item
from hume.server import taking, wire
from hume.server.database import engine
from hume.server.guard import Call, Refused, guarded
from hume.server.studying import note_if_done

LEASE = timedelta(hours=2)
"""How long an item handed out is kept for its rater before others may get it."""
MOST_AT_ONCE = 250
MOST_ELSEWHERE = 20


def work(call: Call) -> Response:
    """Leases the next items to the rater and returns them; those leased before are among them again."""
    count = min(max(call.integer("count", 10), 1), MOST_AT_ONCE)
    rater_id = call.account.rater_id
    with transaction(engine()) as session:
        note_seen(session, call.session_token)
        subset_id = _subset_id(session, call)
        task, subset = subset_of(session, subset_id)
        studies = participations(session, call.account)
        if why := why_not(task, subset, call.account, annotators_of(session, task.name), studies):
            raise Refused(403, why)
        left = items_left(task.name, studies)
        since = wire.midnight(call.headers.get(wire.MIDNIGHT))
        counted = progress(session, rater_id, subset_id, since)
        wanted = count if left is None else min(count, left)
        items = _lease(session, rater_id, subset_id, wanted, done=counted.answered + counted.skipped)
        if any(one.purpose == "repeat" for one in items):  # they count from now on
            counted = progress(session, rater_id, subset_id, since)
        training = _training(session, rater_id, subset_id, items)
        drafts = drafts_of(session, rater_id, [one.id or 0 for one in items])
        message = {
            "task": wire.task_message(task, subset),
            "progress": wire.progress_message(within(counted, left)),
            "training": None if training is None else training._asdict(),
            "items": [wire.item_message(task, subset, one, rater_id, drafts.get(one.id or 0)) for one in items],
        }
        if studies and not items:
            message |= wire.completion_message(task, note_if_done(session, call.account, studies))
    return JSONResponse(message)


def own_item(call: Call) -> Response:
    """One item of one's own again, with the draft and the answer that there are."""
    rater_id, item_id = call.account.rater_id, call.integer("item")
    with reading(engine()) as session:
        task, subset, found = item(session, item_id)
        answer, draft = own_answer(session, rater_id, item_id), draft_of(session, rater_id, item_id)
        if answer is None and draft is None and not is_leased(session, rater_id, item_id, datetime.now(UTC)):
            raise Refused(404, f"Item {item_id} is not yours at the moment. Ask for work again.")
    message = wire.item_message(task, subset, found, rater_id, draft)
    if found.purpose == "training":
        message["feedback"] = wire.feedback_message(task, subset, found, answer)
    place = {"task": task.name, "subset": subset.name}
    return JSONResponse({**message, **place, "answer": wire.answer_message(answer)})


def answered(call: Call) -> Response:
    """Which items of a subset one has answered, the one answered longest ago first."""
    with reading(engine()) as session:
        found = own_answered(session, call.account.rater_id, _subset_id(session, call))
    items = [{"id": one.item_id, "status": one.status, "answered_at": one.created_at.isoformat()} for one in found]
    return JSONResponse({"items": items})


def elsewhere(call: Call) -> Response:
    """The other subsets that have open items for the rater, most first."""
    since = wire.midnight(call.headers.get(wire.MIDNIGHT))
    with reading(engine()) as session:
        here = _subset_id(session, call)
        counted = progress_by_subset(session, call.account.rater_id, since)
        people, studies = assigned(session), participations(session, call.account)
        found = [
            (one, within(counted[one.id], items_left(one.task.name, studies)).open)
            for one in outlines(session)
            if one.id != here and may_answer(one.task, one.subset, call.account, people.get(one.task.name, ()), studies)
        ]
    ordered = sorted((one for one in found if one[1]), key=lambda one: -one[1])[:MOST_ELSEWHERE]
    return JSONResponse({"subsets": [wire.elsewhere_message(one.task, one.subset, n_open) for one, n_open in ordered]})


def _subset_id(session: Session, call: Call) -> int:
    return find_subset_id(session, call.query.get("task", ""), call.query.get("subset", ""))


def _lease(session: Session, rater_id: int, subset_id: int, count: int, done: int) -> list[Item]:
    now = datetime.now(UTC)
    available = open_items(session, rater_id, subset_id, now)  # takes the subset's lock: the rest is nobody else's
    held = set(leased(session, rater_id, subset_id, now))
    chosen = hand_out(available, count, rater_id, now, held, done)
    lease(session, rater_id, chosen, now + LEASE)
    found = items_of(session, chosen)
    return [found[item_id][2] for item_id in chosen]


def _training(session: Session, rater_id: int, subset_id: int, items: Sequence[Item]) -> TrainingDone | None:
    """How far the rater is with training, as long as there is some left."""
    in_training = any(one.purpose == "training" for one in items)
    return training_done(session, rater_id, subset_id) if in_training else None


ROUTES = [
    guarded("/deck/work", "GET", "annotator", work),
    guarded("/deck/item", "GET", "annotator", own_item),
    guarded("/deck/answered", "GET", "annotator", answered),
    guarded("/deck/elsewhere", "GET", "annotator", elsewhere),
    guarded("/deck/answers", "POST", "annotator", taking.take_answers),
    guarded("/deck/draft", "POST", "annotator", taking.take_draft),
]
