"""What flows through HUME: frozen records, without a database, a data frame or a page.

`Item.content` and `Item.gold` are plain JSON here; a task type turns them into its own checked types
(see `hume.tasks.base`). Scores are fractions (0.78, not 78).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = Any
Kind = Literal["human", "llm", "embedding", "simulated"]
Status = Literal["given", "skipped"]
TaskState = Literal["draft", "open", "closed"]
Source = Literal["computed", "published"]
AccountRole = Literal["annotator", "researcher", "admin"]
RunState = Literal["running", "done", "failed"]

#: The split that probes are fitted on; it is never shown to annotators and never scored.
TRAIN = "train"


# -- what is asked ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """One benchmark data set. `settings` are public: annotators' browsers receive them."""

    name: str
    task_type: str
    description: str = ""
    license: str = ""
    source: str = ""
    revision: str = ""
    instruction: str = ""
    """The sentence that instruction models are given."""
    guidelines: str = ""
    """What annotators are told, in Markdown; a subset's own guidelines win."""
    settings: Mapping[str, Json] = field(default_factory=dict)
    state: TaskState = "open"
    overlap: int = 3
    """How many people are to answer each item."""
    is_sample: bool = False
    """Made for trying HUME on; no benchmark, and said so wherever its figures appear."""

    def settings_of(self, subset: Subset) -> dict[str, Json]:
        """The task's settings with the subset's overrides."""
        return {**self.settings, **subset.settings}


@dataclass(frozen=True)
class Subset:
    """The part of a task in one language or configuration (MTEB's `hf_subset`)."""

    name: str
    languages: tuple[str, ...] = ()
    """ISO 639-3 and ISO 15924, such as `ara-Arab`."""
    guidelines: str = ""
    settings: Mapping[str, Json] = field(default_factory=dict)
    """Overrides of the task's settings, such as label names in the subset's language."""

    @property
    def language(self) -> str:
        """All languages of the subset in one string, as figures show them."""
        return "+".join(self.languages)


@dataclass(frozen=True)
class Item:
    """What a rater answers at once. `key` is unique among the subset's current items of a split."""

    key: str
    content: Mapping[str, Json]
    gold: Json
    split: str = "test"
    position: int = 0
    version: int = 1
    id: int | None = None
    """The database's own id; None before it is stored."""

    @property
    def raw(self) -> dict[str, Json]:
        """Content and gold together, as `TaskType.parse_item` takes them."""
        return {**self.content, "gold": self.gold}


@dataclass(frozen=True)
class TaskDocument:
    """A whole task as a file holds it: checked, complete, ready to be stored."""

    task: Task
    subsets: tuple[tuple[Subset, tuple[Item, ...]], ...]
    warnings: tuple[str, ...] = ()


# -- who answers --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rater:
    """Whoever answers. `revision` and `protocol` tell two runs of a model apart; people have none."""

    kind: Kind
    name: str
    revision: str = ""
    protocol: str = ""
    id: int | None = None

    @property
    def stored_id(self) -> int:
        """The database's id; ValueError where the rater was not stored."""
        if self.id is None:
            raise ValueError(f"the rater {self.name} was not stored")
        return self.id


# -- what was said ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a rater said of an item, in its latest revision unless told otherwise."""

    item: str
    """The item's key."""
    status: Status
    payload: Json = None
    """What `TaskType.parse_answer` takes; None where skipped."""
    revision: int = 1
    item_version: int = 1
    client_id: str = ""
    """Unique per submission, so that a resend is harmless."""
    reason: str = ""
    """Why an item was skipped."""
    comment: str = ""
    confidence: int | None = None
    milliseconds: int | None = None
    """Active time."""
    order_shown: Sequence[str] = ()
    created_at: datetime | None = None


@dataclass(frozen=True)
class AnswerRecord:
    """An answer with all that is needed to find its item and rater in another database."""

    task: str
    subset: str
    split: str
    rater: Rater
    answer: Answer


@dataclass(frozen=True)
class AnswerSheet:
    """All answers of one rater on the current items of one subset: what a score is made of."""

    rater: Rater
    answers: Mapping[str, Answer]
    """By item key."""


@dataclass(frozen=True)
class SubsetRecord:
    """A subset with everything that figures need: its current items and every rater's answers."""

    task: Task
    subset: Subset
    items: tuple[Item, ...]
    """Evaluated items only, by position."""
    train: tuple[Item, ...] = ()
    sheets: tuple[AnswerSheet, ...] = ()
    id: int | None = None

    @property
    def settings(self) -> dict[str, Json]:
        """The task's settings with the subset's overrides."""
        return self.task.settings_of(self.subset)


