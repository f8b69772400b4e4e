"""Loading embedding models, what the runner asks of them, and what is said where they cannot be loaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from sentence_transformers import SentenceTransformer, util
from sentence_transformers.base.modules import Router

from hume.errors import HumeError, NotFound
from hume.parsed import parse
from hume.raters import embedding
from hume.raters.backends import Asked, EmbeddingBackend, Loading, PairBackend, load
from hume.raters.backends.hub import Pinned, pinned
from hume.raters.backends.similarities import SIMILARITIES
from hume.records import Item, Subset, SubsetRecord, Task
from tests.raters.tiny_models import TEXTS, bert, save, save_with_code

ROOT = Path(__file__).parents[2]
NAME = "sentence-transformers/all-MiniLM-L6-v2"
CPU = Loading("cpu")
PLAIN = Asked(Task("T", "sts"), Subset("default"), "plain")
QUERY = Asked(Task("T", "reranking"), Subset("default"), "query")
DOCUMENT = Asked(Task("T", "reranking"), Subset("default"), "document")


@pytest.fixture(scope="module")
def minilm():
    return load("all-MiniLM-L6-v2", CPU)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folder of a tiny BERT."""
    return save("all-MiniLM-L12-v2", tmp_path_factory.mktemp("models"))


def test_the_card_says_what_ran(minilm):
    assert minilm.card.name == NAME
    assert minilm.card.device == "cpu"
    assert minilm.card.revision.startswith("weights-")
    assert set(minilm.card.versions) == {"sentence-transformers", "transformers", "torch"}
    assert minilm.card.settings["pooling"] == "mean"
    assert minilm.card.settings["precision"] == "fp32"
    assert (minilm.card.settings["max_length"], minilm.card.settings["dimensions"]) == (256, 384)


def test_it_gives_vectors_and_no_pair_scores(minilm):
    assert isinstance(minilm, EmbeddingBackend)
    assert not isinstance(minilm, PairBackend)
    vectors = minilm.embed(["a cat sat", "a dog", "x"], PLAIN)
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32


def test_loading_reads_no_weights_and_imports_nothing_heavy():
    """A run whose embeddings are all cached must not pay for a model that it does not use."""
    program = (
        "import sys; from hume.raters.backends import load, Loading; load('all-MiniLM-L6-v2', Loading('cpu')); "
        "sys.exit(bool({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_saved_folder_is_the_same_model(minilm, tmp_path):
    minilm._model.save(str(tmp_path / "copy"))
    copy = load(str(tmp_path / "copy"), CPU)
    assert copy.card.name == "copy"
    np.testing.assert_allclose(copy.embed(["x"], QUERY), minilm.embed(["x"], QUERY), atol=1e-6)


def test_a_transformer_without_modules_is_pooled_as_sentence_transformers_would(tmp_path):
    bert(tmp_path / "bare", "mean")
    backend = load(str(tmp_path / "bare-transformer"), CPU)
    assert backend.card.settings["pooling"] == "mean"
    expected = SentenceTransformer(str(tmp_path / "bare-transformer"), device="cpu").encode(TEXTS)
    np.testing.assert_allclose(backend.embed(TEXTS, PLAIN), expected, atol=1e-5)


def test_precision_is_what_was_asked_for(tiny):
    half = load(str(tiny), Loading("cpu", precision="bf16"))
    assert half.card.settings["precision"] == "bf16"
    vectors, full = half.embed(TEXTS, PLAIN), load(str(tiny), CPU).embed(TEXTS, PLAIN)
    assert {parameter.dtype for parameter in half._model.parameters()} == {torch.bfloat16}
    assert vectors.dtype == np.float32
    assert 0 < np.abs(vectors - full).max() < 0.1


def test_no_more_of_a_text_is_read_than_was_asked_for(tiny):
    short = load(str(tiny), Loading("cpu", max_length=5))
    assert short.card.settings["max_length"] == 5
    same = short.embed(["the cat sat on the mat", "the cat sat by the fire"], PLAIN)
    np.testing.assert_allclose(same[0], same[1], atol=1e-6)
    assert load(str(tiny), Loading("cpu", max_length=10**6)).card.settings["max_length"] == 128


def test_a_routed_model_keeps_queries_and_documents_apart(tmp_path):
    """Two texts with one prompt have two embeddings where queries have weights of their own."""
    modules = Router.for_query_document(bert(tmp_path / "q", "mean"), bert(tmp_path / "d", "cls"))
    model = SentenceTransformer(modules=[modules], device="cpu")
    model.save(str(tmp_path / "routed"), create_model_card=False)
    backend = load(str(tmp_path / "routed"), CPU)
    assert backend.prompt(QUERY) != backend.prompt(DOCUMENT)
    np.testing.assert_allclose(backend.embed(TEXTS[:2], QUERY), model.encode_query(TEXTS[:2]), atol=1e-5)
    np.testing.assert_allclose(backend.embed(TEXTS[:2], DOCUMENT), model.encode_document(TEXTS[:2]), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("cosine", util.cos_sim),
        ("dot", util.dot_score),
        ("euclidean", util.euclidean_sim),
        ("manhattan", util.manhattan_sim),
    ],
)
def test_similarities_are_those_of_sentence_transformers(name, theirs):
    a, b = np.random.default_rng(0).normal(size=(2, 7, 16)).astype(np.float32)
    a[0] = 0
    found = SIMILARITIES[name](a, b)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, theirs(a, b).numpy(), atol=1e-5)


