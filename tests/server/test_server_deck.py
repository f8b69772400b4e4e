"""The deck's side of the wire: leases out, answers in, gold nowhere."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import four_tasks
import pytest
from conftest import signed_in
from four_tasks import KINDS, N_ITEMS, PAYLOADS, name

from db.session import open_engine, transaction
from db.store.annotators import assign_task
from db.store.answers import all_answers
from db.store.purposes import set_apart
from db.store.raters import ensure_rater
from db.store.tasks import set_task, subset_records
from hume.records import TRAIN, Rater
from hume.server.wire import MAX_DRAFT

NONE_YET = {"total": N_ITEMS, "skipped": 0, "pace_ms": None}
"""What progress says of a subset whatever was answered."""


@pytest.fixture
def stored_url(database_url):
    """The deck's tests run on SQLite and on PostgreSQL."""
    four_tasks.store(database_url)
    return database_url


def work(client, task_type="sts", subset="eng", count=10):
    return client.get("/deck/work", params={"task": name(task_type), "subset": subset, "count": count})


def sent(item: int, task_type="sts", **changes):
    return {
        "client_id": str(uuid4()),
        "item": item,
        "status": "given",
        "payload": PAYLOADS[task_type],
        "reason": "",
        "comment": "",
        "confidence": None,
        "milliseconds": 1200,
        "order_shown": [],
        **changes,
    }


def post(client, *answers):
    return client.post("/deck/answers", json={"answers": list(answers)})


def stored_answers(url):
    return store(url, lambda session: list(all_answers(session)))


def change(url, task_type="sts", **how):
    store(url, lambda session: set_task(session, name(task_type), **how))


def store(url, call):
    """What `call` gives, called with a session."""
    engine = open_engine(url)
    with transaction(engine) as session:
        found = call(session)
    engine.dispose()
    return found


def items_of(url, task_type="sts", subset="eng"):
    """The evaluated items of a subset."""
    records = store(url, lambda session: subset_records(session, tasks=[name(task_type)]))
    return next(record.items for record in records if record.subset.name == subset)


def set_aside(url, task_type="sts", **how):
    store(url, lambda session: set_apart(session, name(task_type), **how))


# -- work -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task_type", KINDS)
def test_work_is_what_the_contract_says(as_, task_type):
    message = work(as_(), task_type, "ara").json()
    assert set(message) == {"task", "progress", "training", "items"}
    assert message["training"] is None
    assert message["task"]["name"] == name(task_type)
    assert (message["task"]["task_type"], message["task"]["subset"]) == (task_type, "ara")
    assert message["task"]["languages"] == ["ara-Arab"]
    assert message["task"]["guidelines"] == "Read *both*."
    assert message["progress"] == {**NONE_YET, "answered": 0, "open": N_ITEMS, "today": 0}
    assert len(message["items"]) == N_ITEMS
    for item in message["items"]:
        assert set(item) == {"id", "content", "order", "draft"}
        assert "ara" in str(item["content"])


def test_settings_arrive_with_their_defaults(as_):
    assert work(as_(), "reranking").json()["task"]["settings"]["mode"] == "graded"
    assert work(as_(), "sts").json()["task"]["settings"]["max"] == 5


def test_no_message_depends_on_gold(sqlite_url, tmp_path, monkeypatch):
    """Two databases that differ in nothing but their gold say the same, word for word: of items of every purpose."""
    said = []
    for shift in (0, 1):
        folder = tmp_path / str(shift)
        folder.mkdir()
        url = f"sqlite:///{shutil.copy(tmp_path / 'hume.db', folder)}"
        monkeypatch.setenv("HUME_DATABASE_URL", url)
        four_tasks.store(url, shift)
        for task_type in KINDS:
            change(url, task_type, repeat_share=0.5, shared_share=0.4)
            set_aside(url, task_type, attention=2)
        said.append(walk(signed_in(url, "annotator")))
    assert said[0] == said[1]
    # Of each subset: seven items (attention is drawn from the train split's one and the six), and two repeats.
    assert len(said[0]) == len(KINDS) * 2 * (3 + (N_ITEMS + 2) * 2)
    for word in ("attention", "repeat", "judgment", "purpose", "gold", "shared", "surplus"):
        assert not any(word in message for message in said[0])


