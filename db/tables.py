"""The tables, the same on SQLite and PostgreSQL. A change here needs a migration: see `db/migrations`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    MetaData,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from db.columns import PlainJson, PlainText, UtcDateTime, utc_now
from hume.records import AccountRole, Kind, Purpose, Ruling, RunState, Status, TaskState

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What all tables share: constraints have names, so that a migration can speak of them on both databases."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: PlainText,
        float: Double,
        datetime: UtcDateTime,
        dict[str, Any]: PlainJson,
        list[str]: PlainJson,
    }

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)


# -- what is asked --------------------------------------------------------------------------------


class Task(Base):
    """One benchmark data set."""

    __tablename__ = "task"
    __table_args__ = (CheckConstraint("state in ('draft', 'open', 'closed')", name="state"),)

    name: Mapped[str] = mapped_column(unique=True)
    task_type: Mapped[str]
    description: Mapped[str]
    license: Mapped[str]
    source: Mapped[str]
    revision: Mapped[str]
    instruction: Mapped[str]
    guidelines: Mapped[str]
    settings: Mapped[dict[str, Any]]
    state: Mapped[TaskState] = mapped_column(PlainText)
    overlap: Mapped[int]
    is_sample: Mapped[bool]
    shared_share: Mapped[float] = mapped_column(default=0.0)
    """The share of the evaluated items that everybody answers."""
    repeat_share: Mapped[float] = mapped_column(default=0.0)
    """The share of the evaluated items that have a copy, for asking the same person twice."""
    changes: Mapped[int] = mapped_column(default=0)
    """Counts every change of the task, its subsets or its items: caches ask for it."""


class TaskAnnotator(Base):
    """A person whom a task is assigned to. One that is assigned to nobody is for everybody."""

    __tablename__ = "task_annotator"
    __table_args__ = (UniqueConstraint("task_id", "rater_id"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    rater_id: Mapped[int] = mapped_column(ForeignKey("rater.id"))


class Subset(Base):
    """The part of a task in one language or configuration."""

    __tablename__ = "subset"
    __table_args__ = (UniqueConstraint("task_id", "name"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    name: Mapped[str]
    languages: Mapped[list[str]]
    guidelines: Mapped[str]
    settings: Mapped[dict[str, Any]]


class Item(Base):
    """One version of an item. The current one is not retired, and there is at most one a key."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("subset_id", "split", "key", "version"),
        CheckConstraint("purpose in ('judgment', 'training', 'attention', 'repeat')", name="purpose"),
    )

    subset_id: Mapped[int] = mapped_column(ForeignKey("subset.id"))
    split: Mapped[str]
    key: Mapped[str]
    version: Mapped[int]
    position: Mapped[int]
    content: Mapped[dict[str, Any]]
    gold: Mapped[Any] = mapped_column(PlainJson, nullable=True)
    content_hash: Mapped[str]
    """SHA-256 of content and gold, whatever the order of their keys."""
    retired: Mapped[bool] = mapped_column(default=False)
    purpose: Mapped[Purpose] = mapped_column(PlainText, default="judgment")
    set_apart: Mapped[bool] = mapped_column(default=False)
    """An administrator chose the purpose: no file overrides it."""
    shared: Mapped[bool] = mapped_column(default=False)
    """Everybody answers it, whatever the task's overlap."""
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    """The item that this one is a copy of, for asking the same person twice."""


Index(
    "uq_item_current",
    Item.subset_id,
    Item.split,
    Item.key,
    unique=True,
    sqlite_where=Item.retired == false(),
    postgresql_where=Item.retired == false(),
)


# -- who answers, and what was said ---------------------------------------------------------------


class Rater(Base):
    """A person, a model or a simulation, in one revision and one protocol."""

    __tablename__ = "rater"
    __table_args__ = (
        UniqueConstraint("kind", "name", "revision", "protocol"),
        CheckConstraint("kind in ('human', 'llm', 'embedding', 'simulated')", name="kind"),
    )

    kind: Mapped[Kind] = mapped_column(PlainText)
    name: Mapped[str]
    revision: Mapped[str]
    protocol: Mapped[str]


