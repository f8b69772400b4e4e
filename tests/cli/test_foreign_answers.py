"""Annotations that people have: Label Studio's and Argilla's exports, in the forms that those programs write."""

from __future__ import annotations

import json
from pathlib import Path

import four_tasks
import pytest
from commands import Run

from db.session import open_engine, reading
from db.store.answers import all_answers
from hume.records import AnswerRecord


@pytest.fixture(autouse=True)
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    four_tasks.store(sqlite_url)
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    return sqlite_url


def stored(url: str) -> list[AnswerRecord]:
    engine = open_engine(url)
    with reading(engine) as session:
        found = list(all_answers(session))
    engine.dispose()
    return found


def write(name: str, value: object) -> str:
    Path(name).write_text(json.dumps(value, indent=1), encoding="utf-8")
    return name


# -- Label Studio ---------------------------------------------------------------------------------------


def ls_task(number: int, data: dict[str, object], *annotations: dict[str, object], **more: object) -> dict[str, object]:
    """A task as Label Studio's export in the format JSON has it."""
    common = {"meta": {}, "project": 3, "created_at": "2026-01-02T09:00:00.1Z", "updated_at": "2026-01-02T10:00:00.1Z"}
    whole = {"id": number, "annotations": list(annotations), "file_upload": "a.json", "drafts": [], "predictions": []}
    return {**whole, "data": data, **common, **more}


def ls_annotation(kind: str, value: dict[str, object], by: object = 7, **more: object) -> dict[str, object]:
    result = {"value": value, "id": "Dx_aB91ISN", "from_name": "answer", "to_name": "text", "type": kind}
    common = {"was_cancelled": False, "ground_truth": False, "created_at": "2026-01-02T09:30:00.5Z"}
    whole = {"id": 41, "completed_by": by, "result": [{**result, "origin": "manual"}], "lead_time": 4.288}
    return {**whole, **common, "unique_id": "3c1d5e0e-1c55-4a68-8a0c-4c7a2a2f7c11", **more}


def test_choices_are_labels_by_text_or_by_id(run: Run, url: str) -> None:
    skipped = ls_annotation("choices", {"choices": ["joy"]}, by={"id": 9, "email": "bea@x.org"}) | {
        "was_cancelled": True,
        "result": [],
    }
    file = write(
        "ls.json",
        [
            ls_task(1, {"text": "eng text 0"}, ls_annotation("choices", {"choices": ["joy"]}), skipped),
            ls_task(2, {"text": "shortened", "item_id": "test1"}, ls_annotation("choices", {"choices": ["fear"]})),
        ],
    )
    code, _, error = run("import", "answers", file, "--task", "SmallClassification", "--subset", "eng")
    assert (code, error) == (0, "")
    found = stored(url)
    assert [(one.rater.name, one.answer.item, one.answer.status, one.answer.payload) for one in found] == [
        ("label-studio-7", "test0", "given", {"label": "joy"}),
        ("bea@x.org", "test0", "skipped", None),
        ("label-studio-7", "test1", "given", {"label": "fear"}),
    ]
    assert {one.rater.kind for one in found} == {"human"}
    assert found[0].answer.milliseconds == 4288
    assert found[0].answer.created_at.isoformat() == "2026-01-02T09:30:00.500000+00:00"
    assert run("import", "answers", file, "--task", "SmallClassification", "--subset", "eng")[0] == 0
    assert stored(url) == found


@pytest.mark.parametrize(
    ("kind", "value"),
    [("rating", {"rating": 4}), ("number", {"number": 4}), ("choices", {"choices": ["4"]})],
)
def test_numbers_are_similarities(run: Run, url: str, kind: str, value: dict[str, object]) -> None:
    data = {"first": "ara one 2", "second": "ara other 2", "note": "eng one 2"}
    file = write("ls.json", [ls_task(1, data, ls_annotation(kind, value))])
    assert run("import", "answers", file, "--task", "SmallSts")[0] == 0
    (one,) = stored(url)
    assert (one.subset, one.answer.item, one.answer.payload) == ("ara", "test2", {"score": 4.0})


