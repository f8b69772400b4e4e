"""Verdicts on disputed items through the store: kept all, the latest counts, nothing else changes."""

from __future__ import annotations

import pytest
from documents import document, given, item_ids, pair, rater_id, stored
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from db import tables as t
from db.session import reading, transaction
from db.store.accounts import create_invitation, redeem
from db.store.answers import all_answers, save_answers
from db.store.events import events
from db.store.state import state_token
from db.store.tasks import save_document, subset_records
from db.store.verdicts import (
    MOST_CHARACTERS,
    answers_to,
    content_hashes,
    latest_verdicts,
    save_verdict,
    verdicts_on,
)
from hume.errors import InvalidInput, NotFound
from hume.records import Ruling


def account(engine: Engine, name: str = "Rosa") -> int:
    with transaction(engine) as session:
        return redeem(session, create_invitation(session, name, "researcher"))[0].id


def decide(engine: Engine, item: int, who: int, ruling: Ruling, note: str = "") -> None:
    with transaction(engine) as session:
        save_verdict(session, item, who, ruling, note)


def test_every_verdict_is_kept_and_the_latest_counts(engine: Engine) -> None:
    stored(engine)
    first, second, *_ = item_ids(engine)
    rosa, sam = account(engine), account(engine, "Sam")
    decide(engine, first, rosa, "people-right", "  gold says 3, <b>they</b> say 0 \n")
    decide(engine, first, sam, "ambiguous")
    decide(engine, second, sam, "bad-item", "empty")
    with reading(engine) as session:
        history, latest = verdicts_on(session, first), latest_verdicts(session)
        trail = [(one.detail, one.account_id) for one in events(session) if one.kind == "verdict"]
    assert [(one.ruling, one.account, one.note) for one in history] == [
        ("ambiguous", "Sam", ""),
        ("people-right", "Rosa", "gold says 3, <b>they</b> say 0"),
    ]
    assert history[0].at >= history[1].at
    assert {item: one.ruling for item, one in latest.items()} == {first: "ambiguous", second: "bad-item"}
    assert trail[-1] == ({"item": first, "ruling": "people-right"}, rosa)


def test_undecided_takes_a_verdict_back_and_keeps_it_in_the_history(engine: Engine) -> None:
    stored(engine)
    item, rosa = item_ids(engine)[0], account(engine)
    decide(engine, item, rosa, "gold-right")
    decide(engine, item, rosa, "undecided", "not so sure")
    with reading(engine) as session:
        assert latest_verdicts(session) == {}
        assert [one.ruling for one in verdicts_on(session, item)] == ["undecided", "gold-right"]


def test_a_verdict_changes_neither_gold_nor_answers_nor_figures(engine: Engine) -> None:
    stored(engine)
    item, rosa, rater = item_ids(engine)[0], account(engine), rater_id(engine)
    with transaction(engine) as session:
        save_answers(session, rater, [(item, given(score=0))])
        before = subset_records(session), list(all_answers(session)), state_token(session)
    decide(engine, item, rosa, "people-right")
    with reading(engine) as session:
        assert (subset_records(session), list(all_answers(session)), state_token(session)) == before


def test_a_verdict_is_of_one_version_of_an_item(engine: Engine) -> None:
    stored(engine, n_items=1)
    (item,), rosa = item_ids(engine), account(engine)
    decide(engine, item, rosa, "people-right")
    with transaction(engine) as session:
        save_document(session, document([pair(1, gold=0)]))
    (mended,) = item_ids(engine)
    with reading(engine) as session:
        assert mended != item
        assert verdicts_on(session, mended) == []
        assert [one.ruling for one in verdicts_on(session, item)] == ["people-right"]


def test_what_is_no_verdict_is_refused(engine: Engine) -> None:
    stored(engine)
    item, rosa = item_ids(engine)[0], account(engine)
    with pytest.raises(InvalidInput, match="'wrong' is no verdict"):
        decide(engine, item, rosa, "wrong")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="10,001 characters"):
        decide(engine, item, rosa, "ambiguous", "x" * (MOST_CHARACTERS + 1))
    with pytest.raises(NotFound, match="no item 4711"):
        decide(engine, 4711, rosa, "ambiguous")
    for change in ({"ruling": "wrong"}, {"account_id": 4711}):
        row = t.Verdict(**{"item_id": item, "account_id": rosa, "ruling": "ambiguous", "note": "", **change})
        with pytest.raises(IntegrityError), transaction(engine) as session:
            session.add(row)
    with reading(engine) as session:
        assert verdicts_on(session, item) == []


def test_answers_to_an_item_are_the_latest_of_every_rater(engine: Engine) -> None:
    stored(engine)
    first, second, *_ = item_ids(engine)
    person, model = rater_id(engine), rater_id(engine, "m", "embedding")
    with transaction(engine) as session:
        save_answers(session, person, [(first, given(score=0)), (second, given(score=5))])
        save_answers(session, model, [(first, given(score=2))])
    with transaction(engine) as session:
        save_answers(session, person, [(first, given(score=1))])
    with reading(engine) as session:
        found = answers_to(session, first)
    assert [(rater.kind, rater.name, answer.payload["score"]) for rater, answer in found] == [
        ("human", "Aisha", 1),
        ("embedding", "m", 2),
    ]


def test_content_hashes_are_those_stored_with_the_items(engine: Engine) -> None:
    stored(engine)
    ids = item_ids(engine)
    with reading(engine) as session:
        found = content_hashes(session, [*ids, 4711])
        assert found == dict(session.execute(select(t.Item.id, t.Item.content_hash).where(t.Item.id.in_(ids))).all())
    assert len(set(found.values())) == len(ids) == 5
