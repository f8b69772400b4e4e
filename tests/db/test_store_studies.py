"""Studies: places that run out, consent, and what participants are given."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from documents import at_once
from sqlalchemy import Engine, event, select

from db import tables as t
from db.columns import utc_now
from db.session import reading, transaction
from db.store import joining, participants, people, studies
from db.store.accounts import create_invitation, redeem
from db.store.answers import save_answers
from db.store.erasure import erase
from db.store.events import events
from db.store.purposes import set_apart
from db.store.sessions import account_of
from db.store.tasks import save_document, subset_records
from hume.errors import HumeError, NotFound
from hume.records import Account, Answer, Item, Participation, Study, Subset, Task, TaskDocument

TEXT = "We study how people judge.\n\nYou can stop at any time."
PLAIN = Study("judging", "How people judge", TEXT, ("Pairs",), places=3)


def act(engine: Engine, change: Callable[..., Any], *arguments: Any) -> Any:
    with transaction(engine) as session:
        return change(session, *arguments)


def look(engine: Engine, query: Callable[..., Any], *arguments: Any) -> Any:
    with reading(engine) as session:
        return query(session, *arguments)


def document(name: str, n_items: int = 4) -> TaskDocument:
    items = tuple(Item(f"i{n}", {"sentence1": "a", "sentence2": f"{n}"}, 1, "test", n) for n in range(n_items))
    return TaskDocument(Task(name, "sts", settings={"min": 0, "max": 5, "step": 1}), ((Subset("eng"), items),))


@pytest.fixture
def study(engine: Engine) -> Study:
    """A study of one task of two, with three places."""
    with transaction(engine) as session:
        for name in ("Pairs", "Others"):
            save_document(session, document(name))
    return act(engine, studies.save_study, PLAIN)


def join(engine: Engine, study: Study, external_id: str, form: str = "") -> tuple[Account, str]:
    return act(engine, joining.join, study.name, external_id, study.consent_digest, form or f"form of {external_id}")


def why_not(engine: Engine, study: Study, external_id: str, form: str = "") -> str:
    with pytest.raises(joining.NotAdmitted) as refused:
        join(engine, study, external_id, form)
    return refused.value.why


def standing(engine: Engine, account: Account) -> Participation:
    (found,) = look(engine, participants.participations, account)
    return found


def own_items(engine: Engine, task: str) -> list[int]:
    (record,) = look(engine, subset_records, [task])
    return [one.id for one in record.items]


def answer(engine: Engine, account: Account, item_id: int) -> None:
    with transaction(engine) as session:
        save_answers(session, account.rater_id, [(item_id, Answer("", "given", {"score": 2}))])


# -- joining ----------------------------------------------------------------------------------------


def test_whoever_agrees_gets_an_account_that_says_nothing_of_them(engine: Engine, study: Study) -> None:
    account, token = join(engine, study, "5f3c pid")
    assert re.fullmatch(f"judging-[{joining.LETTERS}]{{6}}", account.name)
    assert account.role == "annotator"
    found = look(engine, account_of, token)
    assert (found, found.takes_part) == (account, True)
    one = standing(engine, account)
    assert (one.tasks, one.has_agreed, one.done, one.left, one.is_completed) == ({"Pairs"}, True, 0, None, False)
    (row,) = look(engine, participants.participants, study.name)
    assert (row.external_id, row.account, row.answered, row.completed_at) == ("5f3c pid", account.name, 0, None)
    assert (row.consented_at - utc_now()) < timedelta(minutes=1)
    assert look(engine, studies.find_study, study.name).joined == 1
    assert all("5f3c" not in str(one) for one in look(engine, events))


def test_of_many_who_race_for_the_last_places_as_many_get_in_as_there_are(engine: Engine, study: Study) -> None:
    join(engine, study, "the first")
    outcomes = at_once([partial(join, engine, study, f"racer {n}") for n in range(8)])
    assert sum(isinstance(one, tuple) for one in outcomes) == 2
    assert [one.why for one in outcomes if not isinstance(one, tuple)] == ["full"] * 6
    assert look(engine, studies.find_study, study.name).joined == 3
    assert len(look(engine, participants.participants, study.name)) == 3
    assert look(engine, joining.obstacle, study.name, "one more") == "full"


def test_one_id_that_joins_many_times_at_once_is_one_person(engine: Engine, study: Study) -> None:
    outcomes = at_once([partial(join, engine, study, "the same", f"form {n}") for n in range(6)])
    assert sum(isinstance(one, tuple) for one in outcomes) == 1
    assert {one.why for one in outcomes if not isinstance(one, tuple)} == {"elsewhere"}
    assert look(engine, studies.find_study, study.name).joined == 1


def test_a_form_that_is_sent_twice_is_the_same_person_in_the_latest_session(engine: Engine, study: Study) -> None:
    outcomes = at_once([partial(join, engine, study, "pid", "one form")] * 4)
    assert len({account.id for account, _ in outcomes}) == 1  # type: ignore[misc]
    live = [token for _, token in outcomes if look(engine, account_of, token)]  # type: ignore[misc]
    assert len(live) == 1
    assert why_not(engine, study, "pid", "another form") == "elsewhere"
    name = outcomes[0][0].name  # type: ignore[index]
    act(engine, people.reset, name)
    assert why_not(engine, study, "pid", "one form") == "elsewhere"


def test_a_reset_lets_a_participant_in_elsewhere_as_the_same(engine: Engine, study: Study) -> None:
    account, token = join(engine, study, "pid")
    link = act(engine, people.reset, account.name)
    assert look(engine, account_of, token) is None
    again, _ = act(engine, redeem, link)
    assert again == account
    assert standing(engine, account).has_agreed


@pytest.mark.parametrize(
    ("why", "changes"),
    [("closed", {}), ("expired", {"expires_at": utc_now() - timedelta(seconds=1)}), ("full", {"places": 1})],
)
def test_a_study_that_takes_nobody_says_why_and_keeps_those_it_has(
    engine: Engine, study: Study, why: str, changes: dict[str, Any]
) -> None:
    account, token = join(engine, study, "pid")
    act(engine, studies.save_study, Study(**{**vars(study), **changes}))
    if why == "closed":
        act(engine, studies.close_study, study.name)
    assert look(engine, joining.obstacle, study.name, "new") == why
    assert why_not(engine, study, "new") == why
    assert look(engine, account_of, token) == account
    act(engine, studies.open_study, study.name)
    assert look(engine, joining.obstacle, study.name, "new") == (None if why == "closed" else why)


def test_an_erased_participant_leaves_the_place_taken_and_the_id_free(engine: Engine, study: Study) -> None:
    account, _ = join(engine, study, "pid")
    act(engine, erase, account.name)
    assert look(engine, participants.participants, study.name) == []
    assert look(engine, studies.find_study, study.name).joined == 1
    assert look(engine, studies.study_counts) == {}
    join(engine, study, "pid")
    with pytest.raises(HumeError, match="2 people have joined"):
        act(engine, studies.save_study, Study(**{**vars(study), "places": 1}))


def test_what_is_not_there_is_named(engine: Engine, study: Study) -> None:
    for call in (
        partial(studies.find_study, name="nothing"),
        partial(studies.save_study, study=Study("x", "X", "text", ("Nothing",))),
        partial(participants.enrol, study="judging", account_name="Nobody"),
        partial(participants.withdraw, study="judging", account_name="Nobody"),
        partial(create_invitation, name="Bo", role="annotator", study="nothing"),
    ):
        with pytest.raises(NotFound, match=r"There is no|takes no part"):
            act(engine, call)


# -- consent ----------------------------------------------------------------------------------------


def test_a_text_that_changes_is_asked_for_again_and_what_was_agreed_to_is_in_the_trail(
    engine: Engine, study: Study
) -> None:
    account, _ = join(engine, study, "pid")
    changed = act(engine, studies.save_study, Study(**{**vars(study), "consent": "Another text."}))
    assert not standing(engine, account).has_agreed
    assert look(engine, studies.study_counts)[study.name].agreed == 0
    assert why_not(engine, study, "new") == "changed"
    with pytest.raises(joining.NotAdmitted):
        act(engine, joining.agree, account.id, study.name, study.consent_digest)
    act(engine, joining.agree, account.id, study.name, changed.consent_digest)
    assert standing(engine, account).has_agreed
    texts = [one.detail["text"] for one in look(engine, events) if one.kind == "consent-text-set"]
    assert texts == ["Another text.", TEXT]
    act(engine, studies.save_study, Study(**{**vars(changed), "items": 2}))
    assert standing(engine, account).has_agreed


def test_who_is_invited_to_a_study_is_asked_and_takes_no_place(engine: Engine, study: Study) -> None:
    link = act(engine, partial(create_invitation, name="Bo", role="annotator", study=study.name))
    bo, token = act(engine, redeem, link)
    assert look(engine, account_of, token).takes_part
    assert not standing(engine, bo).has_agreed
    act(engine, joining.agree, bo.id, study.name, study.consent_digest)
    assert standing(engine, bo).has_agreed
    counted = look(engine, studies.study_counts)[study.name]
    assert (counted.joined, counted.added, counted.agreed) == (0, 1, 1)
    assert look(engine, studies.find_study, study.name).joined == 0


def test_who_was_enrolled_can_be_let_go_and_who_came_by_the_link_cannot(engine: Engine, study: Study) -> None:
    ann, _ = act(engine, redeem, act(engine, create_invitation, "Ann", "annotator"))
    crowd, _ = join(engine, study, "pid")
    act(engine, participants.enrol, study.name, "Ann")
    act(engine, participants.enrol, study.name, "Ann")
    assert len(look(engine, participants.participants, study.name)) == 2
    act(engine, participants.withdraw, study.name, "Ann")
    assert look(engine, participants.participations, ann) == ()
    with pytest.raises(HumeError, match="came by the link"):
        act(engine, participants.withdraw, study.name, crowd.name)


# -- what is done -----------------------------------------------------------------------------------


def test_items_of_the_study_since_one_was_added_are_counted_and_practice_is_not(engine: Engine, study: Study) -> None:
    with transaction(engine) as session:
        set_apart(session, "Pairs", training=1)
        practice = session.scalars(select(t.Item.id).where(t.Item.purpose == "training")).one()
    ann, _ = act(engine, redeem, act(engine, create_invitation, "Ann", "annotator"))
    first, second, _ = own_items(engine, "Pairs")
    answer(engine, ann, first)
    act(engine, studies.save_study, Study(**{**vars(study), "items": 2}))
    act(engine, participants.enrol, study.name, "Ann")
    answer(engine, ann, own_items(engine, "Others")[0])
    answer(engine, ann, practice)
    assert (standing(engine, ann).done, standing(engine, ann).left) == (0, 2)
    answer(engine, ann, second)
    answer(engine, ann, second)
    assert (standing(engine, ann).done, standing(engine, ann).left) == (1, 1)
    (row,) = look(engine, participants.participants, study.name)
    assert (row.external_id, row.answered, row.skipped) == ("", 1, 0)


def test_completion_is_noted_once(engine: Engine, study: Study) -> None:
    account, _ = join(engine, study, "pid")
    other, _ = join(engine, study, "other")
    act(engine, participants.note_completed, account.id, [study.name])
    first = look(engine, participants.participants, study.name)[0].completed_at
    act(engine, participants.note_completed, account.id, [study.name])
    assert look(engine, participants.participants, study.name)[0].completed_at == first
    assert not standing(engine, other).is_completed
    assert look(engine, studies.study_counts)[study.name].completed == 1


def test_nothing_is_asked_of_the_database_for_who_is_known_to_take_no_part(engine: Engine, study: Study) -> None:
    _, token = act(engine, redeem, act(engine, create_invitation, "Ann", "annotator"))
    ann = look(engine, account_of, token)
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert ann.takes_part is False
    with reading(engine) as session:
        assert participants.participations(session, ann) == ()
    assert asked == []
