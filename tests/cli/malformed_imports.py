"""Bad imports of every kind: the files, and what the message must say."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Files = Mapping[str, str | bytes]


def lines(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


PAIR = {"sentence1": "A cat sleeps.", "sentence2": "A cat is asleep.", "score": 4.5}
OTHER = {"sentence1": "Rain falls.", "sentence2": "The train is late.", "score": 0.5}
GOOD = {"good/test.jsonl": lines(PAIR, OTHER)}
CSV_HEADER = "sentence1,sentence2,score\n"


def task_record(**changed: object) -> dict[str, object]:
    settings = {"labels": [{"name": "joy"}, {"name": "anger"}]}
    task = {"record": "task", "name": "Own", "task_type": "classification", "settings": settings}
    return {**task, **changed}


def item_record(**changed: object) -> dict[str, object]:
    return {"record": "item", "subset": "eng", "id": "c1", "text": "Hooray!", "gold": "joy", **changed}


SUBSET = {"record": "subset", "name": "eng", "languages": ["eng-Latn"]}


def reranking(**changed: str | None) -> dict[str, str]:
    """The tables of a reranking, some changed or (None) left out."""
    tables = {
        "corpus": lines({"_id": "d1", "text": "Oslo"}, {"_id": "d2", "text": "Bergen"}),
        "queries": lines({"_id": "q1", "text": "Capital of Norway?"}),
        "qrels": lines({"query-id": "q1", "corpus-id": "d1", "score": 1}),
        "top_ranked": lines({"query-id": "q1", "corpus-ids": ["d2", "d1"]}),
        **changed,
    }
    return {f"bad/{part}/test.jsonl": table for part, table in tables.items() if table is not None}


@dataclass(frozen=True)
class Case:
    """Bad files, and what the message must say: the place, and words of the mend."""

    files: Files
    place: str
    says: str
    arguments: Sequence[str] = ("tasks", "good", "bad")
    before: Sequence[Sequence[str]] = field(default=())
    """Imports that succeed first."""


def sts(*rows: object) -> dict[str, str]:
    return {"bad/test.jsonl": lines(*rows)}


def raw(text: str | bytes, name: str = "bad/test.jsonl") -> dict[str, str | bytes]:
    return {name: text}


def labelled(*rows: object) -> dict[str, str]:
    return {"bad/test.jsonl": lines(*rows)}


def own(*rows: object) -> dict[str, str]:
    return {"own.jsonl": lines(*rows)}


def card(front: str) -> dict[str, str]:
    return {"bad/README.md": f"---\n{front}\n---\n# bad\n", "bad/test.jsonl": lines(PAIR)}


OWN = ("tasks", "good", "own.jsonl")
TEST = "bad/test.jsonl"
BROKEN_GZIP = gzip.compress(lines(PAIR, OTHER).encode())[:-12]
SCORES = "kind,rater,revision,aggregation,task,task_type,subset,language,metric,score\n"
RESULT = {
    "task_name": "HUMESTS12",
    "mteb_version": "2.26.0",
    "scores": {"test": [{"main_score": 0.5, "hf_subset": "default", "languages": ["eng-Latn"]}]},
}
ANSWERS = "task,subset,item,rater,kind,status,payload,created_at\n"
IMPORT_ANSWERS = ("answers", "answers.csv")
KEYED = {"keyed/test.jsonl": lines({"id": "p1", **PAIR}, {"id": "p2", **OTHER})}
KEYED_FIRST = (("tasks", "keyed"),)

CASES: dict[str, Case] = {
    # -- JSON
    "truncated JSONL": Case(raw(lines(PAIR) + '{"sentence1": "A'), f"{TEST}, line 2", "fetch the file again"),
    "no JSON": Case(raw(lines(PAIR) + "sentence1=A\n"), f"{TEST}, line 2", "one JSON object a row"),
    "row is a list": Case(raw("[1, 2]\n"), f"{TEST}, line 1", 'Write it as {"field"'),
    "NaN gold": Case(raw(lines(PAIR).replace("4.5", "NaN")), f"{TEST}, line 1", "finite number or null"),
    "Infinity": Case(raw(lines(PAIR).replace("4.5", "-Infinity")), f"{TEST}, line 1", "finite number"),
    "overflowing gold": Case(raw(lines(PAIR).replace("4.5", "1e999")), f"{TEST}, line 1, field 'score'", "finite"),
    "key twice": Case(raw('{"score": 1, "score": 2}\n'), f"{TEST}, line 1, field 'score'", "Keep one"),
    "deep JSON": Case(raw("[" * 100_000), TEST, "plainer"),
    "list not closed": Case(raw(f"[{json.dumps(PAIR)}", "bad/test.json"), "bad/test.json, line 1", "Close the list"),
    "comma missing": Case(
        raw(f"[{json.dumps(PAIR)}\n{json.dumps(OTHER)}]", "bad/test.json"), "bad/test.json, line 1", "Put a comma"
    ),
    "text after the list": Case(raw(f"[{json.dumps(PAIR)}] oh", "bad/test.json"), "bad/test.json, line 1", "one list"),
    # -- texts and encodings
    "empty file": Case(raw(""), TEST, "Fill it"),
    "blank lines only": Case(raw("\n \n"), TEST, "Fill it"),
    "10 MB text": Case(
        sts(PAIR, {**PAIR, "sentence1": "x" * 10_000_000}), f"{TEST}, line 2, field 'sentence1'", "Shorten"
    ),
    "NUL": Case(sts({**PAIR, "sentence2": "a\0b"}), f"{TEST}, line 1, field 'sentence2'", "Remove it"),
    "half a surrogate pair": Case(
        raw('{"sentence1": "\\ud83d", "sentence2": "b", "score": 1}'), f"{TEST}, line 1, field 'sentence1'", "character"
    ),
    "Latin-1": Case(
        raw(lines(PAIR).encode() + lines({**PAIR, "sentence1": "smørrebrød"}).encode("latin-1")),
        f"{TEST}, line 2",
        "iconv -f WINDOWS-1252",
    ),
    "UTF-16": Case(raw(lines(PAIR).encode("utf-16")), f"{TEST}, line 1", "iconv -f UTF-16"),
    "UTF-16 without mark": Case(raw(lines(PAIR).encode("utf-16-le")), f"{TEST}, line 1", "iconv -f UTF-16"),
    "gzip breaks off": Case(raw(BROKEN_GZIP, "bad/test.jsonl.gz"), "bad/test.jsonl.gz", "Fetch it again"),
    "no gzip": Case(raw(b"plain", "bad/test.jsonl.gz"), "bad/test.jsonl.gz", "Check its path"),
    # -- CSV, TSV, Parquet
    "ragged CSV": Case(raw(CSV_HEADER + "a,b,1\na,b,c,2\n", "bad/test.csv"), "bad/test.csv, line 3", "as many cells"),
    "short CSV row after a long cell": Case(
        raw(CSV_HEADER + '"a\nb",c,1\na,b\n', "bad/test.csv"), "bad/test.csv, line 4", "as many cells"
    ),
    "CSV column twice": Case(
        raw("sentence1,score,score\n", "bad/test.csv"), "bad/test.csv, line 1, field 'score'", "Name each column once"
    ),
    "CSV column without a name": Case(
        raw("sentence1,,score\na,b,1\n", "bad/test.csv"), "bad/test.csv, line 1", "Name each"
    ),
    "CSV with semicolons": Case(
        raw("sentence1;sentence2;score\na;b;1\n", "bad/test.csv"), "bad/test.csv, line 1", "commas"
    ),
    "CSV quote not closed": Case(
        raw(CSV_HEADER + 'a,"b,1\n', "bad/test.csv"), "bad/test.csv, line 2", "Close each quote"
    ),
    "CSV header alone": Case(raw(CSV_HEADER, "bad/test.csv"), "bad/test.csv", "Fill it"),
    "CSV gold is a word": Case(
        raw(CSV_HEADER + "a,b,high\n", "bad/test.csv"), "bad/test.csv, line 2, field 'score'", "3.5"
    ),
    "CSV gold is nan": Case(
        raw(CSV_HEADER + "a,b,nan\n", "bad/test.csv"), "bad/test.csv, line 2, field 'score'", "finite"
    ),
    "TSV with commas": Case(raw(CSV_HEADER + "a,b,1\n", "bad/test.tsv"), "bad/test.tsv, line 1", "tabs in .tsv"),
    "CSV list is no JSON": Case(
        raw("sentences,labels\na|b,x|y\n", "bad/test.csv"), "bad/test.csv, line 2, field 'sentences'", "as JSON"
    ),
    "no Parquet": Case(raw(b"PAR1 but not", "bad/test.parquet"), "bad/test.parquet", "Write it again"),
    # -- columns
    "wrong columns": Case(sts({"a": 1, "b": 2}), f"{TEST}, line 1", "Name them as MTEB does"),
    "field missing": Case(
        sts(PAIR, {"sentence1": "a", "score": 1}), f"{TEST}, line 2, field 'sentence2'", "Give it a value"
    ),
    "null gold": Case(sts(PAIR, {**PAIR, "score": None}), f"{TEST}, line 2, field 'score'", "Give it a value"),
    "gold is text": Case(sts({**PAIR, "score": "4"}), f"{TEST}, line 1, field 'score'", "3.5"),
    "gold is a truth value": Case(sts({**PAIR, "score": True}), f"{TEST}, line 1, field 'score'", "3.5"),
    "text is a number": Case(sts({**PAIR, "sentence1": 7}), f"{TEST}, line 1, field 'sentence1'", "in quotes"),
    "gold off the scale": Case(sts(PAIR, {**PAIR, "score": 9}), f"{TEST}, line 2, field 'score'", "--setting min=0"),
    # -- the folder
    "empty folder": Case({"bad/notes.txt": "?"}, "bad", "<subset>/<split>.jsonl"),
    "YAML": Case(card("configs: [a"), "bad/README.md, line", "Mend it"),
    "front matter not closed": Case({"bad/README.md": "---\nlicense: mit\n"}, "bad/README.md, line 1", "---"),
    "configs names no file": Case(
        card("configs:\n- config_name: default\n  data_files:\n  - split: test\n    path: gone.jsonl"),
        "bad/README.md, field 'configs.0.data_files'",
        "mend the path",
    ),
    "path leaves the folder": Case(
        card("configs:\n- config_name: default\n  data_files: ../good/test.jsonl"),
        "bad/README.md, field 'configs.0",
        "within",
    ),
    "config twice": Case(
        card("configs:\n- {config_name: a, data_files: test.jsonl}\n- {config_name: a, data_files: test.jsonl}"),
        "bad/README.md, field 'configs.1'",
        "once",
    ),
    "config without files": Case(card("configs:\n- config_name: a"), "bad/README.md, field 'configs.0'", "Write both"),
    "which split": Case(
        card("configs:\n- config_name: a\n  data_files: [{split: x, path: test.jsonl}, {split: y, path: test.jsonl}]"),
        "bad",
        "Name it test",
    ),
    "data_dir leaves the folder": Case(
        card("configs:\n- {config_name: a, data_dir: .., data_files: good/test.jsonl}"),
        "bad/README.md, field 'configs.0",
        "within",
    ),
    "no pattern": Case(
        card("configs:\n- {config_name: a, data_files: 'a**/x'}"), "bad/README.md, field 'configs.0", "Mend it"
    ),
    "folder of tasks": Case(
        {"bad/one/README.md": "# one", "bad/one/test.jsonl": lines(PAIR)}, "bad: the folder holds folders", "bad/*"
    ),
    "tables of another type": Case(
        reranking(), "bad: the folder holds no table of a sts", "--type", ("tasks", "bad", "--type", "sts")
    ),
    # -- classification and clustering
    "one label": Case(labelled({"text": "a", "label": 0}), "bad, field 'labels'", "at least two"),
    "label is a fraction": Case(
        labelled({"text": "a", "label": 0.5}), f"{TEST}, line 1, field 'label'", "whole number"
    ),
    "label is null": Case(labelled({"text": "a", "label": None}), f"{TEST}, line 1, field 'label'", "Give it a value"),
    "label is empty": Case(labelled({"text": "a", "label": ""}), f"{TEST}, line 1, field 'label'", "Give each text"),
    "label called two things": Case(
        labelled({"text": "a", "label": 0, "label_text": "no"}, {"text": "b", "label": 0, "label_text": "yes"}),
        f"{TEST}, line 2, field 'label_text'",
        "Call it the same",
    ),
    "labels of two kinds": Case(
        labelled({"text": "a", "label": 0}, {"text": "b", "label": "yes"}),
        f"{TEST}, line 2, field 'label'",
        "one of the two",
    ),
    "only a train split": Case(
        {**labelled({"text": "a", "label": 0}, {"text": "b", "label": 1}), "bad/README.md": "---\nconfigs: []\n---\n"},
        "bad/README.md, field 'configs'",
        "at least one config",
    ),
    "labels for fewer texts": Case(
        labelled({"sentences": ["a", "b"], "labels": [1]}), f"{TEST}, line 1, field 'labels'", "one label"
    ),
    "text of a set is a number": Case(
        labelled({"sentences": ["a", 2], "labels": [1, 2]}), f"{TEST}, line 1, field 'sentences.1'", "in quotes"
    ),
    "label of a set is null": Case(
        labelled({"sentences": ["a", "b"], "labels": [1, None]}), f"{TEST}, line 1, field 'labels.1'", "one of them"
    ),
    "set of one": Case(labelled({"sentences": ["a"], "labels": [1]}), f"{TEST}, line 1, field 'sentences'", "texts"),
    # -- reranking
    "qrels to an unknown document": Case(
        reranking(qrels=lines({"query-id": "q1", "corpus-id": "d9", "score": 1})),
        "bad/qrels/test.jsonl, line 1, field 'corpus-id'",
        "Add it to the corpus",
    ),
    "qrels of an unknown query": Case(
        reranking(qrels=lines({"query-id": "q9", "corpus-id": "d1", "score": 1})),
        "bad/qrels/test.jsonl, line 1, field 'query-id'",
        "Add it to the queries",
    ),
    "document id twice": Case(
        reranking(corpus=lines({"_id": "d1", "text": "Oslo"}, {"_id": "d1", "text": "Bergen"})),
        "bad/corpus/test.jsonl, line 2, field '_id'",
        "an id of its own",
    ),
    "query id twice": Case(
        reranking(queries=lines({"id": "q1", "text": "a"}, {"id": "q1", "text": "b"})),
        "bad/queries/test.jsonl, line 2, field 'id'",
        "an id of its own",
    ),
    "two grades": Case(
        reranking(qrels=lines(*({"query-id": "q1", "corpus-id": "d1", "score": n} for n in (1, 0)))),
        "bad/qrels/test.jsonl, line 2, field 'score'",
        "Keep one",
    ),
    "grade is a fraction": Case(
        reranking(qrels=lines({"query-id": "q1", "corpus-id": "d1", "score": 0.5})),
        "bad/qrels/test.jsonl, line 1, field 'score'",
        "0, 1, 2",
    ),
    "unknown candidate": Case(
        reranking(top_ranked=lines({"query-id": "q1", "corpus-ids": ["d7"]})),
        "bad/top_ranked/test.jsonl, line 1, field 'corpus-ids'",
        "Add it to the corpus",
    ),
    "candidate twice": Case(
        reranking(top_ranked=lines({"query-id": "q1", "corpus-ids": ["d1", "d1"]})),
        "bad/top_ranked/test.jsonl, line 1, field 'corpus-ids'",
        "once",
    ),
    "no qrels": Case(reranking(qrels=None), "bad", "Add qrels/test.jsonl"),
    "no corpus": Case(reranking(corpus=None), "bad", "Add corpus/test.jsonl"),
    "query without its instruction": Case(
        reranking(
            queries=lines({"_id": "q1", "text": "a"}, {"_id": "q2", "text": "b"}),
            instruction=lines({"query-id": "q2", "instruction": "Be strict."}),
        ),
        "bad/queries/test.jsonl, line 1, field '_id'",
        "instruction table",
    ),
    "no query has qrels": Case(
        reranking(queries=lines({"_id": "q1", "text": "a"}), top_ranked=lines({"query-id": "q1", "corpus-ids": []})),
        "bad",
        "Give it items",
    ),
    # -- HUME's own JSONL
    "no task record first": Case(own(SUBSET, task_record()), "own.jsonl, line 1, field 'record'", "Begin with", OWN),
    "unknown key of the task": Case(
        own(task_record(licence="MIT")), "own.jsonl, line 1, field 'licence'", "formats.md", OWN
    ),
    "unknown task type": Case(
        own(task_record(task_type="pairs")), "own.jsonl, line 1, field 'task_type'", "Use reranking", OWN
    ),
    "unknown setting": Case(
        own(task_record(settings={"label": []}), SUBSET, item_record()),
        "own.jsonl, field 'labels'",
        "at least two",
        OWN,
    ),
    "unknown key of an item": Case(
        own(task_record(), SUBSET, item_record(labels="joy")),
        "own.jsonl, line 3, field 'labels'",
        "classification item",
        OWN,
    ),
    "label outside the set": Case(
        own(task_record(), SUBSET, item_record(gold="envy")),
        "own.jsonl, line 3, field 'gold'",
        "Use one of joy, anger",
        OWN,
    ),
    "id twice": Case(
        own(task_record(), SUBSET, item_record(), item_record()), "own.jsonl, line 4, field 'id'", "line 3", OWN
    ),
    "item of an unknown subset": Case(
        own(task_record(), SUBSET, item_record(subset="ara")), "own.jsonl, line 3, field 'subset'", "so far: eng", OWN
    ),
    "subset twice": Case(own(task_record(), SUBSET, SUBSET), "own.jsonl, line 3, field 'name'", "Keep one", OWN),
    "subset without items": Case(own(task_record(), SUBSET), "own.jsonl", "Give it items", OWN),
    "no subset": Case(own(task_record()), "own.jsonl", "at least one item", OWN),
    "train items alone": Case(own(task_record(), SUBSET, item_record(split="train")), "own.jsonl", "split 'test'", OWN),
    "unknown split": Case(
        own(task_record(), SUBSET, item_record(split="exam")), "own.jsonl, line 3, field 'split'", "Use test", OWN
    ),
    "unknown record": Case(
        own(task_record(), {"record": "note"}), "own.jsonl, line 2, field 'record'", "subset and item", OWN
    ),
    "unknown language": Case(
        own(task_record(), {**SUBSET, "languages": ["klingon"]}),
        "own.jsonl, line 2, field 'languages.0'",
        "eng-Latn",
        OWN,
    ),
    # -- options
    "unknown --type": Case(
        {"bad/test.jsonl": lines(PAIR)}, "no task type 'sst'", "sts", ("tasks", "bad", "--type", "sst")
    ),
    "unknown --language": Case({}, "--language", "eng-Latn", ("tasks", "good", "--language", "english")),
    "--setting without =": Case({}, "--setting", "min=1", ("tasks", "good", "--setting", "min")),
    "unknown --setting": Case({}, "good, field 'scale'", "min, max", ("tasks", "good", "--setting", "scale=5")),
    "--name for two": Case({}, "--name", "one by one", ("tasks", "good", "good", "--name", "x")),
    "two of one name": Case({}, "two paths hold a task 'good'", "--name", ("tasks", "good", "good")),
    "no such path": Case({}, "nowhere", "Check the path", ("tasks", "good", "nowhere")),
    "sample too small": Case(
        labelled({"sentences": ["a", "b", "c"], "labels": [1, 2, 1]}),
        "--limit",
        "at least 2",
        ("tasks", "bad", "--limit", "1"),
    ),
    "another task type than stored": Case(
        {"other/good/test.jsonl": lines({"text": "a", "label": 0}, {"text": "b", "label": 1})},
        "good",
        "name",
        ("tasks", "other/good"),
        (("tasks", "good"),),
    ),
    # -- published figures
    "no TaskResult": Case({"r.json": '{"a": 1}'}, "r.json, field 'task_name'", "mteb wrote", ("results", "r.json")),
    "result breaks off": Case({"r.json": json.dumps(RESULT)[:60]}, "r.json, line 1", "Fetch", ("results", "r.json")),
    "score in per cent": Case(
        {"r.json": json.dumps(RESULT).replace("0.5", "50.2")},
        "r.json, field 'scores.test.0.main_score'",
        "Divide by 100",
        ("results", "r.json"),
    ),
    "score without subset": Case(
        {"r.json": json.dumps(RESULT).replace("hf_subset", "subset")},
        "r.json, field 'scores.test.0.hf_subset'",
        "mteb wrote",
        ("results", "r.json"),
    ),
    "unknown metric": Case(
        {"s.csv": SCORES + "model,m,,aggregate,T,sts,default,eng-Latn,bleu,0.5\n"},
        "s.csv, line 2, field 'metric'",
        "formats.md",
        ("results", "s.csv"),
    ),
    "unknown kind": Case(
        {"s.csv": SCORES + "robot,m,,aggregate,T,sts,default,eng-Latn,spearman,0.5\n"},
        "s.csv, line 2, field 'kind'",
        "human",
        ("results", "s.csv"),
    ),
    "figure twice": Case(
        {"s.csv": SCORES + "model,m,,aggregate,T,sts,default,eng-Latn,spearman,0.5\n" * 2},
        "s.csv",
        "Keep one",
        ("results", "s.csv"),
    ),
    "no figures": Case({"s.csv": "a,b\n1,2\n"}, "s.csv", "Scores need", ("results", "s.csv")),
    "no results": Case({}, "good", "no figure", ("results", "good")),
    # -- answers
    "answer to an unknown task": Case(
        {"answers.csv": ANSWERS + "nope,default,p1,ann,human,given,{},\n"},
        "answers.csv, line 2, field 'task'",
        "Import the task first",
        IMPORT_ANSWERS,
    ),
    "answer to an unknown item": Case(
        {**KEYED, "answers.csv": ANSWERS + "keyed,default,p9,ann,human,given,{},\n"},
        "answers.csv, line 2, field 'item'",
        "Import the task first",
        IMPORT_ANSWERS,
        KEYED_FIRST,
    ),
    "answer off the scale": Case(
        {**KEYED, "answers.csv": ANSWERS + 'keyed,default,p1,ann,human,given,"{""score"": 7}",\n'},
        "answers.csv, line 2, field 'score'",
        "0 to 5",
        IMPORT_ANSWERS,
        KEYED_FIRST,
    ),
    "answer is no JSON": Case(
        {"answers.csv": ANSWERS + "keyed,default,p1,ann,human,given,{score,\n"},
        "answers.csv, line 2, field 'payload'",
        "JSON",
        IMPORT_ANSWERS,
    ),
    "given without payload": Case(
        {**KEYED, "answers.csv": ANSWERS + "keyed,default,p1,ann,human,given,,\n"},
        "answers.csv, line 2, field 'payload'",
        "skip the item",
        IMPORT_ANSWERS,
        KEYED_FIRST,
    ),
    "kind of rater": Case(
        {"answers.csv": ANSWERS + "keyed,default,p1,ann,martian,given,{},\n"},
        "answers.csv, line 2, field 'kind'",
        "human",
        IMPORT_ANSWERS,
    ),
    "moment without zone": Case(
        {"answers.csv": ANSWERS + "keyed,default,p1,ann,human,given,{},2026-03-01 12:00\n"},
        "answers.csv, line 2, field 'created_at'",
        "+00:00",
        IMPORT_ANSWERS,
    ),
    "unknown column of answers": Case(
        {"answers.csv": "task,subset,item,rater,kind,status,mood\na,b,c,d,human,given,x\n"},
        "answers.csv, line 2, field 'mood'",
        "Columns are",
        IMPORT_ANSWERS,
    ),
    "column of answers missing": Case(
        {"answers.csv": "task,subset,item,rater,status\na,b,c,d,given\n"},
        "answers.csv, line 2, field 'kind'",
        "add it",
        IMPORT_ANSWERS,
    ),
}
