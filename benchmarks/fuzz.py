"""Malformed inputs to everything that takes some: `python -m benchmarks.fuzz`. docs/benchmarks.md has its options."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import fuzz_frames, fuzz_imports, fuzz_schema, fuzz_server
from benchmarks.fuzz_counts import Counts

INPUTS = 10_500
SHARES = {
    "tasks": 0.12, "folders": 0.12, "results": 0.07, "answers": 0.09, "label_studio": 0.04, "argilla": 0.04,
    "bundles": 0.05, "backups": 0.02, "deck_answers": 0.09, "deck_draft": 0.04, "deck_queries": 0.05, "forms": 0.03,
    "api": 0.06, "addresses": 0.06, "frames": 0.06, "schema": 0.03, "schema_empty": 0.03,
}  # fmt: skip
"""How the inputs are shared among the surfaces."""

Found = Iterator[tuple[str, Counts]]


def main() -> None:
    arguments = _arguments()

    def n(surface: str) -> int:
        return max(1, round(int(arguments.inputs) * SHARES[surface]))

    wanted = arguments.only or list(SHARES)
    counts: dict[str, Counts] = {}
    for part in (_imports, _server, _empty):
        for surface, found in part(wanted, n, arguments.seed):
            counts[surface] = found
            print(f"{surface}: {json.dumps(found.figures())}", flush=True)
    _report(counts, arguments.faults)


def _imports(wanted: list[str], n: Callable[[str], int], seed: int) -> Found:
    surfaces = [name for name in fuzz_imports.SURFACES if name in wanted]
    if surfaces:
        with fuzz_imports.workplace() as place:
            for name in surfaces:
                yield name, fuzz_imports.fuzz(place, name, n(name), seed)


def _server(wanted: list[str], n: Callable[[str], int], seed: int) -> Found:
    surfaces = [name for name in (*fuzz_server.SURFACES, "frames", "schema") if name in wanted]
    if surfaces:
        with fuzz_server.target() as place:
            for name in surfaces:
                if name == "frames":
                    yield name, fuzz_frames.fuzz(place, n(name), seed)
                elif name == "schema":
                    yield from _schema(place, name, n(name), seed)
                else:
                    yield name, fuzz_server.fuzz(place, name, n(name), seed)
            yield "health", _health(place)


def _empty(wanted: list[str], n: Callable[[str], int], seed: int) -> Found:
    if "schema_empty" in wanted:
        with fuzz_server.target(is_empty=True) as place:
            yield from _schema(place, "schema_empty", n("schema_empty"), seed)


def _schema(place: fuzz_server.Target, name: str, n: int, seed: int) -> Found:
    yield name, fuzz_schema.fuzz(place, n * 2 // 3, with_token=True, at=seed)
    yield f"{name}_no_token", fuzz_schema.fuzz(place, n - n * 2 // 3, with_token=False, at=seed)


def _health(place: fuzz_server.Target) -> Counts:
    """One request of each kind that people make, after all that."""
    counts = Counts(inputs=1)
    if place.is_healthy():
        counts.accepted = 1
    else:
        counts.hangs = 1
        counts.keep("the server is not well any more")
    return counts


def _report(counts: dict[str, Counts], folder: Path | None) -> None:
    for surface, found in counts.items():
        for number, fault in enumerate(found.faults):
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{surface}-{number}.txt").write_text(fault, errors="replace")
            elif not found.is_clean:
                print(f"{surface}: {fault[-1500:]}", file=sys.stderr)
    total = {name: sum(one.figures()[name] for one in counts.values()) for name in Counts().figures()}
    print(json.dumps({**{name: found.figures() for name, found in counts.items()}, "total": total}))
    sys.exit(not all(found.is_clean for found in counts.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=INPUTS, help="inputs over all surfaces")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--only", nargs="*", choices=list(SHARES), help="surfaces")
    parser.add_argument("--faults", type=Path, help="a folder to write what went wrong to")
    return parser.parse_args()


if __name__ == "__main__":
    main()
