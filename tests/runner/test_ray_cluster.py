"""Runs on a Ray cluster of two machines (two nodes on this one): the same answers, whatever dies on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from modelling import records, sample

from hume.errors import HumeError
from hume.raters.backends import Loading, load
from hume.runner.answering import Stopped, answered
from hume.tasks.base import PROTOCOLS

ray = pytest.importorskip("ray", reason="the extra ray is not installed")

from ray.cluster_utils import Cluster  # noqa: E402

from hume.runner.ray_cluster import RayCluster  # noqa: E402

MODEL = "char-ngrams"
RECORDS = records(*(sample(name) for name in ("classification", "clustering", "reranking", "sts")))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes with a CPU each, and no GPU."""
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.add_node(num_cpus=1)
    yield made
    made.shutdown()


def said(results: Any) -> dict[tuple[str, str], tuple[Any, str]]:
    return {(one.record.task.name, one.record.subset.name): (one.answers, one.fault) for one in results}


def test_a_cluster_gives_the_answers_of_one_machine(cluster):
    with RayCluster(MODEL, Loading(), cluster.address) as ray_cluster:
        assert ray_cluster.n_models == 2
        assert ray_cluster.card == load(MODEL).card
        for protocol in PROTOCOLS:
            read: list[int] = []
            there = said(
                ray_cluster.answered(RECORDS, protocol, True, lambda done, total, read=read: read.append(done))
            )
            assert there == said(answered(load(MODEL), RECORDS, protocol))
            assert len(there) == len(RECORDS)
            assert read == sorted(read)
            assert read[-1] > 0


def test_a_subset_that_cannot_be_answered_does_not_keep_others_from_it(cluster):
    with RayCluster("bm25", Loading(), cluster.address) as ray_cluster:
        found = said(ray_cluster.answered(RECORDS))
    assert {bool(fault) for (task, _), (_, fault) in found.items() if task == "SampleReranking"} == {False}
    assert {bool(fault) for (task, _), (_, fault) in found.items() if task != "SampleReranking"} == {True}


def test_it_stops_when_it_is_told_to(cluster):
    def stop(done: int, total: int | None) -> None:
        if done:
            raise Stopped

    with RayCluster(MODEL, Loading(), cluster.address) as ray_cluster:
        with pytest.raises(Stopped):
            list(ray_cluster.answered(RECORDS, "mteb", True, stop))
        assert len(said(ray_cluster.answered(RECORDS))) == len(RECORDS)


def test_a_machine_that_dies_is_replaced_by_another(cluster):
    lost = cluster.add_node(num_cpus=1)
    with RayCluster(MODEL, Loading(), cluster.address) as ray_cluster:
        assert ray_cluster.n_models == 3
        results = ray_cluster.answered(RECORDS)
        found = [next(results)]
        cluster.remove_node(lost, allow_graceful=False)
        found += results
    assert said(found) == said(answered(load(MODEL), RECORDS, "mteb"))


def test_a_model_that_is_not_there_is_said_in_its_own_words(cluster, tmp_path: Path):
    with pytest.raises(HumeError, match=r"loaded|There is no"):
        RayCluster(str(tmp_path / "nothing"), Loading(), cluster.address)


def test_a_cluster_that_cannot_be_reached_is_said():
    with pytest.raises(HumeError, match=r"no Ray cluster to be reached at 127\.0\.0\.1:1"):
        RayCluster(MODEL, Loading(), "127.0.0.1:1")
