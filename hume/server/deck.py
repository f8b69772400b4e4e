"""What the deck asks and sends: the next items, one's own items again, answers, drafts."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from db.session import reading, transaction
from db.store.accounts import note_seen
from db.store.answers import own_answer, own_answered, progress, save_answers, saved_revision
from db.store.assignments import lease, leased, open_items
from db.store.drafts import draft_of, drafts_of, save_draft
from db.store.tasks import find_subset_id, item, subset_of
from hume.answers import checked
from hume.assign import choose
from hume.errors import InvalidAnswer, InvalidInput, NotFound
from hume.records import TRAIN, Item, Json, Subset, Task
from hume.server import wire
from hume.server.database import engine
from hume.server.guard import Call, Refused, guarded

LEASE = timedelta(hours=2)
"""How long an item handed out is kept for its rater before others may get it."""
MOST_AT_ONCE = 250


# -- items out --------------------------------------------------------------------------------------


def work(call: Call) -> Response:
    """Leases the next items to the rater and returns them; those leased before are among them again."""
    count = min(max(call.integer("count", 10), 1), MOST_AT_ONCE)
    rater_id = call.account.rater_id
    with transaction(engine()) as session:
        note_seen(session, call.session_token)
        subset_id = _subset_id(session, call)
        task, subset = subset_of(session, subset_id)
        items = [item(session, item_id)[2] for item_id in _lease(session, rater_id, subset_id, count)]
        drafts = drafts_of(session, rater_id, [one.id or 0 for one in items])
        message = {
            "task": wire.task_message(task, subset),
            "progress": _progress(session, rater_id, subset_id),
            "items": [wire.item_message(task, subset, one, rater_id, drafts.get(one.id or 0)) for one in items],
        }
    return JSONResponse(message)


def own_item(call: Call) -> Response:
    """One item of one's own again, with the draft and the answer that there are."""
    rater_id, item_id = call.account.rater_id, call.integer("item")
    with reading(engine()) as session:
        task, subset, found = item(session, item_id)
        answer, draft = own_answer(session, rater_id, item_id), draft_of(session, rater_id, item_id)
        if answer is None and draft is None and not _is_leased(session, rater_id, task, subset, found):
            raise Refused(404, f"Item {item_id} is not yours at the moment. Ask for work again.")
    message = wire.item_message(task, subset, found, rater_id, draft)
    return JSONResponse({**message, "answer": wire.answer_message(answer)})


def answered(call: Call) -> Response:
    """Which items of a subset one has answered, the one answered longest ago first."""
    with reading(engine()) as session:
        found = own_answered(session, call.account.rater_id, _subset_id(session, call))
    items = [{"id": one.item_id, "status": one.status, "answered_at": one.created_at.isoformat()} for one in found]
    return JSONResponse({"items": items})


def _subset_id(session: Session, call: Call) -> int:
    return find_subset_id(session, call.query.get("task", ""), call.query.get("subset", ""))


def _lease(session: Session, rater_id: int, subset_id: int, count: int) -> list[int]:
    now = datetime.now(UTC)
    available = open_items(session, rater_id, subset_id, now)  # takes the subset's lock: the rest is nobody else's
    held = leased(session, rater_id, subset_id, now)
    own = choose([one for one in available if one.item_id in held], count, seed=rater_id)
    own += [item_id for item_id in held if item_id not in own][: count - len(own)]
    others = choose([one for one in available if one.item_id not in held], count - len(own), seed=rater_id)
    lease(session, rater_id, own + others, now + LEASE)
    return own + others


def _is_leased(session: Session, rater_id: int, task: Task, subset: Subset, found: Item) -> bool:
    subset_id = find_subset_id(session, task.name, subset.name)
    return found.id in leased(session, rater_id, subset_id, datetime.now(UTC))


def _progress(session: Session, rater_id: int, subset_id: int) -> dict[str, int]:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return asdict(progress(session, rater_id, subset_id, midnight))


# -- answers and drafts in --------------------------------------------------------------------------


def take_answers(call: Call) -> Response:
    """Stores a batch of answers and says what became of each; what is acknowledged is committed."""
    sent = wire.read(wire.SentAnswers, call.body).answers
    with transaction(engine()) as session:
        results = [_take(session, call.account.rater_id, one) for one in sent]
        counted = _progress_at(session, call.account.rater_id, sent[-1].item)
    return JSONResponse({"results": results, "progress": counted})


def take_draft(call: Call) -> Response:
    """Keeps the unfinished answer of one item, so that it can be gone on with in another browser."""
    sent = wire.read(wire.SentDraft, call.body)
    if len(json.dumps(sent.draft)) > wire.MAX_DRAFT:
        raise Refused(413, f"The draft is longer than {wire.MAX_DRAFT:,} characters.")
    with transaction(engine()) as session:
        task, _, found = item(session, sent.item)
        _check_open(task, found)
        save_draft(session, call.account.rater_id, sent.item, sent.draft)
    return Response(status_code=204)


def _take(session: Session, rater_id: int, sent: wire.SentAnswer) -> dict[str, Json]:
    try:
        task, subset, found = item(session, sent.item)
        _check_open(task, found)
        answer = checked(task, subset, found, sent.answer(found))
        saved = save_answers(session, rater_id, [(sent.item, answer)])[0]
    except (InvalidInput, NotFound) as error:
        # A resend of what came before the task was closed is as safe as it was.
        before = saved_revision(session, rater_id, sent.item, sent.client_id)
        if before is None:
            return _result(sent, "refused", 0, str(error))
        return _result(sent, "duplicate", before)
    return _result(sent, saved.state, saved.revision)


def _check_open(task: Task, found: Item) -> None:
    if found.split == TRAIN:
        raise InvalidAnswer(f"Item {found.id} is a training example.", "Ask for work again.")
    if task.state != "open":
        raise InvalidAnswer(f"{task.name} is not open for answers.", "Ask whoever runs this server to open it.")


def _result(sent: wire.SentAnswer, state: str, revision: int, error: str = "") -> dict[str, Json]:
    result = {"client_id": sent.client_id, "item": sent.item, "state": state}
    return {**result, "revision": revision, "error": error}


def _progress_at(session: Session, rater_id: int, item_id: int) -> dict[str, int] | None:
    try:
        task, subset, _ = item(session, item_id)
    except NotFound:
        return None
    return _progress(session, rater_id, find_subset_id(session, task.name, subset.name))


ROUTES = [
    guarded("/deck/work", "GET", "annotator", work),
    guarded("/deck/item", "GET", "annotator", own_item),
    guarded("/deck/answered", "GET", "annotator", answered),
    guarded("/deck/answers", "POST", "annotator", take_answers),
    guarded("/deck/draft", "POST", "annotator", take_draft),
]