def walk(client) -> list[str]:
    """Every message of a session that answers every item of every task, repeats too."""
    messages = []
    for task_type in KINDS:
        for subset in ("eng", "ara"):
            while True:
                asked = work(client, task_type, subset)
                messages.append(asked)
                items = [item["id"] for item in asked.json()["items"]]
                if not items:
                    break
                answers = [sent(item, task_type, client_id=f"answer-{item}") for item in items]
                messages += [post(client, answer) for answer in answers]
                messages += [client.get("/deck/item", params={"item": item}) for item in items]
    assert all(message.status_code == 200 for message in messages)
    return [message.text for message in messages]


def test_an_attention_item_and_a_repeat_look_like_any_other(as_, stored_url):
    set_aside(stored_url, attention=1)
    change(stored_url, repeat_share=1)
    client = as_()
    first = work(client).json()
    assert len(first["items"]) == N_ITEMS + 1
    post(client, *[sent(item["id"]) for item in first["items"]])
    second = work(client).json()
    assert len(second["items"]) == N_ITEMS
    assert {tuple(item) for message in (first, second) for item in message["items"]} == {
        ("id", "content", "order", "draft")
    }
    # The earlier answer to the same content is not there.
    shown = client.get("/deck/item", params={"item": second["items"][0]["id"]}).json()
    assert (shown["answer"], shown["draft"]) == (None, None)
    assert set(shown) == {"id", "content", "order", "draft", "answer", "task", "subset"}


@pytest.mark.parametrize("task_type", ["clustering", "reranking"])
def test_parts_come_in_the_raters_own_order_the_same_after_a_reload(as_, task_type):
    part = {"clustering": "texts", "reranking": "candidates"}[task_type]
    client, other = as_("annotator", "Amina"), as_("annotator", "Bo")
    items = work(client, task_type).json()["items"]
    assert items == work(client, task_type).json()["items"]
    for item in items:
        assert [one["id"] for one in item["content"][part]] == item["order"]
    theirs = {item["id"]: item["order"] for item in work(other, task_type).json()["items"]}
    assert any(item["order"] != theirs[item["id"]] for item in items)
    assert all(sorted(item["order"]) == sorted(theirs[item["id"]]) for item in items)


def test_own_leases_are_returned_again_and_others_items_are_not(as_, stored_url):
    change(stored_url, overlap=1)
    one, two = as_("annotator", "Amina"), as_("annotator", "Bo")
    mine = [item["id"] for item in work(one, count=4).json()["items"]]
    assert [item["id"] for item in work(one, count=4).json()["items"]] == mine
    theirs = [item["id"] for item in work(two, count=4).json()["items"]]
    assert len(theirs) == 2
    assert not set(mine) & set(theirs)


def test_two_who_ask_at_once_get_no_item_twice(as_, stored_url):
    change(stored_url, overlap=1)
    clients = [as_("annotator", f"rater {number}") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda client: [item["id"] for item in work(client, count=2).json()["items"]], clients))
    leased = [item for items in got for item in items]
    assert len(leased) == len(set(leased)) == N_ITEMS


@pytest.mark.parametrize("count", ["0", "-1", "9999"])
def test_a_count_out_of_bounds_is_brought_within(as_, count):
    assert 1 <= len(work(as_(), count=count).json()["items"]) <= N_ITEMS


def test_a_closed_task_is_refused_in_words_and_a_missing_one_is_named(as_, stored_url):
    change(stored_url, state="closed")
    assert (work(as_()).status_code, work(as_()).json()) == (403, {"error": "SmallSts is not open for answers."})
    missing = work(as_(), subset="fra")
    assert missing.status_code == 404
    assert "eng, ara" in missing.json()["error"]
    assert as_().get("/deck/work").status_code == 404
    assert work(as_(), count="many").status_code == 400


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_an_item_of_a_task_that_is_not_open_is_not_taken_from_one_who_was_not_given_it(as_, stored_url, state):
    change(stored_url, state=state)
    (item, *_) = items_of(stored_url)
    (result,) = post(as_(), sent(item.id)).json()["results"]
    assert (result["state"], result["feedback"]) == ("refused", None)
    assert "not open" in result["error"]


