"""An endpoint that fails in every way there is: what is tried again, what is mended, skipped, or stops the run."""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from asking import annotator, items_of, sts
from chat_endpoint import Said, answered, chat_server, obedient

from hume.errors import MissingExtra
from hume.raters.llm.cache import ReplyCache
from hume.raters.llm.client import Sampling
from hume.raters.llm.faults import BudgetSpent, EndpointFault, ItemFault, Unavailable
from hume.raters.llm.ledger import Ledger, Prices
from hume.raters.llm.limits import Limits
from hume.raters.llm.panel import MOST_FAULTS, answers
from hume.raters.llm.retries import Backoff

FOUR = answered({"score": 4})


def first_then(*said: Said):
    """A server that says these, one after the other, and then a right answer."""
    return lambda body, number: said[number] if number < len(said) else Said(FOUR)


# -- failures that pass -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        Said(status=429, headers={"Retry-After": "0.01"}),
        Said(status=429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        Said(status=429),
        Said(status=500),
        Said(status=503, headers={"retry-after-ms": "5"}),
        Said(FOUR, drop=True),
        Said(raw=b"<html>the proxy is up</html>"),
        Said(raw=b'{"choices": [{"mess'),
        Said(raw=b'{"id": "x", "choices": []}'),
    ],
    ids=["429-seconds", "429-date", "429", "500", "503-ms", "dropped", "html", "cut-off-http", "no-choices"],
)
def test_a_passing_failure_is_tried_again(failure):
    with chat_server(first_then(failure, failure)) as server:
        rater = annotator(server)
        answer = rater.answer(sts())
    assert answer.payload == {"score": 4}
    assert server.n == 3
    assert (rater.endpoint.ledger.calls, rater.endpoint.ledger.retries) == (1, 2)


def test_a_timeout_is_tried_again():
    gate = threading.Event()
    with chat_server(first_then(Said(FOUR, gate=gate))) as server:
        answer = annotator(server, timeout_s=0.5).answer(sts())
        gate.set()
    assert answer.payload == {"score": 4}
    assert server.n == 2


def test_the_wait_is_the_one_that_the_endpoint_asks_for():
    with chat_server(first_then(Said(status=429, headers={"Retry-After": "0.3"}))) as server:
        annotator(server).answer(sts())
    assert server.times[1] - server.times[0] >= 0.3  # our own backoff would wait 10 ms at most


def test_while_one_waits_as_asked_nobody_asks():
    held, limits = [], Limits(clock=lambda: 100.0)
    limits.hold_everybody(7.5)
    assert limits._wait(1) == 7.5
    limits = Limits()
    limits.hold_everybody = held.append
    with chat_server(first_then(Said(FOUR), Said(status=429, headers={"Retry-After": "0.04"}))) as server:
        list(answers(annotator(server, limits=limits), items_of("sts"), 1))
    assert held == [0.04]


def test_waits_double_up_to_a_most():
    backoff = Backoff(first_s=1, longest_s=5)
    for attempt, most in enumerate((1, 2, 4, 5, 5)):
        assert 0.75 * most <= backoff.wait_s(attempt, None) <= most
    assert backoff.wait_s(0, 7.5) == 7.5
    with pytest.raises(EndpointFault, match="asks to wait 3600 s"):
        backoff.wait_s(0, 3600)


def test_an_endpoint_that_is_down_leaves_the_items_open_and_stops_the_run():
    with chat_server(lambda body, n: Said(status=500)) as server:
        with pytest.raises(Unavailable, match="failed 4 times; the last time: 500"):
            annotator(server).answer(sts())
        n, items = server.n, items_of("sts") * 3
        outcomes = []
        with pytest.raises(EndpointFault, match="in a row got no reply"):
            outcomes.extend(answers(annotator(server), items, 1))
    assert n == 4
    assert len(outcomes) == MOST_FAULTS
    assert all(outcome.answer is None for outcome in outcomes)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_key_or_unknown_model_stops_the_run_at_once(status):
    with chat_server(lambda body, n: Said("wrong key sk-secret-1234", status=status)) as server:
        rater = annotator(server)
        with pytest.raises(EndpointFault, match=r"wrong key \*\*\*") as told:
            list(answers(rater, items_of("sts"), 4))
    assert server.n == 1
    assert "sk-secret" not in str(told.value)


