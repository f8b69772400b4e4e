"""The embedding cache: what goes in comes out, whoever else writes, is killed, or damages the file."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hume.raters import cache as module
from hume.raters.backends import ModelCard
from hume.raters.cache import FILE, EmbeddingCache
from hume.settings import Settings

ROOT = Path(__file__).parents[2]
CARD = ModelCard("a/model", "r1", "cpu", settings={"precision": "fp32"})


def vectors(n: int, dimensions: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dimensions)).astype(np.float32)


def names(n: int, prefix: str = "text") -> list[str]:
    return [f"{prefix} {number}" for number in range(n)]


@pytest.fixture
def cache(tmp_path):
    with EmbeddingCache(tmp_path) as opened:
        yield opened


def test_the_same_bits_come_out(cache, tmp_path):
    texts, kept = [*names(2500), "", "ünïcödé \ud800"], vectors(2502)
    cache.put(CARD, "", texts, kept)
    with EmbeddingCache(tmp_path) as again:
        found = again.get(CARD, "", [*texts, "another"])
    assert found.keys() == set(texts)
    np.testing.assert_array_equal(np.stack([found[text] for text in texts]), kept)
    assert found["text 0"].dtype == np.float32


@pytest.mark.parametrize(
    ("card", "prompt"),
    [
        (replace(CARD, name="another/model"), ""),
        (replace(CARD, revision="r2"), ""),
        (replace(CARD, settings={"precision": "bf16"}), ""),
        (CARD, "query: "),
    ],
)
def test_another_model_revision_setting_or_prompt_has_other_vectors(cache, card, prompt):
    cache.put(CARD, "", ["x"], vectors(1))
    assert cache.get(card, prompt, ["x"]) == {}


def test_a_prompt_is_no_part_of_the_text(cache):
    cache.put(CARD, "a", ["b"], vectors(1))
    assert cache.get(CARD, "", ["ab"]) == {}


def test_a_model_that_may_change_under_its_name_is_not_kept(cache):
    floating = replace(CARD, revision="unknown")
    cache.put(floating, "", ["x"], vectors(1))
    assert cache.get(floating, "", ["x"]) == {}


def test_the_limit_holds_and_what_was_not_used_for_longest_goes(tmp_path, monkeypatch):
    day = [0]
    monkeypatch.setattr(module, "_today", lambda: day[0])
    limit = 4e6
    with EmbeddingCache(tmp_path, limit_gb=limit / 1e9) as cache:
        for number in range(12):
            day[0] = number
            cache.put(CARD, "", names(100, f"batch {number}"), vectors(100, 1000))
            assert cache.get(CARD, "", ["batch 0 7"]), "used every day"
        assert cache.size <= limit
        kept = [number for number in range(12) if cache.get(CARD, "", names(100, f"batch {number}"))]
    assert kept[0] == 0
    assert kept[1:] == list(range(12))[-len(kept[1:]) :]
    assert len(kept) > 3
    assert (tmp_path / FILE).stat().st_size < 2 * limit


WRITER = """
import sys
from pathlib import Path
import numpy as np
from hume.raters.backends import ModelCard
from hume.raters.cache import EmbeddingCache
folder, name, portions = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
card = ModelCard("a/model", "r1", "cpu", settings={"precision": "fp32"})
with EmbeddingCache(folder) as cache:
    for portion in range(portions):
        texts = [f"{name} {portion} {number}" for number in range(200)] + [f"shared {portion}"]
        cache.put(card, "", texts, np.full((201, 64), portion, dtype=np.float32))
        print(portion, flush=True)
