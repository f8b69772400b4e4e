"""Malformed files for every `hume import` and for `hume restore`, each through the command itself, in this process."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import shutil
import sqlite3
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from os import environ
from pathlib import Path
from random import Random
from unittest.mock import patch

from typer.main import get_command

from benchmarks.fuzz_counts import Counts
from benchmarks.mutations import json_bytes, json_text, mutated_bytes, mutated_rows, mutated_value
from db.session import open_current
from hume.cli import app
from hume.errors import HumeError
from hume.records import Json
from tests import four_tasks

Files = Mapping[str, bytes]
"""What a folder holds, by path."""


@dataclass(frozen=True)
class Case:
    """Files, and the arguments of `hume` that read them."""

    files: Files
    arguments: Sequence[str]
    is_alone: bool = False
    """Whether the database is an empty one."""


Make = Callable[["Valid", Random], Case]


@dataclass
class Workplace:
    """A database with four tasks and some answers, as it is before every import."""

    folder: Path
    database: Path
    pristine: Path
    empty: Path
    valid: Valid
    digests: Mapping[Path, str] = field(init=False)

    def __post_init__(self) -> None:
        self.digests = {path: digest(path) for path in (self.pristine, self.empty)}
        self.put(self.pristine)

    def run(self, case: Case, counts: Counts) -> None:
        """One command on one case, counted; the database is afterwards as it was before."""
        counts.inputs += 1
        place, before = self.folder / "case", self.empty if case.is_alone else self.pristine
        if before is not self.before:
            self.put(before)
        _write(case.files, place)
        code, said = command([argument.replace("@", str(place), 1) for argument in case.arguments])
        is_changed = digest(self.database) != self.digests[before]
        if code == 0:
            counts.accepted += 1
        elif code == 2 and not said.startswith("Traceback"):
            counts.refused += 1
            counts.changed += is_changed
        else:
            counts.tracebacks += 1
            counts.changed += is_changed
            counts.keep(f"{' '.join(case.arguments)}: {said.strip().splitlines()[-1:]}\n{said[-3000:]}", case.files)
        if is_changed:
            self.put(before)
        shutil.rmtree(place)

    def put(self, database: Path) -> None:
        """Make the database what that file holds."""
        self.before = database
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.database}{suffix}").unlink(missing_ok=True)
        shutil.copy(database, self.database)


@contextmanager
def workplace() -> Iterator[Workplace]:
    """A folder with a database of its own, which `hume` uses until the end."""
    with tempfile.TemporaryDirectory(prefix="hume-fuzz-") as name:
        folder = Path(name)
        database, pristine, empty = folder / "hume.db", folder / "pristine.db", folder / "empty.db"
        with patch.dict(environ, {"HUME_HOME": name, "HUME_DATABASE_URL": f"sqlite:///{database}", "COLUMNS": "200"}):
            open_current(f"sqlite:///{database}").dispose()
            _copy(database, empty)
            four_tasks.store(f"sqlite:///{database}")
            valid = _valid(folder)
            _copy(database, pristine)
            yield Workplace(folder, database, pristine, empty, valid)


def fuzz(place: Workplace, surface: str, n: int, seed: int) -> Counts:
    """`n` malformed inputs of one kind of file."""
    counts = Counts()
    for number in range(n):
        random = Random(f"{seed}|{surface}|{number}")
        place.run(SURFACES[surface](place.valid, random), counts)
    return counts


def command(arguments: Sequence[str]) -> tuple[int, str]:
    """Exit code and stderr of `hume` with these arguments; the traceback of what was not caught."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            _HUME.main(list(arguments), prog_name="hume")
        except SystemExit as stop:
            return int(stop.code or 0), err.getvalue()
        except HumeError as error:  # as hume.cli.main has it
            return 2, str(error)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            return 1, traceback.format_exc()
    return 0, err.getvalue()


_HUME = get_command(app)
"""Made once: making it takes as long as most imports."""