def test_a_task_of_named_people_is_theirs_alone(as_, stored_url):
    one, two = as_("annotator", "Amina"), as_("annotator", "Bo")
    (mine, *_) = [item["id"] for item in work(two, count=1).json()["items"]]
    store(
        stored_url,
        lambda session: assign_task(session, name("sts"), [ensure_rater(session, Rater("human", "Amina")).stored_id]),
    )
    assert work(one).status_code == 200
    refused = work(two)
    assert (refused.status_code, refused.json()["error"]) == (403, "SmallSts is assigned to other people.")
    (new, *_) = [item.id for item in items_of(stored_url) if item.id != mine]
    assert [result["state"] for result in post(two, sent(mine), sent(new)).json()["results"]] == ["saved", "refused"]
    store(stored_url, lambda session: assign_task(session, name("sts"), []))
    assert work(two).status_code == 200


def test_a_subset_in_a_language_that_one_does_not_know_is_refused(stored_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", stored_url)
    client = signed_in(stored_url, "annotator", "Bo", ("ara", "dan-Latn"))
    assert work(client, subset="ara").status_code == 200
    refused = work(client, subset="eng")
    assert refused.status_code == 403
    assert refused.json()["error"] == "SmallSts (eng) is in eng-Latn; your languages are ara, dan-Latn."


def test_the_day_begins_when_the_annotators_clock_says(as_):
    client = as_()
    (item, *_) = [one["id"] for one in work(client).json()["items"]]
    post(client, sent(item))
    now = datetime.now(UTC)
    days = {
        (now - timedelta(hours=1)).isoformat(): 1,
        (now + timedelta(hours=1)).astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat(): 0,
        (now - timedelta(hours=1)).replace(tzinfo=None).isoformat(): 1,
        "yesterday": 1,
        "0001-01-01T00:00:00+14:00": 1,
        "": 1,
    }
    for header, today in days.items():
        headers = {"Hume-Midnight": header}
        asked = client.get("/deck/work", params={"task": name("sts"), "subset": "eng"}, headers=headers).json()
        again = client.post("/deck/answers", json={"answers": [sent(999_999), sent(item)]}, headers=headers).json()
        # Within the first seconds of a UTC day the fallback may count nothing.
        fallback = header in ("yesterday", "", "0001-01-01T00:00:00+14:00") or "+" not in header
        assert asked["progress"]["today"] == again["progress"]["today"] == today or (fallback and now.hour == 0)


def test_where_else_there_is_work(as_, stored_url):
    client = as_()
    change(stored_url, "clustering", state="closed")
    store(
        stored_url,
        lambda session: assign_task(session, name("reranking"), [ensure_rater(session, Rater("human", "X")).stored_id]),
    )
    post(
        client, *[sent(item["id"], "classification") for item in work(client, "classification", "ara").json()["items"]]
    )
    asked = {"task": name("sts"), "subset": "eng"}
    post(client, sent(work(client, "sts", "ara").json()["items"][0]["id"]))
    found = client.get("/deck/elsewhere", params=asked)
    common = {"task_type": "sts", "languages": ["ara-Arab"]}
    assert found.json() == {
        "subsets": [
            {
                "task": name("classification"),
                "subset": "eng",
                "task_type": "classification",
                "languages": ["eng-Latn"],
                "open": N_ITEMS,
            },
            {"task": name("sts"), "subset": "ara", **common, "open": N_ITEMS - 1},
        ]
    }
    assert client.get("/deck/elsewhere", params={"task": "Nope", "subset": "eng"}).status_code == 404


# -- training -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("task_type", KINDS)
def test_training_comes_first_alone_and_with_feedback_after_ones_own_answer(as_, stored_url, task_type):
    set_aside(stored_url, task_type, training=2)
    client = as_()
    message = work(client, task_type).json()
    assert message["training"] == {"done": 0, "total": 2}
    assert [item["training"] for item in message["items"]] == [True, True]
    assert message["progress"]["total"] == N_ITEMS - 2
    first, second = [item["id"] for item in message["items"]]
    before = client.get("/deck/item", params={"item": first}).json()
    assert (before["training"], before["feedback"], before["answer"]) == (True, None, None)
    answer = sent(first, task_type)
    result = post(client, answer).json()["results"][0]
    assert set(result["feedback"]) == {"right", "expected"}
    assert type(result["feedback"]["right"]) is bool
    assert set(result["feedback"]["expected"]) == set(PAYLOADS[task_type])
    assert post(client, answer).json()["results"][0]["feedback"] == result["feedback"]
    again = post(client, sent(first, task_type, payload=result["feedback"]["expected"])).json()["results"][0]
    assert again["feedback"] == {"right": True, "expected": result["feedback"]["expected"]}
    shown = client.get("/deck/item", params={"item": first}).json()
    assert (shown["training"], shown["feedback"]) == (True, again["feedback"])
    assert work(client, task_type).json()["training"] == {"done": 1, "total": 2}
    skipped = post(client, sent(second, task_type, status="skipped", reason="unclear")).json()
    assert skipped["results"][0]["feedback"]["right"] is None
    assert skipped["progress"]["answered"] == 0
    after = work(client, task_type).json()
    assert after["training"] is None
    assert len(after["items"]) == N_ITEMS - 2
    assert not any("training" in item for item in after["items"])
    plain = post(client, sent(after["items"][0]["id"], task_type)).json()["results"][0]
    assert plain["feedback"] is None
    assert work(as_("annotator", "Bo"), task_type).json()["training"] == {"done": 0, "total": 2}


def test_the_gold_of_training_items_is_in_no_message_before_ones_own_answer(sqlite_url, tmp_path, monkeypatch):
    said, told = [], []
    for shift in (0, 1):
        folder = tmp_path / str(shift)
        folder.mkdir()
        url = f"sqlite:///{shutil.copy(tmp_path / 'hume.db', folder)}"
        monkeypatch.setenv("HUME_DATABASE_URL", url)
        four_tasks.store(url, shift)
        set_aside(url, training=3)
        one, two = signed_in(url, "annotator", "Amina"), signed_in(url, "annotator", "Bo")
        items = [item["id"] for item in work(one).json()["items"]]
        told.append([post(one, sent(item, client_id=f"answer-{item}")).text for item in items])
        asked = [work(two), *(two.get("/deck/item", params={"item": item}) for item in items)]
        said.append([message.text for message in asked])
    assert said[0] == said[1]
    assert told[0] != told[1]


def test_a_training_items_answer_is_in_no_figure(as_, stored_url):
    set_aside(stored_url, training=1)
    client = as_()
    post(client, sent(work(client).json()["items"][0]["id"]))
    record = store(stored_url, lambda session: subset_records(session, tasks=[name("sts")])[0])
    assert record.sheets == ()
    assert [one.purpose for one in stored_answers(stored_url)] == ["training"]


# -- repeats --------------------------------------------------------------------------------------------


def test_repeats_come_when_nothing_else_is_left_and_only_to_those_who_answered(as_, stored_url):
    change(stored_url, repeat_share=1)
    client, other = as_("annotator", "Amina"), as_("annotator", "Bo")
    first = work(client).json()["items"]
    post(client, *[sent(item["id"]) for item in first[:-1]])
    assert [item["id"] for item in work(client).json()["items"]] == [first[-1]["id"]]
    post(client, sent(first[-1]["id"]))
    repeats = work(client).json()
    assert sorted(str(item["content"]) for item in repeats["items"]) == sorted(str(item["content"]) for item in first)
    assert (repeats["progress"]["total"], repeats["progress"]["open"]) == (2 * N_ITEMS, N_ITEMS)
    results = post(other, *[sent(item["id"]) for item in repeats["items"]]).json()["results"]
    assert {result["state"] for result in results} == {"refused"}
    done = post(client, *[sent(item["id"]) for item in repeats["items"]]).json()
    assert done["progress"] | {"pace_ms": 0} == {
        "total": 2 * N_ITEMS, "answered": 2 * N_ITEMS, "skipped": 0, "open": 0, "today": 2 * N_ITEMS, "pace_ms": 0,
    }  # fmt: skip
    assert work(client).json()["items"] == []


# -- answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("task_type", KINDS)
def test_an_answer_is_stored_once_however_often_it_is_sent(as_, stored_url, task_type):
    client = as_("annotator", "Amina")
    item = work(client, task_type).json()["items"][0]
    answer = sent(item["id"], task_type, order_shown=item["order"], comment="hm")
    first, second = post(client, answer).json(), post(client, answer).json()
    result = {"client_id": answer["client_id"], "item": item["id"], "revision": 1, "error": "", "feedback": None}
    assert first["results"] == [{**result, "state": "saved"}]
    assert second["results"] == [{**result, "state": "duplicate"}]
    assert first["progress"] == second["progress"]
    assert first["progress"] == {**NONE_YET, "answered": 1, "open": N_ITEMS - 1, "today": 1}
    (record,) = stored_answers(stored_url)
    assert (record.rater.kind, record.rater.name, record.task) == ("human", "Amina", name(task_type))
    assert record.answer.payload == PAYLOADS[task_type]
    assert (list(record.answer.order_shown), record.answer.comment) == (item["order"], "hm")
    assert record.answer.milliseconds == 1200


def test_a_resend_at_the_same_moment_is_stored_once(as_, stored_url):
    client = as_()
    answer = sent(work(client).json()["items"][0]["id"])
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: post(client, answer).json()["results"][0]["state"], range(6)))
    assert sorted(replies) == ["duplicate"] * 5 + ["saved"]
    assert len(stored_answers(stored_url)) == 1


