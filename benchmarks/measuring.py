"""What a server bears under some sessions: answers a second, acknowledgement, CPU and memory."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from benchmarks.loaded import Loaded
from benchmarks.others import Others, at_work
from benchmarks.processes import cpu_s, watching_memory
from benchmarks.tool import Who

PERCENTILES = (50, 95, 99)


def measured(loaded: Loaded, people: Sequence[Who], think_s: float, seconds: float) -> tuple[dict[str, object], Others]:
    """The figures of so many seconds, after all have begun; and who worked, with what was acknowledged to them at all.

    CPU is of all that the sessions asked meanwhile, the fetching of items included, by the answers acknowledged
    meanwhile; None where there were none. `p50_ms` and so on are of the acknowledgements, from an answer's being sent.
    """
    with watching_memory(loaded.process) as peak, at_work(loaded.base_url, people, think_s) as others:
        time.sleep(2 * think_s + 1)
        begun, first, cpu_before = time.monotonic(), len(others.milliseconds), _cpu(loaded)
        time.sleep(seconds)
        took, last, cpu_after = time.monotonic() - begun, len(others.milliseconds), _cpu(loaded)
    times = others.milliseconds[first:last]
    percentiles = np.percentile(times, PERCENTILES).tolist() if times else [None] * len(PERCENTILES)
    figures: dict[str, object] = {"answers_per_s": round(len(times) / took, 2)}
    figures |= {f"p{one}_ms": _rounded(value) for one, value in zip(PERCENTILES, percentiles, strict=True)}
    for name, after in cpu_after.items():
        figures[name] = _rounded((after - cpu_before[name]) * 1000 / len(times)) if times else None
    figures |= {"peak_rss_mb": round(peak.mb, 1), "errors": others.errors.total()}
    if others.errors:
        figures["errors_by_name"] = dict(others.errors)
    return figures, others


def _cpu(loaded: Loaded) -> dict[str, float]:
    seconds = {"cpu_ms_per_answer": cpu_s(loaded.process)}
    if loaded.database is not None:
        seconds["database_cpu_ms_per_answer"] = cpu_s(loaded.database)
    return seconds


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