def digest(database: Path, tables: Sequence[str] = ()) -> str:
    """A hash of every row of these tables, or of all."""
    found = hashlib.blake2b()
    with closing(sqlite3.connect(database)) as connection, suppress(UnicodeDecodeError, sqlite3.Error):
        # A backup whose damage no check sees is restored as it is.
        connection.text_factory = bytes
        names = [row[0] for row in connection.execute("select name from sqlite_master where type='table' order by 1")]
        for name in tables or map(bytes.decode, names):
            for row in connection.execute(f'select * from "{name}" order by 1'):
                found.update(repr((name, row)).encode())
    return found.hexdigest()


def _copy(database: Path, to: Path) -> None:
    with closing(sqlite3.connect(database)) as read, closing(sqlite3.connect(to)) as write:
        read.backup(write)


def _write(files: Files, place: Path) -> None:
    place.mkdir()
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


# -- what is valid ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Valid:
    """Inputs that are taken as they are, to be mutated."""

    tasks: tuple[list[dict[str, Json]], ...]
    """HUME's own JSONL, a list of records a file."""
    folders: tuple[Mapping[str, list[dict[str, Json]]], ...]
    """MTEB's layout: rows by path."""
    answers: list[dict[str, Json]]
    bundle: Mapping[str, bytes]
    backup: bytes


def _valid(folder: Path) -> Valid:
    samples = sorted((Path(__file__).parents[1] / "data" / "samples").glob("*.jsonl"))
    answers = folder / "answers.jsonl"
    answers.write_text("".join(json.dumps(row) + "\n" for row in _answers()), encoding="utf-8")
    for arguments in (
        ("import", "answers", str(answers)),
        ("export", "bundle", str(folder / "bundle.zip")),
        ("backup", str(folder / "copy.backup")),
    ):
        code, said = command(arguments)
        if code:
            raise RuntimeError(f"hume {' '.join(arguments)}: {said}")
    with zipfile.ZipFile(folder / "bundle.zip") as archive:
        bundle = {name: archive.read(name) for name in archive.namelist()}
    return Valid(
        tuple([json.loads(line) for line in sample.read_text("utf-8").splitlines()][:12] for sample in samples),
        _FOLDERS,
        _answers(),
        bundle,
        (folder / "copy.backup").read_bytes(),
    )


def _answers() -> list[dict[str, Json]]:
    rows: list[dict[str, Json]] = []
    for kind, payload in four_tasks.PAYLOADS.items():
        for number in range(3):
            rows.append({
                "task": four_tasks.name(kind), "subset": "eng", "item": f"test{number}", "rater": "Ada",
                "kind": "human", "status": "given", "payload": payload, "revision": 1, "milliseconds": 900,
                "confidence": 50, "comment": "so", "created_at": "2026-03-01T12:00:00+00:00",
                "client_id": f"{kind}-{number:036}", "order_shown": [],
            })  # fmt: skip
    return rows


_PAIR = {"id": "1", "sentence1": "A cat sleeps.", "sentence2": "A cat, asleep.", "score": 4.5}
_LABELLED = [{"text": "Hooray!", "label": 1, "label_text": "joy"}, {"text": "No.", "label": 0, "label_text": "anger"}]
_FOLDERS: tuple[Mapping[str, list[dict[str, Json]]], ...] = (
    {"test.jsonl": [_PAIR, {**_PAIR, "id": "2", "score": 1}]},
    {"train.csv": _LABELLED * 4, "test.csv": _LABELLED},
    {"eng/test.tsv": _LABELLED},
    {"test.json": [{"sentences": ["a", "b", "c"], "labels": ["x", "y", "x"]}]},
    {"test.parquet": [{"sentences": ["a", "b", "c"], "labels": [1, 2, 1]}]},
    {"test.parquet": [_PAIR, {**_PAIR, "id": "2", "score": 0.5}]},
    {
        "corpus/test.jsonl": [{"_id": "d1", "text": "Oslo"}, {"_id": "d2", "title": "", "text": "Bergen"}],
        "queries/test.jsonl": [{"_id": "q1", "text": "Capital of Norway?"}],
        "qrels/test.jsonl": [{"query-id": "q1", "corpus-id": "d1", "score": 1}],
        "top_ranked/test.jsonl": [{"query-id": "q1", "corpus-ids": ["d2", "d1"]}],
    },
)
_CARD: Json = {"language": ["en", "da"], "license": "cc-by-4.0", "configs": [
    {"config_name": "default", "data_files": [{"split": "test", "path": "test.jsonl"}]},
]}  # fmt: skip
_RESULT: Json = {
    "task_name": "HUMESTS12", "mteb_version": "2.1.0", "dataset_revision": "abc", "evaluation_time": 1.5,
    "scores": {"test": [{"main_score": 0.8, "cosine_spearman": 0.8, "spearman": 0.8, "hf_subset": "default",
                         "languages": ["eng-Latn"], "agreement": {"metric": "alpha", "value": 0.5, "n_items": 3}}]},
}  # fmt: skip
_META: Json = {"name": "org/model", "revision": "2026-01-01"}
_LABEL_STUDIO: Json = [{
    "id": 7, "data": {"id": "test1", "sentence1": "eng one 1", "sentence2": "eng other 1"}, "predictions": [],
    "annotations": [{
        "id": 41, "completed_by": {"id": 3, "email": "bea@x.org"}, "was_cancelled": False, "lead_time": 4.2,
        "created_at": "2026-01-02T09:30:00.5Z",
        "result": [{"value": {"rating": 4}, "from_name": "answer", "to_name": "text", "type": "rating"}],
    }],
}]  # fmt: skip
_ARGILLA: Json = [{
    "id": "r1", "fields": {"sentence1": "eng one 1", "sentence2": "eng other 1"}, "metadata": {"item": "test1"},
    "responses": {"score": [{"value": 4, "user_id": "6f7b", "status": "submitted"}]},
}]  # fmt: skip