class Answer(Base):
    """One revision of one rater's answer to one item. Rows are added, never changed, never removed."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("item_id", "rater_id", "revision"),
        CheckConstraint("status in ('given', 'skipped')", name="status"),
        Index(None, "rater_id", "created_at"),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    rater_id: Mapped[int] = mapped_column(ForeignKey("rater.id"))
    revision: Mapped[int]
    client_id: Mapped[str] = mapped_column(unique=True)
    status: Mapped[Status] = mapped_column(PlainText)
    payload: Mapped[Any] = mapped_column(PlainJson, nullable=True)
    reason: Mapped[str]
    comment: Mapped[str]
    confidence: Mapped[int | None]
    milliseconds: Mapped[int | None] = mapped_column(BigInteger)
    order_shown: Mapped[list[str]]
    created_at: Mapped[datetime]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    surplus: Mapped[bool] = mapped_column(default=False)
    """Given when the item had all the answers that its overlap asks for: one that came after its lease ran out."""


class Draft(Base):
    """Unsent work: one a rater and item."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("rater_id", "item_id"),)

    rater_id: Mapped[int] = mapped_column(ForeignKey("rater.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    payload: Mapped[Any] = mapped_column(PlainJson)
    updated_at: Mapped[datetime]


class Assignment(Base):
    """A rater who is to answer an item, and until when the place is kept."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("item_id", "rater_id"), Index(None, "rater_id", "leased_until"))

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    rater_id: Mapped[int] = mapped_column(ForeignKey("rater.id"))
    leased_until: Mapped[datetime]


# -- what was computed, and what was published ------------------------------------------------------


class Run(Base):
    """One run of a model over tasks: asked for, taken by a worker, and how it went."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("state in ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
        Index(None, "state", "lease_until"),
    )

    rater_id: Mapped[int | None] = mapped_column(ForeignKey("rater.id"), index=True)
    """Who answers; not known before the model is loaded."""
    state: Mapped[RunState] = mapped_column(PlainText)
    device: Mapped[str] = mapped_column(default="")
    versions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    prompts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    n_texts: Mapped[int | None]
    seconds: Mapped[float | None]
    error: Mapped[str] = mapped_column(default="")
    started: Mapped[datetime | None]
    """When a worker first took it."""
    finished: Mapped[datetime | None]
    model: Mapped[str] = mapped_column(default="")
    """As it was asked for: a name, a folder, `backend:name`."""
    tasks: Mapped[list[str]] = mapped_column(default=list)
    """Empty for all."""
    request: Mapped[dict[str, Any]] = mapped_column(default=dict)
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    """The run that this one tries again."""
    queued: Mapped[datetime] = mapped_column(default=utc_now)
    worker: Mapped[str] = mapped_column(default="")
    lease_until: Mapped[datetime | None]
    """While it runs: when others may take it over, unless its worker says before that it lives."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often a worker has begun it."""
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    n_done: Mapped[int] = mapped_column(default=0)
    """Subsets that are done with, those that could not be answered among them."""
    n_total: Mapped[int | None]
    n_texts_total: Mapped[int | None]
    texts_per_s: Mapped[float | None]
    peak_mb: Mapped[float | None]
    log: Mapped[str] = mapped_column(default="")
    cost: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Of an LLM: tokens and money."""


class ScoreColumns:
    """The fields of `hume.records.ScoreRow`, except its source, which the table itself says."""

    task: Mapped[str]
    task_type: Mapped[str]
    subset: Mapped[str]
    language: Mapped[str]
    rater: Mapped[str]
    kind: Mapped[str]
    metric: Mapped[str]
    is_main: Mapped[bool]
    score: Mapped[float | None]
    n_items: Mapped[int | None]
    n_answered: Mapped[int | None]
    n_skipped: Mapped[int | None]
    n_absent: Mapped[int | None]
    ci_low: Mapped[float | None]
    ci_high: Mapped[float | None]
    rater_revision: Mapped[str]
    protocol: Mapped[str]
    aggregation: Mapped[str]
    policy: Mapped[str]
    reason: Mapped[str]
    is_sample: Mapped[bool]


class Score(ScoreColumns, Base):
    """What a run computed, kept as it was then."""

    __tablename__ = "score"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)


class Publication(Base):
    """Where published figures come from. The digest tells whether they are the same as last time."""

    __tablename__ = "publication"

    origin: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str]
    imported_at: Mapped[datetime]


class PublishedScore(ScoreColumns, Base):
    """A score as a paper or a results repository gives it."""

    __tablename__ = "published_score"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), index=True)


class PublishedAgreement(Base):
    """A coefficient of agreement as it was published: the fields of `hume.records.AgreementRow`."""

    __tablename__ = "published_agreement"

    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), index=True)
    task: Mapped[str]
    task_type: Mapped[str]
    subset: Mapped[str]
    language: Mapped[str]
    kind: Mapped[str]
    coefficient: Mapped[str]
    value: Mapped[float | None]
    ci_low: Mapped[float | None]
    ci_high: Mapped[float | None]
    n_items: Mapped[int | None]
    n_raters: Mapped[int | None]
    reason: Mapped[str]
    is_sample: Mapped[bool]


# -- who signs in, and what happened ----------------------------------------------------------------

ROLES = "role in ('annotator', 'researcher', 'admin')"


class Account(Base):
    """A person who can sign in."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint(ROLES, name="role"),)

    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[AccountRole] = mapped_column(PlainText)
    languages: Mapped[list[str]]
    rater_id: Mapped[int] = mapped_column(ForeignKey("rater.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    locale: Mapped[str] = mapped_column(default="")
    """The language of the interface, such as `ar`; empty for the browser's."""
    password_hash: Mapped[str] = mapped_column(default="")
    """Argon2id with its parameters and salt; empty for an account that signs in by links alone."""
    disabled_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    """The person asked to be forgotten: the name is random, and nothing else is left but the answers."""


class Session(Base):
    """A browser that is signed in. The token itself is in its cookie alone; here is its SHA-256."""

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    """To some minutes."""
    ended_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(default="")
    """In short, such as `Firefox, Windows`."""


class SignInFailure(Base):
    """How often of late the password was wrong for one account, or from one address."""

    __tablename__ = "sign_in_failure"

    key: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of what is counted: people type passwords where their names go."""
    n: Mapped[int]
    wait_until: Mapped[datetime]
    forget_at: Mapped[datetime] = mapped_column(index=True)


class Invitation(Base):
    """A link that signs a person in once. Here, too, is only the token's SHA-256."""

    __tablename__ = "invitation"
    __table_args__ = (CheckConstraint(ROLES, name="role"),)

    token_hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[AccountRole] = mapped_column(PlainText)
    languages: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]
    study_id: Mapped[int | None] = mapped_column(ForeignKey("study.id"))
    """The study that whoever uses it takes part in."""


class Identity(Base):
    """Who an account is to a provider that people sign in by, or the e-mail address that is to become that."""

    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        CheckConstraint("(subject is null) <> (email is null)", name="known_or_expected"),
        CheckConstraint("(subject is null) = (issuer is null)", name="subject_of_issuer"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    issuer: Mapped[str | None]
    """The provider, by its address."""
    subject: Mapped[str | None]
    """What the provider calls the person: the same for ever, and nobody else's."""
    email: Mapped[str | None] = mapped_column(unique=True)
    """Expected at the first sign-in; not kept from then on."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ApiToken(Base):
    """What a script shows instead of a cookie. The token itself was shown once; here is its SHA-256."""

    __tablename__ = "api_token"

    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    title: Mapped[str]
    """What it is for, in the words of whoever made it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """To the minute."""
    revoked_at: Mapped[datetime | None]


class Event(Base):
    """The audit trail: rows are added, never changed."""

    __tablename__ = "event"

    at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    rater_id: Mapped[int | None] = mapped_column(ForeignKey("rater.id"))
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]]


class Study(Base):
    """What some people are asked to do, by one link for all of them, and the text that they agree to before."""

    __tablename__ = "study"

    name: Mapped[str] = mapped_column(unique=True)
    """As it stands in the link."""
    title: Mapped[str]
    consent: Mapped[str]
    consent_digest: Mapped[str]
    """SHA-256 of title and consent text: who agreed to others is asked again."""
    languages: Mapped[list[str]]
    parameter: Mapped[str]
    """What the link calls the participant's id; empty for the names that are known."""
    places: Mapped[int]
    """How many may join by the link."""
    joined: Mapped[int] = mapped_column(default=0)
    """How many have, those who were erased since among them."""
    items: Mapped[int | None]
    """How many items each participant does; None for all that there are."""
    completion_url: Mapped[str]
    completion_code: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class StudyTask(Base):
    """A task that a study's participants are given items of."""

    __tablename__ = "study_task"
    __table_args__ = (UniqueConstraint("study_id", "task_id"),)

    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))


class Participant(Base):
    """An account that takes part in a study."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("account_id", "study_id"), UniqueConstraint("study_id", "external_id"))

    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    external_id: Mapped[str | None]
    """What the recruiting platform calls the person; None for one who was invited or added."""
    form_hash: Mapped[str] = mapped_column(default="")
    """SHA-256 of what the form carried that was agreed by: sent twice, it makes one account."""
    consent_digest: Mapped[str] = mapped_column(default="")
    """Of the text that was agreed to; empty before."""
    added_at: Mapped[datetime] = mapped_column(default=utc_now)
    consented_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]


RULINGS = "ruling in ('gold-right', 'people-right', 'ambiguous', 'bad-item', 'undecided')"


class Verdict(Base):
    """What somebody decided of a disputed item. Rows are added, never changed; the latest of an item counts."""

    __tablename__ = "verdict"
    __table_args__ = (CheckConstraint(RULINGS, name="ruling"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    ruling: Mapped[Ruling] = mapped_column(PlainText)
    note: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=utc_now)
