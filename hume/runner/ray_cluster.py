"""Many subsets answered by the machines of a Ray cluster: one model on each GPU, or on each machine without any."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hume.errors import HumeError, MissingExtra
from hume.raters.backends import Backend, Loading, ModelCard, load
from hume.raters.cache import EmbeddingCache
from hume.records import SubsetRecord
from hume.runner.answering import Answered, OnTexts, answered
from hume.tasks.base import ModelProtocol

LOOK_EVERY_S = 1.0
"""So often it is asked whether to go on, while nobody is done."""
KNOCK_S = 10.0
SPARE = 3
"""So many times as there are models may one be loaded anew, since its process or machine died."""


class RayCluster(AbstractContextManager["RayCluster"]):
    """A model loaded on each GPU of a cluster; where it has none, once on each of its machines.

    `address` is that of a running cluster (`auto` finds the one of this machine); empty starts one here and ends it
    with the block. `cache` is the folder of embeddings on each machine, and its limit in gigabytes; None for none.
    MissingExtra without Ray; HumeError where the cluster cannot be reached, has another version of HUME, or cannot
    load the model.
    """

    def __init__(
        self, model: str, loading: Loading, address: str = "", cache: tuple[Path, float] | None = None
    ) -> None:
        if find_spec("ray") is None:
            raise MissingExtra("ray", "Running a model on a Ray cluster")
        self._ray = _connected(address)
        self._asked = model, loading, cache
        self._idle: list[_Copy] = []
        self._busy: dict[Any, tuple[_Copy, SubsetRecord | None]] = {}
        try:
            places = _places(self._ray)
            self.n_models, self._spare = len(places), SPARE * len(places)
            for place in places:
                self._start(place)
            self.card = self._first_card()
        except BaseException:
            self._ray.shutdown()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ray.shutdown()

    def answered(
        self,
        records: Sequence[SubsetRecord],
        protocol: ModelProtocol = "mteb",
        uses_cache: bool = True,
        on_texts: OnTexts = lambda done, total: None,
    ) -> Iterator[Answered]:
        """Each of the subsets as soon as it is answered, the largest first, by whichever model is free.

        What one machine says is what `hume.runner.answering.answered` says there. Where a process or machine dies, its
        subset is answered by another, and the model is loaded anew where the cluster has room. `on_texts` is called
        every second and may raise `Stopped`. HumeError where machines die one after the other.
        """
        # What an earlier call left behind belongs to nobody; whoever is at it is free afterwards.
        self._busy = {reference: (copy, None) for reference, (copy, _) in self._busy.items()}
        waiting, n_left, n_texts = sorted(records, key=_size), len(records), 0
        while n_left:
            while waiting and self._idle:
                copy, record = self._idle.pop(), waiting.pop()
                self._busy[copy.actor.answer.remote(record, protocol, uses_cache)] = copy, record
            for asked, told in self._told():
                if asked is None:
                    self._checked(told)
                elif told is None:
                    waiting.append(asked)
                else:
                    n_left, n_texts = n_left - 1, n_texts + told.n_texts
                    on_texts(n_texts, None)
                    yield told
            on_texts(n_texts, None)

    def _told(self) -> Iterator[tuple[SubsetRecord | None, Any]]:
        """What has come back within a second: of a subset its answers, or None where whoever was at it died."""
        done, _ = self._ray.wait(list(self._busy), timeout=LOOK_EVERY_S)
        for reference in done:
            copy, asked = self._busy.pop(reference)
            try:
                told = self._ray.get(reference)
            except self._ray.exceptions.RayActorError as death:
                self._replace(copy, death)
                yield asked, None
            else:
                self._idle.append(copy)
                yield asked, told

    def _start(self, place: Mapping[str, float]) -> None:
        """Have the model loaded in one more place, as soon as the cluster has room for it."""
        actor = self._ray.remote(Reader).options(**place, scheduling_strategy="SPREAD").remote(*self._asked)
        copy = _Copy(actor, place)
        self._busy[actor.card.remote()] = copy, None

    def _replace(self, copy: _Copy, death: Exception) -> None:
        if not self._spare:
            raise HumeError(f"Machines of the cluster died one after the other: {_last_line(death)}") from None
        self._spare -= 1
        self._start(copy.place)

    def _first_card(self) -> ModelCard:
        """That of whichever model is loaded first: a machine may have died without the cluster's having noticed."""
        while True:
            for _, told in self._told():
                if told is not None:
                    return _loaded(told)

    def _checked(self, told: Any) -> None:
        """HumeError where a model that was loaded later is not the same."""
        if not isinstance(told, tuple):
            return
        card = _loaded(told)
        if (card.name, card.revision, card.settings) != (self.card.name, self.card.revision, self.card.settings):
            raise HumeError(
                f"The machines of the cluster have different models under the name {card.name}: revisions "
                f"{self.card.revision} and {card.revision}. Give --revision, or the same folder on each."
            )


