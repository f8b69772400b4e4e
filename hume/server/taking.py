"""What the deck sends: answers and drafts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from db.session import transaction
from db.store.annotators import annotators_of
from db.store.answers import Saved, own_answer, progress, save_answers, saved_revision
from db.store.assignments import given_before, lock_subsets
from db.store.drafts import save_draft
from db.store.participants import participations
from db.store.tasks import items_of
from hume.answers import checked
from hume.assign import items_left, why_no_consent, why_not, within
from hume.errors import HumeError, InvalidAnswer, InvalidInput, NotFound
from hume.i18n import say
from hume.records import TRAIN, Account, Answer, Item, Json, Participation, Subset, Task
from hume.server import wire
from hume.server.database import engine
from hume.server.guard import Call, Refused
from hume.server.metrics import count_answers
from hume.server.studying import note_if_all_asked

Places = Mapping[int, tuple[Task, Subset, Item]]
Studies = Sequence[Participation]


def take_answers(call: Call) -> Response:
    """Stores a batch of answers and says what became of each; what is acknowledged is committed."""
    sent = wire.read(wire.SentAnswers, call.body).answers
    since = wire.midnight(call.headers.get(wire.MIDNIGHT))
    item_ids = sorted({one.item for one in sent})
    with transaction(engine()) as session:
        subsets = lock_subsets(session, item_ids)
        places = items_of(session, item_ids)
        studies: Studies = participations(session, call.account)
        _check_consent(studies, places)
        results = _take(session, call.account, sent, places, studies)
        here = subsets.get(sent[-1].item)
        counted = None if here is None else progress(session, call.account.rater_id, here, since)
        if studies and counted:
            studies = note_if_all_asked(session, call.account)
            counted = within(counted, items_left(places[sent[-1].item][0].name, studies))
    count_answers(results)
    return JSONResponse({"results": results, "progress": wire.progress_message(counted)})


def take_draft(call: Call) -> Response:
    """Keeps the unfinished answer of one item, so that it can be gone on with in another browser."""
    sent = wire.read(wire.SentDraft, call.body)
    if len(json.dumps(sent.draft)) > wire.MAX_DRAFT:
        raise Refused(413, f"The draft is longer than {wire.MAX_DRAFT:,} characters.")
    with transaction(engine()) as session:
        places = items_of(session, [sent.item])
        place = _place(places, sent.item)
        studies = participations(session, call.account)
        _check_consent(studies, places)
        if not given_before(session, call.account.rater_id, [sent.item]):
            _check_new(session, call.account, *place, studies)
        save_draft(session, call.account.rater_id, sent.item, sent.draft)
    return Response(status_code=204)


# -- step by step -----------------------------------------------------------------------------------


def _check_consent(studies: Studies, places: Places) -> None:
    """Refuse all of a batch, which stays in the browser until its sender has agreed to what it is for."""
    for task in {task.name for task, _, _ in places.values()} if studies else ():
        if why := why_no_consent(task, studies):
            raise Refused(403, why)


def _take(
    session: Session, account: Account, sent: Sequence[wire.SentAnswer], places: Places, studies: Studies
) -> list[dict[str, Json]]:
    given = given_before(session, account.rater_id, list(places))
    answers = [_checked(session, account, one, places, one.item in given, studies) for one in sent]
    good = [(one.item, answer) for one, answer in zip(sent, answers, strict=True) if isinstance(answer, Answer)]
    saved = iter(_save(session, account.rater_id, good))
    outcomes = [next(saved) if isinstance(answer, Answer) else answer for answer in answers]
    return [
        _result(session, account.rater_id, one, outcome, places) for one, outcome in zip(sent, outcomes, strict=True)
    ]


def _checked(
    session: Session, account: Account, sent: wire.SentAnswer, places: Places, was_given: bool, studies: Studies
) -> Answer | HumeError:
    """The answer as it is to be stored, or why it is not.

    Whoever was given an item may answer it for ever: work that comes late, after the task was closed or given to
    others, is kept.
    """
    try:
        task, subset, item = _place(places, sent.item)
        if not was_given:
            _check_new(session, account, task, subset, item, studies)
        return checked(task, subset, item, sent.answer(item))
    except (InvalidInput, NotFound) as error:
        return error


def _place(places: Places, item_id: int) -> tuple[Task, Subset, Item]:
    if item_id not in places:
        raise NotFound(f"There is no item {item_id}. Reload the page: the task may have been imported anew.")
    return places[item_id]


def _check_new(session: Session, account: Account, task: Task, subset: Subset, item: Item, studies: Studies) -> None:
    """Refuse the answer to an item that the rater was not given, unless they could have been."""
    if item.purpose == "repeat" or (item.purpose == "judgment" and item.split == TRAIN):
        raise InvalidAnswer(say("This item is not yours to answer."), say("Ask for work again."))
    if items_left(task.name, studies) == 0:
        raise InvalidAnswer(say("You have done all that this study asks of you."), say("Thank you."))
    if why := why_not(task, subset, account, annotators_of(session, task.name), studies):
        raise InvalidAnswer(why, say("Ask whoever runs this server."))


def _save(session: Session, rater_id: int, answers: Sequence[tuple[int, Answer]]) -> list[Saved | HumeError]:
    """What became of each; where the batch is refused as a whole, for one of them, they are saved one by one."""
    try:
        return list(save_answers(session, rater_id, answers))
    except InvalidInput as error:
        if len(answers) == 1:
            return [error]
        return [outcome for one in answers for outcome in _save(session, rater_id, [one])]


def _result(
    session: Session, rater_id: int, sent: wire.SentAnswer, outcome: Saved | HumeError, places: Places
) -> dict[str, Json]:
    if isinstance(outcome, HumeError):
        # A resend of what was admitted before is as safe as it was.
        before = saved_revision(session, rater_id, sent.item, sent.client_id)
        if before is None:
            return wire.result_message(sent, "refused", 0, str(outcome))
        outcome = Saved(sent.client_id, sent.item, "duplicate", before)
    feedback = None
    task, subset, item = places[sent.item]
    if item.purpose == "training":
        feedback = wire.feedback_message(task, subset, item, own_answer(session, rater_id, sent.item))
    return wire.result_message(sent, outcome.state, outcome.revision, feedback=feedback)
