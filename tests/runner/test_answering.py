"""Many subsets by one model: each is answered whole or has a fault, and none keeps the others from it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from modelling import Letters, Pairs, pair, pairs_task, records, sample, sts

from hume.raters.backends import Loading, load
from hume.records import TRAIN, Subset
from hume.runner import answering
from hume.runner.answering import Stopped, Tally, answered, rater_of, scored
from hume.runner.request import Request
from hume.tasks.base import PROTOCOLS

TYPES = ("classification", "clustering", "reranking", "sts")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_item_of_every_sample_is_answered_and_scored(protocol):
    backend, wanted = load("char-ngrams"), records(*(sample(name) for name in TYPES))
    told = []
    found = list(answered(backend, wanted, protocol, on_texts=lambda done, total: told.append((done, total))))
    rater = rater_of(backend, Request(protocol=protocol))
    assert [one.record for one in found] == wanted
    for one in found:
        assert one.fault == ""
        assert [answer.item for answer in one.answers] == [item.key for item in one.record.items]
        assert all(row.score is not None and row.protocol == protocol for row in scored(one, rater) if row.is_main)
    assert told[-1][0] == told[-1][1] == found[-1].n_texts > 0
    assert told == sorted(told)


def test_a_text_of_many_subsets_is_read_once():
    model = Letters()
    task = pairs_task(*((replace(of, name=f"{of.name}{n}"), items) for n in range(3) for of, items in [sts("a")]))
    found = list(answered(model, records(task)))
    assert len(model.read) == len(set(model.read)) == 10
    assert found[0].answers == found[1].answers == found[2].answers


def test_a_model_that_gives_nan_has_not_answered_that_subset_and_has_the_others():
    first, second, third = answered(Letters(), records(pairs_task(sts("a"), sts("b", "not a number"), sts("c"))))
    assert (first.fault, third.fault, len(first.answers), len(third.answers)) == ("", "", 5, 5)
    assert second.answers == ()
    assert scored(second, rater_of(Letters(), Request())) == []
    assert "NaN or infinity" in second.fault
    assert "'not a number'" in second.fault


def test_an_unexpected_error_is_the_fault_of_its_subset_alone(caplog):
    def before(texts):
        if any("breaks" in text for text in texts):
            raise IndexError("position 513 is out of range")

    first, second, third = answered(Letters(before), records(pairs_task(sts("a"), sts("b", "it breaks"), sts("c"))))
    assert (first.fault, third.fault) == ("", "")
    assert second.fault == "IndexError: position 513 is out of range"
    assert "Traceback" in caplog.text
    assert "going on subset by subset" in caplog.text


def test_empty_and_endless_texts_are_texts_like_others():
    long = "word " * 20_000
    task = pairs_task((Subset("eng"), (pair("e", "", "a cat", 0), pair("l", long, "a cat", 1), pair("s", "a", "a", 5))))
    (one,) = answered(load("char-ngrams"), records(task))
    assert one.fault == ""
    assert [answer.payload["score"] for answer in one.answers] == pytest.approx([0, 0, 1], abs=0.2)


def test_a_train_split_that_lacks_is_a_fault_where_the_protocol_needs_it():
    whole = sample("classification")
    document = replace(
        whole,
        subsets=tuple(
            (subset, tuple(item for item in items if item.split != TRAIN or subset.name == "eng"))
            for subset, items in whole.subsets
        ),
    )
    by_mteb = {one.record.subset.name: one for one in answered(load("char-ngrams"), records(document))}
    assert by_mteb["eng"].fault == ""
    assert all("train" in one.fault and one.answers == () for name, one in by_mteb.items() if name != "eng")
    as_people = answered(load("char-ngrams"), records(document), "human-like")
    assert [one.fault for one in as_people] == [""] * 5


def test_settings_that_break_the_schema_are_a_fault_of_their_subset():
    of, items = sts("b")
    task = pairs_task(sts("a"), (replace(of, settings={"max": "high"}), items))
    first, second = answered(Letters(), records(task))
    assert first.fault == ""
    assert "max" in second.fault


def test_whoever_wants_no_more_ends_it_between_two_batches():
    def stop(done, total):
        if done:
            raise Stopped

    with pytest.raises(Stopped):
        list(answered(Letters(), records(pairs_task(sts("a"), sts("b"))), on_texts=stop))
    with pytest.raises(KeyboardInterrupt):
        list(answered(Letters(before=_interrupt), records(pairs_task(sts("a")))))


def _interrupt(texts):
    raise KeyboardInterrupt


def test_a_model_of_pairs_is_asked_in_portions_and_only_what_pairs_answer(monkeypatch):
    monkeypatch.setattr(answering, "PAIRS_AT_ONCE", 4)
    model, told = Pairs(), []
    first, second = answered(
        model, [*records(pairs_task(sts("a", "the same"))), records(sample("classification"))[0]],
        on_texts=lambda done, total: told.append(done),
    )  # fmt: skip
    assert model.portions == [4, 2]
    assert [answer.payload["score"] for answer in first.answers] == [1.0] * 5 + [2.0]
    assert first.n_texts == max(told) == 6
    assert second.answers == ()
    assert second.fault


def test_what_is_not_for_a_model_is_left_out_and_no_fault() -> None:
    whole = records(*(sample(name) for name in TYPES))
    tally = Tally()
    for one in answered(Pairs(), whole):
        tally.add(one)
    assert (tally.n_answered, tally.unsuited, tally.errors) == (10, {"classification": 5, "clustering": 5}, [])
    assert tally.left_out == "10 subsets are of a type that the model does not answer: classification, clustering."


def test_a_model_that_nothing_is_for_has_failed() -> None:
    tally = Tally()
    (one,) = answered(Pairs(), records(sample("clustering"))[:1])
    tally.add(one)
    (error,) = tally.errors
    assert error.startswith("There was nothing for it to answer: 1 subset is of a type that the model does not answer")


def test_what_was_chosen_and_changes_answers_makes_another_rater() -> None:
    plain, short = Request(), Request(Loading(max_length=64, precision="bf16", device="cpu", max_batch_tokens=9))
    assert rater_of(Letters(), plain).revision == "r1"
    assert rater_of(Letters(), short).revision == "r1+precision=bf16+max_length=64"
