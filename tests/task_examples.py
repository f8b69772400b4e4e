"""Small items of each task type, for tests that hold all types against the same promises."""

from __future__ import annotations

from typing import Any

STS_SETTINGS: dict[str, Any] = {"min": 0, "max": 5, "step": 1}
CLASSIFICATION_SETTINGS: dict[str, Any] = {"labels": [{"name": n} for n in ("joy", "anger", "fear")]}

EXAMPLES: dict[str, tuple[dict[str, Any], dict[str, dict[str, Any]]]] = {
    "sts": (
        STS_SETTINGS,
        {f"s{i}": {"sentence1": f"one {i}", "sentence2": f"two {i}", "gold": i / 2} for i in range(11)},
    ),
    "classification": (
        CLASSIFICATION_SETTINGS,
        {f"c{i}": {"text": f"text {i}", "gold": ("joy", "anger", "fear")[i % 3]} for i in range(12)},
    ),
    "clustering": (
        {"n_groups": None},
        {
            f"set{s}": {
                "texts": [{"id": f"t{i}", "content": f"text {s} {i}"} for i in range(12)],
                "gold": {f"t{i}": "abc"[i % 3] for i in range(12)},
            }
            for s in range(2)
        },
    ),
    "reranking": (
        {},
        {
            f"q{q}": {
                "query": f"query {q}",
                "candidates": [{"id": f"d{i}", "content": f"document {i}"} for i in range(6)],
                "gold": {f"d{i}": int(i == q % 6 or i == (q + 1) % 6) for i in range(6)},
            }
            for q in range(8)
        },
    ),
}
