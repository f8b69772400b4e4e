"""What is too large, too deep or leads elsewhere is refused with its place and the mend, and fills no memory."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import four_tasks
import pyarrow
import pyarrow.parquet
import pytest
from commands import Run

from db.session import open_engine, reading
from db.store.tasks import tasks
from hume.errors import InvalidInput
from hume.export.bundle import ANSWERS, FORMAT, MANIFEST, PUBLISHED, RATERS, REPORT, TASKS
from hume.ingest.bounds import MOST_COLUMNS, MOST_PARTS
from hume.ingest.bundle import read_bundle
from hume.ingest.card import read_card
from hume.ingest.layout import read_layout
from hume.ingest.rows import DEEPEST
from hume.ingest.tables import read_rows

MIB = 2**20


@pytest.fixture
def stored_url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database with the four small tasks, which `hume` uses."""
    four_tasks.store(sqlite_url)
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    return sqlite_url


PAIR = '{"sentence1": "A cat sleeps.", "sentence2": "A cat, asleep.", "score": 4.5}\n'

MEASURE = """
import json, resource, sys
from pathlib import Path
import pyarrow.parquet, yaml
from hume.errors import InvalidInput
from hume.ingest.bundle import read_bundle
from hume.ingest.card import read_card
from hume.ingest.results import read_results
from hume.ingest.tables import read_rows

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

readers = {"": lambda path: list(read_rows(path)), ".zip": lambda path: read_bundle(path, None),
           "-card": read_card, "-results": read_results}
before, found = peak(), {}
for name, reader in json.loads(sys.argv[1]):
    try:
        readers[reader](Path(name))
        said = "taken"
    except InvalidInput as error:
        said = str(error)
    found[name] = [said, peak() - before]
print(json.dumps(found))
"""


def swollen(of: bytes, times: int) -> bytes:
    """A gzip of `of` so many times over."""
    return gzip.compress(of, mtime=0) * times


def parquet_of_zeros() -> bytes:
    to = io.BytesIO()
    table = pyarrow.table({"text": ["0" * MIB]})
    with pyarrow.parquet.ParquetWriter(to, table.schema, compression="zstd", use_dictionary=False) as writer:
        for _ in range(48):
            writer.write_table(table)
    return to.getvalue()


def zip_of_zeros() -> bytes:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, "{}")
        archive.writestr(TASKS, "0" * 64 * MIB)
    return to.getvalue()


