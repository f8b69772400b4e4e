"""Runs, scores, published figures, and the token that tells caches of changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial

import pytest
from documents import at_once, document, given, item_ids, pair, rater_id, stored
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db import tables as t
from db.session import reading, transaction
from db.store.answers import save_answers
from db.store.drafts import save_draft
from db.store.events import events, record_event
from db.store.figures import columns_of
from db.store.published import published, save_published
from db.store.queue import enqueue
from db.store.runs import save_scores
from db.store.state import state_token
from db.store.tasks import save_document, set_task
from hume.records import AgreementRow, Published, ScoreRow

SCORE = ScoreRow(
    task="SampleSTS", task_type="sts", subset="eng", language="eng-Latn", rater="model", kind="embedding",
    metric="spearman", is_main=True, score=0.1 + 0.2, n_items=20, n_answered=19, n_skipped=0, n_absent=1, ci_low=0.1,
    ci_high=0.5, rater_revision="r1", protocol="mteb", aggregation="rater", policy="ties=expected", is_sample=True,
)  # fmt: skip
PUBLISHED = replace(SCORE, source="published", n_items=None)
AGREEMENT = AgreementRow(
    "HUMESTS12", "sts", "default", "eng-Latn", "human", "kappa", 0.7, n_raters=2, source="published"
)


@pytest.mark.parametrize(
    ("table", "record"),
    [(t.Score, ScoreRow), (t.PublishedScore, ScoreRow), (t.PublishedAgreement, AgreementRow)],
)
def test_tables_of_figures_have_every_field_of_their_record(table: type[t.Base], record: type[ScoreRow]) -> None:
    """A new field of the record needs a column, and a migration that adds it."""
    columns = {column.name for column in table.__table__.columns}
    assert columns - {"id", "run_id", "publication_id"} == set(columns_of(record))
    assert {field.name for field in fields(record)} - set(columns_of(record)) == {"source"}


def test_published_figures_are_read_as_they_were_stored(engine: Engine) -> None:
    figures = Published((PUBLISHED, replace(PUBLISHED, metric="pearson", score=None)), (AGREEMENT,))
    with transaction(engine) as session:
        assert save_published(session, figures, "hume_v1")
        assert not save_published(session, figures, "hume_v1")
    with reading(engine) as session:
        assert published(session) == figures


def test_origin_replaces_its_own_figures_alone(engine: Engine) -> None:
    with transaction(engine) as session:
        save_published(session, Published((PUBLISHED,), (AGREEMENT,)), "one")
        save_published(session, Published((replace(PUBLISHED, rater="other"),)), "two")
        assert save_published(session, Published((replace(PUBLISHED, score=0.9),)), "one")
    with reading(engine) as session:
        found = published(session)
    assert {(row.rater, row.score) for row in found.scores} == {("model", 0.9), ("other", PUBLISHED.score)}
    assert found.agreement == ()


def test_figure_of_two_origins_is_there_once_as_the_latest_import_had_it(engine: Engine) -> None:
    for origin, score in (("hume_v1", 0.1), ("repository", 0.2)):
        with transaction(engine) as session:
            save_published(session, Published((replace(PUBLISHED, score=score),), (AGREEMENT,)), origin)
    with reading(engine) as session:
        found = published(session)
    assert [row.score for row in found.scores] == [0.2]
    assert found.agreement == (AGREEMENT,)


def test_state_token_changes_with_what_figures_are_made_of(engine: Engine) -> None:
    stored(engine)
    rater, item = rater_id(engine), item_ids(engine)[0]
    with transaction(engine) as session:
        run = enqueue(session, "model")
    renamed = [replace(pair(1), position=9)]
    changes: list[Callable[[Session], object]] = [
        lambda session: save_answers(session, rater, [(item, given())]),
        lambda session: save_answers(session, rater, [(item, given())]),
        lambda session: save_document(session, document([pair(1)])),
        lambda session: save_document(session, document(renamed)),
        lambda session: set_task(session, "SampleSTS", state="closed"),
        lambda session: set_task(session, "SampleSTS", overlap=9),
        lambda session: save_scores(session, run, [SCORE]),
        lambda session: save_published(session, Published((PUBLISHED,)), "one"),
        lambda session: save_published(session, Published((replace(PUBLISHED, score=0.5),)), "one"),
    ]
    seen = set()
    for change in changes:
        with reading(engine) as session:
            seen.add(state_token(session))
        with transaction(engine) as session:
            change(session)
    with reading(engine) as session:
        seen.add(last := state_token(session))
    assert len(seen) == len(changes) + 1
    with transaction(engine) as session:
        save_draft(session, rater, item, {"score": 1})
        record_event(session, "looked")
        save_document(session, document(renamed))
        assert state_token(session) == last


def test_events_are_told_latest_first(engine: Engine) -> None:
    rater = rater_id(engine)
    with transaction(engine) as session:
        record_event(session, "first", {"n": 1}, rater_id=rater)
    with transaction(engine) as session:
        record_event(session, "second")
    with reading(engine) as session:
        second, first = events(session)
        assert events(session, limit=1) == [second]
    assert (first.kind, first.detail, first.rater_id, first.account_id) == ("first", {"n": 1}, rater, None)
    assert second.at >= first.at


def test_same_origin_from_two_processes_at_once_is_there_once(engine: Engine) -> None:
    def load() -> bool:
        with transaction(engine) as session:
            return save_published(session, Published((PUBLISHED,)), "hume_v1")

    outcomes = at_once([partial(load)] * 4)
    assert outcomes.count(True) == 1
    assert outcomes.count(False) == 3
    with reading(engine) as session:
        assert len(published(session).scores) == 1
