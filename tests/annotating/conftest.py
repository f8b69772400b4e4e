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


@pytest.fixture
def host(sqlite_url: str) -> Iterator[Host]:
    """A server of the test's own, which it may kill."""
    made = Host(sqlite_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def lasting_host(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One server for the tests of a module that leave it alive."""
    copy = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("lasting"))
    made = Host(f"sqlite:///{copy}")
    yield made
    made.close()


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
    """A new annotator's tab, on the server that may be killed."""
    return Desk(host, device(), annotator)