def test_an_empty_account_is_not_asked_again():
    body = json.dumps({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}).encode()
    with chat_server(lambda *_: Said(status=429, raw=body)) as server, pytest.raises(EndpointFault, match="no credit"):
        annotator(server).answer(sts())
    assert server.n == 1


# -- the form of the output ---------------------------------------------------------------------------


@pytest.mark.parametrize(("known", "n_refused"), [("json_schema", 0), ("json_object", 1), ("text", 2)])
def test_the_strictest_form_that_the_endpoint_knows_is_found_once(known, n_refused):
    forms = ["json_schema", "json_object", "text"]
    allowed = forms[forms.index(known) :]

    def respond(body, number):
        asked = body.get("response_format", {"type": "text"})["type"]
        return Said(FOUR) if asked in allowed else Said(f"response_format {asked} is not supported", status=400)

    with chat_server(respond) as server:
        rater = annotator(server)
        found = list(answers(rater, items_of("sts"), 4))
    assert len(found) == 6
    assert server.n == 6 + n_refused
    assert rater.told()["response_forms"] == [known]


def test_a_server_that_takes_no_form_at_all_is_told_with_its_own_words():
    with chat_server(lambda *_: Said("temperature must be 1", status=400)) as server:
        rater = annotator(server)
        with pytest.raises(EndpointFault, match=r"5 items in a row .* temperature must be 1"):
            list(answers(rater, items_of("sts"), 4))
    assert server.n == 3 * MOST_FAULTS


def test_a_first_question_that_is_refused_does_not_keep_the_others():
    def respond(body, number):
        return Said("too long", status=400) if "one 0" in str(body) else Said(FOUR)

    with chat_server(respond) as server:
        rater = annotator(server)
        found = list(answers(rater, items_of("sts"), 4))
    assert [outcome.wanted.item.key for outcome in found if outcome.answer is None] == ["test0"]
    assert rater.told()["response_forms"] == ["json_schema"]


def test_without_the_client_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with chat_server(obedient) as server, pytest.raises(MissingExtra, match=r"hume-bench\[llm\]"):
        annotator(server)


def test_a_model_with_another_name_for_the_cap_gets_that():
    def respond(body, number):
        if "max_tokens" in body:
            return Said("Unsupported parameter: use 'max_completion_tokens' instead.", status=400)
        return Said(FOUR)

    with chat_server(respond) as server:
        found = list(answers(annotator(server), items_of("sts"), 2))
    assert server.n == len(found) + 1
    assert server.requests[-1]["max_completion_tokens"] == 4096


def test_an_item_that_is_refused_later_is_one_items_fault():
    def respond(body, number):
        return Said("context length exceeded", status=400) if "one 3" in str(body) else Said(FOUR)

    with chat_server(respond) as server:
        found = list(answers(annotator(server), items_of("sts"), 1))
    faulty = [outcome for outcome in found if outcome.answer is None]
    assert [outcome.wanted.item.key for outcome in faulty] == ["test3"]
    assert "context length exceeded" in faulty[0].fault
    assert server.n == 6


@pytest.mark.parametrize(
    "content",
    [
        f"```json\n{FOUR}\n```",
        f"Here is my judgment:\n```\n{FOUR}\n```\nHope it helps.",
        f"Sure! {FOUR} is my answer.",
        f'<think>They want {{"answer": {{"score": 1}}}}, but it is 4.</think>\n{FOUR}',
        f"I weigh {{both}} texts. {FOUR}",
    ],
    ids=["fence", "fence-among-words", "among-words", "thoughts", "other-braces"],
)
def test_json_is_found_in_what_surrounds_it(content):
    with chat_server(lambda *_: Said(content)) as server:
        assert annotator(server).answer(sts()).payload == {"score": 4}
    assert server.n == 1


# -- replies that cannot be used -------------------------------------------------------------------------

