"""What the benchmark asks of a tool: how one gets in, what to look at, and how others work beside the one measured."""

from __future__ import annotations

from typing import Any, Protocol

from playwright.sync_api import BrowserContext

Who = dict[str, Any]
"""Somebody who works in a tool: `tool`, and what `benchmarks.others` must know to be let in there."""


class Tool(Protocol):
    """A tool whose server runs, with the pairs of `benchmarks.pairs` to judge."""

    name: str
    version: str
    selector: str
    """CSS selector of what holds the pair's texts, in the page or in a shadow root."""
    acknowledging: str
    """Path of the request whose reply acknowledges answers by `client_id`; "" where there is none."""
    ready: str
    """JavaScript that is true once the page takes the next key."""

    @property
    def base_url(self) -> str:
        """Where its server listens."""
        ...

    def enter(self, context: BrowserContext, base_url: str, person: str) -> str:
        """Sign a new person in, and return the address of the page to answer on, below `base_url`."""
        ...

    def others(self, count: int) -> list[Who]:
        """So many other people, signed in, as `benchmarks.others` takes them."""
        ...
