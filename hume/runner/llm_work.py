"""What a run of a language model is to do, and what became of it; with a database or without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from hume.errors import HumeError, NotFound
from hume.raters.llm.annotator import Wanted
from hume.raters.llm.panel import Outcome
from hume.records import Answer, Rater, ScoreRow, SubsetRecord


@dataclass(frozen=True)
class Chosen:
    """Which items are to be answered; empty means all, `limit` 0 likewise."""

    tasks: Sequence[str] = ()
    subsets: Sequence[str] = ()
    limit: int = 0
    """The first so many items of each subset."""


@dataclass
class Summary:
    """What became of a run so far."""

    n_before: int = 0
    """Items that this rater had answered before."""
    n_given: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    """How many items were skipped, by reason."""
    faults: list[str] = field(default_factory=list)
    """Items that got no reply, and why."""
    rater: Rater | None = None
    rows: list[ScoreRow] = field(default_factory=list)
    """The rater's scores, earlier answers included."""
    seconds: float = 0.0

    def book(self, answer: Answer) -> None:
        """Count a stored answer."""
        if answer.status == "given":
            self.n_given += 1
        else:
            self.skipped[answer.reason] += 1

    def note_fault(self, outcome: Outcome) -> None:
        """Keep why an item got no answer."""
        one = outcome.wanted
        self.faults.append(f"{one.task.name}/{one.subset.name}/{one.item.key}: {outcome.fault}")

    @property
    def n_tried(self) -> int:
        """Items that are done with, whatever became of them."""
        return self.n_before + self.n_given + self.skipped.total() + len(self.faults)


Place = tuple[str, str]
"""Task and subset."""
OnOutcome = Callable[[Outcome], None]


def chosen_of(records: Sequence[SubsetRecord], chosen: Chosen) -> list[SubsetRecord]:
    """The subsets that were chosen, with the items to answer. NotFound for a name that is not there and for no item."""
    names = {record.subset.name for record in records}
    for name in chosen.subsets:
        if name not in names:
            raise NotFound(f"There is no subset {name!r}; there are {', '.join(sorted(names))}.")
    found = [
        replace(record, items=record.items[: chosen.limit or None])
        for record in records
        if record.items and (not chosen.subsets or record.subset.name in chosen.subsets)
    ]
    if not found:
        raise NotFound("There is no item to answer. Import a task first: hume import tasks PATH")
    return found


def wanted(records: Sequence[SubsetRecord]) -> Iterator[Wanted]:
    """Every item of the subsets, in order."""
    return (Wanted(record.task, record.subset, item) for record in records for item in record.items)


def place_of(record: SubsetRecord) -> Place:
    """What a subset is known by."""
    return record.task.name, record.subset.name


def faults_error(summary: Summary) -> HumeError:
    """What is told of items that got no answer."""
    return HumeError(
        f"{len(summary.faults)} items got no answer; run the command again to ask them. The first: {summary.faults[0]}"
    )
