"""What `hume export bundle`, `hume import bundle` and `hume report --bundle` do with a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from db.session import open_current, reading, transaction
from db.store.answer_import import import_answers
from db.store.answers import all_answers
from db.store.checks import check_records
from db.store.published import published, save_published
from db.store.raters import ensure_rater, raters
from db.store.tasks import find_task, save_document, set_task, subset_records, tasks
from hume.cli.targets import Targets
from hume.errors import InvalidInput, NotFound, Place
from hume.export.bundle import Study
from hume.export.pseudonyms import Names, of_answers, of_rater
from hume.ingest.bundle import Bundle, Find
from hume.records import AnswerRecord, Item, Published, Subset, Task, TaskDocument

ORIGIN = "bundle"
"""What a bundle's published figures are stored under."""

Current = dict[tuple[str, str, str, str], Item]


def study(session: Session, names: Names, report: str) -> Study:
    """All that the figures of a database are made of, people under `names`."""
    subsets = current_subsets(session)
    by_number = sorted(raters(session), key=lambda rater: rater.stored_id)
    return Study(
        subsets,
        [of_rater(rater, names) for rater in by_number],
        of_answers(all_answers(session), names),
        published(session),
        report,
    )


def task_documents(session: Session, names: Sequence[str] = ()) -> list[TaskDocument]:
    """The tasks named, or all, with all their current items; NotFound where there is none."""
    wanted = [find_task(session, name) for name in dict.fromkeys(names)] or tasks(session)
    subsets = current_subsets(session)
    found = [
        TaskDocument(task, tuple((subset, tuple(items)) for of, subset, items in subsets if of.name == task.name))
        for task in wanted
    ]
    if not found:
        raise NotFound("There is no task to export. Import one first: hume import tasks PATH")
    return found


def store(session: Session, bundle: Bundle, file: str) -> int:
    """Store a bundle in a database that holds nothing else, and return its number of answers.

    InvalidInput where there are answers, figures or other tasks already: figures would be made of those too.
    """
    _refuse_others(session, bundle, file)
    for document in bundle.documents:
        save_document(session, document)
        task = document.task
        set_task(session, task.name, task.state, task.overlap, task.shared_share, task.repeat_share)
    session.flush()
    for rater in bundle.raters:
        ensure_rater(session, rater)
    save_published(session, bundle.published, ORIGIN)
    current, targets = _current(current_subsets(session)), Targets(session)
    records = [targets.checked(_of_today(record, current), file, line) for line, record in bundle.answers]
    import_answers(session, records)
    return len(records)


def finder(session: Session) -> Find:
    """Finds the database's current items, for bundles without texts."""
    current = _current(current_subsets(session))
    return lambda task, subset, split, key: current.get((task, subset, split, key))


@contextmanager
def reproduced(bundle: Bundle, file: str) -> Iterator[Session]:
    """A database of its own with the bundle in it and nothing else, gone at the end."""
    with TemporaryDirectory(prefix="hume-") as folder:
        engine = open_current(f"sqlite:///{folder}/hume.db")
        try:
            with transaction(engine) as session:
                store(session, bundle, file)
            with reading(engine) as session:
                yield session
        finally:
            engine.dispose()


def current_subsets(session: Session) -> list[tuple[Task, Subset, Sequence[Item]]]:
    """Every subset with all its current items, in the order in which they are stored."""
    checks = {(check.task.name, check.subset.name): check.items.values() for check in check_records(session)}
    found: list[tuple[Task, Subset, Sequence[Item]]] = []
    for record in subset_records(session, answers=False):
        place = (record.task.name, record.subset.name)
        items = {item.id: item for item in (*record.items, *record.train, *checks.get(place, ()))}
        ordered = sorted(items.values(), key=lambda item: (item.position, item.id or 0))
        found.append((record.task, record.subset, ordered))
    return found


def _current(subsets: Sequence[tuple[Task, Subset, Sequence[Item]]]) -> Current:
    return {(task.name, subset.name, item.split, item.key): item for task, subset, items in subsets for item in items}


def _of_today(record: AnswerRecord, current: Mapping[tuple[str, str, str, str], Item]) -> AnswerRecord:
    """The answer to the version that its item has here."""
    item = current.get((record.task, record.subset, record.split, record.answer.item))
    return record if item is None else replace(record, answer=replace(record.answer, item_version=item.version))


def _refuse_others(session: Session, bundle: Bundle, file: str) -> None:
    others = {task.name for task in tasks(session)} - {document.task.name for document in bundle.documents}
    if others:
        what = f"the task {min(others)}"
    elif next(iter(all_answers(session)), None) is not None:
        what = "answers"
    elif published(session) != Published():
        what = "published figures"
    else:
        return
    raise InvalidInput(
        f"The database holds {what}, and figures would be made of that too.",
        "Import a bundle into a database of its own: HUME_HOME=FOLDER hume import bundle FILE. "
        "hume report --bundle FILE needs none.",
        Place(file),
    )
