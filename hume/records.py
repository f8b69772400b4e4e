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
RunState = Literal["queued", "running", "done", "failed", "cancelled"]
Ruling = Literal["gold-right", "people-right", "ambiguous", "bad-item", "undecided"]
"""What a researcher decides of a disputed item; `undecided` takes an earlier verdict back."""
Purpose = Literal["judgment", "training", "attention", "repeat"]
"""What an item is asked for: to be evaluated, to practise on, to see who reads, or to ask the same person twice."""

#: The split that probes are fitted on; never scored, and shown to annotators only where set apart for training or
#: attention.
TRAIN = "train"
#: The split of copies that are made to ask the same person twice; no file has it.
REPEAT = "repeat"


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
    shared_share: float = 0.0
    """The share of the evaluated items that everybody answers, whatever the overlap: 0 to 1."""
    repeat_share: float = 0.0
    """The share of the evaluated items that whoever answered them is asked again: 0 to 1."""

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
    purpose: Purpose = "judgment"

    @property
    def is_evaluated(self) -> bool:
        """Whether figures are made of answers to it."""
        return self.purpose == "judgment" and self.split != TRAIN

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
    surplus: bool = False
    """One more than the overlap asks for: it came after its lease had run out. Kept, and counted in figures."""


@dataclass(frozen=True)
class AnswerRecord:
    """An answer with all that is needed to find its item and rater in another database."""

    task: str
    subset: str
    split: str
    rater: Rater
    answer: Answer
    purpose: Purpose = "judgment"
    """What the item is asked for now; an import goes by the purpose that the stored item has."""
    content_hash: str = ""
    """SHA-256 of the content and gold that were answered, where the version that the item has here is not known."""


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
    """The split that probes are fitted on, whatever else its items are asked for."""
    sheets: tuple[AnswerSheet, ...] = ()
    id: int | None = None

    @property
    def settings(self) -> dict[str, Json]:
        """The task's settings with the subset's overrides."""
        return self.task.settings_of(self.subset)


@dataclass(frozen=True)
class CheckSheet:
    """What one rater said of a subset's checks, by item id: the first answer to training, the latest to all others."""

    rater: Rater
    answers: Mapping[int, Answer]


@dataclass(frozen=True)
class CheckRecord:
    """A subset's current training, attention and repeated items, with what raters said of them. No score is made of it.

    An item that is repeated is in `items` too, and its answers are in the sheets: a repeat is held against those.
    """

    task: Task
    subset: Subset
    items: Mapping[int, Item]
    """By id."""
    originals: Mapping[int, int]
    """By a repeat's id, the id of the item that it repeats."""
    sheets: tuple[CheckSheet, ...] = ()

    @property
    def settings(self) -> dict[str, Json]:
        """The task's settings with the subset's overrides."""
        return self.task.settings_of(self.subset)


@dataclass(frozen=True)
class Progress:
    """How far one rater is on the items of one subset that count for them.

    These are the current evaluated items, attention items, and repeats that were given to this rater; training
    items are not among them.
    """

    total: int
    answered: int
    """Items whose latest answer is given."""
    skipped: int
    open: int
    """Items that this rater has not answered and that still want people; 0 unless the task is open."""
    today: int
    """Items answered or skipped since the start of the day."""
    pace_ms: int | None = None
    """Median active milliseconds of the rater's latest given answers; None for too few, or where nobody asked."""


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
    locale: str = ""
    """The language of the interface, such as `ar`; empty for the browser's."""
    takes_part: bool | None = field(default=None, compare=False)
    """Whether they take part in a study; None where nobody has asked."""


@dataclass(frozen=True)
class Study:
    """What some people are asked to do, by one link for all of them: which tasks, and what they agree to before."""

    name: str
    """As it stands in the link."""
    title: str
    consent: str
    """Plain text, paragraphs apart by blank lines."""
    tasks: tuple[str, ...]
    languages: tuple[str, ...] = ()
    """Those of the participants, who are given items in these alone; empty for all."""
    parameter: str = ""
    """What the link calls the participant's id; empty for the names that platforms use."""
    places: int = 100
    """How many may join by the link."""
    items: int | None = None
    """How many items each participant does; None for all that there are."""
    completion_url: str = ""
    completion_code: str = ""
    expires_at: datetime | None = None
    """When the link ends to work."""
    closed_at: datetime | None = None
    joined: int = 0
    """How many have joined by the link, those who were erased since among them."""
    consent_digest: str = ""
    """SHA-256 of title and consent text; set where it is stored."""


