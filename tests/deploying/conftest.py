"""nginx with docs/examples/nginx.conf as it stands, in front of two processes of HUME on one PostgreSQL."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from administering import administer, url_of

sys.path.insert(0, str(Path(__file__).resolve().parent))

from browsing import browser, context, page  # noqa: F401  (fixtures)
from fleet import N_ITEMS, Fleet, store_pairs


@pytest.fixture(scope="session")
def fleet(postgres_server: str, migrated_postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One for all tests: to start it takes longer than most of them. Each has annotators of its own."""
    for program in ("nginx", "openssl"):
        if shutil.which(program, path=Fleet.PATH) is None:
            pytest.skip(f"there is no {program} on this machine: .ci/install-debian {program} {program}")
    name = f"hume_fleet_{uuid4().hex[:12]}"
    administer(postgres_server, f"CREATE DATABASE {name} TEMPLATE {migrated_postgres}")
    url = url_of(postgres_server, name)
    store_pairs(url, "Pairs", overlap=1_000, n_items=N_ITEMS)
    made = Fleet(url, tmp_path_factory.mktemp("fleet"))
    try:
        made.start()
        yield made
    finally:
        made.close()
        administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def whole_fleet(fleet: Fleet) -> Fleet:
    """The fleet, with every process alive, even where the test before has killed one."""
    fleet.revive()
    return fleet
