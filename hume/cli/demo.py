"""`hume demo`: what makes a new installation show something within a minute."""

from __future__ import annotations

from importlib.util import find_spec

import typer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.session import open_current, reading, transaction
from db.store.answers import save_answers
from db.store.published import save_published
from db.store.raters import ensure_rater, raters
from db.store.tasks import save_document, subset_records, tasks
from hume.cli.terminal import Console
from hume.ingest.hume_jsonl import read_hume_jsonl
from hume.ingest.options import Options
from hume.ingest.results import HUME_V1_ORIGIN, hume_v1
from hume.parsed import parse
from hume.raters import simulated
from hume.raters.backends.sentence_transformers import PACKAGED
from hume.runner.worker import Worker, score_model
from hume.server.location import webapp
from hume.settings import Settings

#: How far each simulated rater is from gold (0) and how near to chance (1).
NOISES = (0.15, 0.3, 0.45)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(demo)


def demo() -> None:
    """Load the samples, HUME v1's published figures and simulated raters, and score a packaged model on the samples."""
    console = Console()
    engine = open_current(Settings().url)
    try:
        with transaction(engine) as session:
            _load_samples(session)
            save_published(session, hume_v1(), HUME_V1_ORIGIN)
            _let_simulated_raters_answer(session)
        _score_packaged_models(engine, console)
    finally:
        engine.dispose()
    console.print("Samples, simulated raters and HUME v1's published figures are loaded.")


def _load_samples(session: Session) -> None:
    for path in sorted((webapp() / "data" / "samples").glob("*.jsonl")):
        save_document(session, read_hume_jsonl(path, Options()))


def _let_simulated_raters_answer(session: Session) -> None:
    if any(rater.kind == "simulated" for rater in raters(session)):
        return
    for record in subset_records(session, _samples(session), answers=False):
        ids = {item.key: item.id for item in record.items if item.id is not None}
        for rater, noise in zip(simulated.simulated_raters(len(NOISES)), NOISES, strict=True):
            answers = simulated.answer(parse(record), rater, noise)
            stored = ensure_rater(session, rater).stored_id
            save_answers(session, stored, [(ids[answer.item], answer) for answer in answers])


def _score_packaged_models(engine: Engine, console: Console) -> None:
    """Score those models that lie in a package and have not answered yet; without the extra there are none."""
    with reading(engine) as session:
        known = {rater.name for rater in raters(session) if rater.kind == "embedding"}
        samples = _samples(session)
    worker = Worker(engine)
    for name, package in PACKAGED.items():
        if name not in known and find_spec(package) and find_spec("sentence_transformers"):
            console.print(f"Scoring {name} on the samples, once ...")
            score_model(worker, name, samples)


def _samples(session: Session) -> list[str]:
    return [task.name for task in tasks(session) if task.is_sample]
