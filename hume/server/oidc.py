"""Sign-in by a provider that people have an account with already: Google, a university's Keycloak (OpenID Connect).

Streamlit's own `st.login` speaks with the provider: its secrets, its addresses, its checks of state, nonce, signature.
Where Streamlit would then keep a cookie of its own for 30 days, with the provider's claims and tokens in it, that very
response starts one of HUME's sessions instead. So there is one kind of session: what ends it ends it for good, nothing
has to be carried from one cookie to the other, and a Streamlit cookie from elsewhere opens nothing.
"""

from __future__ import annotations

import html
import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from db.session import transaction
from db.store.events import record_event
from db.store.identities import Vouched, admit, plain_email
from db.store.sessions import end_session, start_session
from hume.errors import HumeError
from hume.i18n import say
from hume.server import language
from hume.server.auth import signed_in
from hume.server.browsers import in_short
from hume.server.database import engine
from hume.server.guard import COOKIE, own_path, same_site
from hume.server.plain_page import plain_page
from hume.settings import Settings

NEXT = "hume_next"
"""Where in the browser's signed session it says where to go on to after sign-in."""
NO_STORE = {"Cache-Control": "no-store"}

Claims = Mapping[str, Any]
"""What a provider says of a person, in a token whose signature, issuer, audience, times and nonce were checked."""


@dataclass(frozen=True)
class Provider:
    """A provider that is configured: the name of its section, and how the sign-in calls it."""

    name: str
    title: str


@dataclass(frozen=True)
class Gateway:
    """Whoever speaks with the providers."""

    providers: Sequence[Provider]
    begin: Callable[[str], str]
    """The address on this server that leads to the provider of that name."""
    finish: Callable[[Request], Awaitable[Claims]]
    """Takes the request that a provider sends the browser back with; no claims where it vouches for nobody."""


def _no_gateway() -> Gateway | None:
    return None


_gateway: Callable[[], Gateway | None] = _no_gateway


def connect(gateway: Callable[[], Gateway | None]) -> None:
    """Sign-in goes by this gateway from now on; it is asked for at each use, and None means that there is none."""
    global _gateway
    _gateway = gateway


def providers() -> Sequence[Provider]:
    """Those that people can sign in by."""
    gateway = _gateway()
    return gateway.providers if gateway else ()


def provider_links(path: str) -> str:
    """A link for each provider as HTML, in the current language; each leads on to `path`. '' where there is none."""
    links = "".join(_link(one, path) for one in providers())
    if not links:
        return ""
    return f'<div class="hume-providers">{links}</div><p>{html.escape(say("Or by name and password:"))}</p>'


async def begin(request: Request) -> Response:
    """Sends the browser to the provider, and keeps in its signed session where it is to go on to afterwards."""
    gateway = _gateway()
    name = request.path_params["provider"]
    if gateway is None or name not in {one.name for one in gateway.providers}:
        return PlainTextResponse("There is no such provider here.", 404)
    request.session[NEXT] = own_path(request.query_params.get("next", "/"))
    return RedirectResponse(gateway.begin(name), 303, NO_STORE)


async def finish(request: Request) -> Response:
    """Starts a session for whoever the provider vouches for, if HUME knows them; whichever there was is over."""
    gateway = _gateway()
    if gateway is None:
        return RedirectResponse("/", 303, NO_STORE)
    claims = await gateway.finish(request)
    path = own_path(str(request.session.pop(NEXT, "/")))
    who = vouched(claims)
    before, browser = request.cookies.get(COOKIE, ""), in_short(request.headers.get("user-agent", ""))
    token = await run_in_threadpool(_admit, who, before, browser)
    if token:
        return signed_in(request, token, path)
    language.speak(request)
    return _refusal(who, path)


def vouched(claims: Claims) -> Vouched | None:
    """What counts of the claims; None where they name nobody. An address counts where the provider has verified it."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (isinstance(issuer, str) and isinstance(subject, str) and issuer and subject):
        return None
    is_verified = claims.get("email_verified") is True or claims.get("email_verified") == "true"  # so Apple says it
    try:
        address = plain_email(str(claims.get("email") or "")) if is_verified else ""
    except HumeError:
        address = ""
    return Vouched(issuer, subject, address)


def _admit(who: Vouched | None, before: str, browser: str) -> str:
    """The token of a new session; '' for whoever is not to get in."""
    domains = Settings().oidc_domain_names
    with transaction(engine()) as session:
        account = admit(session, who, domains) if who else None
        if account is None:
            record_event(session, "sign-in-failed", {"by": "provider"})
            return ""
        end_session(session, before)
        record_event(session, "signed-in", {"by": "provider"}, account.id)
        return start_session(session, account.id, browser)


# -- what is shown ----------------------------------------------------------------------------------


def _link(provider: Provider, path: str) -> str:
    # A link, no form: after a form, the policy lets browsers go nowhere but to this server.
    address = html.escape(f"/auth/oidc/{provider.name}?{urlencode({'next': path})}")
    words = say("Sign in with {provider}", provider=provider.title)
    return f'<a href="{address}" target="_self">{html.escape(words)}</a>'


def _refusal(who: Vouched | None, path: str) -> Response:
    """Why there is no getting in. Whether a disabled account stands behind it is not said."""
    if who is None:
        reasons = [say("The provider did not confirm who you are. Try again.")]
    else:
        reasons = [say("You have signed in with the provider, but no account here is linked to that.")]
        if not who.verified_email:
            reasons.append(say("The provider has not confirmed an e-mail address of yours."))
        reasons.append(say("Ask whoever runs this server, and send them this:"))
    body = "".join(f"<p>{html.escape(reason)}</p>" for reason in reasons)
    if who:
        told = f"--issuer {shlex.quote(who.issuer)} --subject {shlex.quote(who.subject)}"
        body += f'<p><code dir="ltr" style="overflow-wrap: anywhere">{html.escape(told)}</code></p>'
    again = f"/auth/sign-in?{urlencode({'next': path})}"
    body += f'<p><a href="{html.escape(again)}">{html.escape(say("Back to the sign-in"))}</a></p>'
    return HTMLResponse(plain_page(say("You are not signed in"), body, again), 403, NO_STORE)


ROUTES = [
    Route("/auth/oidc/{provider}", same_site(begin), methods=["GET"]),
    Route("/oauth2callback", finish, methods=["GET"]),
]
