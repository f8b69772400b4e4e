"""What is seen of a model at work: texts and subsets done, texts a second, time left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hume.cli.terminal import Console
from hume.records import ScoreRow
from hume.runner.answering import Answered, Tally
from hume.runner.worker import Watch


class Bars:
    """A bar of texts and one of subsets on stderr, where that is a terminal; nothing where it is not."""

    def __init__(self, console: Console | None = None) -> None:
        shown = console or Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=shown,
            disable=not shown.is_terminal,
            transient=True,
        )
        self._texts = self._progress.add_task("texts", total=None, rate="")
        self._subsets = self._progress.add_task("subsets", total=None, rate="")
        self._started, self._n_read = time.monotonic(), 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @property
    def watch(self) -> Watch:
        """What tells a worker to move the bars."""
        begin = self.start
        return Watch(lambda run, done, total: begin(run.model, done, total), self.on_texts, self.on_subset, self.on_end)

    def start(self, model: str, n_done: int, n_total: int) -> None:
        """Begin with a model."""
        self._started, self._n_read = time.monotonic(), 0
        self._progress.reset(self._texts, description=model, total=None)
        self._progress.reset(self._subsets, description="subsets", total=n_total, completed=n_done)

    def on_texts(self, done: int, total: int | None) -> None:
        """The model has read so many texts, of so many."""
        if done > self._n_read:
            self._n_read = done
            rate = done / max(time.monotonic() - self._started, 1e-9)
            self._progress.update(self._texts, completed=done, total=total, rate=f"{rate:,.0f} texts/s")

    def on_subset(self, one: Answered, rows: Sequence[ScoreRow]) -> None:
        """A subset is done with."""
        name = f"{one.record.task.name}/{one.record.subset.name}"
        self._progress.update(self._subsets, advance=1, description=name)

    def on_end(self, tally: Tally) -> None:
        """The model is done: what is not for it is said, terminal or not."""
        if tally.left_out and tally.n_answered:
            self._progress.console.print(tally.left_out, markup=False, highlight=False, soft_wrap=True)
