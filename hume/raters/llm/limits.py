"""How fast an endpoint may be asked: at most so many requests and tokens in any minute."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from hume.raters.llm.faults import Stopped


@dataclass
class Turn:
    """One request in the window."""

    at: float
    tokens: int


class Limits:
    """Lets threads through so that no window of `window_s` seconds holds more requests or tokens; 0 is no limit.

    A request that is larger than the limit alone goes through when the window is empty.
    """

    def __init__(
        self,
        requests: int = 0,
        tokens: int = 0,
        window_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._requests, self._tokens, self._window_s, self._clock = requests, tokens, window_s, clock
        self._turns: deque[Turn] = deque()
        self._not_before = 0.0
        self._lock = threading.Lock()
        self.stop = threading.Event()
        """Set to let nobody through any more."""

    def take(self, tokens: int) -> Turn:
        """Wait for a turn of a request of about so many tokens; Stopped once `stop` is set."""
        while True:
            with self._lock:
                wait = self._wait(tokens)
                if wait <= 0 and not self.stop.is_set():
                    turn = Turn(self._clock(), tokens)
                    self._turns.append(turn)
                    return turn
            self.pause(wait)

    def pause(self, seconds: float) -> None:
        """Wait so long; Stopped once `stop` is set."""
        if self.stop.wait(max(seconds, 0.0)):
            raise Stopped

    def settle(self, turn: Turn, tokens: int) -> None:
        """What the request really took."""
        with self._lock:
            turn.tokens = tokens

    def hold_everybody(self, seconds: float) -> None:
        """Let nobody through for so long: the endpoint asked for it."""
        with self._lock:
            self._not_before = max(self._not_before, self._clock() + seconds)

    def _wait(self, tokens: int) -> float:
        """Seconds until a request fits, at least; 0 where it does."""
        now = self._clock()
        while self._turns and self._turns[0].at <= now - self._window_s:
            self._turns.popleft()
        held = self._not_before - now
        if held > 0:
            return held
        is_full = bool(self._requests) and len(self._turns) >= self._requests
        used = sum(turn.tokens for turn in self._turns)
        is_full |= bool(self._tokens) and bool(self._turns) and used + tokens > self._tokens
        return self._turns[0].at + self._window_s - now if is_full else 0.0