def test_another_answer_is_the_next_revision_and_an_answered_item_is_not_asked_again(as_):
    client = as_()
    item = work(client).json()["items"][0]["id"]
    post(client, sent(item))
    again = post(client, sent(item, payload={"score": 5})).json()["results"][0]
    assert (again["state"], again["revision"]) == ("saved", 2)
    assert item not in [one["id"] for one in work(client).json()["items"]]
    shown = client.get("/deck/item", params={"item": item}).json()
    assert shown["answer"]["payload"] == {"score": 5.0}
    assert shown["answer"]["revision"] == 2


def test_one_bad_answer_of_a_batch_keeps_no_good_one_back(as_):
    client = as_()
    good, bad, strange, *_ = [item["id"] for item in work(client).json()["items"]]
    results = post(
        client,
        sent(bad, payload={"score": 99}),
        sent(good),
        sent(999_999),
        sent(strange, status="skipped", reason="boring"),
        sent(strange, status="skipped", reason="unclear", payload=None),
    ).json()["results"]
    assert [result["state"] for result in results] == ["refused", "saved", "refused", "refused", "saved"]
    assert "outside the scale" in results[0]["error"]
    assert "unclear" in results[3]["error"]
    assert all(bool(result["error"]) == (result["state"] == "refused") for result in results)


