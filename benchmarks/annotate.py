"""Times the annotator's screen, key down to the next item painted, beside Potato's: `python -m benchmarks.annotate`.

Three conditions, each with a new annotator, in turn for every run and tool: alone; with 25 others at work, who do
something every 3 seconds; with 300 ms added to every request. Then 200 keys at 8 a second, the network cut for half of
them. At the end the acknowledged answers are held against the rows of the database. docs/benchmarks.md has the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import asdict
from importlib.metadata import version

from playwright.sync_api import Browser

from benchmarks.browser import Sitting, annotating, answer_at_leisure, chromium, sitting, type_fast
from benchmarks.figures import Figures, figures, median_run, table
from benchmarks.hume_server import HumeTool, serving_hume
from benchmarks.network import network
from benchmarks.others import Others, others_at_work
from benchmarks.pairs import pairs
from benchmarks.potato_server import serving_potato
from benchmarks.stored import Tally, tally
from benchmarks.tool import Tool

ALONE, WITH_OTHERS, SLOW_NETWORK = CONDITIONS = ("alone", "25 others at work", "300 ms added to requests")
OTHERS, THINK_S = 25, 3.0
ADDED_MS = 300
FAST_KEYS, FAST_PER_SECOND = 200, 8.0
CUT, MENDED = FAST_KEYS // 4, FAST_KEYS * 3 // 4
SPARE_PAIRS = 250
"""Beyond those to be answered: the deck keeps as many in hand as last a fast annotator for a minute."""


class Benchmark:
    """The measurements so far."""

    def __init__(self, browser: Browser, answers: int) -> None:
        self.browser, self.answers = browser, answers
        self.seen: dict[tuple[str, str], list[Figures]] = defaultdict(list)
        self.acknowledged: dict[str, list[Figures]] = defaultdict(list)
        self.sittings: list[Sitting] = []
        self.others: list[Others] = []

    def run(self, tool: Tool, condition: str, number: int) -> None:
        """One new annotator under one condition."""
        person = f"run {number} {condition}"
        with ExitStack() as stack:
            base_url = tool.base_url
            if condition == WITH_OTHERS:
                self.others.append(stack.enter_context(others_at_work(tool, OTHERS, THINK_S)))
            if condition == SLOW_NETWORK:
                base_url = stack.enter_context(network(base_url, ADDED_MS)).base_url
            page = stack.enter_context(annotating(self.browser, tool, base_url, person))
            answer_at_leisure(page, tool, self.answers, seed=number)
            done = sitting(page, tool, person)
        seen = figures(done.seen_ms)
        self.seen[tool.name, condition].append(seen)
        if tool.acknowledging:
            self.acknowledged[condition].append(figures(done.acknowledged_ms))
            self.sittings.append(done)
        load = os.getloadavg()[0]
        print(f"run {number}  {tool.name:7}{condition:25} {seen.p50:8.1f} {seen.p95:8.1f}  load {load:.1f}", flush=True)

    def type_fast(self, tool: Tool) -> Figures:
        """A burst of keys, the network cut in the middle of it, and mended before its end."""
        person = "fast typing"
        with (
            network(tool.base_url) as proxy,
            annotating(self.browser, tool, proxy.base_url, person) as page,
        ):
            orders = {CUT: proxy.cut, MENDED: proxy.mend}
            type_fast(page, FAST_KEYS, FAST_PER_SECOND, 0, lambda key: orders.get(key, lambda: None)())
            done = sitting(page, tool, person)
        self.sittings.append(done)
        return figures(done.seen_ms)


def main() -> None:
    """Runs it all; the last line printed is one JSON object."""
    options = _options()
    with ExitStack() as stack:
        material = pairs(max(options.answers, FAST_KEYS) + SPARE_PAIRS)
        hume = stack.enter_context(serving_hume(material))
        tools: list[Tool] = [hume]
        if not options.without_potato:
            tools.append(stack.enter_context(serving_potato(material)))
        browser = stack.enter_context(chromium())
        print(_machine(browser, tools))
        benchmark = Benchmark(browser, options.answers)
        for number in range(1, options.runs + 1):
            for condition in CONDITIONS:
                for tool in tools:
                    benchmark.run(tool, condition, number)
        fast = benchmark.type_fast(hume)
        _report(benchmark, fast, _tally(hume, benchmark))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.annotate", description=__doc__)
    parser.add_argument("--answers", type=int, default=100, help="answers of each annotator measured (100)")
    parser.add_argument("--runs", type=int, default=3, help="runs, of which the medians are reported (3)")
    parser.add_argument("--without-potato", action="store_true", help="measure HUME alone")
    return parser.parse_args()


def _machine(browser: Browser, tools: list[Tool]) -> str:
    tool_versions = ", ".join(f"{tool.name} {tool.version}" for tool in tools)
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    return (
        f"{tool_versions}, Streamlit {version('streamlit')}, Chromium {browser.version}, "
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, load average {load}"
    )


def _tally(hume: HumeTool, benchmark: Benchmark) -> Tally:
    to_others = [client_id for others in benchmark.others for client_id in others.acknowledged]
    return tally(hume.server.database_url, benchmark.sittings, to_others)


def _report(benchmark: Benchmark, fast: Figures, stored: Tally) -> None:
    seen = {key: median_run(runs) for key, runs in benchmark.seen.items()}
    acknowledged = {condition: median_run(runs) for condition, runs in benchmark.acknowledged.items()}
    rows = [(f"{tool}, next item painted, {condition}", one) for (tool, condition), one in seen.items()]
    rows.append((f"HUME, {FAST_KEYS} keys at {FAST_PER_SECOND:g}/s, {MENDED - CUT} without network", fast))
    rows += [(f"HUME, acknowledged, {condition}", one) for condition, one in acknowledged.items()]
    print(f"\nKey down to ..., medians of {len(benchmark.seen['HUME', ALONE])} runs\n{table(rows)}\n")
    print("  ".join(f"{name} {value}" for name, value in asdict(stored).items()), "\n")
    potato = seen.get(("Potato", ALONE))
    result = {
        "p50_ms": seen["HUME", ALONE].p50,
        "p95_ms": seen["HUME", ALONE].p95,
        "p95_ms_25": seen["HUME", WITH_OTHERS].p95,
        "p95_ms_slow_network": seen["HUME", SLOW_NETWORK].p95,
        "ack_p50_ms": acknowledged[ALONE].p50,
        "ack_p95_ms": acknowledged[ALONE].p95,
        "potato_p50_ms": potato.p50 if potato else None,
        "ratio_p50": seen["HUME", ALONE].p50 / potato.p50 if potato else None,
        "acknowledged": stored.acknowledged,
        "stored": stored.stored,
        "doubled": stored.doubled,
    }
    print(json.dumps({name: round(one, 3) if isinstance(one, float) else one for name, one in result.items()}))
    if stored.lost or stored.amiss or stored.doubled or stored.stored != stored.acknowledged:
        sys.exit("Answers are lost, doubled or not what was pressed: see the line above the last.")


if __name__ == "__main__":
    main()
