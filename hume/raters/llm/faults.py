"""What can go wrong between us and an endpoint, by what is to be done about it."""

from __future__ import annotations

from hume.errors import HumeError


class ItemFault(HumeError):
    """One item got no answer; the others may. It stays open, and is asked again by the next run."""


class Unavailable(ItemFault):
    """The endpoint failed again and again. Where that happens to several items, it is down."""


class EndpointFault(HumeError):
    """No item will get an answer: a refused key, an unknown model, a server that is down. The run stops."""


class BudgetSpent(HumeError):
    """The next call might cost more than what is left. The run stops; what was answered is kept."""


class Stopped(Exception):
    """Somebody stopped the run while this call was waiting for its turn."""