def test_an_id_that_somebody_else_used_is_refused(as_, stored_url):
    one, two = as_("annotator", "Amina"), as_("annotator", "Bo")
    answer = sent(work(one).json()["items"][0]["id"])
    post(one, answer)
    assert post(two, answer).json()["results"][0]["state"] == "refused"
    assert len(stored_answers(stored_url)) == 1


def test_a_training_example_is_nobodys_to_answer(as_, stored_url):
    (train,) = store(stored_url, lambda session: subset_records(session, tasks=[name("sts")])[0].train)
    assert train.split == TRAIN
    assert post(as_(), sent(train.id)).json()["results"][0]["state"] == "refused"
    assert as_().get("/deck/item", params={"item": train.id}).status_code == 404


def test_after_closing_what_was_handed_out_is_taken_and_nothing_else(as_, stored_url):
    """Whoever was given an item may be offline when the task is closed: their work is kept."""
    client = as_()
    first, second = [item["id"] for item in work(client, count=2).json()["items"]]
    (other, *_) = [one.id for one in items_of(stored_url) if one.id not in (first, second)]
    saved, revised = sent(first), sent(first)
    post(client, saved, revised)
    change(stored_url, state="closed")
    results = post(client, saved, revised, sent(second), sent(other)).json()["results"]
    assert [result["state"] for result in results] == ["duplicate", "duplicate", "saved", "refused"]
    assert [result["revision"] for result in results] == [1, 2, 1, 0]
    assert "not open" in results[3]["error"]
    assert client.post("/deck/draft", json={"item": second, "draft": {}}).status_code == 204
    assert client.post("/deck/draft", json={"item": other, "draft": {}}).status_code == 400


