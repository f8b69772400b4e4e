"""Folders in MTEB's layout: every task type in every format, with and without a README."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from task_files import CLASSIFICATION, CLUSTERING, RERANKING, STS, TASKS, WRITERS, lay_out

from hume.errors import InvalidItem
from hume.ingest.mteb_layout import read_folder
from hume.ingest.options import Options, read_options
from hume.ingest.tasks import read_task
from hume.records import Item, Subset, TaskDocument

DEV = Path(__file__).parents[3] / "shared" / "data" / "mteb_dev" / "tasks"


def items(document: TaskDocument, subset: str = "default") -> dict[str, Item]:
    found = {one.name: kept for one, kept in document.subsets}[subset]
    return {item.key: item for item in found}


def name_of(subset: tuple[Subset, tuple[Item, ...]]) -> str:
    return subset[0].name


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("kind", TASKS)
def test_a_task_is_the_same_in_every_format(tmp_path: Path, kind: str, ending: str) -> None:
    reference = read_folder(lay_out(tmp_path / "a" / "Tiny", TASKS[kind]), Options())
    document = read_folder(lay_out(tmp_path / "b" / "Tiny", TASKS[kind], ending), Options())
    assert document.task.task_type == kind
    assert document.subsets == reference.subsets
    assert document.task.settings == reference.task.settings


def test_a_readme_says_the_same_as_the_names(tmp_path: Path) -> None:
    front = """---
configs:
- config_name: en
  data_files:
  - split: test
    path: [data/one-*.jsonl]
- config_name: da
  data_files: data/da_test.jsonl