@dataclass(frozen=True)
class Progress:
    """How far one rater is on the current evaluated items of one subset."""

    total: int
    answered: int
    """Items whose latest answer is given."""
    skipped: int
    open: int
    """Items that this rater has not answered and that still want people; 0 unless the task is open."""
    today: int
    """Items answered or skipped since the start of the day."""


# -- who signs in, what was run, what happened -------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """A person who can sign in, and the human rater that their answers are stored under."""

    id: int
    name: str
    role: AccountRole
    languages: tuple[str, ...]
    """ISO 639-3 and ISO 15924, such as `ara-Arab`; empty means that nobody asked."""
    rater_id: int


@dataclass(frozen=True)
class Run:
    """One run of a model over tasks: where, with what, and how it ended."""

    id: int
    rater: Rater
    state: RunState
    device: str
    versions: Mapping[str, str]
    prompts: Mapping[str, str]
    settings: Mapping[str, Json]
    n_texts: int | None
    seconds: float | None
    error: str
    started: datetime
    finished: datetime | None


@dataclass(frozen=True)
class Event:
    """One line of the audit trail."""

    at: datetime
    kind: str
    """Such as `signed-in` or `task-imported`."""
    detail: Mapping[str, Json]
    account_id: int | None = None
    rater_id: int | None = None


# -- what comes out: one row class per list of the report -----------------------------------------


@dataclass(frozen=True)
class ScoreRow:
    """One metric of one rater on one subset. `score` is None where undefined, and `reason` says why."""

    task: str
    task_type: str
    subset: str
    language: str
    rater: str
    kind: str
    metric: str
    is_main: bool
    score: float | None
    n_items: int | None
    """Items that were scored; None where a published figure does not say."""
    n_answered: int | None = None
    n_skipped: int | None = None
    n_absent: int | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    rater_revision: str = ""
    protocol: str = ""
    aggregation: str = "rater"
    policy: str = ""
    """Such as `ties=expected`: what one must know to compute the score again."""
    reason: str = ""
    is_sample: bool = False
    source: Source = "computed"


@dataclass(frozen=True)
class BaselineRow:
    """The score of people (or of simulated raters, apart) on one subset, by a named aggregation."""

    task: str
    task_type: str
    subset: str
    language: str
    metric: str
    kind: str
    aggregation: str
    score: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    n_items: int | None = None
    n_raters: int | None = None
    n_answers: int | None = None
    n_skipped: int | None = None
    reason: str = ""
    is_sample: bool = False
    source: Source = "computed"


@dataclass(frozen=True)
class AgreementRow:
    """How far the raters of one kind say the same on one subset, by a named coefficient."""

    task: str
    task_type: str
    subset: str
    language: str
    kind: str
    coefficient: str
    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    n_items: int | None = None
    n_raters: int | None = None
    reason: str = ""
    is_sample: bool = False
    source: Source = "computed"


@dataclass(frozen=True)
class GapRow:
    """A model's main score minus the baseline, over the items that both answered."""

    task: str
    task_type: str
    subset: str
    language: str
    metric: str
    model: str
    model_kind: str
    baseline_kind: str
    aggregation: str
    model_score: float | None
    baseline_score: float | None
    gap: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    n_items: int | None = None
    verdict: str = ""
    """`ahead`, `behind`, `not distinguishable`, or why there is none."""
    model_revision: str = ""
    protocol: str = ""
    is_sample: bool = False
    source: Source = "computed"


@dataclass(frozen=True)
class LeaderboardRow:
    """A rater among models and one kind of baseline. `rank` is None where it lacks a subset of the baseline's."""

    rank: int | None
    rater: str
    kind: str
    mean_score: float | None
    n_subsets: int
    n_subsets_total: int
    rater_revision: str = ""
    protocol: str = ""
    baseline_kind: str = ""
    """Whose baseline stands among the models: `human` or `simulated`; empty where only models have answered."""
    is_sample: bool = False
    source: Source = "computed"


@dataclass(frozen=True)
class Published:
    """Figures from a paper or a results repository, as they were published."""

    scores: tuple[ScoreRow, ...] = ()
    agreement: tuple[AgreementRow, ...] = ()


@dataclass(frozen=True)
class Report:
    """Every figure that HUME shows: the pages have nothing that this has not."""

    scores: tuple[ScoreRow, ...]
    baselines: tuple[BaselineRow, ...]
    agreement: tuple[AgreementRow, ...]
    gaps: tuple[GapRow, ...]
    leaderboard: tuple[LeaderboardRow, ...]