# -- what is made of it -------------------------------------------------------------------------------


def own_tasks(valid: Valid, random: Random) -> Case:
    """HUME's own JSONL, whole tasks."""
    rows = mutated_rows(random.choice(valid.tasks), random)
    name = random.choice(("own.jsonl", "own.jsonl", "own.jsonl", "own.json", "own.jsonl.gz", "own.csv", "own.parquet"))
    return Case({name: _table(name, rows, random)}, ("import", "tasks", f"@/{name}"))


def folders(valid: Valid, random: Random) -> Case:
    """A folder in MTEB's layout: tables, names of files, the README's front matter."""
    tables = dict(random.choice(valid.folders))
    name = random.choice(list(tables))
    files = {
        one: _table(one, rows if one != name else mutated_rows(rows, random), random) for one, rows in tables.items()
    }
    if random.random() < 0.3:
        card = mutated_value(_CARD, random)
        front = json.dumps(card, ensure_ascii=False).encode(errors="surrogatepass")  # JSON is YAML
        files = {"test.jsonl": files.get("test.jsonl", b""), "README.md": b"---\n" + front + b"\n---\n# x\n"}
        if random.random() < 0.3:
            files["README.md"] = mutated_bytes(files["README.md"], random)
    return Case({f"t/{one}": content for one, content in files.items()}, ("import", "tasks", "@/t"))


def results(_: Valid, random: Random) -> Case:
    """mteb's TaskResult with its model_meta.json, and tables of figures."""
    if random.random() < 0.3:
        name = random.choice(("scores.csv", "agreement.csv"))
        raw = (Path(__file__).parents[1] / "data" / "hume_v1" / name).read_bytes()
        return Case(
            {name: mutated_bytes(b"\n".join(raw.split(b"\n")[:8]) + b"\n", random)}, ("import", "results", f"@/{name}")
        )
    result, meta = mutated_value(_RESULT, random), mutated_value(_META, random) if random.random() < 0.2 else _META
    files = {"r/HUMESTS12.json": json_bytes(result, random), "r/model_meta.json": json_bytes(meta, random)}
    return Case(files, ("import", "results", "@/r"))


def answers(valid: Valid, random: Random) -> Case:
    """Answers as `hume export answers` writes them."""
    name = random.choice(("a.jsonl", "a.jsonl", "a.csv", "a.parquet", "a.json"))
    rows = mutated_rows(random.sample(valid.answers, 4), random)
    return Case({name: _table(name, rows, random)}, ("import", "answers", f"@/{name}"))


def label_studio(_: Valid, random: Random) -> Case:
    """Label Studio's export."""
    return _foreign(mutated_value(_LABEL_STUDIO, random), "label-studio", random)


