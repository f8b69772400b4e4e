"""Answers, of which there may be a million: chosen and cut into pages by the database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from db.store.answer_pages import Chosen, answers_after, subset_places
from db.store.raters import raters
from hume.export import EXPORTERS
from hume.export.pseudonyms import Names, of_answers, of_rater
from hume.server.api.asked import Asked, fits
from hume.server.api.figures import State
from hume.server.api.pages import Page
from hume.server.api.schema import Schema

OF_SUBSETS = ("task", "task_type", "subset", "language")
OF_RATERS = ("rater", "kind", "protocol")
MORE_FILTERS: Mapping[str, Schema] = {"task_type": {"type": "string"}, "language": {"type": "string"}}
"""By these, answers can be chosen although their rows do not have them."""


def page_of_answers(session: Session, state: State, asked: Asked) -> Page:
    """The answers after number `asked.offset`. How many there are on all pages is not counted."""
    chosen = Chosen(_subset_ids(session, asked), _rater_ids(session, state.names, asked), asked.filters.get("status"))
    found = answers_after(session, asked.offset, asked.limit + 1, chosen)
    records = of_answers((record for _, record in found[: asked.limit]), state.names)
    goes_on = len(found) > asked.limit
    return Page(list(EXPORTERS["answers"].rows(records)), None, found[asked.limit - 1][0] if goes_on else None)


def _subset_ids(session: Session, asked: Asked) -> list[int] | None:
    wanted = {name: asked.filters[name] for name in OF_SUBSETS if name in asked.filters}
    if not wanted:
        return None
    return [
        place.id
        for place in subset_places(session)
        if all(fits(name, getattr(place, name), values) for name, values in wanted.items())
    ]


def _rater_ids(session: Session, names: Names, asked: Asked) -> list[int] | None:
    """By the names that rows have: whoever asks for pseudonyms cannot ask what somebody named said."""
    wanted = {name: asked.filters[name] for name in OF_RATERS if name in asked.filters}
    if not wanted:
        return None
    found = []
    for rater in raters(session):
        shown = of_rater(rater, names)
        columns = {"rater": shown.name, "kind": shown.kind, "protocol": shown.protocol}
        if all(fits(name, columns[name], values) for name, values in wanted.items()):
            found.append(rater.stored_id)
    return found
