"""A study's link: what it creates and when, who is refused, consent, and what participants are given."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from db import tables as t
from db.columns import utc_now
from db.session import open_engine, reading, transaction
from db.store import participants, people, studies
from db.store.accounts import create_invitation
from db.store.annotators import assign_task
from hume.i18n import interface
from hume.records import Study
from hume.server import ROUTES

TEXT = "We ask how alike texts are.\n\n<script>alert(1)</script> & you can stop at any time."
DONE = "https://app.prolific.com/submissions/complete?cc=C0DE"
PLAIN = Study("alike", "How alike?", TEXT, ("SmallSts",), places=2, completion_url=DONE, completion_code="C0DE")
LINK = "/join/alike?PROLIFIC_PID=5f3c&STUDY_ID=s&SESSION_ID=x"
TABLES = (t.Account, t.Rater, t.Session, t.Participant, t.Event)
WORK = "/deck/work?task={task}&subset={subset}&count={count}"


@pytest.fixture
def engine(stored_url, monkeypatch):
    """The engine of a database with four tasks and a study of one of them, which has two places."""
    monkeypatch.setenv("HUME_DATABASE_URL", stored_url)
    opened = open_engine(stored_url)
    with transaction(opened) as session:
        studies.save_study(session, PLAIN)
    yield opened
    opened.dispose()


def browser(**headers):
    return TestClient(Starlette(routes=ROUTES), "http://hume.test", follow_redirects=False, headers=headers)


def rows(engine):
    with reading(engine) as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) for table in TABLES}


def change(engine, **fields):
    with transaction(engine) as session:
        return studies.save_study(session, replace(studies.find_study(session, "alike"), **fields))


def fields_of(page):
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


def join(link=LINK, **headers):
    """A browser that has agreed."""
    visitor = browser(**headers)
    answer = visitor.post(link, data={**fields_of(visitor.get(link)), "answer": "agree"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/work"), answer.text
    return visitor


def work(client, task="SmallSts", subset="eng", count=10):
    return client.get(WORK.format(task=task, subset=subset, count=count))


def give(client, *items, payload=None):
    said = {"status": "given", "payload": payload or {"score": 3}}
    return client.post(
        "/deck/answers", json={"answers": [{"client_id": str(uuid4()), "item": one, **said} for one in items]}
    )


def ids(answer):
    return [one["id"] for one in answer.json()["items"]]


def people_of(engine):
    with reading(engine) as session:
        return participants.participants(session, "alike")


# -- the link ---------------------------------------------------------------------------------------


def test_looking_creates_nothing_and_shows_the_text_as_it_is(engine):
    before, visitor = rows(engine), browser()
    for headers in ({}, {"Sec-Purpose": "prefetch"}):
        page = visitor.get(LINK, headers=headers)
        assert page.status_code == 200
    assert visitor.head(LINK).status_code == 200
    assert '<p dir="auto">We ask how alike texts are.</p>' in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; you can stop" in page.text
    assert "<script" not in page.text
    assert "set-cookie" not in page.headers
    assert page.headers["cache-control"] == "no-store"
    assert rows(engine) == before


def test_whoever_does_not_agree_leaves_nothing(engine):
    before, visitor = rows(engine), browser()
    for answer in ("decline", "", "AGREE"):
        page = visitor.post(LINK, data={**fields_of(visitor.get(LINK)), "answer": answer})
        assert page.status_code == 200
        assert "Nothing was stored of you" in page.text
    assert rows(engine) == before


def test_whoever_agrees_works_under_a_name_that_is_not_theirs_and_comes_back_in_the_same_browser(engine):
    visitor = join(**{"User-Agent": "Firefox/140.0"})
    (one,) = people_of(engine)
    assert (one.external_id, one.has_agreed) == ("5f3c", True)
    assert "5f3c" not in one.account
    assert len(ids(work(visitor))) == 6
    before = rows(engine)
    for link in (LINK, "/join/alike", "/join/alike?participant=5f3c"):
        again = visitor.get(link)
        assert (again.status_code, again.headers["location"]) == (303, "/work")
    assert visitor.post(LINK, data={"answer": "agree"}).headers["location"] == "/work"
    assert rows(engine) == before


def test_the_cookie_is_kept_from_scripts_and_under_https_from_the_wire(engine):
    for base in ("http://hume.test", "https://hume.test"):
        visitor = TestClient(Starlette(routes=ROUTES), base, follow_redirects=False)
        link = LINK.replace("5f3c", base[:5])
        answer = visitor.post(link, data={**fields_of(visitor.get(link)), "answer": "agree"})
        told = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
        assert {"httponly", "samesite=lax", "path=/"} <= told
        assert ("secure" in told) == base.startswith("https")


def test_a_second_browser_is_refused_until_an_admin_lets_it_in(engine):
    first, second = join(), browser()
    page = second.get(LINK)
    assert page.status_code == 403
    assert "Go back to the browser that you began in" in page.text
    fields = {"digest": studies_digest(engine), "form": "mine", "answer": "agree"}
    assert second.post(LINK, data=fields).status_code == 403
    assert "set-cookie" not in second.post(LINK, data=fields).headers
    with transaction(engine) as session:
        token = people.reset(session, people_of(engine)[0].account)
    assert second.get(f"/auth/link?{urlencode({'token': token})}").status_code == 303
    assert second.get(LINK).headers["location"] == "/work"
    assert len(ids(work(second))) == 6
    assert work(first).status_code == 401
    assert first.get(LINK).status_code == 403
    assert len(people_of(engine)) == 1


def studies_digest(engine):
    with reading(engine) as session:
        return studies.find_study(session, "alike").consent_digest


def test_a_lost_response_is_made_good_by_the_same_form_and_by_no_other(engine):
    lost, visitor = browser(), browser()
    sent = {**fields_of(lost.get(LINK)), "answer": "agree"}
    assert lost.post(LINK, data=sent).status_code == 303
    assert visitor.post(LINK, data={**sent, "form": ""}).status_code == 403
    assert visitor.post(LINK, data=sent).headers["location"] == "/work"
    assert work(visitor).status_code == 200
    assert work(lost).status_code == 401
    assert len(people_of(engine)) == 1


@pytest.mark.parametrize(
    "query",
    ["", "?PROLIFIC_PID=", "?PROLIFIC_PID=%20", f"?PROLIFIC_PID={'x' * 101}", "?PROLIFIC_PID=a%00b", "?other=5",
     "?PROLIFIC_PID=%7B%7B%25PROLIFIC_PID%25%7D%7D", "?PROLIFIC_PID=a%0Ab"],
)  # fmt: skip
def test_without_an_id_that_can_be_one_nobody_joins(engine, query):
    before, visitor = rows(engine), browser()
    page = visitor.get(f"/join/alike{query}")
    assert page.status_code == 400
    assert "the number in it by which the researcher knows you" in page.text
    fields = {"digest": studies_digest(engine), "form": "f", "answer": "agree"}
    assert visitor.post(f"/join/alike{query}", data=fields).status_code == 400
    assert rows(engine) == before


@pytest.mark.parametrize("pid", ["5f3c9a", "' OR 1=1 --", "سارة-7", "a@b.c", "x" * 100, '"><img src=x>'])
def test_any_printable_id_is_kept_as_it_is(engine, pid):
    join(f"/join/alike?participant={quote(pid)}")
    assert [one.external_id for one in people_of(engine)] == [pid]


def test_a_study_may_say_what_its_link_calls_the_id(engine):
    change(engine, parameter="SURVEY-ID")
    assert browser().get(LINK).status_code == 400
    join("/join/alike?SURVEY-ID=7&PROLIFIC_PID=8")
    assert [one.external_id for one in people_of(engine)] == ["7"]


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://hume.test.evil.test"])
def test_no_other_site_makes_anybody_agree(engine, origin):
    visitor, before = browser(), rows(engine)
    fields = {**fields_of(visitor.get(LINK)), "answer": "agree"}
    assert visitor.post(LINK, data=fields, headers={"Origin": origin}).status_code == 403
    assert visitor.post(LINK, data=fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert visitor.post("/consent", data=fields, headers={"Origin": origin}).status_code == 403
    assert visitor.post(LINK, json=fields).status_code == 415
    assert visitor.post(LINK, data={**fields, "x": "y" * 20_000}).status_code == 413
    assert rows(engine) == before


def test_closed_full_over_and_unknown_are_said(engine):
    def says(sentence, link=LINK, status=403):
        before, page = rows(engine), browser().get(link)
        sent = browser().post(link, data={"digest": studies_digest(engine), "form": "f", "answer": "agree"})
        assert (page.status_code, sent.status_code) == (status, status)
        assert sentence in page.text
        assert sentence in sent.text
        assert rows(engine) == before

    says("There is no such study here", "/join/nothing?participant=1", 404)
    says("There is no such study here", "/join/%3Cscript%3E?participant=1", 404)
    change(engine, expires_at=utc_now() - timedelta(seconds=1))
    says("This study is over")
    change(engine, expires_at=None)
    with transaction(engine) as session:
        studies.close_study(session, "alike")
    says("This study is closed")
    with transaction(engine) as session:
        studies.open_study(session, "alike")
    for pid in ("1", "2"):
        join(f"/join/alike?participant={pid}")
    says("All places in this study are taken")


def test_the_page_is_in_the_browsers_language(engine):
    page = browser(**{"Accept-Language": "ar"}).get(LINK)
    assert '<html lang="ar" dir="rtl">' in page.text
    assert interface("ar").say("I agree and begin") in page.text
    assert f"next={quote(LINK, safe='')}" in page.text.replace("&amp;", "&")


def test_somebody_who_is_signed_in_is_told_so_and_may_sign_out_and_come_back(engine, as_):
    researcher, before = as_("researcher", "Rosa <b>"), None
    before = rows(engine)
    page = researcher.get(LINK)
    assert page.status_code == 403
    assert "You are signed in as Rosa &lt;b&gt;" in page.text
    assert researcher.post(LINK, data={"answer": "agree", "digest": studies_digest(engine)}).status_code == 403
    assert rows(engine) == before
    action = re.search(r'action="(/auth/sign-out\?[^"]*)"', page.text)[1].replace("&amp;", "&")
    out = researcher.post(action)
    assert (out.status_code, out.headers["location"]) == (303, LINK)
    assert researcher.get(LINK).status_code == 200


def test_another_participant_on_the_same_computer_is_not_taken_for_the_first(engine):
    visitor = join()
    page = visitor.get("/join/alike?participant=another")
    assert page.status_code == 403
    assert "You are signed in already" in page.text
    assert "5f3c" not in page.text


# -- consent ----------------------------------------------------------------------------------------


def test_who_is_invited_agrees_before_the_first_item(engine):
    visitor = browser()
    with transaction(engine) as session:
        token = create_invitation(session, "Bo", "annotator", study="alike")
    visitor.get(f"/auth/link?{urlencode({'token': token})}")
    refused = work(visitor)
    assert refused.status_code == 403
    assert "agree to it" in refused.json()["error"]
    assert visitor.get("/deck/elsewhere?task=SmallSts&subset=eng").json() == {"subsets": []}
    with reading(engine) as session:
        item = session.scalars(select(t.Item.id)).first()
    assert give(visitor, item).status_code == 403
    assert visitor.post("/deck/draft", json={"item": item, "draft": {}}).status_code == 403
    wrong = {"study": "alike", "digest": "another", "answer": "agree"}
    for fields in (wrong, {**wrong, "study": "nothing"}, {"answer": "agree"}):
        assert visitor.post("/consent", data=fields).headers["location"] == "/work"
        assert work(visitor).status_code == 403
    right = {**wrong, "digest": studies_digest(engine)}
    assert visitor.post("/consent", data={**right, "answer": "decline"}).status_code == 200
    assert work(visitor).status_code == 403
    assert visitor.post("/consent", data=right).headers["location"] == "/work"
    assert len(ids(work(visitor))) == 6
    assert browser().post("/consent", data=right).headers["location"] == "/"


def test_a_text_that_changes_is_asked_for_again_and_no_answer_is_lost(engine):
    visitor = join()
    first, *_ = ids(work(visitor))
    change(engine, consent="Another text.")
    assert work(visitor).status_code == 403
    assert give(visitor, first).status_code == 403
    assert visitor.get(LINK).headers["location"] == "/work"
    digest = studies_digest(engine)
    visitor.post("/consent", data={"study": "alike", "digest": digest, "answer": "agree"})
    assert give(visitor, first).json()["results"][0]["state"] == "saved"


def test_a_text_that_changes_while_it_is_read_is_read_again(engine):
    visitor, before = browser(), rows(engine)
    old = {**fields_of(visitor.get(LINK)), "answer": "agree"}
    change(engine, consent="Another text.")
    page = visitor.post(LINK, data=old)
    assert page.status_code == 409
    assert "Another text." in page.text
    assert "The text has changed" in page.text
    assert {**rows(engine), "event": before["event"]} == before
    assert visitor.post(LINK, data={**fields_of(page), "answer": "agree"}).status_code == 303


# -- what participants are given ---------------------------------------------------------------------


def test_participants_are_given_the_studys_tasks_and_no_others(engine, as_):
    visitor, other = join(), as_("annotator", "Zoe")
    assert work(visitor, "SmallClassification").status_code == 403
    assert "no part of the study" in work(visitor, "SmallClassification").json()["error"]
    foreign = ids(work(other, "SmallClassification"))[0]
    refused = give(visitor, foreign, payload={"label": "joy"}).json()["results"][0]
    assert refused["state"] == "refused"
    elsewhere = visitor.get("/deck/elsewhere?task=SmallSts&subset=eng").json()["subsets"]
    assert [(one["task"], one["subset"]) for one in elsewhere] == [("SmallSts", "ara")]
    with transaction(engine) as session:
        assign_task(session, "SmallSts", [people_rater(session, "Zoe")])
    assert len(ids(work(visitor))) == 6
    assert work(as_("annotator", "Yan")).status_code == 403
    assert "completion" not in work(other).json()


def people_rater(session, name):
    return session.scalars(select(t.Account.rater_id).where(t.Account.name == name)).one()


def test_a_study_in_one_language_gives_items_in_it_alone(engine):
    change(engine, languages=("ara-Arab",))
    visitor = join()
    assert work(visitor).status_code == 403
    assert len(ids(work(visitor, subset="ara"))) == 6


def test_after_so_many_items_the_study_says_thank_you_and_gives_no_more(engine):
    change(engine, items=3)
    visitor = join()
    given = work(visitor)
    assert len(ids(given)) == 3
    progress = given.json()["progress"]
    assert (progress["total"], progress["open"]) == (3, 3)
    assert "completion" not in given.json()
    first, second, third = ids(given)
    half = give(visitor, first, second).json()["progress"]
    assert (half["total"], half["open"], half["answered"]) == (3, 1, 2)
    assert ids(work(visitor)) == [third]
    assert people_of(engine)[0].completed_at is None
    assert give(visitor, third).json()["progress"]["open"] == 0
    noted = people_of(engine)[0]
    assert (noted.answered, noted.completed_at is not None) == (3, True)
    last = work(visitor).json()
    assert (last["items"], last["completion"]) == ([], {"url": DONE, "code": "C0DE"})
    assert work(visitor, subset="ara").json()["items"] == []
    assert visitor.get("/deck/elsewhere?task=SmallSts&subset=eng").json() == {"subsets": []}
    with reading(engine) as session:
        more = session.scalars(select(t.Item.id).where(t.Item.id.not_in([first, second, third]))).first()
    assert give(visitor, more).json()["results"][0]["state"] == "refused"
    assert people_of(engine)[0].completed_at == noted.completed_at
    assert give(visitor, first, payload={"score": 1}).json()["results"][0]["revision"] == 2


def test_who_has_done_all_that_there_is_is_thanked_too_and_who_has_done_nothing_is_not(engine):
    early, late = join(), join(LINK.replace("5f3c", "late"))
    with transaction(engine) as session:
        session.execute(t.Task.__table__.update().values(overlap=1))
    for subset in ("eng", "ara"):
        assert "completion" not in work(early, subset=subset).json()
        give(early, *ids(work(early, subset=subset)))
    assert work(early).json()["completion"]["code"] == "C0DE"
    assert work(late).json()["items"] == []
    assert "completion" not in work(late).json()
    assert [one.completed_at is not None for one in people_of(engine)] == [True, False]


def test_nobody_is_told_the_completion_before_the_end(engine):
    visitor = join()
    pages = [visitor.get(LINK).text, browser().get(LINK.replace("5f3c", "x")).text, work(visitor).text]
    assert not [page for page in pages if "C0DE" in page]
