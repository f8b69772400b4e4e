"""What calls used and cost, and a cap that is never exceeded."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from hume.raters.llm.faults import BudgetSpent
from hume.records import Json

PER = 1_000_000
"""Prices are for so many tokens."""


@dataclass(frozen=True)
class Prices:
    """Of a million tokens, in any currency; None where nobody said. Cached input counts in full."""

    tokens_in: float | None = None
    tokens_out: float | None = None

    @property
    def known(self) -> bool:
        return self.tokens_in is not None or self.tokens_out is not None

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """What so many tokens cost; a price that nobody said is 0."""
        return (tokens_in * (self.tokens_in or 0) + tokens_out * (self.tokens_out or 0)) / PER


@dataclass(frozen=True)
class Usage:
    """Tokens of one call, as the endpoint counts them."""

    tokens_in: int
    tokens_out: int
    tokens_in_cached: int = 0
    """Those of `tokens_in` that the endpoint had in a cache of its own."""


class Ledger:
    """Counts calls, tokens and money of many threads; HUME's own cache costs nothing.

    Before a call the most that it can cost is set apart, and given back when what it did cost is known. So all calls
    together never cost more than `max_cost`, as far as the endpoint's counts and the prices are right. A call that
    failed is taken to be free.
    """

    def __init__(self, prices: Prices = Prices(), max_cost: float | None = None) -> None:
        self.prices, self.max_cost = prices, max_cost
        self.calls = self.from_cache = self.retries = self.without_usage = 0
        self.tokens_in = self.tokens_out = self.tokens_in_cached = 0
        self._reserved = 0.0
        self._changed = threading.Condition()

    @property
    def cost(self) -> float | None:
        """What was spent so far; None without prices."""
        return self.prices.of(self.tokens_in, self.tokens_out) if self.prices.known else None

    def reserve(self, most_in: int, most_out: int) -> float:
        """Set apart the most that a call can cost, and say how much that is.

        Waits for calls under way where those may leave enough; BudgetSpent where they do not.
        """
        wanted = self.prices.of(most_in, most_out)
        with self._changed:
            while self.max_cost is not None and (self.cost or 0.0) + self._reserved + wanted > self.max_cost:
                if self._reserved <= 0:
                    raise BudgetSpent(
                        f"{self.cost or 0.0:.4f} of {self.max_cost:g} is spent, and the next call may cost "
                        f"{wanted:.4f}. What was answered is kept: raise --max-cost and run the command again."
                    )
                self._changed.wait()
            self._reserved += wanted
        return wanted

    def settle(self, reserved: float, usage: Usage | None, most: Usage) -> None:
        """Book a call and give back what was set apart; one whose usage is not told counts with `most`."""
        with self._changed:
            self._give_back(reserved)
            used = usage or most
            self.calls += 1
            self.without_usage += usage is None
            self.tokens_in += used.tokens_in
            self.tokens_out += used.tokens_out
            self.tokens_in_cached += used.tokens_in_cached

    def release(self, reserved: float) -> None:
        """Give back what was set apart for a call that failed."""
        with self._changed:
            self._give_back(reserved)

    def note_cached(self) -> None:
        """Book a reply that HUME's own cache had."""
        with self._changed:
            self.from_cache += 1

    def note_retry(self) -> None:
        """Book an attempt that failed and is made again."""
        with self._changed:
            self.retries += 1

    def told(self) -> dict[str, Json]:
        """All counts, as a run stores them."""
        with self._changed:
            names = ("calls", "from_cache", "retries", "without_usage", "tokens_in", "tokens_out", "tokens_in_cached")
            counts: dict[str, Json] = {name: getattr(self, name) for name in names}
            prices = {"price_in": self.prices.tokens_in, "price_out": self.prices.tokens_out}
            return {**counts, **prices, "max_cost": self.max_cost, "cost": self.cost}

    def _give_back(self, reserved: float) -> None:
        # Sums of fractions leave a crumb, which must not look like a call under way.
        self._reserved = self._reserved - reserved if self._reserved - reserved > 1e-12 else 0.0
        self._changed.notify_all()
