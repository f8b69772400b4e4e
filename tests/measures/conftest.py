import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "vectors"


@pytest.fixture
def vectors() -> Callable[[str], Any]:
    """Reads one file of reference inputs and results, or skips the test where it is not there."""

    def read(name: str) -> Any:
        path = VECTORS / name
        if not path.exists():
            pytest.skip(f"reference vectors are not on this machine: ../shared/data/vectors/{name}")
        return json.loads(path.read_text("utf-8"))

    return read
