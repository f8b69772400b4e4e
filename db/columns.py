"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

#: PostgreSQL refuses NUL in text, and UTF-8 has no lone surrogates; browsers can send both.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

#: JSON where None is SQL's NULL. Not PostgreSQL's JSONB, which forgets the order of keys and refuses NUL.
PlainJson = JSON(none_as_null=True)


class PlainText(TypeDecorator[str]):
    """Text of any length; characters that one of the databases cannot hold become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else UNSTORABLE.sub("\ufffd", value)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC, to the microsecond. A naive one is refused with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        utc = value.astimezone(UTC)
        # SQLite keeps text, which sorts like time only where every value has the same zone.
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_now() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC)
