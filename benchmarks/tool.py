"""What the benchmark asks of a tool: how one gets in, what to look at, and how others work beside the one measured."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import BrowserContext


class Tool(Protocol):
    """A tool whose server runs, with the pairs of `benchmarks.pairs` to judge."""

    name: str
    version: str
    base_url: str
    selector: str
    """CSS selector of what holds the pair's texts, in the page or in a shadow root."""
    acknowledging: str
    """Path of the request whose reply acknowledges answers by `client_id`; "" where there is none."""
    ready: str
    """JavaScript that is true once the page takes the next key."""

    def enter(self, context: BrowserContext, base_url: str, person: str) -> str:
        """Sign a new person in, and return the address of the page to answer on, below `base_url`."""
        ...

    def others(self, count: int) -> list[dict[str, str]]:
        """So many other people, signed in, as `benchmarks.load` takes them."""
        ...