def test_a_ranker_is_an_order_and_its_buckets_are_grades_or_groups(run: Run, url: str) -> None:
    query = {"query": "eng query 3", "items": [{"id": d, "title": f"eng {d} of 3"} for d in four_tasks.DOCS]}
    order = ls_annotation("ranker", {"ranker": {"answer": list(reversed(four_tasks.DOCS))}})
    grades = ls_annotation(
        "ranker", {"ranker": {"relevant": ["d1", "d0"], "0": ["d2", "d3", "d4", "d5"], "_": []}}, by=8
    )
    texts = {"set": [f"eng {t} of 1" for t in four_tasks.TEXTS]}
    groups = ls_annotation("ranker", {"ranker": {"A": four_tasks.TEXTS[:3], "B": four_tasks.TEXTS[3:]}})
    assert (
        run("import", "answers", write("r.json", [ls_task(1, query, order, grades)]), "--task", "SmallReranking")[0]
        == 0
    )
    assert run("import", "answers", write("c.json", [ls_task(1, texts, groups)]), "--task", "SmallClustering")[0] == 0
    clustered, first, second = stored(url)
    assert clustered.answer.payload["groups"] == {t: "A" if t < "t03" else "B" for t in four_tasks.TEXTS}
    assert first.answer.payload == {"ranking": [[d] for d in reversed(four_tasks.DOCS)]}
    assert second.answer.payload == {"grades": {"d1": 2, "d0": 2, "d2": 0, "d3": 0, "d4": 0, "d5": 0}}


def test_all_that_cannot_be_taken_is_named_and_nothing_is_stored(run: Run, url: str) -> None:
    good = ls_annotation("choices", {"choices": ["joy"]})
    two = good | {"result": [*good["result"], good["result"][0] | {"from_name": "tone"}]}
    file = write(
        "ls.json",
        [
            ls_task(1, {"text": "eng text 0"}, good),
            ls_task(2, {"text": "nowhere"}, good),
            ls_task(3, {"text": "eng text 1"}, ls_annotation("choices", {"choices": ["joy", "fear"]})),
            ls_task(4, {"text": "eng text 1"}, ls_annotation("choices", {"choices": ["bliss"]})),
            ls_task(5, {"text": "eng text 1"}, ls_annotation("rating", {"rating": 3})),
            ls_task(6, {"text": "eng text 1"}, good | {"completed_by": None}),
            ls_task(7, {"text": "eng text 1"}, two),
            ls_task(8, {"text": "eng text 1"}, good | {"result": []}),
            ls_task(9, {"text": "eng text 1", "id": "test2"}, good),
            ls_task(10, {"text": "eng text 1"}, good | {"created_at": "yesterday"}),
            {"id": 11, "data": "eng text 1", "annotations": []},
        ],
    )
    code, _, error = run("import", "answers", file, "--task", "SmallClassification", "--subset", "eng")
    assert code == 2
    assert "10 of 11 answers cannot be taken, and so none was:" in error
    for number, says in {
        2: "no item has its id or its texts",
        3: "cannot be read",
        4: "'bliss'",
        5: "answered by a choice",
        6: "who made it",
        7: "controls answer, tone",
        8: "no answer of choices",
        9: "id is that of the item 'test2', its texts are those of 'test1'",
        10: "no ISO 8601",
        11: "no data and annotations",
    }.items():
        (line,) = (line for line in error.splitlines() if f"task {number}:" in line)
        assert says in line
        assert "ls.json, line " in line
    assert stored(url) == []
    seven = write("seven.json", [ls_task(7, {"text": "eng text 1"}, two)])
    assert run("import", "answers", seven, "--task", "SmallClassification", "--question", "tone")[0] == 0


def test_predictions_are_no_people(run: Run, url: str) -> None:
    predicted = {"model_version": "m", "result": ls_annotation("choices", {"choices": ["joy"]})["result"]}
    task = ls_task(1, {"text": "eng text 0"}, ls_annotation("choices", {"choices": ["joy"]}), predictions=[predicted])
    code, _, error = run("import", "answers", write("ls.json", [task]), "--task", "SmallClassification")
    assert (code, "1 predictions are models', and were left out" in error, len(stored(url))) == (0, True, 1)


