"""What is seen of a model at work: bars on a terminal, nothing elsewhere."""

from __future__ import annotations

import io

from rich.console import Console

from hume.cli.watching import Bars
from hume.records import Subset, SubsetRecord, Task
from hume.runner.answering import Answered


def shown(is_terminal: bool) -> str:
    """All that was written while a model did two of three subsets."""
    console = Console(file=io.StringIO(), force_terminal=is_terminal, width=160)
    with Bars(console) as bars:
        bars.start("letters", 1, 3)
        bars.on_texts(50, 200)
        bars.on_subset(Answered(SubsetRecord(Task("Pairs", "sts"), Subset("eng"), ())), ())
        bars._progress.refresh()
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_terminal_shows_texts_subsets_speed_and_time_left() -> None:
    seen = shown(is_terminal=True)
    for part in ("letters", "50/200", "texts/s", "Pairs/eng", "2/3", ":"):
        assert part in seen


def test_a_log_file_is_spared() -> None:
    assert shown(is_terminal=False) == ""
