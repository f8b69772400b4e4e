"""Pseudonyms: stable, unique, and made of nothing that could be guessed."""

from __future__ import annotations

from hume.export.pseudonyms import of_answers, pseudonyms
from hume.records import Answer, AnswerRecord, Rater

RATERS = [
    Rater("human", "Zoë", id=3),
    Rater("human", "annotator-3", id=5),
    Rater("human", "Oslo/annotator-3", id=6),
    Rater("human", "Abe", id=1),
    Rater("embedding", "m", id=2),
    Rater("simulated", "simulated 1", id=4),
]


def test_a_pseudonym_is_the_number_in_the_database_and_one_that_was_imported_stays():
    assert pseudonyms(RATERS) == {
        "Abe": "annotator-1",
        "Zoë": "annotator-3b",
        "annotator-3": "annotator-3",
        "Oslo/annotator-3": "Oslo/annotator-3",
    }


def test_pseudonyms_of_pseudonyms_are_the_same():
    again = [Rater("human", name, id=n) for n, name in enumerate(pseudonyms(RATERS).values(), 10)]
    assert set(pseudonyms(again)) == set(pseudonyms(again).values())


def test_models_and_simulated_raters_keep_their_names_and_ids_made_of_a_name_go():
    random, made = "9b2f3c1e-7d0a-4f6e-8a3b-2c5d7e9f0a1b", "886313e1-3b8a-5372-9b90-0c9aee199e5d"
    records = [
        AnswerRecord("T", "eng", "test", rater, Answer("a", "given", client_id=client_id))
        for rater in (RATERS[0], RATERS[4])
        for client_id in (random, made, "ada-1")
    ]
    found = [(one.rater.name, one.answer.client_id) for one in of_answers(records, pseudonyms(RATERS))]
    assert found == [
        *(("annotator-3b", random), ("annotator-3b", ""), ("annotator-3b", "")),
        *(("m", random), ("m", made), ("m", "ada-1")),
    ]
    assert list(of_answers(records, None)) == records
