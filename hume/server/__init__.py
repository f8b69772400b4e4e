"""What the app answers beside its pages: sign-in, the deck's work and answers, downloads, the API, health, metrics."""

from __future__ import annotations

from starlette.routing import Route

from hume.server import api, auth, deck, downloads, health, metrics, oidc, personal, sign_in, studies, troubles

ROUTES: list[Route] = [
    metrics.counted(troubles.told(route))
    for route in (
        *auth.ROUTES,
        *sign_in.ROUTES,
        *oidc.ROUTES,
        *personal.ROUTES,
        *studies.ROUTES,
        *deck.ROUTES,
        *downloads.ROUTES,
        *health.ROUTES,
        *api.ROUTES,
        *metrics.ROUTES,
    )
]
