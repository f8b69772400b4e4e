"""A database in which every stored text is hostile: what people, files, models and papers can put there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import hostile
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.session import open_current, transaction
from db.store.accounts import create_invitation, redeem
from db.store.annotators import assign_task
from db.store.answers import save_answers
from db.store.drafts import save_draft
from db.store.published import save_published
from db.store.purposes import set_apart
from db.store.raters import ensure_rater
from db.store.runs import save_scores
from db.store.studies import save_study
from db.store.tasks import save_document, set_task, subset_records
from db.store.tokens import create_token
from db.store.verdicts import save_verdict
from hume.ingest.documents import Draft, assemble
from hume.ingest.figures import main_metric
from hume.parsed import parse
from hume.raters import simulated
from hume.records import AgreementRow, Answer, Json, Published, Rater, ScoreRow, Study, Subset, SubsetRecord, Task

KINDS = ("sts", "classification", "clustering", "reranking")
N_ITEMS, N_TRAIN = 5, 3
LANGUAGES = ("eng-Latn", "ara-Arab")
ARABIC = "أعلنت الوزارة عن خطة جديدة"
LABELS = tuple(hostile.name("label", number) for number in range(4))
GRADES = tuple(hostile.name("grade", number) for number in range(3))
DOCS = tuple(hostile.name("doc", number) for number in range(4))
TEXTS = tuple(hostile.name("text", number) for number in range(6))
PEOPLE = tuple(hostile.name("person", number) for number in range(4))
SIMULATED = tuple(hostile.name("simulated", number) for number in range(2))
MODELS = tuple(hostile.name("model", number) for number in range(4))
REVISIONS = tuple(hostile.name("revision", number) for number in range(4))
PROTOCOLS = ("mteb", "human-like", hostile.name("protocol", 2), hostile.name("protocol", 3))
TASKS = dict(zip(KINDS, (hostile.name("task", number) for number in range(4)), strict=True))
SUBSETS = tuple(hostile.name("subset", number) for number in range(2))
GUIDELINES = f"guidelines {hostile.EVERYTHING}"
COMMENT, REASON, NOTE = (f"{of} {hostile.EVERYTHING}" for of in ("comment", "reason", "note"))
ERROR, LOG = f"error {hostile.EVERYTHING}", f"log {hostile.EVERYTHING}"
PAPER_TASK, PAPER_SUBSET = hostile.name("paper task", 0), hostile.name("paper subset", 1)
PAPER_MODEL, PAPER_PEOPLE = hostile.name("paper model", 2), hostile.name("paper people", 3)
AGGREGATION, COEFFICIENT = hostile.name("aggregation", 0), tuple(hostile.name("coefficient", n) for n in range(8))
STUDY, STUDY_TITLE, CONSENT = "study", hostile.name("study", 1), f"consent {hostile.EVERYTHING}"
TITLE, INVITED = hostile.name("title", 1), hostile.name("invited", 2)


@dataclass(frozen=True)
class World:
    """What tests need to know of it: sessions by role, and who they are."""

    annotator: str
    researcher: str
    admin: str
    item_id: int
    """An item that people answered, commented and skipped."""
    run_id: int
    """A run that failed."""


def store(url: str) -> World:
    """Store it in the database, which is made where it is not there."""
    engine = open_current(url)
    try:
        with transaction(engine) as session:
            return _store(session)
    finally:
        engine.dispose()


def _store(session: Session) -> World:
    for kind in KINDS:
        save_document(session, assemble(_task(kind), list(_subsets(kind)), file=hostile.PATHS[0]))
        set_task(session, TASKS[kind], overlap=9, repeat_share=0.2)
        set_apart(session, TASKS[kind], training=1)
    people = [_sign_in(session, name) for name in PEOPLE]
    records = subset_records(session)
    for rater_id, noise in zip([one for one, _ in people[:3]], (0.1, 0.3, 0.5), strict=True):
        _answer(session, records, rater_id, noise)
    for name in SIMULATED:
        _answer(session, records, ensure_rater(session, Rater("simulated", name)).stored_id, 0.4)
    models = [
        Rater("llm" if number == 3 else "embedding", name, revision, PROTOCOLS[number])
        for number, (name, revision) in enumerate(zip(MODELS, REVISIONS, strict=True))
    ]
    for model in models:
        _answer(session, records, ensure_rater(session, model).stored_id, 0.2)
    save_published(session, _published(), f"origin {hostile.EVERYTHING}")
    admin, admin_token = redeem(session, create_invitation(session, hostile.name("admin", 3), "admin"))
    researcher = redeem(session, create_invitation(session, hostile.name("researcher", 2), "researcher"))[1]
    create_invitation(session, INVITED, "annotator", LANGUAGES)
    create_token(session, admin.name, TITLE, timedelta(days=3))
    assign_task(session, TASKS["sts"], [one for one, _ in people])
    save_study(session, Study(STUDY, STUDY_TITLE, CONSENT, tuple(TASKS.values()), completion_code=hostile.PATHS[15]))
    item = records[0].items[0]
    for ruling in ("ambiguous", "bad-item"):
        save_verdict(session, item.id or 0, admin.id, ruling, NOTE)
    run_id = _runs(session, [ensure_rater(session, model).stored_id for model in models], admin.id)
    _unfinished(session, people[3][0])
    return World(people[3][1], researcher, admin_token, item.id or 0, run_id)


def _sign_in(session: Session, name: str) -> tuple[int, str]:
    account, token = redeem(session, create_invitation(session, name, "annotator", LANGUAGES))
    return account.rater_id, token


# -- tasks --------------------------------------------------------------------------------------------


def _task(kind: str) -> Task:
    words = {name: f"{name} {hostile.EVERYTHING}" for name in ("description", "license", "source", "instruction")}
    return Task(
        TASKS[kind], kind, revision=hostile.name("task revision", 1), guidelines=GUIDELINES, settings=_settings(kind),
        **words,
    )  # fmt: skip


def _settings(kind: str) -> dict[str, Json]:
    anchors = {"0": hostile.name("anchor", 0), "5": hostile.name("anchor", 1)}
    labels = [{"name": name, "description": f"description {hostile.EVERYTHING}"} for name in LABELS]
    return {
        "sts": {"min": 0, "max": 5, "step": 1, "anchors": anchors},
        "classification": {"labels": labels, "samples_per_label": 1},
        "clustering": {},
        "reranking": {"grades": list(GRADES)},
    }[kind]


def _subsets(kind: str) -> Iterator[tuple[Subset, list[Draft]]]:
    for name, language in zip(SUBSETS, LANGUAGES, strict=True):
        guidelines = f"{ARABIC} {GUIDELINES}" if language == "ara-Arab" else ""
        drafts = [_draft(kind, language, number) for number in range(N_ITEMS + N_TRAIN)]
        yield Subset(name, (language,), guidelines), drafts


def _draft(kind: str, language: str, number: int) -> Draft:
    before = ARABIC if language == "ara-Arab" else "English"

    def text(what: str) -> str:
        return f"{before} {what} {number} {hostile.EVERYTHING}"

    split = "test" if number < N_ITEMS else "train"
    return Draft(_content(kind, number, text), split, hostile.PATHS[0], number, hostile.name("item", number))


def _content(kind: str, number: int, text: Any) -> dict[str, Json]:
    if kind == "sts":
        return {"sentence1": text("sentence one"), "sentence2": text("sentence two"), "gold": number % 6}
    if kind == "classification":
        return {"text": text("text"), "gold": LABELS[number % len(LABELS)]}
    if kind == "clustering":
        parts = [{"id": one, "content": text(f"part {place}")} for place, one in enumerate(TEXTS)]
        names = [hostile.name("cluster", place % 2) for place in range(len(TEXTS))]
        return {"texts": parts, "gold": dict(zip(TEXTS, names, strict=True))}
    candidates = [{"id": one, "content": text(f"candidate {place}")} for place, one in enumerate(DOCS)]
    gold = {one: int(place == number % len(DOCS)) for place, one in enumerate(DOCS)}
    return {"query": text("query"), "instruction": text("asked"), "candidates": candidates, "gold": gold}


# -- answers ------------------------------------------------------------------------------------------


def _answer(session: Session, records: Sequence[SubsetRecord], rater_id: int, noise: float) -> None:
    for record in records:
        ids = {item.key: item.id or 0 for item in record.items}
        made = simulated.answer(parse(record), Rater("simulated", str(rater_id)), noise)
        skipped = [Answer(made[-1].item, "skipped", reason=REASON, comment=COMMENT)] if noise < 0.2 else []
        said = [replace(one, comment=COMMENT) for one in (made[:-1] if skipped else made)] + skipped
        save_answers(session, rater_id, [(ids[one.item], replace(one, client_id=str(uuid4()))) for one in said])


def _unfinished(session: Session, rater_id: int) -> None:
    """A draft whose groups have hostile names, on the first item that the annotator will be given."""
    (record,) = [one for one in subset_records(session, [TASKS["clustering"]]) if one.subset.name == SUBSETS[0]]
    groups = {one: hostile.name("group", place % 2) for place, one in enumerate(TEXTS[:3])}
    for item in record.items:
        save_draft(session, rater_id, item.id or 0, {"groups": groups})


# -- figures and runs ---------------------------------------------------------------------------------


def _published() -> Published:
    def score(rater: str, kind: str, value: float, aggregation: str, number: int) -> ScoreRow:
        return ScoreRow(
            f"{PAPER_TASK} {number}", "sts", PAPER_SUBSET, hostile.name("language", number), rater, kind,
            main_metric("sts"), True, value, None, rater_revision=hostile.name("paper revision", number),
            aggregation=aggregation, reason=hostile.name("why", number), source="published",
        )  # fmt: skip

    rows = [score(PAPER_PEOPLE, "human", 0.7, AGGREGATION, number) for number in range(2)]
    for of, value in ((PAPER_MODEL, 0.8), (f"{PAPER_MODEL} b", 0.6)):
        rows += [score(of, "embedding", value, "rater", number) for number in range(2)]
    agreement = [
        AgreementRow(
            f"{PAPER_TASK} 0", "sts", PAPER_SUBSET, hostile.name("language", 0), "human", name, 0.5,
            reason=hostile.name("why", 1), source="published",
        )
        for name in COEFFICIENT
    ]  # fmt: skip
    return Published(tuple(rows), tuple(agreement))


def _runs(session: Session, raters: Sequence[int], account_id: int) -> int:
    """A run in each state; the number of the one that failed."""
    numbers = {}
    for place, state in enumerate(("done", "failed", "cancelled", "running", "queued")):
        ended = {"started": utc_now(), "finished": utc_now(), "seconds": 3.0} if place < 3 else {}
        row = t.Run(
            model=hostile.name("asked", place), tasks=list(TASKS.values()), requested_by=account_id, state=state,
            rater_id=raters[place] if place < 3 else None, log=LOG, error=ERROR if state == "failed" else "",
            request={"protocol": "mteb", hostile.name("wish", place): hostile.EVERYTHING},
            versions={hostile.name("package", place): hostile.EVERYTHING},
            prompts={hostile.name("prompt", place): hostile.EVERYTHING},
            settings={hostile.name("setting", place): hostile.EVERYTHING},
            device=hostile.name("device", place), worker=hostile.name("worker", place), n_done=1, n_total=2,
            cost={hostile.name("cost", place): 3}, **ended,
        )  # fmt: skip
        session.add(row)
        session.flush()
        numbers[state] = row.id
        if state == "done":
            save_scores(session, row.id, [replace(one, source="computed") for one in _published().scores])
    return numbers["failed"]
