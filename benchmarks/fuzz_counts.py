"""What became of malformed inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FAULTS = ("errors_5xx", "tracebacks", "changed", "hangs", "nonconforming")
"""What is to be zero."""
MOST_KEPT = 200


@dataclass
class Counts:
    """Inputs to one surface."""

    inputs: int = 0
    refused: int = 0
    accepted: int = 0
    errors_5xx: int = 0
    tracebacks: int = 0
    changed: int = 0
    """Refused, and yet something was stored."""
    hangs: int = 0
    nonconforming: int = 0
    """Replies that are not as the API's description says."""
    faults: list[str] = field(default_factory=list)

    def keep(self, fault: str, files: Mapping[str, bytes] | None = None) -> None:
        """Remember what went wrong, for whoever mends it."""
        if len(self.faults) < MOST_KEPT:
            shown = "".join(f"\n--- {name}: {content[:1500]!r}" for name, content in (files or {}).items())
            self.faults.append(fault + shown)

    @property
    def is_clean(self) -> bool:
        return not any(self.figures()[name] for name in FAULTS)

    def figures(self) -> dict[str, int]:
        """The counts, as the benchmark's last line has them."""
        return {name: getattr(self, name) for name in ("inputs", "refused", "accepted", *FAULTS)}