# -- code beside the weights ------------------------------------------------------------------------------


def test_code_that_a_model_needs_runs_with_the_flag_and_not_without(tiny, tmp_path):
    folder = save_with_code(tmp_path, "odd")
    with pytest.raises(HumeError, match=r"lies beside its weights.*--trust-remote-code"):
        load(str(folder), CPU)
    trusted = load(str(folder), Loading("cpu", trust_remote_code=True))
    plain = load(str(tiny), CPU).embed(TEXTS, PLAIN)
    np.testing.assert_allclose(trusted.embed(TEXTS, PLAIN), plain[:, ::-1], atol=1e-5)
    assert trusted.card.settings["code"] == "run"


def test_code_beside_a_model_that_loads_without_it_is_not_run_and_the_card_says_so(tiny, tmp_path):
    folder = save_with_code(tmp_path, "bert")
    backend = load(str(folder), CPU)
    np.testing.assert_allclose(backend.embed(TEXTS, PLAIN), load(str(tiny), CPU).embed(TEXTS, PLAIN), atol=1e-5)
    assert backend.card.settings["code"] == "not run"


def test_other_code_is_another_revision(tmp_path):
    folder = save_with_code(tmp_path, "bert")
    before = load(str(folder), CPU).card.revision
    (folder / "modeling_odd.py").write_text("")
    assert load(str(folder), CPU).card.revision != before


@pytest.mark.parametrize("file", ["vocab.txt", "2_Dense/pytorch_model.bin", "1_Pooling/config.json"])
def test_whatever_vectors_depend_on_is_another_revision(file, tiny, tmp_path):
    folder = Path(shutil.copytree(tiny, tmp_path / "copy"))
    (folder / "2_Dense").mkdir(exist_ok=True)
    (folder / file).write_text("{}")
    before = load(str(folder), CPU).card.revision
    (folder / "pytorch_model.bin").write_text("the weights again, which are not read")
    (folder / "README.md").write_text("about it")
    assert load(str(folder), CPU).card.revision == before
    (folder / file).write_text('{"pooling_mode": "cls", "embedding_dimension": 8}')
    assert load(str(folder), CPU).card.revision != before


def test_modules_that_are_not_sentence_transformers_own_need_the_flag(tmp_path):
    folder = save("all-MiniLM-L12-v2", tmp_path)
    modules = folder / "modules.json"
    ours = "sentence_transformers.base.modules.normalize.Normalize"
    assert ours in modules.read_text()
    modules.write_text(modules.read_text().replace(ours, "custom_odd.Normalize"))
    with pytest.raises(HumeError, match="--trust-remote-code"):
        load(str(folder), CPU)


def test_a_family_that_is_nothing_without_its_code_is_refused_by_name(tmp_path):
    with pytest.raises(HumeError, match=r"NV-Embed-v2 runs Python code"):
        load(str(save("NV-Embed-v2", tmp_path)), CPU)


# -- what cannot be loaded ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "loading", "said"),
    [
        ("{tmp}/empty", CPU, r"holds no model: there is no \.safetensors"),
        ("{tmp}/bare", CPU, r"holds no model: neither modules\.json nor config\.json"),
        ("{tmp}/torn", CPU, r"torn.modules\.json cannot be read"),
        ("./no/such/folder", CPU, r"There is no folder \./no/such/folder"),
        ("too/many/parts", CPU, "neither a folder here nor a name on the hub"),
    ],
)
def test_what_is_no_model_is_said(name, loading, said, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "model.safetensors").touch()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "model.safetensors").touch()
    (tmp_path / "torn" / "modules.json").write_text('[{"idx": 0')
    with pytest.raises(NotFound, match=said):
        load(name.format(tmp=tmp_path), loading)


def test_a_folder_has_no_revisions(tiny):
    with pytest.raises(HumeError, match="leave --revision out"):
        load(str(tiny), Loading("cpu", revision="main"))