def argilla(_: Valid, random: Random) -> Case:
    """Argilla's export."""
    return _foreign(mutated_value(_ARGILLA, random), "argilla", random)


def bundles(valid: Valid, random: Random) -> Case:
    """A bundle whose files were changed, with hashes that fit, or a zip with damaged bytes or odd names."""
    files = dict(valid.bundle)
    name = random.choice([one for one in files if one != "manifest.json"])
    if name.endswith(".jsonl"):
        rows = mutated_rows([json.loads(line) for line in files[name].splitlines()], random)
        files[name] = _jsonl(rows)
    else:
        files[name] = json_bytes(mutated_value(json.loads(files[name]), random), random)
    manifest = json.loads(files["manifest.json"])
    manifest["sha256"][name] = hashlib.sha256(files[name]).hexdigest()
    if random.random() < 0.15:
        manifest = mutated_value(manifest, random)
    files["manifest.json"] = json_bytes(manifest, random)
    if random.random() < 0.1:
        files[random.choice(("../../evil", "/etc/evil", "C:\\evil", "a/../../b", "x.zip"))] = b"PK\x03\x04"
    raw = _zipped(files)
    return Case({"b.zip": mutated_bytes(raw, random) if random.random() < 0.2 else raw}, _BUNDLE, is_alone=True)


def backups(valid: Valid, random: Random) -> Case:
    """A backup with damaged bytes."""
    raw = bytearray(valid.backup)
    for _ in range(random.choice((1, 3, 30))):
        raw[random.randrange(len(raw))] = random.randrange(256)
    cut = bytes(raw[: random.randrange(len(raw))]) if random.random() < 0.3 else bytes(raw)
    return Case({"x.backup": cut}, ("restore", "--force", "@/x.backup"))


_BUNDLE = ("import", "bundle", "@/b.zip")


def _foreign(value: Json, layout: str, random: Random) -> Case:
    arguments = ("import", "answers", "@/f.json", "--task", four_tasks.name("sts"), "--format", layout)
    return Case({"f.json": json_bytes(value, random)}, arguments)


def _table(name: str, rows: Sequence[Json], random: Random) -> bytes:
    """The rows in the format that the name's ending says; JSON where they fit into no table of that format."""
    objects = [row for row in rows if isinstance(row, dict)]
    if name.endswith(".parquet"):
        raw = _parquet(objects) or _jsonl(rows)
    elif name.endswith((".csv", ".tsv")):
        raw = _csv(objects, "\t" if name.endswith(".tsv") else ",")
    elif name.endswith(".json"):
        raw = json_text(rows).encode()
    else:
        raw = _jsonl(rows)
    raw = mutated_bytes(raw, random) if random.random() < 0.2 else raw
    return gzip.compress(raw, mtime=0) if name.endswith(".gz") else raw


def _jsonl(rows: Sequence[Json]) -> bytes:
    return b"".join(json_text(row).encode() + b"\n" for row in rows)


def _csv(rows: Sequence[dict[str, Json]], delimiter: str) -> bytes:
    text = io.StringIO()
    columns = list(dict.fromkeys(str(column) for row in rows for column in row))
    writer = csv.writer(text, delimiter=delimiter, escapechar="\\")
    writer.writerow(columns)
    for row in rows:
        cells = (row.get(column) for column in columns)
        writer.writerow([cell if isinstance(cell, str) else json.dumps(cell) for cell in cells])
    return text.getvalue().encode(errors="surrogatepass")


def _parquet(rows: Sequence[dict[str, Json]]) -> bytes:
    """Empty where Arrow has no type for what the rows hold."""
    import pyarrow
    import pyarrow.parquet

    to = io.BytesIO()
    try:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), to)
    except (pyarrow.ArrowException, UnicodeEncodeError, OverflowError, TypeError, AttributeError):
        return b""
    return to.getvalue()


def _zipped(files: Files) -> bytes:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return to.getvalue()


SURFACES: Mapping[str, Make] = {
    "tasks": own_tasks,
    "folders": folders,
    "results": results,
    "answers": answers,
    "label_studio": label_studio,
    "argilla": argilla,
    "bundles": bundles,
    "backups": backups,
}