@dataclass(frozen=True)
class Participation:
    """How one person stands in one study."""

    study: str
    title: str
    tasks: frozenset[str]
    has_agreed: bool
    """To the text as it is now."""
    items: int | None
    """How many are asked of everybody; None for all that there are."""
    done: int
    """Items answered or skipped since the person was added, practice items aside."""
    is_completed: bool
    completion_url: str
    completion_code: str

    @property
    def left(self) -> int | None:
        """How many more items the person may be given; None for all that there are."""
        return None if self.items is None else max(self.items - self.done, 0)


@dataclass(frozen=True)
class Run:
    """One run of a model over tasks: what was asked for, where it ran, with what, how far it is and how it ended."""

    id: int
    model: str
    """As it was asked for: a name, a folder, `backend:name`."""
    tasks: tuple[str, ...]
    """Empty for all."""
    request: Mapping[str, Json]
    """How the model is to be loaded (the fields of `hume.raters.backends.Loading`), and the `protocol`."""
    rater: Rater | None
    """None until the model is loaded: its revision is not known before."""
    state: RunState
    device: str
    versions: Mapping[str, str]
    prompts: Mapping[str, str]
    settings: Mapping[str, Json]
    error: str
    """What went wrong, a line a subset; empty where nothing did."""
    queued: datetime
    started: datetime | None
    """When a worker first took it."""
    finished: datetime | None
    seconds: float | None
    """From being taken to the end, of the worker that ended it."""
    requested_by: str = ""
    """The name of the account that asked for it; empty for the command line."""
    repeats: int | None = None
    """The run that this one tries again."""
    worker: str = ""
    lease_until: datetime | None = None
    attempts: int = 0
    """How often a worker has begun it."""
    cancel_requested: bool = False
    n_done: int = 0
    """Subsets that are done with, those that could not be answered among them."""
    n_total: int | None = None
    n_texts: int | None = None
    """Of the last attempt. While it runs: texts (or pairs) done, those that a cache knew among them; when it has ended:
    those alone that the model read."""
    n_texts_total: int | None = None
    texts_per_s: float | None = None
    peak_mb: float | None = None
    """The most memory that was in use, in MiB: the GPU's where the model ran on one, else the process's."""
    log: str = ""
    cost: Mapping[str, Json] = field(default_factory=dict)
    """Of an LLM: tokens and money."""


@dataclass(frozen=True)
class Verdict:
    """What somebody decided of one version of a disputed item. It changes neither gold nor answers."""

    item_id: int
    ruling: Ruling
    note: str
    account: str
    """The name of the account that decided."""
    at: datetime


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
    caution: str = ""
    """What must be said with the figure, such as `one rater only`."""
    resampled: str = ""
    """What is resampled: `items`, or `texts` of each set; `raters and ...` where they are too; empty if no interval."""


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
class PairRow:
    """How far two raters of one kind say the same on one subset, by the task type's main coefficient of two."""

    task: str
    task_type: str
    subset: str
    language: str
    kind: str
    coefficient: str
    """Of the pair: `cohen_kappa`, where the row of the whole panel has `mean_pairwise_cohen_kappa`."""
    rater: str
    other: str
    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    n_items: int = 0
    """Items that both answered."""
    reason: str = ""
    is_sample: bool = False
    source: Source = "computed"


@dataclass(frozen=True)
class ReliabilityRow:
    """How far one rater says the same as the others of that kind: the mean of the rater's pairs, main coefficient."""

    task: str
    task_type: str
    subset: str
    language: str
    kind: str
    coefficient: str
    rater: str
    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    n_items: int = 0
    """Items that at least one other rater answered too."""
    n_others: int = 0
    """Raters whose pair with this one has a value."""
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
    p_value: float | None = None
    """Two-sided, of no gap; from the paired bootstrap's standard error."""
    p_holm: float | None = None
    """Adjusted over all computed gaps to the same baseline: the chance of a single false finding."""
    p_bh: float | None = None
    """Adjusted likewise by Benjamini and Hochberg: the share of false ones among the findings."""
    chance: float | None = None
    """The metric that random answers have on these items."""
    standardised: float | None = None
    """The gap as a share of the way from chance to perfect."""
    standardised_low: float | None = None
    standardised_high: float | None = None
    resampled: str = ""
    """What is resampled: `items`, or `texts` of each set; `raters and ...` where they are too; empty if no interval."""
    caution: str = ""
    """What must be said with the figure, such as `6 items only`."""


