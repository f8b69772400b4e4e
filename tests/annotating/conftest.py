"""Real servers that may die, and annotators in a real Chromium."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

sys.path.insert(0, str(Path(__file__).resolve().parent))

from browsing import browser  # noqa: F401  (a fixture)
from desk import Desk
from host import Host

Devices = Callable[[], BrowserContext]
_numbers = count()


@pytest.fixture(scope="session")
def lasting_host(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One server for all tests, each with annotators of its own: starting one takes longer than most of them."""
    copy = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("lasting"))
    made = Host(f"sqlite:///{copy}")
    yield made
    made.close()


@pytest.fixture
def host(lasting_host: Host) -> Host:
    """The server, alive, even where the test before has killed it."""
    lasting_host.revive()
    return lasting_host


@pytest.fixture
def device(browser: Browser) -> Iterator[Devices]:
    """Makes browsers that share nothing, as on two devices."""
    made: list[BrowserContext] = []

    def make() -> BrowserContext:
        made.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture
def annotator() -> str:
    """The name of a new annotator."""
    return f"annotator {next(_numbers)}"


@pytest.fixture
def desk(host: Host, device: Devices, annotator: str) -> Desk:
    """A new annotator's tab."""
    return Desk(host, device(), annotator)
