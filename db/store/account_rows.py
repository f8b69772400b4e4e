"""Rows of the table `account`, found."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import tables as t
from hume.errors import NotFound


def find_account_row(session: Session, name: str) -> t.Account:
    """The account of that name, locked until the transaction ends; NotFound where there is none, or it is erased."""
    query = select(t.Account).where(t.Account.name == name.strip(), t.Account.erased_at.is_(None))
    found = session.scalars(query.with_for_update()).first()
    if found is None:
        raise NotFound(f"There is no account {name!r}. See who there is with: hume people list")
    return found
