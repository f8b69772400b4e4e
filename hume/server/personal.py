"""One's own data, as a file: all that is stored of whoever asks."""

from __future__ import annotations

import json

from starlette.responses import Response
from starlette.routing import Route

from db.session import reading
from db.store.personal import personal_data
from hume.server.database import engine
from hume.server.guard import Call, guarded
from hume.storable import storable

PATH = "/account/data"


def own_data(call: Call) -> Response:
    """What is stored of the account that asks, as JSON to keep; of nobody else, whatever the query says."""
    with reading(engine()) as session:
        found = personal_data(session, call.account.name)
    headers = {"Content-Disposition": 'attachment; filename="hume-my-data.json"'}
    text = json.dumps(storable(found), ensure_ascii=False, indent=2)
    return Response(text, media_type="application/json", headers=headers)


ROUTES: list[Route] = [guarded(PATH, "GET", "annotator", own_data)]
"""For every role: each role may all that an annotator may."""