"""


def writer(folder: Path, name: str, portions: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), name, str(portions)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_write_at_once(tmp_path):
    both = [writer(tmp_path, name, 20) for name in ("one", "two")]
    for process in both:
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0
        assert "cache" not in told, "neither gave the cache up"
    with EmbeddingCache(tmp_path) as cache:
        for name in ("one", "two"):
            for portion in range(20):
                texts = [f"{name} {portion} {number}" for number in range(200)]
                found = cache.get(CARD, "", [*texts, f"shared {portion}"])
                assert len(found) == 201
                assert all((vector == portion).all() for vector in found.values())


def test_a_killed_writer_leaves_whole_portions(tmp_path):
    process = writer(tmp_path, "killed", 1_000_000)
    for _ in range(5):
        last = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    with EmbeddingCache(tmp_path) as cache:
        for portion in range(last + 1):
            assert len(cache.get(CARD, "", [f"killed {portion} {number}" for number in range(200)])) == 200
        sizes = [len(cache.get(CARD, "", [f"killed {last + k} {n}" for n in range(200)])) for k in range(1, 200)]
        assert set(sizes) <= {0, 200}
        cache.put(CARD, "", ["after"], vectors(1))
        assert cache.get(CARD, "", ["after"])


def test_an_interrupted_write_leaves_nothing(cache, monkeypatch):
    keys = module._keys

    def interrupted(*given):
        yield from keys(*given)[:3]
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_keys", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cache.put(CARD, "", names(5), vectors(5))
    monkeypatch.undo()
    assert cache.get(CARD, "", names(5)) == {}
    cache.put(CARD, "", names(5), vectors(5))
    assert len(cache.get(CARD, "", names(5))) == 5


def test_a_file_that_is_no_database_is_set_aside(tmp_path, caplog):
    (tmp_path / FILE).write_bytes(b"this is no database " * 1000)
    with caplog.at_level(logging.WARNING), EmbeddingCache(tmp_path) as cache:
        cache.put(CARD, "", ["x"], vectors(1))
        assert cache.get(CARD, "", ["x"])
    assert "damaged" in caplog.text
    assert "set aside" in caplog.text
    (aside,) = tmp_path.glob("*.damaged-*")
    assert aside.read_bytes().startswith(b"this is no database")


def test_a_file_damaged_within_is_set_aside(tmp_path, caplog):
    with EmbeddingCache(tmp_path) as cache:
        cache.put(CARD, "", names(500), vectors(500, 64))
    size = (tmp_path / FILE).stat().st_size
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(16384)
        file.write(b"\xff" * (size - 16384))
    with caplog.at_level(logging.WARNING), EmbeddingCache(tmp_path) as cache:
        assert cache.get(CARD, "", names(500)) == {}
        cache.put(CARD, "", ["x"], vectors(1))
        assert cache.get(CARD, "", ["x"])
    assert "damaged" in caplog.text


def test_a_cache_that_cannot_be_written_is_left(tmp_path, caplog):
    (tmp_path / "file").write_text("not a folder")
    with caplog.at_level(logging.WARNING), EmbeddingCache(tmp_path / "file") as cache:
        cache.put(CARD, "", ["x"], vectors(1))
        assert cache.get(CARD, "", ["x"]) == {}
    assert len(caplog.records) == 1
    assert "is left" in caplog.text


def test_the_disk_being_full_costs_the_cache_alone(tmp_path, caplog):
    with EmbeddingCache(tmp_path) as cache:
        cache._connection.execute("PRAGMA max_page_count = 20")
        with caplog.at_level(logging.WARNING):
            cache.put(CARD, "", names(2000), vectors(2000, 64))
        assert cache.get(CARD, "", names(2000)) == {}
    assert "is left" in caplog.text
    with EmbeddingCache(tmp_path) as cache:
        assert cache.get(CARD, "", names(2000)) == {}


def test_room_is_given_back_to_the_disk(tmp_path):
    with EmbeddingCache(tmp_path):
        pass
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_where_the_cache_lies(monkeypatch, tmp_path):
    for name in ("HUME_HOME", "HUME_CACHE"):
        monkeypatch.delenv(name, raising=False)
    assert Settings().cache_folder.parts[-1] == "hume"
    monkeypatch.setenv("HUME_HOME", str(tmp_path / "home"))
    assert Settings().cache_folder == tmp_path / "home" / "cache"
    monkeypatch.setenv("HUME_CACHE", str(tmp_path / "elsewhere"))
    assert Settings().cache_folder == tmp_path / "elsewhere"
