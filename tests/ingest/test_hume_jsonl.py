"""HUME's own JSONL: what it says is what is stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hume.errors import InvalidItem
from hume.ingest.documents import content_key
from hume.ingest.hume_jsonl import read_hume_jsonl
from hume.ingest.options import Options, read_options
from hume.ingest.sampling import sample
from hume.ingest.tasks import read_task
from hume.records import Item, Task

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def written(folder: Path, *rows: object) -> Path:
    path = folder / "task.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def task(kind: str, **more: object) -> dict[str, object]:
    return {"record": "task", "name": "T", "task_type": kind, **more}


ENG = {"record": "subset", "name": "eng", "languages": ["eng-Latn"]}


def test_everything_a_task_can_say(tmp_path: Path) -> None:
    said = {
        "description": "d", "license": "CC0-1.0", "source": "s", "revision": "7", "instruction": "i",
        "guidelines": "**g**", "settings": {"max": 4}, "is_sample": True, "overlap": 2,
    }  # fmt: skip
    subset = {**ENG, "guidelines": "own", "settings": {"anchors": {"0": "none"}}}
    item = {"record": "item", "subset": "eng", "id": "s1", "sentence1": "a", "sentence2": {"text": "b"}, "gold": 4}
    document = read_hume_jsonl(written(tmp_path, task("sts", **said), subset, item), Options())
    assert document.task == Task(name="T", task_type="sts", **said)
    (kept, items) = document.subsets[0]
    assert (kept.languages, kept.guidelines, kept.settings) == (("eng-Latn",), "own", {"anchors": {"0": "none"}})
    assert items == (Item("s1", {"sentence1": {"text": "a"}, "sentence2": {"text": "b"}}, 4.0),)


def test_an_item_without_an_id_is_known_by_its_content(tmp_path: Path) -> None:
    item = {"record": "item", "subset": "eng", "sentence1": "a", "sentence2": "b", "gold": 1}
    (kept,) = read_hume_jsonl(written(tmp_path, task("sts"), ENG, item), Options()).subsets[0][1]
    assert kept.key == content_key({"sentence2": {"text": "b"}, "sentence1": {"text": "a"}})


def test_an_item_says_what_it_is_asked_for(tmp_path: Path) -> None:
    def item(key: str, **more: object) -> dict[str, object]:
        return {"record": "item", "subset": "eng", "id": key, "sentence1": key, "sentence2": "b", "gold": 1, **more}

    judged, practised = item("s1"), item("s2", purpose="training", split="train")
    path = written(tmp_path, task("sts"), ENG, judged, practised, item("s3", purpose="attention"))
    items = read_hume_jsonl(path, Options()).subsets[0][1]
    assert {one.key: one.purpose for one in items} == {"s1": "judgment", "s2": "training", "s3": "attention"}
    assert [one.key for one in items if one.is_evaluated] == ["s1"]
    sampled = sample(read_hume_jsonl(path, Options()), 1, 0)
    assert {one.key for one in sampled.subsets[0][1]} == {"s1", "s2", "s3"}
    with pytest.raises(InvalidItem, match=r"line 3, field 'purpose': there is no purpose 'repeat'"):
        read_hume_jsonl(written(tmp_path, task("sts"), ENG, item("s1", purpose="repeat")), Options())
    with pytest.raises(InvalidItem, match="no item to score"):
        read_hume_jsonl(written(tmp_path, task("sts"), ENG, item("s1", purpose="attention")), Options())


def test_bare_texts_of_a_set_get_ids(tmp_path: Path) -> None:
    item = {"record": "item", "subset": "eng", "texts": ["a", "b"], "gold": ["x", "y"]}
    (kept,) = read_hume_jsonl(written(tmp_path, task("clustering"), ENG, item), Options()).subsets[0][1]
    assert kept.content["texts"][1] == {"id": "t02", "content": {"text": "b"}}
    assert kept.gold == {"t01": "x", "t02": "y"}
    with pytest.raises(InvalidItem, match=r"line 3, field 'gold': 2 texts but 1 gold labels"):
        read_hume_jsonl(written(tmp_path, task("clustering"), ENG, {**item, "gold": ["x"]}), Options())


def test_a_subset_says_its_language_else_its_name_does(tmp_path: Path) -> None:
    item = {"record": "item", "subset": "da", "sentence1": "a", "sentence2": "b", "gold": 1}
    path = written(tmp_path, task("sts"), {"record": "subset", "name": "da"}, item)
    assert read_hume_jsonl(path, Options()).subsets[0][0].languages == ("dan-Latn",)
    assert read_hume_jsonl(path, read_options(languages=["da=nob-Latn"])).subsets[0][0].languages == ("nob-Latn",)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.jsonl")), ids=lambda path: path.stem)
def test_the_samples_are_read(path: Path) -> None:
    document = read_task(str(path), Options())
    assert document.task.is_sample
    assert document.task.task_type == path.stem
    assert len(document.subsets) == 5
    assert not document.warnings


def test_the_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    text = (SAMPLES.parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")
    example = [line.strip() for line in text.splitlines() if line.startswith('    {"record"')]
    path = tmp_path / "example.jsonl"
    path.write_text("\n".join(example))
    assert [item.key for item in read_hume_jsonl(path, Options()).subsets[0][1]] == ["s01"]
