"""`hume annotate-llm` on a real database and a local endpoint: stored, resumed, capped, cancelled, in the figures."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest
from chat_endpoint import Said, answered, chat_server, obedient
from commands import command_line
from four_tasks import KINDS, N_ITEMS, SUBSETS, name, store

from db.session import open_engine, reading, transaction
from db.store.answers import all_answers, save_answers
from db.store.queue import request_cancel
from db.store.raters import ensure_rater
from db.store.runs import runs, scores_of
from db.store.tasks import subset_records
from hume.answers import checked
from hume.export import wording
from hume.parsed import parse
from hume.raters import simulated
from hume.records import Published, Rater
from hume.report import build_report

N_ALL = len(KINDS) * len(SUBSETS) * N_ITEMS
KEY = "sk-a-secret-of-ours"


@pytest.fixture
def run(monkeypatch, capsys):
    return command_line(monkeypatch, capsys)


@pytest.fixture
def database(sqlite_url, monkeypatch, tmp_path):
    """The four small tasks in a SQLite of their own, which commands find by the environment."""
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("HUME_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    store(sqlite_url)
    return sqlite_url


def ask(run, server, *more):
    return run("annotate-llm", "--model", "tiny-llm", "--base-url", server.base_url, *more)


def stored(url):
    engine = open_engine(url)
    with reading(engine) as session:
        found = list(all_answers(session)), runs(session)
    engine.dispose()
    return found


def same_requests(server):
    """How often the request that was made most was made."""
    return max(Counter(json.dumps(one, sort_keys=True) for one in server.requests).values())


def test_every_item_of_every_type_is_answered_and_the_run_told(run, database):
    with chat_server(obedient) as server:
        code, out, err = ask(run, server, "--price-in", "1", "--price-out", "10", "--parallel", "3")
    answers, (one,) = stored(database)
    assert code == 0, err
    assert server.n == N_ALL
    assert {record.rater.kind for record in answers} == {"llm"}
    assert len(answers) == N_ALL
    assert all(record.answer.revision == 1 and record.answer.status == "given" for record in answers)
    assert (one.state, one.model, one.request["kind"], one.error) == ("done", "tiny-llm", "llm", "")
    assert one.rater.protocol == "guidelines-v1 t=0"
    assert (one.n_done, one.n_total) == (8, 8)
    assert one.cost["calls"] == N_ALL
    assert one.cost["cost"] == pytest.approx(N_ALL * (100 * 1e-6 + 20 * 10e-6))
    assert one.settings["prompt"]["version"] == "guidelines-v1"
    assert one.settings["temperature"] == 0
    assert one.settings["response_forms"] == ["json_schema"]
    assert "Guidelines" in one.prompts["guidelines"]
    assert set(one.prompts) > {f"{name(kind)}/eng" for kind in KINDS}
    assert f"{N_ALL} answered, 0 skipped, 0 without reply, 0 answered before" in out
    assert f"{N_ALL} calls (0 more from the cache, 0 tried again); tokens 4,800 in (0 cached), 960 out; cost" in out
    assert name("sts") in out


def test_the_order_that_was_shown_is_stored(run, database):
    with chat_server(obedient) as server:
        ask(run, server, "--task", name("reranking"), "--subset", "eng")
    answers, _ = stored(database)
    for record in answers:
        assert sorted(record.answer.order_shown) == sorted(record.answer.payload["grades"])
    assert len({tuple(record.answer.order_shown) for record in answers}) > 1


def test_the_key_is_stored_and_told_nowhere(run, database, tmp_path):
    with chat_server(lambda body, n: Said(f"bad key {KEY}", status=401) if n else obedient(body)) as server:
        code, out, err = ask(run, server)
    assert code == 2
    assert server.keys[0] == f"Bearer {KEY}"
    assert "bad key ***" in err
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY.encode() not in kept
    assert KEY not in out + err


def test_another_variable_may_have_the_key(run, database, monkeypatch):
    monkeypatch.setenv("OTHER_KEY", "sk-other")
    with chat_server(obedient) as server:
        ask(run, server, "--key-env", "OTHER_KEY", "--task", name("sts"), "--limit", "1")
    assert set(server.keys) == {"Bearer sk-other"}


def test_what_was_answered_is_not_asked_again(run, database):
    with chat_server(obedient) as server:
        ask(run, server, "--limit", "2")
        n_first = server.n
        code, out, _ = ask(run, server)
        n_second = server.n
        ask(run, server)
    answers, all_runs = stored(database)
    assert (code, n_first, n_second, server.n) == (0, 16, N_ALL, N_ALL)
    assert len(answers) == N_ALL
    assert "32 answered, 0 skipped, 0 without reply, 16 answered before" in out
    assert [one.state for one in all_runs] == ["done"] * 3


def test_without_its_cache_one_request_tells_who_answers(run, database, tmp_path):
    with chat_server(obedient) as server:
        ask(run, server)
        shutil.rmtree(tmp_path / "cache")
        ask(run, server)
    answers, _ = stored(database)
    assert server.n == N_ALL + 1
    assert len(answers) == N_ALL


def test_an_interrupt_keeps_what_was_answered_and_nothing_is_asked_twice(run, database):
    """A real Ctrl-C in the middle: the run is cancelled, and the next one asks only what is left."""
    gate = threading.Event()
    with chat_server(lambda body, n: Said(obedient(body).content, gate=gate if n >= 13 else None)) as server:
        command = [sys.executable, "-c", "from hume.cli import main; main()", "annotate-llm", "--model", "tiny-llm"]
        process = subprocess.Popen(
            [*command, "--base-url", server.base_url, "--parallel", "2"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
        _until(lambda: server.n >= 15 or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        gate.set()
        told, _ = process.communicate(timeout=120)
        answers, (one,) = stored(database)
        n_first = server.n
        assert process.returncode != 0
        assert one.state == "cancelled"
        assert 10 <= len(answers) <= n_first < N_ALL
        assert "answered" in told
        code, _, err = ask(run, server)
        assert code == 0, err
        assert server.n == N_ALL
        assert same_requests(server) == 1
    answers, _ = stored(database)
    assert len(answers) == N_ALL


def _until(met):
    while not met():
        threading.Event().wait(0.02)


def test_money_ends_a_run_before_it_is_exceeded(run, database):
    with chat_server(obedient) as server:
        more = ("--price-out", "1000", "--max-cost", "0.2", "--max-output-tokens", "40", "--parallel", "4")
        code, out, err = ask(run, server, *more)
        answers, (one,) = stored(database)
        n = server.n
        again, *_ = ask(run, server, *more[:-4], "--max-output-tokens", "40")
    assert (code, again) == (2, 2)
    assert one.state == "failed"
    assert one.cost["cost"] <= 0.2
    assert one.cost["cost"] == pytest.approx(0.02 * n)
    assert len(answers) == n == 9  # the tenth may cost 0.04, and 0.02 is left
    assert "raise --max-cost" in err
    assert "9 answered" in out
    assert same_requests(server) == 1


def test_a_cap_without_prices_is_refused(run, database):
    code, _, err = run("annotate-llm", "--model", "m", "--max-cost", "1")
    assert code == 2
    assert "--price-in" in err


def test_a_dry_run_asks_and_stores_nothing(run, database):
    with chat_server(obedient) as server:
        code, out, _ = ask(run, server, "--dry-run", "--task", name("sts"), "--price-in", "1", "--price-out", "1")
        answers, all_runs = stored(database)
        assert (code, server.n, answers, all_runs) == (0, 0, [], [])
        ask(run, server, "--task", name("sts"), "--limit", "1", "--subset", "eng")
    for message in server.requests[0]["messages"]:
        assert message["content"] in out
    assert "Read *both*." in out
    assert "12 items: about" in out
    assert "cost about" in out


def test_items_without_a_reply_stay_open(run, database):
    def respond(body, number):
        return Said("too long", status=400) if "one 3" in str(body) and refusing.is_set() else obedient(body)

    refusing = threading.Event()
    refusing.set()
    with chat_server(respond) as server:
        code, out, err = ask(run, server, "--task", name("sts"))
        _, (one,) = stored(database)
        refusing.clear()
        again, *_ = ask(run, server, "--task", name("sts"))
    answers, _ = stored(database)
    assert (code, again) == (2, 0)
    assert "2 without reply" in out
    assert "too long" in err
    assert one.state == "failed"
    assert one.error.count("too long") == 2
    assert len(answers) == 12
    assert server.n == 14


def test_skips_are_told_by_reason_and_stored(run, database):
    replies = ('{"answer": null, "skip": "unclear", "comment": "?"}', "I'd rather not.")
    with chat_server(lambda body, n: Said(replies["one 1" in str(body)])) as server:
        _, out, _ = ask(run, server, "--task", name("sts"), "--subset", "eng")
    answers, _ = stored(database)
    assert "0 answered, 6 skipped (other 1, unclear 5), 0 without reply" in out
    assert Counter(record.answer.reason for record in answers) == {"unclear": 5, "other": 1}
    assert next(r.answer.comment for r in answers if r.answer.reason == "other").endswith("Said: I'd rather not.")


def test_a_researcher_cancels_a_run(run, database):
    """What came back by then is stored; the next run goes on."""
    gate = threading.Event()

    def cancel():
        _until(lambda: server.n >= 5)
        engine = open_engine(database)
        with transaction(engine) as session:
            assert request_cancel(session, runs(session)[0].id) == "asked"
            leased = runs(session)[0].lease_until
        _until(lambda: _lease(engine) > leased)  # the run's heartbeat has been there since
        engine.dispose()
        gate.set()

    def respond(body, number):
        return Said(obedient(body).content, gate=gate if number >= 5 else None)

    with chat_server(respond) as server:
        thread = threading.Thread(target=cancel)
        thread.start()
        code, _, err = ask(run, server, "--parallel", "1")
        thread.join()
    answers, (one,) = stored(database)
    assert code == 2
    assert "was cancelled; what was answered is stored" in err
    assert one.state == "cancelled"
    assert 5 <= len(answers) < N_ALL


def _lease(engine):
    with reading(engine) as session:
        return runs(session)[0].lease_until


def test_a_name_that_is_not_there_is_told(run, database):
    for option, value in (("--task", "Nope"), ("--subset", "nope")):
        code, _, err = run("annotate-llm", "--model", "m", option, value)
        assert code == 2
        assert value in err


# -- in the figures ------------------------------------------------------------------------------------


def test_llms_are_in_agreement_gaps_and_the_alternative_annotator_test_but_in_no_baseline(run, database):
    engine = open_engine(database)
    with transaction(engine) as session:
        for record in subset_records(session):
            ids = {item.key: item for item in record.items}
            for person in ("ada", "bo"):
                rater = ensure_rater(session, Rater("human", person))
                said = simulated.answer(parse(record), Rater("simulated", person), 0.3)
                pairs = [(ids[a.item].id, checked(record.task, record.subset, ids[a.item], a)) for a in said]
                save_answers(session, rater.stored_id, pairs)
        before = build_report(subset_records(session), Published())
    with chat_server(obedient) as server:
        ask(run, server)
        ask(run, server, "--run-name", "b")
    with reading(engine) as session:
        after = build_report(subset_records(session), Published())
    engine.dispose()
    assert server.n == 2 * N_ALL
    assert after.baselines == before.baselines
    assert [row for row in after.agreement if row.kind == "human"] == list(before.agreement)
    assert [row for row in after.pairs if row.kind == "human"] == list(before.pairs)
    assert {row.kind for row in after.baselines} == {"human"}
    of_llms = [row for row in after.agreement if row.kind == "llm"]
    assert {row.task for row in of_llms} == {name(kind) for kind in KINDS}
    assert {row.n_raters for row in of_llms if row.value is not None} == {2}
    assert {(row.model_kind, row.baseline_kind) for row in after.gaps} == {("llm", "human")}
    assert {row.protocol for row in after.gaps} == {"guidelines-v1 t=0", "guidelines-v1 t=0 run=b"}
    assert {(row.kind, row.rater) for row in after.leaderboard} >= {("llm", "tiny-llm")}
    assert {row.model_kind for row in after.stand_in} == {"llm"}
    assert {row.kind for row in after.scores} == {"human", "llm"}
    assert wording.rater("tiny-llm", "", "guidelines-v1 t=0")


def test_scores_of_the_run_are_those_of_the_report(run, database):
    with chat_server(lambda body, n: Said(answered({"score": n % 6}))) as server:
        ask(run, server, "--task", name("sts"), "--parallel", "1")
    engine = open_engine(database)
    with reading(engine) as session:
        of_run = scores_of(session, runs(session)[0].id)
        report = build_report(subset_records(session, [name("sts")]), Published())
    engine.dispose()
    assert [(row.subset, row.metric, row.score) for row in of_run] == [
        (row.subset, row.metric, row.score) for row in report.scores
    ]
    assert all(row.kind == "llm" for row in of_run)


# -- without a database --------------------------------------------------------------------------------


@pytest.fixture
def task_file(tmp_path):
    """A file of eight pairs in two subsets."""
    lines = [{"record": "task", "name": "Filed", "task_type": "sts", "guidelines": "Read."}]
    for where in ("eng", "ara"):
        lines.append({"record": "subset", "name": where})
        for n in range(4):
            texts = {"sentence1": f"{where} {n}", "sentence2": f"{where} {n} too"}
            lines.append({"record": "item", "subset": where, "id": f"i{n}", **texts, "gold": n})
    path = tmp_path / "filed.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_answers_go_into_a_file_that_an_import_takes(run, database, tmp_path, task_file):
    out = tmp_path / "answers.jsonl"
    failing = threading.Event()
    failing.set()

    def respond(body, number):
        if "ara 2" in str(body) and failing.is_set():
            return Said("no", status=400)
        return Said(answered({"score": 4}))

    with chat_server(respond) as server:
        code, told, _ = ask(run, server, "--out", str(out), "--data", str(task_file))
        first = [json.loads(line) for line in out.read_text().splitlines()]
        failing.clear()
        again, *_ = ask(run, server, "--out", str(out), "--data", str(task_file))
        n = server.n
        third, last, _ = ask(run, server, "--out", str(out), "--data", str(task_file))
    assert (code, again, third) == (2, 0, 0)
    assert "1 without reply" in told
    assert {row["subset"] for row in first} == {"eng"}  # a subset is in the file whole, or not at all
    assert (n, server.n) == (9, 9)  # eight, and the refused one once more
    assert "8 answered before" in last
    assert run("import", "tasks", str(task_file))[0] == 0
    code, _, err = run("import", "answers", str(out))
    assert code == 0, err
    answers = [record for record in stored(database)[0] if record.task == "Filed"]
    assert len(answers) == 8
    assert {(record.rater.kind, record.rater.name, record.rater.protocol) for record in answers} == {
        ("llm", "tiny-llm", "guidelines-v1 t=0")
    }
    with chat_server(respond) as server:  # the same rater: the database knows that it has answered
        told = ask(run, server, "--task", "Filed")[1]
        assert server.n == 1
    assert "8 answered before" in told


def test_out_and_data_belong_together(run, database, tmp_path):
    code, _, err = run("annotate-llm", "--model", "m", "--out", str(tmp_path / "x.jsonl"))
    assert code == 2
    assert "belong together" in err
