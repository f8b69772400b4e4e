"""`hume worker`: takes runs from the queue until it is stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer
from sqlalchemy.exc import InterfaceError, OperationalError

from db.session import open_current
from hume.cli.engines import ADDRESS_HELP, ENGINE_HELP, Engine, embedding_cache, loader_of
from hume.cli.terminal import Console
from hume.cli.watching import Bars
from hume.errors import HumeError
from hume.raters.backends import Device
from hume.records import Run
from hume.runner.worker import LEASE_S, Worker
from hume.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(worker)


def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is queued, and end.")] = False,
    device: Annotated[Device, typer.Option(help="Where models run, of runs that leave it open.")] = "auto",
    poll: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks into an empty queue.")] = 5.0,
    lease: Annotated[float, typer.Option(min=1, help="Seconds without a sign until others take a run over.")] = LEASE_S,
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Do runs that ask for a model's own code, too.")
    ] = False,
    engine: Annotated[Engine, typer.Option(help=ENGINE_HELP)] = "local",
    address: Annotated[str, typer.Option(help=ADDRESS_HELP)] = "",
) -> None:
    """Take runs from the queue and do them, one after the other, until a signal says to end.

    SIGTERM and Ctrl-C give back the run that is under way: another worker goes on with what is not stored yet.
    """
    console, over = Console(highlight=False), threading.Event()
    database = open_current(Settings().url)
    try:
        with embedding_cache() as kept, Bars() as bars:
            loader = loader_of(engine, address)
            made = Worker(database, kept, lease, device, trust_remote_code, bars.watch, loader)
            console.print(f"{made.name} looks for runs.", soft_wrap=True)
            with _ended_by_signals(made, over):
                _work(made, once, poll, over, console)
    finally:
        database.dispose()


def _work(made: Worker, once: bool, poll: float, over: threading.Event, console: Console) -> None:
    while not over.is_set():
        try:
            run = made.once()
        except (OperationalError, InterfaceError, HumeError) as error:
            if once:
                raise HumeError(f"The queue cannot be read: {error}") from error
            console.print(f"The queue cannot be read: {error}", markup=False, soft_wrap=True)
            run = None
        if run is not None:
            console.print(_told(run), markup=False, soft_wrap=True)
        elif once:
            return
        else:
            over.wait(poll)


@contextmanager
def _ended_by_signals(made: Worker, over: threading.Event) -> Iterator[None]:
    """The first signal ends in good order, the second at once."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def end(number: int, frame: FrameType | None) -> None:
        made.stop()
        over.set()
        signal.signal(number, signal.SIG_DFL)

    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _told(run: Run) -> str:
    rate = f", {run.texts_per_s:,.0f} texts/s" if run.texts_per_s else ""
    return f"Run {run.id}, {run.model}: {run.state}, {run.n_done} of {run.n_total or 0} subsets{rate}. {run.error}"
