"""Figures from papers and results repositories."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.figures import figure, values_of
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
    """All published figures, in the order in which they were stored."""
    scores = session.scalars(select(t.PublishedScore).order_by(t.PublishedScore.id))
    agreement = session.scalars(select(t.PublishedAgreement).order_by(t.PublishedAgreement.id))
    return Published(
        tuple(figure(ScoreRow, row, "published") for row in scores),
        tuple(figure(AgreementRow, row, "published") for row in agreement),
    )