BOMBS: dict[str, tuple[bytes, str, str]] = {
    # name: content, which reader, what the message says
    "zeros.jsonl.gz": (swollen(b"\0" * MIB, 10_000), "", "line is too long"),
    "zeros.json.gz": (swollen(b"\0" * MIB, 10_000), "", "too long to be read at once"),
    "zeros.csv.gz": (swollen(b"\0" * MIB, 10_000), "", "line is too long"),
    "spaces.jsonl.gz": (swollen((b" " * 1023 + b"\n") * 1024, 40), "", "unpacks to more than 100 times"),
    "rows.json.gz": (swollen(b"[" + b" " * MIB, 300), "", "unpacks to more than 100 times"),
    "quote.csv.gz": (gzip.compress(b'a,b\n"') + swollen(b"x" * 4095 + b"\n", 8_000), "", "cannot be read"),
    "columns.csv": (b"," * 3 * MIB, "", "columns; at most"),
    "parts.jsonl": (b"[" + b"[]," * (MOST_PARTS // 2) + b"[]]", "", f"more than {MOST_PARTS:,} values"),
    "parts.json": (b"[" + b"{}," * (MOST_PARTS // 2) + b"{}]", "", f"more than {MOST_PARTS:,} values"),
    "parts/result.json": (b"[" + b"{}," * (MOST_PARTS // 2) + b"{}]", "-results", f"more than {MOST_PARTS:,} values"),
    "zeros.parquet": (parquet_of_zeros(), "", "unpacks to more than 100 times"),
    "zeros.zip": (zip_of_zeros(), ".zip", "unpacks to more than 100 times"),
    "aliases/README.md": (
        b"---\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 10))
        + b"---\n",
        "-card",
        "aliases",
    ),
    "lines/README.md": (b"---\na: b\n---\n" + b"\n" * MIB, "-card", "taken"),
    "front/README.md": (b"---\n" + b"a\n" * 2 * MIB + b"---\n", "-card", "not closed within"),
}  # fmt: skip


def test_bombs_are_refused_in_little_memory(tmp_path: Path) -> None:
    wanted = []
    for name, (content, reader, _) in BOMBS.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        wanted.append((str(path.parent if reader == "-card" else path), reader))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, json.dumps(wanted)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for (name, _), (_, _, says) in zip(wanted, BOMBS.values(), strict=True):
        said, grown_mib = found[name]
        assert says in said, (name, said)
        assert grown_mib < 300, (name, grown_mib)


def test_as_much_as_real_data_have_is_taken(tmp_path: Path) -> None:
    """A set of 100,000 texts in one row, 200,000 documents packed well, a hundred columns."""
    (tmp_path / "set.jsonl").write_text(json.dumps({"sentences": ["a, b, c"] * 100_000, "labels": [1] * 100_000}))
    assert len(next(read_rows(tmp_path / "set.jsonl")).array("sentences")) == 100_000
    rows = "".join(json.dumps({"_id": f"d{n}", "text": f"the {n}th text of them"}) + "\n" for n in range(200_000))
    (tmp_path / "corpus.jsonl.gz").write_bytes(gzip.compress(rows.encode(), 1))
    assert sum(1 for _ in read_rows(tmp_path / "corpus.jsonl.gz")) == 200_000
    (tmp_path / "wide.csv").write_text(",".join(f"c{n}" for n in range(100)) + "\n" + "1," * 99 + "1\n")
    assert len(next(read_rows(tmp_path / "wide.csv")).values) == 100


@pytest.mark.parametrize("depth", [DEEPEST + 1, 400, 900, 5_000])
def test_what_lies_too_deep_is_refused(tmp_path: Path, depth: int) -> None:
    file = tmp_path / "deep.jsonl"
    file.write_text('{"x": ' + "[" * depth + "]" * depth + "}\n")
    with pytest.raises(InvalidInput, match=r"deep\.jsonl, line 1.*(deep in each other|cannot be read)"):
        list(read_rows(file))


def test_columns_have_a_limit_that_takes_no_time(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text(",".join(f"c{n}" for n in range(MOST_COLUMNS + 1)) + "\n1\n")
    with pytest.raises(InvalidInput, match="columns; at most"):
        list(read_rows(file))


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    for name, make in (("pipe.jsonl", os.mkfifo), ("pipe.parquet", os.mkfifo), ("folder.csv", os.mkdir)):
        make(tmp_path / name)
        with pytest.raises(InvalidInput, match="no file that can be read"):
            list(read_rows(tmp_path / name))


def test_a_link_out_of_a_folder_is_refused_and_one_of_hugging_faces_cache_is_not(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text(PAIR)
    found, declared = tmp_path / "found", tmp_path / "declared"
    for folder in (found, declared):
        folder.mkdir()
        (folder / "test.jsonl").symlink_to(secret)
    (declared / "README.md").write_text("---\nconfigs:\n- config_name: a\n  data_files: test.jsonl\n---\n")
    for folder in (found, declared):
        with pytest.raises(InvalidInput, match=r"the link test\.jsonl leads out of the folder"):
            read_layout(folder)
    blobs, snapshot = tmp_path / "hub" / "blobs", tmp_path / "hub" / "snapshots" / "abc"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    (blobs / "1f").write_text(PAIR)
    (snapshot / "test.jsonl").symlink_to("../../blobs/1f")
    assert [row.number("score") for row in read_layout(snapshot).rows("default", "test")] == [4.5]


@pytest.mark.parametrize(
    ("path", "says"),
    [("../x.jsonl", "leaves the folder"), ("/etc/passwd", "leaves the folder"), ("x" * 5_000, "too long"),
     ("**/**/**/*.jsonl", "more than once"), ("x" * 300 + ".jsonl", "no pattern|no file")],
)  # fmt: skip
def test_paths_of_a_card_stay_within_reason(tmp_path: Path, path: str, says: str) -> None:
    (tmp_path / "README.md").write_text(f"---\nconfigs:\n- config_name: a\n  data_files: {json.dumps(path)}\n---\n")
    with pytest.raises(InvalidInput, match=says):
        read_layout(tmp_path)


def test_a_card_without_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(
        "---\nconfigs:\n- config_name: a\n  data_files:\n  - split: test\n    path: []\n---\n"
    )
    with pytest.raises(InvalidInput, match="names no file"):
        read_layout(tmp_path)


def test_yaml_makes_no_objects(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nx: !!python/object/apply:os.system ['touch gone']\nlanguage: no\n---\n")
    card = read_card(tmp_path)
    assert card.front["x"] == ["touch gone"]
    assert card.languages == ("nor-Latn",)


# -- bundles ------------------------------------------------------------------------------------------

A_TASK = {"record": "task", "name": "T", "task_type": "sts", "settings": {}}
A_SUBSET = {"record": "subset", "task": "T", "name": "eng", "languages": []}
AN_ITEM = {
    "record": "item", "id": "i", "split": "test", "position": 0, "version": 1, "purpose": "judgment",
    "content": {"sentence1": "a", "sentence2": "b"}, "gold": 3,
}  # fmt: skip


def item(**changed: object) -> dict[str, object]:
    row = {**AN_ITEM, **changed}
    canonical = json.dumps([row["content"], row["gold"]], sort_keys=True)
    return {"hash": hashlib.sha256(canonical.encode()).hexdigest(), **row}


def bundle(to: Path, lines: list[object], **other: object) -> Path:
    """A bundle whose hashes are right, whatever it holds."""
    files = {TASKS: "".join(json.dumps(line) + "\n" for line in lines), RATERS: "", ANSWERS: "", REPORT: "{}\n"}
    files[PUBLISHED] = json.dumps({"scores": [], "agreement": []})
    files |= {name: value if isinstance(value, str) else json.dumps(value) for name, value in other.items()}
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    manifest = {"format": FORMAT, "versions": {"python": "3"}, "names": False, "sha256": hashes}
    with zipfile.ZipFile(to, "w") as archive:
        for name, text in {MANIFEST: json.dumps(manifest), **files}.items():
            archive.writestr(name, text)
        archive.writestr("../../evil.txt", "out")
        archive.writestr("inner.zip", "PK")
    return to


def nothing(*_: str) -> None:
    return None


def test_a_bundle_is_read_by_its_own_names_alone(tmp_path: Path) -> None:
    path = bundle(tmp_path / "b.zip", [A_TASK, A_SUBSET, item(content={"sentence1": "a\u2028b", "sentence2": "\x85"})])
    (document,) = read_bundle(path, nothing).documents
    assert document.subsets[0][1][0].content["sentence1"] == "a\u2028b"
    assert [one.name for one in tmp_path.parent.rglob("evil.txt")] == []


@pytest.mark.parametrize(
    ("lines", "other", "says"),
    [
        ([A_SUBSET], {}, "tasks.jsonl, line 1.*After a task"),
        ([A_TASK, item()], {}, "tasks.jsonl, line 2.*after a subset"),
        ([A_TASK, A_SUBSET, item(), item()], {}, "line 4.*stands twice"),
        ([A_TASK, A_SUBSET, A_SUBSET], {}, "line 3.*stands twice"),
        ([A_TASK, A_SUBSET, item(), A_TASK], {}, "line 4.*stands twice"),
        ([{**A_TASK, "task_type": "x"}], {}, "no task type 'x'"),
        ([{**A_TASK, "name": 5}], {}, "field 'name'"),
        ([{**A_TASK, "settings": []}], {}, "field 'settings'"),
        ([{**A_TASK, "overlap": 0}], {}, "overlap"),
        ([{**A_TASK, "state": "ajar"}], {}, "field 'state'"),
        ([A_TASK, {**A_SUBSET, "languages": 5}], {}, "field 'languages'"),
        ([A_TASK, A_SUBSET, item(position=2**40)], {}, "field 'position'"),
        ([A_TASK, A_SUBSET, {**item(), "purpose": "repeat?"}], {}, "field 'purpose'"),
        ([[]], {}, "line 1.*no object"),
        ([{"record": "task", "\x00": 1}], {}, "NUL"),
        ([], {RATERS: '{"kind": "robot", "name": "x"}\n'}, "raters.jsonl, line 1.*'kind'"),
        ([], {RATERS: '{"kind": "human", "name": {}}\n'}, "raters.jsonl, line 1.*'name'"),
        ([], {ANSWERS: '{"task": 1}\n'}, r"b\.zip/answers.jsonl, line 1"),
        ([], {PUBLISHED: "[]"}, "published.json"),
        ([], {PUBLISHED: {"scores": [{"task": "T"}], "agreement": []}}, "published.json"),
        ([], {PUBLISHED: "[" * 5_000}, "published.json"),
    ],
)
def test_a_bundle_says_where_it_is_wrong(
    tmp_path: Path, lines: list[object], other: dict[str, object], says: str
) -> None:
    with pytest.raises(InvalidInput, match=f"(?s){says}"):
        read_bundle(bundle(tmp_path / "b.zip", lines, **other), nothing)


# -- what the fuzzer found ------------------------------------------------------------------------------

LABEL_STUDIO = {"id": 1, "data": {"id": "test1"}, "annotations": []}
ANNOTATION = {"completed_by": 3, "was_cancelled": False, "result": []}


@pytest.mark.parametrize(
    ("name", "content", "arguments"),
    [
        ("ls.json", [{**LABEL_STUDIO, "predictions": 7, "annotations": [{**ANNOTATION, "result": 7}]}], ()),
        ("ls.json", [{**LABEL_STUDIO, "annotations": [{**ANNOTATION, "result": [{"type": {}}]}]}], ()),
        ("ls.json", '[{"id": 1, "data": {"id": "test1"}, "annotations": [{"lead_time": 1e999, "result": 1}]}]', ()),
        ("a.json", [{"id": "r", "fields": {}, "responses": {"q": 7}}], ()),
        ("a.json", [{"id": "r", "fields": {}, "responses": {"q": [{"value": [7], "user_id": "u"}]}}], ()),
        ("a.json", [{"id": "r", "fields": {}, "responses": {"q": [{"value": 10**400, "user_id": "u"}]}}], ()),
        ("a.json", [{"q.responses": 7}], ()),
        ("own.jsonl", '{"task": "SmallSts", "subset": "eng", "item": "test0", "rater": "A", "kind": "human", '
                      '"status": "given", "payload": {"score": 3}, "milliseconds": 1%s}' % ("0" * 400), ()),
        ("own.jsonl", '{"task": "SmallSts", "subset": "eng", "item": "test0", "rater": "A", "kind": "human", '
                      '"status": "given", "payload": {"score": 3}, "confidence": 101}', ()),
    ],
)  # fmt: skip
def test_answers_of_odd_types_are_refused_in_words(
    run: Run, stored_url: str, tmp_path: Path, name: str, content: object, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    task = () if name == "own.jsonl" else ("--task", "SmallSts")
    code, _, said = run("import", "answers", str(file), *task, *arguments)
    assert code == 2, said
    assert "line 1" in said


@pytest.mark.parametrize("version", ["2.²", "9" * 5_000, [], {"a": 1}])
@pytest.mark.parametrize("score", [0.5, 10**400])
def test_results_of_odd_numbers_are_read_or_refused_in_words(
    run: Run, stored_url: str, tmp_path: Path, version: object, score: float
) -> None:
    entry = {"main_score": 0.5, "cosine_spearman": 0.5, "spearman": score, "hf_subset": "default", "languages": ["eng"]}
    file = tmp_path / "HUMESTS12.json"
    file.write_text(json.dumps({"task_name": "HUMESTS12", "mteb_version": version, "scores": {"test": [entry]}}))
    code, _, said = run("import", "results", str(file))
    assert code in (0, 2), said


def test_nothing_is_stored_of_an_import_that_is_refused_half_way(run: Run, stored_url: str, tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "test.jsonl").write_text(PAIR * 2)
    (tmp_path / "zeros.jsonl.gz").write_bytes(swollen(b"\0" * MIB, 100))
    code, _, said = run("import", "tasks", str(tmp_path / "good"), str(tmp_path / "zeros.jsonl.gz"))
    assert code == 2
    assert "zeros.jsonl.gz" in said
    engine = open_engine(stored_url)
    with reading(engine) as session:
        assert "good" not in {task.name for task in tasks(session)}
    engine.dispose()


def test_a_backup_whose_names_of_tables_are_damaged_is_refused_in_words(
    run: Run, stored_url: str, tmp_path: Path
) -> None:
    assert run("backup", str(tmp_path / "x.backup"))[0] == 0
    raw = (tmp_path / "x.backup").read_bytes()
    (tmp_path / "bad.backup").write_bytes(raw.replace(b"tabletask_annotator", b"tabletask\xf3annotator"))
    code, _, said = run("restore", "--force", str(tmp_path / "bad.backup"))
    assert code == 2
    assert "bad.backup is damaged" in said
