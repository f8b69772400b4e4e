"""What is stored of a person, given to that person; and a person erased: gone from every row, the figures as before."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from documents import NOON, at_once, given, item_ids, record_of, stored
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.session import reading, transaction
from db.store import people
from db.store.accounts import accounts, create_invitation, redeem
from db.store.answer_import import import_answers
from db.store.answers import all_answers, save_answers
from db.store.assignments import lease
from db.store.drafts import save_draft
from db.store.erasure import TREATMENTS, erase
from db.store.events import events, record_event
from db.store.passwords import replace_password
from db.store.personal import personal_data
from db.store.queue import enqueue
from db.store.sessions import account_of
from db.store.state import state_token
from db.store.throttle import by_account
from db.store.tokens import create_token
from db.store.verdicts import save_verdict, verdicts_on
from hume.errors import HumeError, NotFound
from hume.parsed import parse
from hume.records import Account, Answer, AnswerRecord, Rater
from hume.score import scores

NAME, TOLD = "Aisha Rahman", "I grew up in Aarhus"


def furnished(engine: Engine, name: str = NAME, role: str = "admin") -> tuple[Account, str]:
    """A person with a row in every table that can point at one, and the token of a session."""
    items = item_ids(engine)
    with transaction(engine) as session:
        people.invite(session, name, role, ("eng-Latn",))  # type: ignore[arg-type]
        account, token = redeem(session, create_invitation(session, name, role), browser="Firefox, Linux")  # type: ignore[arg-type]
        record_event(session, "signed-in", {"by": "link"}, account.id)
        session.add(t.SignInFailure(key=by_account(name).key, n=2, wait_until=NOON, forget_at=NOON))
        replace_password(session, account.id, "", "a hash")
        answer = Answer("s01", "given", {"score": 2}, comment=TOLD, client_id=f"{name}-1", created_at=NOON)
        save_answers(session, account.rater_id, [(items[0], answer), (items[1], given(client_id=str(uuid4())))])
        session.add(
            t.Participant(study_id=study_id(session), account_id=account.id, external_id=f"{name} at a platform")
        )
        session.add(t.Identity(account_id=account.id, email=f"{name}@example.org".lower()))
        save_draft(session, account.rater_id, items[2], {"score": 1})
        lease(session, account.rater_id, items[3:4], utc_now() + timedelta(hours=1))
        save_verdict(session, items[0], account.id, "ambiguous", TOLD)
        create_token(session, name, "nightly", timedelta(days=1))
        enqueue(session, "tiny", ["SampleSTS"], {}, account.id)
        session.add(t.TaskAnnotator(task_id=session.scalars(select(t.Task.id)).one(), rater_id=account.rater_id))
    return account, token


def study_id(session: Session) -> int:
    found = session.scalars(select(t.Study.id)).first()
    if found is None:
        words = dict.fromkeys(
            ("title", "consent", "consent_digest", "parameter", "completion_url", "completion_code"), ""
        )
        session.add(t.Study(name="nordic", languages=[], places=9, **words))
        session.flush()
        found = session.scalars(select(t.Study.id)).one()
    return found


def everything(engine: Engine) -> str:
    """Every value of every table, as text."""
    with engine.connect() as connection:
        rows = [
            list(map(str, row)) for table in t.Base.metadata.sorted_tables for row in connection.execute(table.select())
        ]
    return json.dumps(rows, ensure_ascii=False)


def another_admin(engine: Engine) -> Account:
    with transaction(engine) as session:
        return redeem(session, create_invitation(session, "Bo", "admin"))[0]


def test_every_reference_to_a_person_is_decided_upon() -> None:
    targets = {t.Account.__table__, t.Rater.__table__}
    pointing = {
        mapper.class_
        for mapper in t.Base.registry.mappers
        for column in mapper.class_.__table__.columns
        if any(key.column.table in targets for key in column.foreign_keys)
    }
    assert pointing == set(TREATMENTS)


def test_a_person_is_given_all_that_is_stored_of_them_and_nothing_else(engine: Engine) -> None:
    stored(engine)
    _, token = furnished(engine)
    furnished(engine, "Bo", "researcher")
    with reading(engine) as session:
        found = personal_data(session, NAME)
    text = json.dumps(found, ensure_ascii=False)
    assert {key for key, value in found.items() if not value} == set()
    assert [one["comment"] for one in found["answers"]] == [TOLD, ""]
    assert found["answers"][0]["content"]["sentence1"] == {"text": "one 1"}
    assert found["answers"][0]["created_at"].startswith("2026-03-01T12:00:00")
    assert [one["payload"] for one in found["drafts"]] == [{"score": 1}]
    assert [one["note"] for one in found["verdicts"]] == [TOLD]
    assert found["account"]["has_password"]
    assert found["tasks_for_named_people"] == ["SampleSTS"]
    for secret in (token, "a hash", "token_hash", "gold", "purpose", '"Bo"'):
        assert secret not in text
    with reading(engine) as session, pytest.raises(NotFound, match="no person 'Chi'"):
        personal_data(session, "Chi")


def test_whoever_is_erased_is_named_in_no_row_and_the_answers_stay(engine: Engine) -> None:
    stored(engine)
    account, token = furnished(engine)
    by = another_admin(engine)
    before = scores(parse(record_of(engine)))
    with transaction(engine) as session:
        new_name = erase(session, f" {NAME} ", by=by.id)
    left, judged = everything(engine), item_ids(engine)[0]
    for trace in (NAME, "Rahman", "rahman@", TOLD, "a hash", "Firefox, Linux"):
        assert trace not in left
    with transaction(engine) as session:
        answers = {record.answer.item: record for record in all_answers(session)}
        assert {record.rater for record in answers.values()} == {Rater("human", new_name, id=account.rater_id)}
        assert (answers["s01"].answer.payload, answers["s01"].answer.created_at) == ({"score": 2}, NOON)
        assert account_of(session, token) is None
        assert [one.account.name for one in people.people(session)] == ["Bo"]
        assert [one.name for one in accounts(session)] == ["Bo"]
        assert [one.name for one in people.invited(session)] == []
        assert [one.account for one in verdicts_on(session, judged)] == [new_name]
        told = {event.kind: event for event in events(session)}
        assert "signed-in" not in told
        assert told["person-erased"].account_id == by.id
        with pytest.raises(NotFound):
            people.enable(session, new_name)
    assert [row.score for row in scores(parse(record_of(engine)))] == [row.score for row in before]
    with transaction(engine) as session:  # whoever comes back is somebody new
        again = redeem(session, create_invitation(session, NAME, "annotator"))[0]
    assert again.rater_id != account.rater_id


def test_comments_and_notes_can_be_kept_and_caches_are_told(engine: Engine) -> None:
    stored(engine)
    furnished(engine)
    another_admin(engine)
    with transaction(engine) as session:
        before = state_token(session)
        erase(session, NAME, keep_texts=True)
        assert state_token(session) != before
        assert [record.answer.comment for record in all_answers(session)] == [TOLD, ""]


def test_a_person_without_an_account_is_erased_too(engine: Engine) -> None:
    stored(engine)
    said = Answer("s01", "given", {"score": 4}, created_at=NOON)
    record = AnswerRecord("SampleSTS", "eng", "test", Rater("human", NAME), said)
    with transaction(engine) as session:
        import_answers(session, [record])
        assert personal_data(session, NAME)["account"] is None
        erase(session, NAME)
        (left,) = all_answers(session)
    assert left.answer.payload == {"score": 4}
    assert NAME not in everything(engine)


def test_the_last_admin_and_unknown_names_are_refused_and_nothing_changes(engine: Engine) -> None:
    stored(engine)
    furnished(engine)
    before = everything(engine)
    for name, why in ((NAME, "last admin"), ("Chi", "no person 'Chi'")):
        with pytest.raises(HumeError, match=why), transaction(engine) as session:
            erase(session, name)
    assert everything(engine) == before


def test_of_two_admins_who_erase_each_other_one_stays(engine: Engine) -> None:
    stored(engine)
    furnished(engine)
    another_admin(engine)

    def erased(name: str) -> str:
        with transaction(engine) as session:
            return erase(session, name)

    outcomes = at_once([lambda: erased(NAME), lambda: erased("Bo")])
    assert sorted(isinstance(one, HumeError) for one in outcomes) == [False, True]