UNUSABLE = {
    "cut-off": (Said('{"answer": {"sco', finish="length"), "cut off"),
    "half": (Said('{"answer": {"score": 4}'), "no whole JSON object"),
    "prose": (Said("I would say four."), "no whole JSON object"),
    "nothing": (Said(None), "no whole JSON object"),
    "list": (Said("[4]"), "no whole JSON object"),
    "brackets without end": (Said("[" * 5000), "no whole JSON object"),
    "braces without end": (Said('{"answer":' * 1500), "no whole JSON object"),
    "off the scale": (Said(answered({"score": 9})), "outside the scale"),
    "between steps": (Said(answered({"score": 2.5})), "not a step"),
    "similarity": (Said(answered({"score": 0.5, "scale": "similarity"})), "Only an embedding model"),
    "neither": (Said('{"answer": null, "skip": null, "comment": ""}'), 'either "answer" or "skip"'),
    "both": (Said('{"answer": {"score": 4}, "skip": "other", "comment": ""}'), 'either "answer" or "skip"'),
    "unknown reason": (Said('{"answer": null, "skip": "tired", "comment": ""}'), "must be null or one of"),
    "bare": (Said('{"answer": 4}'), "'answer'"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_reply_may_be_mended_once(name):
    said, problem = UNUSABLE[name]
    with chat_server(first_then(said)) as server:
        assert annotator(server).answer(sts()).payload == {"score": 4}
    first, second = (request["messages"] for request in server.requests)
    assert second[:2] == first
    assert [message["role"] for message in second[2:]] == ["assistant", "user"]
    assert problem in second[3]["content"]


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_is_unusable_twice_is_a_skip_that_tells_what_was_said(name):
    said, problem = UNUSABLE[name]
    with chat_server(lambda *_: said) as server:
        answer = annotator(server).answer(sts())
    assert server.n == 2
    assert (answer.status, answer.reason, answer.payload) == ("skipped", "other", None)
    assert problem in answer.comment
    assert (said.content or "")[:20] in answer.comment


def test_half_a_character_is_kept_and_sent_as_another(tmp_path):
    with chat_server(first_then(Said("four \ud83d"))) as server:
        assert annotator(server, cache=ReplyCache(tmp_path)).answer(sts()).payload == {"score": 4}
        assert annotator(server, cache=ReplyCache(tmp_path)).answer(sts()).payload == {"score": 4}
    assert [len(request["messages"]) for request in server.requests] == [2, 4]
    assert server.requests[1]["messages"][2]["content"] == "four \ufffd"


def test_a_wrong_label_is_told_and_mended():
    wanted = items_of("classification")[0]
    with chat_server(lambda body, n: Said(answered({"label": ["bliss", "fear"][min(n, 1)]}))) as server:
        assert annotator(server).answer(wanted).payload == {"label": "fear"}
    assert "bliss" in server.requests[1]["messages"][3]["content"]


@pytest.mark.parametrize("task_type", ["reranking", "clustering"])
def test_the_repair_names_parts_as_the_model_knows_them(task_type):
    """The data set's own ids may say what is relevant: no message has them."""
    wanted = items_of(task_type)[0]
    wrong = {"reranking": {"grades": {"p1": 0, "d2": 1}}, "clustering": {"groups": {"p1": "a", "d2": "b"}}}[task_type]
    with chat_server(lambda body, n: obedient(body) if n else Said(answered(wrong))) as server:
        answer = annotator(server).answer(wanted)
    assert answer.status == "given"
    told = server.requests[1]["messages"][3]["content"]
    assert "'p" in told or "'d2'" in told
    parts = {part["id"] for part in next(v for v in wanted.item.content.values() if isinstance(v, list))}
    assert not [part for part in parts if f"'{part}'" in told and part != "d2"]


@pytest.mark.parametrize(
    "said",
    [Said(None, refusal="I cannot judge this."), Said("I cannot judge this.", finish="content_filter")],
    ids=["refusal", "filter"],
)
def test_a_refusal_is_a_skip_at_once(said):
    with chat_server(lambda *_: said) as server:
        answer = annotator(server).answer(sts())
    assert server.n == 1
    assert (answer.status, answer.reason, answer.comment) == ("skipped", "other", "refused: I cannot judge this.")


def test_a_filter_that_answers_400_is_a_skip():
    body = json.dumps({"error": {"message": "The prompt was filtered", "code": "content_filter"}}).encode()
    with chat_server(lambda *_: Said(status=400, raw=body)) as server:
        answer = annotator(server).answer(sts())
    assert server.n == 1
    assert (answer.status, answer.reason) == ("skipped", "other")
    assert "filtered" in answer.comment


def test_a_skip_has_the_reason_that_the_model_gave():
    skip = '{"answer": null, "skip": "wrong language", "comment": "This is Danish."}'
    with chat_server(lambda *_: Said(skip)) as server:
        answer = annotator(server).answer(sts())
    assert (answer.status, answer.reason, answer.comment) == ("skipped", "wrong language", "This is Danish.")


# -- money, pace, memory ----------------------------------------------------------------------------------


def test_the_ledger_adds_up_what_the_endpoint_counts():
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": 50,
        "total_tokens": 1050,
        "prompt_tokens_details": {"cached_tokens": 600},
    }
    with chat_server(lambda *_: Said(FOUR, usage=usage)) as server:
        rater = annotator(server, ledger=Ledger(Prices(2.0, 10.0)))
        list(answers(rater, items_of("sts"), 3))
    told = rater.endpoint.ledger.told()
    assert (told["calls"], told["tokens_in"], told["tokens_out"], told["tokens_in_cached"]) == (6, 6000, 300, 3600)
    assert told["cost"] == pytest.approx(6000 * 2e-6 + 300 * 10e-6)


def test_calls_without_a_count_are_told_and_counted_high():
    with chat_server(lambda *_: Said(FOUR, usage=None)) as server:
        rater = annotator(server, ledger=Ledger(Prices(1.0, 1.0)))
        rater.answer(sts())
    told = rater.endpoint.ledger.told()
    assert told["without_usage"] == 1
    assert told["tokens_out"] == 4096
    assert told["tokens_in"] > len(server.requests[0]["messages"][0]["content"].encode())


@pytest.mark.parametrize("parallel", [1, 4])
def test_the_cap_on_money_is_never_exceeded(parallel):
    """Each call costs 0.12; the most that one can cost, about 0.5, must be left before it is made."""
    with chat_server(lambda *_: Said(FOUR)) as server:
        ledger = Ledger(Prices(0.0, 6000.0), max_cost=0.75)
        rater = annotator(server, ledger=ledger, sampling=Sampling(max_output_tokens=80))
        outcomes = []
        with pytest.raises(BudgetSpent, match="raise --max-cost"):
            outcomes.extend(answers(rater, items_of("sts"), parallel))
    assert ledger.cost == pytest.approx(0.12 * len(outcomes))
    assert ledger.cost <= 0.75
    assert len(outcomes) == server.n == 3  # after three 0.36 are spent, and 0.48 more would not fit


def test_a_failed_call_frees_what_was_set_apart():
    with chat_server(first_then(Said(status=500), Said(status=500))) as server:
        ledger = Ledger(Prices(0.0, 6000.0), max_cost=0.5)
        rater = annotator(server, ledger=ledger, sampling=Sampling(max_output_tokens=80))
        assert rater.answer(sts()).status == "given"
    assert ledger.cost == pytest.approx(0.12)


def test_no_window_holds_more_requests_than_the_limit():
    limits = Limits(requests=3, window_s=0.1)
    with ThreadPoolExecutor(5) as pool:
        let_through = sorted(turn.at for turn in pool.map(limits.take, [1] * 11))
    apart = [later - earlier for earlier, later in zip(let_through, let_through[3:], strict=False)]
    assert min(apart) >= 0.1 - 1e-9


def test_the_endpoint_keeps_to_its_limits():
    taken = []
    limits = Limits(requests=1000)
    take = limits.take
    limits.take = lambda tokens: taken.append(tokens) or take(tokens)
    with chat_server(first_then(Said(status=500))) as server:
        list(answers(annotator(server, limits=limits), items_of("sts"), 2))
    assert len(taken) == server.n == 7  # one a request, those tried again too


def test_no_window_holds_more_tokens_than_the_limit():
    now = [0.0]
    limits = Limits(tokens=1000, window_s=60, clock=lambda: now[0])
    first = limits.take(400)
    assert limits._wait(700) == 60
    limits.settle(first, 100)
    assert limits._wait(700) == 0
    limits.take(700)
    now[0] = 59.9
    assert limits._wait(300) == pytest.approx(0.1)
    now[0] = 120.1
    assert limits._wait(5000) == 0  # larger than the limit: alone


def test_parallel_requests_are_as_many_as_allowed_and_no_more():
    together = threading.Barrier(3, timeout=20)

    def respond(body, number):
        if number:  # the first is alone
            together.wait()  # the server answers only when three are there at once
        return Said(FOUR)

    with chat_server(respond) as server:
        found = list(answers(annotator(server, timeout_s=30), items_of("sts") + items_of("sts", where=1)[:1], 3))
    assert len(found) == 7
    assert server.busiest == 3


def test_what_was_asked_once_is_not_asked_again(tmp_path):
    with chat_server(lambda body, n: obedient(body)) as server:
        first, again = (annotator(server, cache=ReplyCache(tmp_path)) for _ in range(2))
        said = [sorted(o.answer.item for o in answers(rater, items_of("sts"), 3)) for rater in (first, again)]
        n = server.n
        for other in (Sampling(0.7), Sampling(seed=3), Sampling(run_name="b")):
            annotator(server, sampling=other, cache=ReplyCache(tmp_path)).answer(items_of("sts")[0])
    assert said[0] == said[1]
    assert n == 6
    assert server.n == 9
    assert (again.endpoint.ledger.calls, again.endpoint.ledger.from_cache) == (0, 6)
    assert again.rater == first.rater


def test_a_damaged_file_of_the_cache_is_as_if_absent(tmp_path):
    with chat_server(lambda body, n: Said(FOUR)) as server:
        annotator(server, cache=ReplyCache(tmp_path)).answer(sts())
        (file,) = tmp_path.rglob("*.json")
        for damaged in ("", "[]", '{"text": "x"}', file.read_text()[:30]):
            file.write_text(damaged)
            assert annotator(server, cache=ReplyCache(tmp_path)).answer(sts()).payload == {"score": 4}
    assert server.n == 5


def test_the_key_is_in_no_file_and_no_record(tmp_path):
    with chat_server(lambda body, n: Said(FOUR)) as server:
        address = server.base_url.replace("http://", "http://user:pass@")
        server.base_url = address
        rater = annotator(server, cache=ReplyCache(tmp_path))
        rater.answer(sts())
    kept = "".join(path.read_text() for path in tmp_path.rglob("*.json")) + str(rater.told()) + repr(rater.endpoint)
    assert server.keys == ["Bearer sk-secret-1234"] or server.keys[0].startswith("B")
    assert "sk-secret" not in kept
    assert "user:pass" not in kept


# -- who the rater is ---------------------------------------------------------------------------------------


def test_two_temperatures_seeds_or_runs_are_two_raters():
    with chat_server(lambda *_: Said(FOUR)) as server:
        raters = {
            annotator(server, sampling=sampling).rater
            for sampling in (Sampling(), Sampling(0.7), Sampling(seed=1), Sampling(run_name="b"))
        }
    assert {rater.protocol for rater in raters} == {
        "guidelines-v1 t=0",
        "guidelines-v1 t=0.7",
        "guidelines-v1 t=0 seed=1",
        "guidelines-v1 t=0 run=b",
    }


@pytest.mark.parametrize(
    ("served", "given", "revision"), [("", "", ""), ("tiny-llm-2026-01", "", "tiny-llm-2026-01"), ("x", "r7", "r7")]
)
def test_the_revision_is_what_was_given_or_what_the_endpoint_says(served, given, revision):
    with chat_server(lambda *_: Said(FOUR, model=served)) as server:
        rater = annotator(server, given)
        rater.answer(sts())
    assert (rater.rater.kind, rater.rater.name, rater.rater.revision) == ("llm", "tiny-llm", revision)


def test_an_alias_that_moves_on_stops_the_run_unless_a_revision_was_given():
    with chat_server(lambda body, n: Said(FOUR, model=f"tiny-{n // 3}")) as server:
        found = []
        with pytest.raises(EndpointFault, match="'tiny-0' and now answers as 'tiny-1'"):
            found.extend(answers(annotator(server), items_of("sts"), 1))
    assert len(found) == 3
    with chat_server(lambda body, n: Said(FOUR, model=f"tiny-{n // 3}")) as server:
        assert len(list(answers(annotator(server, "both"), items_of("sts"), 1))) == 6


def test_each_rater_sees_an_order_of_its_own_and_the_same_again():
    wanted = items_of("clustering")[0]
    with chat_server(obedient) as server:
        orders = [
            annotator(server, sampling=sampling).answer(wanted).order_shown
            for sampling in (Sampling(), Sampling(), Sampling(run_name="b"))
        ]
    assert orders[0] == orders[1] != orders[2]


def test_a_stop_ends_the_waits():
    limits = Limits()
    with chat_server(lambda *_: Said(status=429, headers={"Retry-After": "200"})) as server:
        outcomes = answers(annotator(server, limits=limits), items_of("sts"), 1)
        threading.Thread(target=lambda: (_until(lambda: server.n == 1), limits.stop.set())).start()
        started = time.monotonic()
        assert list(outcomes) == []
    assert time.monotonic() - started < 100


def _until(met) -> None:
    while not met():
        time.sleep(0.01)


def test_faults_are_of_two_classes():
    assert issubclass(Unavailable, ItemFault)
    assert not issubclass(EndpointFault, ItemFault)
