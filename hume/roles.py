"""Who may do what: three roles, each of which may all that the one before it may."""

from __future__ import annotations

ROLES = ("annotator", "researcher", "admin")


def may(role: str, needed: str) -> bool:
    """Whether an account of `role` may what asks for `needed`. A role that is not known may nothing."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)