@pytest.mark.parametrize(
    "broken",
    [
        {},
        [],
        "answers",
        {"answers": []},
        {"answers": [{}]},
        {"answers": [sent(1) | {"extra": 1}]},
        {"answers": [sent(1) | {"client_id": "short"}]},
        {"answers": [sent(1) | {"item": "one"}]},
        {"answers": [sent(1) | {"item": 10**30}]},
        {"answers": [sent(1) | {"status": "maybe"}]},
        {"answers": [sent(1) | {"milliseconds": -1}]},
        {"answers": [sent(1) | {"comment": "x" * 5_001}]},
        {"answers": [sent(1)] * 201},
    ],
)
def test_a_malformed_batch_is_refused_whole(as_, stored_url, broken):
    answer = as_().post("/deck/answers", json=broken)
    assert answer.status_code == 400
    assert "field" in answer.json()["error"]
    assert stored_answers(stored_url) == []


def test_what_one_database_cannot_hold_is_stored_all_the_same(as_, stored_url):
    client = as_()
    item = work(client).json()["items"][0]["id"]
    body = post(client, sent(item, comment="a\u0000b ‮مرحبا <b>😀"))
    assert body.json()["results"][0]["state"] == "saved"
    assert stored_answers(stored_url)[0].answer.comment == "a�b ‮مرحبا <b>😀"


# -- one's own ----------------------------------------------------------------------------------------


def test_answered_items_are_listed_the_first_answered_first(as_):
    client = as_()
    ids = [item["id"] for item in work(client).json()["items"][:3]]
    for item in reversed(ids):
        post(client, sent(item))
    listed = client.get("/deck/answered", params={"task": name("sts"), "subset": "eng"}).json()["items"]
    assert [item["id"] for item in listed] == ids[::-1]
    assert all(item["status"] == "given" and "T" in item["answered_at"] for item in listed)
    assert as_("annotator", "Bo").get("/deck/answered?task=SmallSts&subset=eng").json() == {"items": []}


def test_an_item_that_is_not_ones_own_is_not_shown(as_):
    one, two = as_("annotator", "Amina"), as_("annotator", "Bo")
    item = work(one, count=1).json()["items"][0]["id"]
    assert one.get("/deck/item", params={"item": item}).json()["answer"] is None
    post(one, sent(item, comment="private"))
    assert two.get("/deck/item", params={"item": item}).status_code == 404
    assert two.get("/deck/item", params={"item": 999_999}).status_code == 404
    assert two.get("/deck/item", params={"item": "x"}).status_code == 400


def test_a_draft_comes_back_with_its_item_and_goes_with_its_answer(as_):
    client, other = as_("annotator", "Amina"), as_("annotator", "Bo")
    item = work(client, count=1).json()["items"][0]["id"]
    draft = {"answer": {"score": 2}, "comment": "later", "milliseconds": 10}
    assert client.post("/deck/draft", json={"item": item, "draft": draft}).status_code == 204
    assert work(client, count=1).json()["items"][0]["draft"] == draft
    assert client.get("/deck/item", params={"item": item}).json()["draft"] == draft
    drafts = {one["id"]: one["draft"] for one in work(other).json()["items"]}
    assert drafts[item] is None
    post(client, sent(item))
    assert client.get("/deck/item", params={"item": item}).json()["draft"] is None


def test_a_draft_has_a_bound_and_an_item(as_):
    client = as_()
    long = {"item": 1, "draft": {"comment": "x" * MAX_DRAFT}}
    assert client.post("/deck/draft", json=long).status_code == 413
    assert client.post("/deck/draft", json={"item": 999_999, "draft": {}}).status_code == 404
