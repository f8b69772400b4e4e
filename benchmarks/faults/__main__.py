"""`python -m benchmarks.faults`: every fault in rounds, under load; the last line is one JSON object.

Each round has new people in sessions of their own, who answer over HTTP as the deck does and send again what was not
acknowledged. After it, what they were told is held against what is stored, whole answers and all revisions.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from benchmarks.faults import browsers, clocks, cut, full, killed, power, slow
from benchmarks.faults.ledger import NUMBERS, Round, sum_of
from benchmarks.faults.postgres import NotHere

FAULTS: dict[str, Callable[[], AbstractContextManager[Callable[[int], Round]]]] = {
    "kill-sqlite": killed.app_on_sqlite,
    "kill-postgres": killed.app_on_postgres,
    "database-stopped": killed.database_stopped,
    "failover": killed.failover,
    "disk-full": full.disk,
    "slow-postgres": slow.postgres,
    "slow-sqlite": slow.sqlite,
    "cut": cut.replies,
    "clock": clocks.jumps,
    "power": power.sqlite,
    "backup": power.backups,
    "browser": browsers.deck,
}


def main() -> None:
    """Runs the chosen faults, tells each round, and prints the sums. Exit code 1 where one is not as it must be."""
    options = _options()
    results = {name: _try(name, options.rounds) for name in options.only}
    print(json.dumps(results))
    if not all(one.get("sound", True) for one in results.values()):
        sys.exit("Answers are lost, doubled or not as they were sent: see above.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="rounds of each fault (20)")
    parser.add_argument(
        "--only", type=_names, default=list(FAULTS), help=f"faults, with commas between them, of {', '.join(FAULTS)}"
    )
    return parser.parse_args()


def _names(given: str) -> list[str]:
    names = given.split(",")
    if unknown := [name for name in names if name not in FAULTS]:
        raise argparse.ArgumentTypeError(f"no fault {unknown[0]!r}; there are {', '.join(FAULTS)}")
    return names


def _try(name: str, n_rounds: int) -> dict[str, Any]:
    """All rounds of one fault; what is missing here is said, and counts as no round."""
    rounds: list[Round] = []
    try:
        with FAULTS[name]() as one_round:
            for number in range(n_rounds):
                begun = time.monotonic()
                rounds.append(one_round(number))
                print(_line(name, number, rounds[-1], time.monotonic() - begun), file=sys.stderr, flush=True)
    except NotHere as missing:
        print(f"{name}: not tried, {missing}", file=sys.stderr, flush=True)
        return {"rounds": 0, "why": str(missing)}
    return _told(rounds)


def _line(name: str, number: int, one: Round, took_s: float) -> str:
    recovered = "" if one.recovered_s is None else f", going on after {one.recovered_s:.2f} s"
    replies = " ".join(f"{status}×{n}" for status, n in sorted(one.statuses.items()))
    return (
        f"{name} {number + 1}: acknowledged {one.acknowledged}, stored {one.stored}, lost {one.lost}, "
        f"doubled {one.doubled}, wrong {one.wrong}{recovered}; {replies or 'no other replies than 200'}"
        f"{f'; {one.notes}' if one.notes else ''} ({took_s:.0f} s)"
    )


def _told(rounds: list[Round]) -> dict[str, Any]:
    total = sum_of(rounds)
    return {
        "rounds": len(rounds),
        **{name: getattr(total, name) for name in NUMBERS},
        "recovered_s": None if total.recovered_s is None else round(total.recovered_s, 3),
        "statuses": dict(total.statuses),
        "sound": all(one.is_sound for one in rounds),
    }


if __name__ == "__main__":
    main()