---
"""
    tables = {"data/one-1": STS["en/test"][:1], "data/one-2": STS["en/test"][1:], "data/da_test": STS["da/test"]}
    declared = read_folder(lay_out(tmp_path / "declared", tables, readme=front), Options(name="X"))
    inferred = read_folder(lay_out(tmp_path / "inferred", STS), Options(name="X"))
    assert sorted(declared.subsets, key=name_of) == sorted(inferred.subsets, key=name_of)


# -- the four types ---------------------------------------------------------------------------------------


def test_pairs(tmp_path: Path) -> None:
    document = read_folder(lay_out(tmp_path / "Pairs", STS), Options())
    assert {subset.name: subset.languages for subset, _ in document.subsets} == {
        "en": ("eng-Latn",),
        "da": ("dan-Latn",),
    }
    assert items(document, "en")["p1"] == Item(
        "p1", {"sentence1": {"text": "A cat sleeps."}, "sentence2": {"text": "A cat, asleep."}}, 4.8
    )


def test_what_the_command_line_says_of_languages_wins(tmp_path: Path) -> None:
    said = read_options(languages=["nob-Latn", "da=dan-Latn"])
    document = read_folder(lay_out(tmp_path / "Pairs", STS), said)
    assert {subset.name: subset.language for subset, _ in document.subsets} == {"en": "nob-Latn", "da": "dan-Latn"}


def test_the_scale_comes_from_settings_or_the_known_task(tmp_path: Path) -> None:
    rows = {"test": [{"sentence1": "a", "sentence2": "b", "score": 1}]}
    assert read_folder(lay_out(tmp_path / "HUMESTS22", rows), Options()).task.settings == {"min": 1, "max": 4}
    said = read_options(settings=["min=-1", "max=1.5", "step=0.5"])
    settings = read_folder(tmp_path / "HUMESTS22", said).task.settings
    assert settings == {"min": -1, "max": 1.5, "step": 0.5}
    low = {"test": [{"sentence1": "a", "sentence2": "b", "score": 0.5}]}
    with pytest.raises(InvalidItem, match=r"0\.5 lies outside the scale 1 to 4.*--setting min=0"):
        read_folder(lay_out(tmp_path / "HUMESTS22", low), Options())


def test_labels_are_ordered_by_their_number_and_called_by_their_name(tmp_path: Path) -> None:
    document = read_folder(lay_out(tmp_path / "HUMEEmotionClassification", CLASSIFICATION), Options())
    assert document.task.settings == {"labels": [{"name": "anger"}, {"name": "joy"}], "samples_per_label": 16}
    (_, kept) = document.subsets[0]
    assert [(item.split, item.gold, item.position) for item in kept] == [
        ("train", "joy", 0), ("train", "anger", 1), ("test", "joy", 0), ("test", "anger", 1), ("test", "joy", 2),
    ]  # fmt: skip


def test_labels_without_numbers_are_sorted(tmp_path: Path) -> None:
    rows = [{"text": name, "label": name} for name in ("ål", "zebra", "Ape", "ape")]
    document = read_folder(lay_out(tmp_path / "Words", {"test": rows}), Options())
    assert [label["name"] for label in document.task.settings["labels"]] == sorted({"ål", "zebra", "Ape", "ape"})


def test_bare_numbers_can_be_named(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "Numbers", {"test": [{"text": "a", "label": 1}, {"text": "b", "label": 0}]}, "csv")
    plain = read_folder(folder, Options())
    assert plain.task.settings["labels"] == [{"name": "0"}, {"name": "1"}]
    assert any("bare numbers" in text for text in plain.warnings)
    named = read_folder(folder, read_options(settings=['labels=["bad", "good"]']))
    assert [item.gold for item in named.subsets[0][1]] == ["good", "bad"]
    assert not any("bare numbers" in text for text in named.warnings)


def test_label_names_of_another_language_are_the_subset_s(tmp_path: Path) -> None:
    tables = {
        f"{subset}/test": [{"text": name, "label": n, "label_text": name} for n, name in enumerate(names)]
        for subset, names in {"da": ("glæde", "vrede"), "en": ("joy", "anger"), "nb": ("glæde", "vrede")}.items()
    }
    document = read_folder(lay_out(tmp_path / "Feelings", tables), Options())
    own = {
        subset.name: [label["name"] for label in subset.settings.get("labels", ())] for subset, _ in document.subsets
    }
    assert [label["name"] for label in document.task.settings["labels"]] == ["glæde", "vrede"]
    assert own == {"da": [], "en": ["joy", "anger"], "nb": []}


def test_texts_of_the_train_split_are_told_where_they_leak(tmp_path: Path) -> None:
    tables = {"train": CLASSIFICATION["test"], "test": CLASSIFICATION["test"]}
    document = read_folder(lay_out(tmp_path / "Leaky", tables), Options())
    assert any("3 of 3 test texts are in the train split too" in text for text in document.warnings)


def test_a_row_of_a_clustering_is_a_set(tmp_path: Path) -> None:
    document = read_folder(lay_out(tmp_path / "Sets", CLUSTERING), Options())
    first, second = document.subsets[0][1]
    assert [text["id"] for text in first.content["texts"]] == ["t01", "t02", "t03"]
    assert first.gold == {"t01": "sport", "t02": "sport", "t03": "weather"}
    assert len(second.content["texts"]) == 2


def test_single_texts_become_one_set_where_a_clustering_is_asked_for(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "Flat", {"test": CLASSIFICATION["test"]})
    (item,) = read_folder(folder, Options(task_type="clustering")).subsets[0][1]
    assert item.gold == {"t01": "1", "t02": "0", "t03": "1"}
    many = [{"sentences": f"text {n}", "labels": n % 3} for n in range(150)]
    document = read_folder(lay_out(tmp_path / "Many", {"test": many}), Options())
    assert document.task.task_type == "clustering"
    assert any("sample it with --limit" in text for text in document.warnings)


def test_a_reranking_keeps_the_order_of_top_ranked_and_positives_that_are_no_candidates(tmp_path: Path) -> None:
    document = read_folder(lay_out(tmp_path / "Towns", RERANKING), Options())
    first = items(document, "en")["q1"]
    assert first.content == {
        "query": {"text": "Norway's capital?"},
        "instruction": "Be strict.",
        "candidates": [
            {"id": "d2", "content": {"text": "A town"}},
            {"id": "d1", "content": {"text": "Oslo Capital of Norway."}},
        ],
    }
    assert first.gold == {"d1": 1.0, "d3": 1.0}
    assert any("relevant documents that are no candidates" in text and "q1" in text for text in document.warnings)


def test_default_is_another_name_of_qrels(tmp_path: Path) -> None:
    tables = {name.removeprefix("en-"): rows for name, rows in RERANKING.items()}
    tables["default/test"] = tables.pop("qrels/test")
    document = read_folder(lay_out(tmp_path / "Towns", tables), Options())
    assert items(document)["q2"].gold == {"d2": 2.0}


def test_tables_of_one_split_go_with_any(tmp_path: Path) -> None:
    tables = {
        "corpus": RERANKING["en-corpus/test"],
        "queries": RERANKING["en-queries/test"],
        "qrels/dev": RERANKING["en-qrels/test"],
    }
    document = read_folder(lay_out(tmp_path / "Beir", tables), Options())
    assert [(item.key, item.split) for item in document.subsets[0][1]] == [("q1", "dev"), ("q2", "dev")]
    assert any("the judged documents are the candidates" in text for text in document.warnings)


def test_queries_that_cannot_be_asked_are_left_out_and_named(tmp_path: Path) -> None:
    tables = dict(RERANKING)
    tables["en-queries/test"] = [*RERANKING["en-queries/test"], {"_id": "q3", "text": "?"}, {"_id": "q4", "text": "?"}]
    tables["en-qrels/test"] = [
        *RERANKING["en-qrels/test"],
        {"query-id": "q4", "corpus-id": "d1", "score": 0},
    ]
    tables["en-instruction/test"] = [
        *RERANKING["en-instruction/test"],
        {"query-id": "q4", "instruction": "?"},
    ]
    document = read_folder(lay_out(tmp_path / "Towns", tables), Options())
    assert list(items(document, "en")) == ["q1", "q2"]
    assert any("no qrels: q3" in text for text in document.warnings)
    assert any(
        "no candidates in top_ranked (mteb counts those that have an empty row as 0): q4" in text
        for text in document.warnings
    )
    tables["en-top_ranked/test"] = [*RERANKING["en-top_ranked/test"], {"query-id": "q4", "corpus-ids": ["d1"]}]
    kept = read_folder(lay_out(tmp_path / "Towns", tables), Options())
    assert items(kept, "en")["q4"].gold == {"d1": 0.0}
    assert any("no relevant document" in text and "q4" in text for text in kept.warnings)


# -- splits, keys, facts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("splits", "scored"),
    [
        (["test", "validation", "train"], "test"),
        (["validation", "train"], "validation"),
        (["train"], "test"),
        (["dev"], "dev"),
    ],
)
def test_which_split_is_scored(tmp_path: Path, splits: list[str], scored: str) -> None:
    document = read_folder(lay_out(tmp_path / "S", dict.fromkeys(splits, STS["en/test"])), Options())
    assert {item.split for item in document.subsets[0][1]} == {scored}
    left_out = [name for name in splits if name != scored and len(splits) > 1]
    assert all(any(f"split {name} is left out" in text for text in document.warnings) for name in left_out)


def test_shards_are_one_split(tmp_path: Path) -> None:
    tables = {f"data/test-0000{n}-of-00002": [STS["en/test"][n]] for n in (0, 1)}
    document = read_folder(lay_out(tmp_path / "S", tables, "parquet"), Options())
    assert list(items(document)) == ["p1", "p2"]


def test_keys_are_hashes_of_what_is_shown_where_there_are_no_ids(tmp_path: Path) -> None:
    bare = [{k: v for k, v in row.items() if k != "id"} for row in STS["en/test"]]
    document = read_folder(lay_out(tmp_path / "S", {"test": [*bare, bare[0]]}), Options())
    first, second, third = items(document)
    assert third == f"{first}-2"
    assert first != second
    again = read_folder(lay_out(tmp_path / "S", {"test": [bare[1], {**bare[0], "score": 1}]}), Options())
    assert set(items(again)) == {first, second}


def test_ids_that_repeat_are_told_and_not_used(tmp_path: Path) -> None:
    rows = [{**row, "id": "same"} for row in STS["en/test"]]
    document = read_folder(lay_out(tmp_path / "S", {"test": rows}), Options())
    assert all(len(key) == 16 for key in items(document))
    assert any("id 'same' stands 2 times" in text for text in document.warnings)


def test_facts_come_from_the_readme(tmp_path: Path) -> None:
    readme = """---
