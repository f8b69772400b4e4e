"""What the deck asks and sends: the next items, one's own items again, answers, drafts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from db.session import reading, transaction
from db.store.accounts import Account
from db.store.answers import own_answer, own_answered, progress, save_answers
from db.store.assignments import lease, leased, open_items
from db.store.drafts import draft_of, drafts_of, save_draft
from db.store.tasks import find_subset_id, item, subset_of
from hume.answers import checked
from hume.assign import choose
from hume.errors import InvalidInput, NotFound
from hume.records import Answer, Item, Json, Subset, Task
from hume.server import wire
from hume.server.database import engine
from hume.server.guard import Call, Refused, guarded

LEASE = timedelta(hours=2)
"""How long an item handed out is kept for its rater before others may get it."""
MOST_AT_ONCE = 50


def work(call: Call) -> Response:
    """Leases the next items to the rater and returns them, one's own live leases first."""
    count = min(max(call.integer("count", 10), 1), MOST_AT_ONCE)
    with transaction(engine()) as session:
        subset_id = _subset_id(session, call)
        task, subset = subset_of(session, subset_id)
        item_ids = _lease(session, call.account.rater_id, subset_id, count) if task.state == "open" else []
        message = {
            "task": wire.task_message(task, subset),
            "progress": progress_message(session, call.account.rater_id, subset_id),
            "items": _items(session, call.account.rater_id, item_ids),
        }
    return JSONResponse(message)