def test_weights_that_cannot_be_read_are_said_when_they_are_needed(tmp_path):
    folder = save("all-MiniLM-L12-v2", tmp_path)
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(NotFound, match=r"could not be loaded.*Give a folder"):
        load(str(folder), CPU).embed(["x"], PLAIN)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_said(tiny):
    with pytest.raises(HumeError, match="no CUDA device here"):
        load(str(tiny), Loading("cuda"))


COMMIT = "a" * 40


class Hub(BaseHTTPRequestHandler):
    """Answers as the hub does: one model with its files, and the errors that its clients tell apart by a header."""

    def do_GET(self):
        self.server.asked.append(self.path)
        status, code, body = 200, "", b'{"id": "org/there", "sha": "%s"}' % COMMIT.encode()
        if "/locked" in self.path:
            status, code = 403, "GatedRepo"
        elif "/down" in self.path:
            status = 503
        elif "/there" not in self.path:
            status, code = 404, "RepoNotFound"
        elif "/revision/" in self.path and not self.path.endswith(("main", COMMIT)):
            status, code = 404, "RevisionNotFound"
        elif "/tree/" in self.path:
            files = [path for path in self.server.model.rglob("*") if path.is_file()]
            body = json.dumps([self._entry(path) for path in files]).encode()
        elif "/resolve/" in self.path:
            file = self.server.model / self.path.split(f"/resolve/{COMMIT}/")[-1]
            status, code = (200, "") if file.is_file() else (404, "EntryNotFound")
            body = file.read_bytes() if file.is_file() else b""
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{zlib.crc32(body):08x}"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _entry(self, file):
        path = file.relative_to(self.server.model).as_posix()
        return {"type": "file", "path": path, "size": file.stat().st_size, "oid": "0"}

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_):
        """Nothing on the tests' screen."""


@pytest.fixture
def hub(monkeypatch, tmp_path, tiny):
    """A hub on this machine that has the tiny BERT as `org/there`, and an empty cache."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.asked, server.model = [], tiny
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    yield server
    server.shutdown()
    server.server_close()


def test_a_model_of_the_hub_is_fetched_and_loaded_at_one_commit(hub, tiny, tmp_path):
    program = (
        "import sys, numpy; from tests.raters.test_backends import CPU, PLAIN, TEXTS, load; "
        "model = load('org/there', CPU); numpy.save(sys.argv[1], model.embed(TEXTS, PLAIN)); "
        "print(model.card.name, model.card.revision)"
    )
    environment = {**os.environ, "HF_ENDPOINT": constants.ENDPOINT, "HF_HUB_CACHE": str(tmp_path / "hub")}
    command = [sys.executable, "-c", program, str(tmp_path / "vectors.npy")]
    ran = subprocess.run(command, env=environment, cwd=ROOT, check=False, capture_output=True, text=True)
    assert ran.stdout.split() == ["org/there", COMMIT], ran.stderr
    vectors = load(str(tiny), CPU).embed(TEXTS, PLAIN)
    np.testing.assert_allclose(np.load(tmp_path / "vectors.npy"), vectors, atol=1e-6)
    assert {path.split("/")[4] for path in hub.asked if "/resolve/" in path} == {COMMIT}


def test_a_revision_is_pinned_to_its_commit(hub):
    assert pinned("org/there", "main") == pinned("org/there") == Pinned(COMMIT)


@pytest.mark.parametrize(
    ("name", "revision", "said"),
    [
        ("org/unknown", "", r"no model 'org/unknown' on .* Check the spelling"),
        ("org/locked", "", "put a token that may read it into HF_TOKEN"),
        ("org/there", "nonsense", r"org/there has no revision 'nonsense'\. Give a commit"),
    ],
)
def test_what_the_hub_does_not_have_is_said(name, revision, said, hub):
    with pytest.raises(NotFound, match=said):
        load(name, Loading("cpu", revision=revision))


def test_a_hub_that_does_not_answer_is_asked_once(hub):
    with pytest.raises(NotFound, match="cannot be reached"):
        load("org/down", CPU)
    assert len(hub.asked) == 1


def test_a_network_that_is_not_there_is_said_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(NotFound, match=r"cannot be reached.*HF_ENDPOINT.*hf download org/model --local-dir"):
        load("org/model", CPU)


class Broken:
    """An encoder that gives NaN for one text."""

    def encode(self, texts, role):
        return np.array([[np.nan if "bad" in text else 1.0] for text in texts], dtype=np.float32)

    def similarity(self, a, b):
        return a @ b.T


def test_nan_is_no_answer():
    items = (Item("s1", {"sentence1": "fine", "sentence2": "a bad text"}, 1.0),)
    with pytest.raises(HumeError, match=r"1 of 2 texts.*a bad text"):
        embedding.answer(parse(SubsetRecord(Task("T", "sts"), Subset("default"), items)), Broken())