@dataclass(frozen=True)
class LeaderboardRow:
    """A rater among models and one kind of baseline. Ranks are None where it lacks a subset of the baseline's."""

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
    scope: str = ""
    """The language or task type that the board is over; empty for all subsets."""
    rank_low: int | None = None
    """The 95% interval of `rank`, from resampled items; None where nothing can be resampled."""
    rank_high: int | None = None
    mean_task_types: float | None = None
    """The mean over task types of the mean over their tasks of the mean over their subsets."""
    rank_task_types: int | None = None
    borda: float | None = None
    """Borda points as MTEB counts them."""
    rank_borda: int | None = None
    rank_borda_low: int | None = None
    rank_borda_high: int | None = None
    mean_low: float | None = None
    """The 95% interval of `mean_score`, from the same resamples as that of `rank`."""
    mean_high: float | None = None
    gap: float | None = None
    """`mean_score` minus that of the baseline; None for the baseline, and where either lacks a subset."""
    gap_low: float | None = None
    """The 95% interval of `gap`: both are resampled on the same items."""
    gap_high: float | None = None
    board_protocol: str = ""
    """The protocol of the models on this board, one on each board; empty where no model has one."""


@dataclass(frozen=True)
class StandInRow:
    """Whether a model may stand in for one of the people of a subset: the alternative annotator test."""

    task: str
    task_type: str
    subset: str
    language: str
    baseline_kind: str
    """Who is to be stood in for: `human` or `simulated`."""
    model: str
    model_kind: str
    epsilon: float
    """How much worse than a person the model may be, for being cheaper."""
    winning_rate: float | None
    """Share of people against whom the model wins; None where the test cannot be made, and `reason` says why."""
    advantage: float | None
    """Average advantage probability: of the model to be as close to the others as a person is, or closer."""
    passes: bool | None
    n_items: int
    """Items with two people at least and an answer of the model."""
    n_raters: int
    """People with enough such items."""
    reason: str = ""
    caution: str = ""
    model_revision: str = ""
    protocol: str = ""
    is_sample: bool = False
    source: Source = "computed"


@dataclass(frozen=True)
class ItemRow:
    """How hard and how disputed one item is, by the raters of one kind: docs/decisions/items.md has the formulas.

    All but counts are 0 to 1, or None where undefined, and `reason` says why.
    """

    task: str
    task_type: str
    subset: str
    language: str
    split: str
    item: str
    item_version: int
    item_id: int | None
    kind: str
    n_raters: int
    """Raters of this kind who answered; never 0."""
    n_right: int | None
    """Those whose accord with gold is at least what the task type asks of a right answer."""
    agreement: float | None
    """The mean accord of every two raters."""
    accord: float | None
    """The raters' mean accord with gold."""
    consensus_accord: float | None
    """The accord of the raters' consensus with gold."""
    difficulty: float | None
    """1 - accord."""
    disagreement: float | None
    """1 - agreement."""
    suspicion: float | None
    """agreement - accord, 0 where that is negative: how much closer raters are to each other than to gold."""
    n_models: int = 0
    """Models that answered the item; 0 too where it has no gold to hold them against."""
    n_models_right: int = 0
    model_accord: float | None = None
    """The models' mean closeness to gold."""
    contrast: str = ""
    """`people miss` what all models get, `models miss`, all of them, what people get, or neither."""
    reason: str = ""
    is_sample: bool = False


@dataclass(frozen=True)
class ItemFinding:
    """A disputed item with all that the data set's maintainers need to judge for themselves. It names no rater."""

    row: ItemRow
    gold: Json
    content_hash: str
    said: tuple[tuple[Json, int], ...]
    """Each answer that was given, and by how many; the commonest first."""
    verdict: Verdict | None = None


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
    pairs: tuple[PairRow, ...] = ()
    reliability: tuple[ReliabilityRow, ...] = ()
    boards: tuple[LeaderboardRow, ...] = ()
    """Leaderboards of one language or one task type: `scope` says which."""
    stand_in: tuple[StandInRow, ...] = ()