@dataclass(frozen=True)
class _Copy:
    """A process that has the model, and what it asks of the cluster."""

    actor: Any
    place: Mapping[str, float]


def _loaded(told: tuple[ModelCard | str, str]) -> ModelCard:
    card, there = told
    if there != version("hume-bench"):
        raise HumeError(
            f"A machine of the cluster has HUME {there}, this one {version('hume-bench')}. Install the same."
        )
    if isinstance(card, str):
        raise HumeError(f"A machine of the cluster could not load the model: {card}")
    return card


class Reader:
    """A model in a process of its own, on one of the cluster's machines; loaded anew where that process died."""

    def __init__(self, model: str, loading: Loading, cache: tuple[Path, float] | None) -> None:
        self._asked = model, loading
        self._cache = EmbeddingCache(*cache) if cache else None

    @cached_property
    def _backend(self) -> Backend:
        return load(*self._asked)

    def card(self) -> tuple[ModelCard | str, str]:
        """The model's card, or why it cannot be loaded; and the version of HUME there."""
        try:
            return self._backend.card, version("hume-bench")
        except HumeError as error:  # as words: not every error can be sent from process to process
            return str(error), version("hume-bench")

    def answer(self, record: SubsetRecord, protocol: ModelProtocol, uses_cache: bool) -> Answered:
        """What became of a subset; its `n_texts` are those that were read for it."""
        (one,) = answered(self._backend, [record], protocol, self._cache if uses_cache else None)
        return one


def _connected(address: str) -> Any:
    import ray

    if ray.is_initialized():  # by the model before this one, whose processes end as nobody holds them any more
        return ray
    try:
        _knock(address)
        ray.init(
            address=address or "local",
            log_to_driver=False,
            include_dashboard=None if address else False,
            logging_level=logging.ERROR,
            namespace="hume",
        )
    except (ConnectionError, OSError, ValueError, RuntimeError) as error:
        raise HumeError(
            f"There is no Ray cluster to be reached at {address or 'this machine'}: {_last_line(error)}. "
            "Start one (ray start --head), and give its address, such as --address 10.0.0.1:6379."
        ) from None
    return ray


def _knock(address: str) -> None:
    """OSError at once where nobody listens: Ray would try for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_S).close()


def _places(ray: Any) -> list[Mapping[str, float]]:
    """What each copy of the model asks of the cluster: a GPU; or where there is none at all, a whole machine."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
    n_gpus = int(sum(node.get("GPU", 0) for node in nodes))
    if n_gpus:
        return [{"num_gpus": 1}] * n_gpus
    if not nodes:
        raise HumeError("The Ray cluster has neither a GPU nor a CPU to offer. Start a worker: ray start --address ...")
    return [{"num_cpus": int(node["CPU"])} for node in nodes]


def _last_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _size(record: SubsetRecord) -> int:
    return sum(len(str(item.content)) for item in record.items)
