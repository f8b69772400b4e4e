"""Which failures of an endpoint pass, how long to wait for that, and which ones do not."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from hume.raters.llm.faults import EndpointFault, ItemFault

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAIError

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
"""Timeouts, conflicts, too many requests, servers that fail or are overloaded."""
REFUSED = frozenset({401, 403, 404})
LONGEST_TOLD = 400
"""Characters of an endpoint's own words that are passed on."""


class Temporary(Exception):
    """The same request may go through later; `wait_s` is how long the endpoint asked to wait, None where it did not."""

    def __init__(self, problem: str, wait_s: float | None = None) -> None:
        self.wait_s = wait_s
        super().__init__(problem)


class Rejected(ItemFault):
    """The endpoint does not take this request as it is: too long, or with a parameter that it does not know."""


class Filtered(ItemFault):
    """The endpoint's own filter keeps the item from the model."""


@dataclass(frozen=True)
class Backoff:
    """How often and how long a passing failure is waited for: twice as long each time, with a random quarter less."""

    retries: int = 6
    first_s: float = 0.5
    longest_s: float = 30.0
    most_asked_s: float = 300.0
    """An endpoint that asks for a longer wait than this has stopped the run."""

    def wait_s(self, attempt: int, asked_s: float | None) -> float:
        """Seconds to wait after a failed attempt, the first being 0: what the endpoint asked for, or our own."""
        if asked_s is not None:
            if asked_s > self.most_asked_s:
                raise EndpointFault(f"The endpoint asks to wait {asked_s:.0f} s. Run the command again after that.")
            return asked_s
        return float(min(self.first_s * 2**attempt, self.longest_s) * (1 - random.random() / 4))  # noqa: S311


def failure(error: OpenAIError, key: str = "") -> Exception:
    """What an exception of the client means for the run; an endpoint that repeats the key is not quoted with it."""
    from openai import APIConnectionError, APIStatusError

    words = str(error).replace(key, "***") if key else str(error)
    told = words[:LONGEST_TOLD]
    if isinstance(error, APIConnectionError):
        return Temporary(told)
    if not isinstance(error, APIStatusError):
        return EndpointFault(told)
    if error.code == "insufficient_quota":
        return EndpointFault(f"The account has no credit left: {told}")
    if error.status_code in PASSING:
        return Temporary(f"{error.status_code}: {told}", _asked_wait(error))
    if error.status_code in REFUSED:
        return EndpointFault(f"The endpoint refuses: {told} Check --model, --base-url and the key (--key-env).")
    return Filtered(told) if error.code == "content_filter" else Rejected(told)


def _asked_wait(error: APIStatusError) -> float | None:
    """Seconds by `Retry-After`, which has seconds or a date, or by `retry-after-ms`; None without."""
    headers = error.response.headers
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(float(milliseconds) / 1000, 0.0)
        return max(float(headers["retry-after"]), 0.0)
    except KeyError:
        return None
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time(), 0.0)
    except (KeyError, ValueError):
        return None
