"""What the app answers beside its pages: sign-in, the deck's work and answers, downloads, health."""

from __future__ import annotations

from starlette.routing import Route

from hume.server import auth, deck, downloads, health

ROUTES: list[Route] = [*auth.ROUTES, *deck.ROUTES, *downloads.ROUTES, *health.ROUTES]
