"""Sign-in by a personal link that works once, sign-out, and the language of both."""

from __future__ import annotations

import html
import re
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from db.session import transaction
from db.store.accounts import redeem, set_locale
from db.store.events import record_event
from db.store.sessions import SESSION_LIFETIME, account_of, end_session
from hume.errors import DatabaseBusy, HumeError
from hume.i18n import LOCALES, say
from hume.server import language
from hume.server.browsers import in_short
from hume.server.database import engine
from hume.server.guard import COOKIE, own_path, same_site
from hume.server.plain_page import plain_page

LANGUAGE_LIFETIME = timedelta(days=365)


async def open_link(request: Request) -> Response:
    """Redeems the link's token for a session cookie and goes on to `next`, or says why the link does not work."""
    if request.method == "HEAD" or "prefetch" in request.headers.get("sec-purpose", ""):
        return Response(status_code=204)  # a preview of the link must not use it up
    before, browser = request.cookies.get(COOKIE, ""), in_short(request.headers.get("user-agent", ""))
    try:
        token = await run_in_threadpool(_redeem, request.query_params.get("token", ""), before, browser)
    except DatabaseBusy:  # the link is as good as it was
        raise
    except HumeError as error:
        language.speak(request)
        return HTMLResponse(_page(str(error), request.url.query), 403, {"Cache-Control": "no-store"})
    return signed_in(request, token, own_path(request.query_params.get("next", "/")))


async def sign_out(request: Request) -> Response:
    """Ends the session, in every tab and wherever else its cookie was copied to; on to `next`."""
    await run_in_threadpool(_end, request.cookies.get(COOKIE, ""))
    return signed_out(request, own_path(request.query_params.get("next", "/")))


async def choose_language(request: Request) -> Response:
    """Keeps the chosen language: with the account of whoever is signed in, else in the browser."""
    locale = request.query_params.get("locale", "")
    if locale not in LOCALES:
        return Response("There is no such language here.", 400)
    response = _onward(own_path(request.query_params.get("next", "/")))
    if not await run_in_threadpool(_set_locale, request.cookies.get(COOKIE, ""), locale):
        _remember(request, response, language.LOCALE_COOKIE, locale, LANGUAGE_LIFETIME)
    return response


def signed_in(request: Request, session_token: str, path: str) -> Response:
    """On to `path`, with the cookie of a session in place of whichever was there."""
    response = _onward(path)
    _remember(request, response, COOKIE, session_token, SESSION_LIFETIME)
    return response


def signed_out(request: Request, path: str = "/") -> Response:
    """On to `path`, the sign-in unless it says otherwise, without a cookie."""
    response = _onward(path)
    response.delete_cookie(COOKIE, secure=request.url.scheme == "https", httponly=True, samesite="lax")
    return response


def _onward(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})


def _remember(request: Request, response: Response, cookie: str, value: str, lifetime: timedelta) -> None:
    is_https, seconds = request.url.scheme == "https", int(lifetime.total_seconds())
    response.set_cookie(cookie, value, max_age=seconds, secure=is_https, httponly=True, samesite="lax")


def _redeem(token: str, before: str, browser: str) -> str:
    with transaction(engine()) as session:
        account, session_token = redeem(session, token, browser=browser)
        end_session(session, before)
        record_event(session, "signed-in", {"by": "link"}, account.id)
    return session_token


def _end(token: str) -> None:
    with transaction(engine()) as session:
        end_session(session, token)


def _set_locale(session_token: str, locale: str) -> bool:
    if not session_token:
        return False
    with transaction(engine()) as session:
        account = account_of(session, session_token)
        if account:
            set_locale(session, account.id, locale)
    return account is not None


def _page(why: str, query: str) -> str:
    """Why a link does not work, and what to do, in the language of the request."""
    ways = (
        html.escape(say("You were invited: ask for a new link where you got this one.")),
        html.escape(say("You used this link before, in this browser: you may still be signed in."))
        + f' <a href="/">{html.escape(say("Go to HUME"))}</a>',
        _with_code(say("You run this server: print a new link with `hume link`, or start the server again.")),
    )
    reasons = "".join(f"<li>{way}</li>" for way in ways)
    body = f"<p>{html.escape(say(why))}</p>\n<ul>\n{reasons}\n</ul>"
    return plain_page(say("This link does not work"), body, f"/auth/link?{query}")


def _with_code(sentence: str) -> str:
    """`sentence` as HTML; what is between back quotes is code, and runs from left to right."""
    return re.sub(r"`([^`]*)`", r'<code dir="ltr">\1</code>', html.escape(sentence))


ROUTES = [
    Route("/auth/link", open_link, methods=["GET"]),
    Route("/auth/sign-out", same_site(sign_out), methods=["POST"]),
    Route("/auth/language", same_site(choose_language), methods=["POST"]),
]
