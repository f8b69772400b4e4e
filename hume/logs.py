"""What is logged, as text or JSON (HUME_LOG), by whomever: one handler for all loggers, and no secret in any line.

Nothing here writes a secret. But exceptions and other programs' lines may have one in them, so every line is `redacted`
last: the values of names such as `token=`, passwords in URLs, and whatever looks like one of HUME's own tokens.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from hume.printable import printable

Form = Literal["text", "json"]

REQUESTS = logging.getLogger("hume.requests")
"""A line for each request: in JSON all, in text those that failed on the server's side."""
UNHEARD = "uvicorn.access"
"""It logs whole addresses, and tokens are in their queries."""

_NAMES = (
    "token|code|state|nonce|provider|session_state|id_token|access_token|refresh_token|client_secret|cookie_secret|"
    "code_verifier|password|passwd|pwd|secret|hume_session|_streamlit_[a-z_0-9]+|api_key"
)
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(?i)(?<![a-z0-9])({_NAMES})(=|%3D)[^\s&;,'\"<>)\]}}]+"), r"\1\2***"),
    (re.compile(r"(://[^\s:@/]*:)\S*@"), r"\1***@"),  # a password may have / and @ in it
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"(?<![\w-])(hume_)?[A-Za-z0-9_-]{43}(?![\w-])"), "***"),  # 256 random bits
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?"), "***"),  # a provider's token (JWT)
)
_CONTROLS = {code: f"\\u{code:04x}" for code in (*range(32), *range(127, 160), 0x2028, 0x2029)} | {
    ord("\n"): "\\n",
    ord("\t"): "\t",
}


@dataclass
class Facts:
    """What is known of the request, or run of a page, that a line belongs to; what comes to be known is filled in."""

    request_id: str = field(default_factory=lambda: secrets.token_hex(8))
    account_id: int | None = None


_facts: ContextVar[Facts | None] = ContextVar("hume_facts", default=None)


def facts() -> Facts | None:
    """Of the request that this thread or task works for; None outside of any."""
    return _facts.get()


def begin(of: Facts | None) -> None:
    """From now on, this thread or task works for that request."""
    _facts.set(of)


def note_account(account_id: int) -> None:
    """Note whose request it is."""
    if known := _facts.get():
        known.account_id = account_id


def redacted(text: str) -> str:
    """`text` with *** in place of what is, or looks like, a secret."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


# -- the two forms ----------------------------------------------------------------------------------


class TextLines(logging.Formatter):
    """A line for a person: time, level, logger, message, the request's id; an exception follows on lines of its own.

    `bare`: the message alone, as commands tell it.
    """

    def __init__(self, bare: bool = False) -> None:
        super().__init__()
        self._bare = bare

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage().translate(_CONTROLS)  # nobody forges a line by a name with a line break
        known = _facts.get()
        if not self._bare:
            mark = f" [{known.request_id}]" if known else ""
            message = f"{_moment(record)} {record.levelname:<7} {record.name}: {message}{mark}"
        return redacted("\n".join(filter(None, (message, printable(_traceback(self, record))))))


class JsonLines(logging.Formatter):
    """An object a line, for a program: time (ISO 8601, UTC), level, logger, message; and where they are known
    request_id, account (its id), exception, and of a request method, path, status, milliseconds."""

    def format(self, record: logging.LogRecord) -> str:
        known = _facts.get()
        told = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
            "request_id": known.request_id if known else None,
            "account": known.account_id if known else None,
            **getattr(record, "hume", {}),
            "exception": redacted(_traceback(self, record)) or None,
        }
        return json.dumps({name: value for name, value in told.items() if value is not None}, default=str)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    error = formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
    return "\n".join(filter(None, (error, record.stack_info)))


# -- who logs ---------------------------------------------------------------------------------------


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to what `sys.stderr` is at that moment."""

    @property
    def stream(self) -> object:
        return sys.stderr

    @stream.setter
    def stream(self, _: object) -> None:
        pass


def configure(form: Form, *, bare: bool = False) -> None:
    """All loggers write in that form, to stderr; `bare` for commands. It may be called again.

    Plain handlers that were there are taken away; others, that somebody listens by, stay.
    """
    handler = _Stderr()
    handler.setFormatter(JsonLines() if form == "json" else TextLines(bare))
    others = [one for one in logging.root.handlers if type(one) not in (logging.StreamHandler, _Stderr)]
    logging.root.handlers = [*others, handler]
    REQUESTS.setLevel(logging.INFO if form == "json" else logging.ERROR)
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger) and logger.handlers:
            adopt(logger)


def adopt(logger: logging.Logger) -> None:
    """Take away handlers that a library gave a logger: its lines are then written as all others are."""
    logger.handlers = []
    logger.propagate, logger.disabled = logger.name != UNHEARD, logger.name == UNHEARD