def test_the_same_text_in_two_subsets_and_a_lacking_task_are_said(run: Run) -> None:
    task = ls_task(1, {"item": "test0"}, ls_annotation("choices", {"choices": ["joy"]}))
    file = write("ls.json", [task])
    assert "eng/test0, ara/test0" in run("import", "answers", file, "--task", "SmallClassification")[2]
    assert "--task NAME" in run("import", "answers", file)[2]
    minimal = write("min.json", [{"text": "a", "id": 1, "answer": "joy", "annotator": 1, "annotation_id": 2}])
    assert "JSON-MIN" in run("import", "answers", minimal, "--task", "SmallClassification")[2]


# -- Argilla ----------------------------------------------------------------------------------------------

USER = "0b9a3e6c-6ba5-4a54-9f0e-8a6a7b1b7f10"


def record(
    number: int, fields: dict[str, object], responses: dict[str, object], **metadata: object
) -> dict[str, object]:
    """A record as `dataset.records.to_json` writes it."""
    return {
        "id": f"rec-{number}",
        "fields": fields,
        "metadata": metadata,
        "suggestions": {"label": {"value": "joy", "score": 0.9, "agent": "m"}},
        "responses": {name: [{"value": value, "user_id": USER}] for name, value in responses.items()},
        "vectors": {},
        "_server_id": f"0000-{number}",
    }


def test_argilla_s_records_are_taken(run: Run, url: str) -> None:
    ranked = [{"value": d, "rank": 1 + (place > 1)} for place, d in enumerate(four_tasks.DOCS)]
    fields = {"query": "ara query 4", **{f"d{n}": f"ara d{n} of 4" for n in range(6)}}
    labelled = record(1, {"text": "eng text 5"}, {"label": "fear"})
    files = {
        "SmallClassification": [labelled],
        "SmallSts": [record(2, {"a": "any"}, {"score": 2}, item_id="test1") | {"metadata": {"item_id": "test1"}}],
        "SmallReranking": [
            record(3, fields, {"order": ranked}),
            record(4, fields, {"order": ["d5", *four_tasks.DOCS[:5]]}),
        ],
    }
    files["SmallReranking"][1]["responses"]["order"][0]["user_id"] = "another"
    for task, records in files.items():
        subset = ["--subset", "eng"] if task == "SmallSts" else []
        code, _, error = run("import", "answers", write(f"{task}.json", records), "--task", task, *subset)
        assert (code, error) == (0, "")
    label, first, second, score = stored(url)
    assert (label.rater.name, label.answer.payload) == (f"argilla-{USER}", {"label": "fear"})
    assert first.answer.payload == {"ranking": [["d0", "d1"], ["d2", "d3", "d4", "d5"]]}
    assert second.answer.payload["ranking"][0] == ["d5"]
    assert (score.subset, score.answer.item, score.answer.payload) == ("eng", "test1", {"score": 2.0})


def test_flattened_records_say_who_discarded_and_who_drafted(run: Run, url: str) -> None:
    row = {
        "id": "rec-1",
        "_server_id": "0000",
        "text": "eng text 0",
        "label.responses": ["joy", None, "fear"],
        "label.responses.users": ["u1", "u2", "u3"],
        "label.responses.status": ["submitted", "discarded", "draft"],
        "label.suggestion": "anger",
    }
    Path("a.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    code, _, error = run("import", "answers", "a.jsonl", "--task", "SmallClassification")
    assert (code, "1 responses are drafts" in error) == (0, True)
    assert [(one.rater.name, one.answer.status, one.answer.reason) for one in stored(url)] == [
        ("argilla-u1", "given", ""),
        ("argilla-u2", "skipped", "other"),
    ]


def test_malformed_records_of_argilla_s_are_named(run: Run, url: str) -> None:
    nobody = record(1, {"text": "eng text 0"}, {"label": "joy"})
    nobody["responses"]["label"][0]["user_id"] = None
    odd = record(2, {"text": "eng text 0"}, {"label": {"no": "label"}})
    two = record(3, {"text": "eng text 0"}, {"label": "joy", "tone": "mild"})
    code, _, error = run("import", "answers", write("a.json", [nobody, odd, two]), "--task", "SmallClassification")
    assert code == 2
    for name, says in {"rec-1": "whose response", "rec-2": "cannot be read", "rec-3": "label, tone"}.items():
        (line,) = (line for line in error.splitlines() if f"record {name}:" in line)
        assert says in line
    assert stored(url) == []