language: [no]
license: cc-by-4.0
revision: v3
instruction: Be careful.
---
# Pairs, by hand

- Source: https://example.org/pairs @ 1234
- Licence as stated by the source: other
"""
    task = read_folder(lay_out(tmp_path / "S", {"test": STS["en/test"]}, readme=readme), Options())
    assert task.subsets[0][0].languages == ("nor-Latn",)
    assert (task.task.license, task.task.revision, task.task.instruction) == ("cc-by-4.0", "v3", "Be careful.")
    assert (task.task.source, task.task.description) == ("https://example.org/pairs @ 1234", "Pairs, by hand")


def test_the_revision_is_a_hash_of_the_data_where_none_is_named(tmp_path: Path) -> None:
    first = read_folder(lay_out(tmp_path / "S", STS), Options()).task.revision
    assert read_folder(lay_out(tmp_path / "S", STS, readme="# S\n"), Options()).task.revision == first
    assert read_folder(lay_out(tmp_path / "S", {"en/test": STS["da/test"]}), Options()).task.revision != first


def test_a_lone_table_is_a_task(tmp_path: Path) -> None:
    lay_out(tmp_path, {"pairs": STS["en/test"]}, "csv")
    document = read_task(str(tmp_path / "pairs.csv"), Options())
    assert (document.task.name, document.task.task_type) == ("pairs", "sts")
    assert list(items(document)) == ["p1", "p2"]


# -- real data ----------------------------------------------------------------------------------------------

LANGUAGES = ("eng_Latn", "arb_Arab", "dan_Latn", "nob_Latn", "rus_Cyrl")
EXPECTED = {
    "AnswerInstrMiniReranking": ("reranking", {"default": {"test": 25}}),
    "AnswerMiniReranking": ("reranking", {"default": {"test": 25}}),
    "EmotionMiniClassification": ("classification", {"default": {"train": 400, "test": 48}}),
    "NorecMiniClassification": ("classification", {"default": {"train": 300, "test": 40}}),
    "Sts12Mini": ("sts", {"default": {"test": 50}}),
    "StsbMini": ("sts", {"en": {"test": 40}, "es": {"test": 30}, "fr": {"test": 30}, "ru": {"test": 30}}),
    "TopicMiniClassification": ("classification", {key: {"train": 140, "test": 42} for key in LANGUAGES}),
    "TopicMiniClustering": ("clustering", {**{key: {"test": 1} for key in LANGUAGES}, "eng_Latn": {"test": 3}}),
    "WikiMiniReranking": ("reranking", {name: {"test": 30} for name in ("en", "ar", "ru")}),
}


@pytest.mark.skipif(
    not DEV.is_dir(), reason="the development data are not beside the project (../shared/data/mteb_dev)"
)
@pytest.mark.parametrize("name", EXPECTED)
def test_real_tasks(name: str) -> None:
    document = read_folder(DEV / name, Options())
    counts = {subset.name: dict(Counter(item.split for item in kept)) for subset, kept in document.subsets}
    assert (document.task.task_type, counts) == EXPECTED[name]
    assert document.task.license
    assert document.task.source
    assert not document.warnings
    for subset, _ in document.subsets:
        assert bool(subset.languages) == (subset.name != "default")
