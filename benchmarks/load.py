"""What HUME bears: `python -m benchmarks.load`, sessions that answer, on SQLite and on PostgreSQL, beside two peers.

1 to 100 sessions, at 3 s think time and without, against `hume serve`, one process, over HTTP as the deck speaks it.
At the end every acknowledged answer is looked for in the database. docs/benchmarks.md has the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from subprocess import SubprocessError

import httpx

from benchmarks.databases import Unavailable
from benchmarks.loaded import Loaded, loaded_hume, loaded_label_studio, loaded_potato
from benchmarks.measuring import measured
from benchmarks.stored import Tally

WARM_UP_S = 4.0
PEER_SESSIONS = (1, 10, 50)
PEER_SECONDS = 12.0
PEERS = {"potato": loaded_potato, "label_studio": loaded_label_studio}
NOT_AVAILABLE = "not available"

Results = dict[str, dict[str, dict[str, object]]]
"""By think time and number of sessions."""


def main() -> None:
    """Runs it all; the last line printed is one JSON object."""
    options = _options()
    _say(_machine())
    result: dict[str, object] = {}
    total = Tally(0, 0, 0, 0, 0)
    errors = 0
    for name in options.databases:
        try:
            with loaded_hume(name) as hume:
                result[name], found = _measure(hume, options.sessions, options.think, options.seconds)
        except Unavailable as why:
            result[name] = {NOT_AVAILABLE: str(why)}
            _say(f"{name} is not available: {why}")
            continue
        total, errors = _sum(total, found), errors + hume.errors
    for name in PEERS if options.peers else ():
        result[name] = _peer(name, options.think, min(options.seconds, PEER_SECONDS))
    counts = {one: getattr(total, one) for one in ("acknowledged", "stored", "doubled", "lost")}
    print(json.dumps({**result, **counts, "errors": errors}))
    if total.lost or total.doubled or total.stored != total.acknowledged:
        sys.exit("Answers are lost or doubled, or stored without a word: see the line above.")


def _measure(
    loaded: Loaded, sessions: Sequence[int], thinks: Sequence[float], seconds: float
) -> tuple[Results, list[Tally]]:
    """Measures one tool under each condition, and looks for the answers afterwards."""
    _one(loaded, "WarmUp", 2, 0.0, min(WARM_UP_S, seconds))
    results: Results = {}
    for think_s in thinks:
        name = f"think_{think_s:g}s" if think_s else "no_think"
        results[name] = {}
        for count in sessions:
            figures = _one(loaded, f"Load-{name}-{count}", count, think_s, seconds)
            results[name][str(count)] = figures
            _say(f"{loaded.name:13}{name:11}{count:4} sessions  " + _line(figures))
    tallies = loaded.tallies()
    for name, by_count in results.items():
        for count_text, figures in by_count.items():
            figures |= _counts(tallies[f"Load-{name}-{count_text}"])
    return results, list(tallies.values())


def _one(loaded: Loaded, condition: str, sessions: int, think_s: float, seconds: float) -> dict[str, object]:
    people = loaded.people(condition, sessions, think_s, seconds)
    figures, others = measured(loaded, people, think_s, seconds)
    loaded.note(condition, others)
    return figures


def _peer(name: str, thinks: Sequence[float], seconds: float) -> object:
    """A peer's results; why there are none, where it cannot be installed or started, or gives way."""
    try:
        with PEERS[name]() as peer:
            results, _ = _measure(peer, PEER_SESSIONS, thinks, seconds)
            return {"version": peer.version, **results}
    except (Unavailable, RuntimeError, OSError, SubprocessError, httpx.HTTPError) as why:
        _say(f"{name} is not available: {why}")
        return {NOT_AVAILABLE: f"{type(why).__name__}: {why}"[:500]}


def _sum(total: Tally, found: Sequence[Tally]) -> Tally:
    every = [total, *found]
    return Tally(
        acknowledged=sum(one.acknowledged for one in every),
        stored=sum(one.stored for one in every),
        doubled=sum(one.doubled for one in every),
        lost=sum(one.lost for one in every),
        amiss=0,
    )


def _counts(found: Tally) -> dict[str, object]:
    return {
        "acknowledged": found.acknowledged,
        "stored": found.stored,
        "doubled": found.doubled,
        "lost": found.lost,
    }


def _line(figures: Mapping[str, object]) -> str:
    return "  ".join(f"{name} {value}" for name, value in figures.items())


def _machine() -> str:
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    return (
        f"HUME {version('hume-bench')}, Streamlit {version('streamlit')}, Python {platform.python_version()}, "
        f"{platform.machine()}, {os.cpu_count()} cores, load average {load}"
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--sessions", type=_integers, default=[1, 10, 25, 50, 100], help="numbers (1,10,25,50,100)")
    parser.add_argument("--seconds", type=float, default=30.0, help="each measurement takes (30; peers 12 at most)")
    parser.add_argument("--databases", type=_names, default=["sqlite", "postgresql"], help="(sqlite,postgresql)")
    parser.add_argument("--think", type=_seconds, default=[3.0, 0.0], help="think times in seconds (3,0)")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True, help="measure others, too")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return text.split(",")


def _integers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def _seconds(text: str) -> list[float]:
    return [float(one) for one in text.split(",")]


if __name__ == "__main__":
    main()
