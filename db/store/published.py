"""Figures from papers and results repositories."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.figures import FigureT, figure, values_of
from db.store.sql import digest, upsert
from hume.records import AgreementRow, Published, ScoreRow


def save_published(session: Session, figures: Published, origin: str) -> bool:
    """Keep what `origin` (a file's or repository's name) published, in place of what it had published before.

    The same figures again change nothing. Whether anything was written.
    """
    scores = [values_of(row) for row in figures.scores]
    agreement = [values_of(row) for row in figures.agreement]
    content = digest([scores, agreement])
    upsert(session, t.Publication, [{"origin": origin, "digest": "", "imported_at": utc_now()}], unique=("origin",))
    query = select(t.Publication).where(t.Publication.origin == origin).with_for_update(key_share=True)
    publication = session.scalars(query).one()
    if publication.digest == content:
        return False
    publication.digest, publication.imported_at = content, utc_now()
    session.flush()
    tables: tuple[tuple[type[t.PublishedScore | t.PublishedAgreement], list[dict[str, object]]], ...]
    tables = ((t.PublishedScore, scores), (t.PublishedAgreement, agreement))
    for table, rows in tables:
        session.execute(delete(table).where(table.publication_id == publication.id))
        if rows:
            session.execute(insert(table), [{**row, "publication_id": publication.id} for row in rows])
    return True


def published(session: Session) -> Published:
    """All published figures; one that several origins have is there once, as the latest import had it."""
    return Published(
        _figures(session, t.PublishedScore, ScoreRow), _figures(session, t.PublishedAgreement, AgreementRow)
    )


#: What a figure says, as against what it is a figure of.
_VALUES = {
    "score",
    "value",
    "n_items",
    "n_answered",
    "n_skipped",
    "n_absent",
    "n_raters",
    "ci_low",
    "ci_high",
    "reason",
}


def _figures(
    session: Session, table: type[t.PublishedScore | t.PublishedAgreement], record: type[FigureT]
) -> tuple[FigureT, ...]:
    query = select(table).join(t.Publication, t.Publication.id == table.publication_id)
    rows = session.scalars(query.order_by(t.Publication.imported_at, table.id))
    found = [figure(record, row, "published") for row in rows]
    return tuple({tuple(v for k, v in values_of(one).items() if k not in _VALUES): one for one in found}.values())
