"""Sign-in by a personal link that works once, and sign-out."""

from __future__ import annotations

import html

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from db.session import transaction
from db.store.accounts import SESSION_LIFETIME, end_session, redeem
from hume.errors import HumeError
from hume.server.database import engine
from hume.server.guard import COOKIE, own_path, same_site


async def open_link(request: Request) -> Response:
    """Redeems the link's token for a session cookie and goes on to `next`, or says why the link does not work."""
    if request.method == "HEAD" or "prefetch" in request.headers.get("sec-purpose", ""):
        return Response(status_code=204)  # a preview of the link must not use it up
    try:
        token = await run_in_threadpool(_redeem, request.query_params.get("token", ""))
    except HumeError as error:
        return HTMLResponse(_page("This link does not work", str(error)), 403, {"Cache-Control": "no-store"})
    response = _onward(own_path(request.query_params.get("next", "/")))
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


async def sign_out(request: Request) -> Response:
    """Ends the session, in every tab and wherever else its cookie was copied to."""
    await run_in_threadpool(_end, request.cookies.get(COOKIE, ""))
    response = _onward("/")
    response.delete_cookie(COOKIE, secure=request.url.scheme == "https", httponly=True, samesite="lax")
    return response


def _onward(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})


def _redeem(token: str) -> str:
    with transaction(engine()) as session:
        return redeem(session, token)[1]


def _end(token: str) -> None:
    with transaction(engine()) as session:
        end_session(session, token)


def _page(title: str, why: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)} · HUME</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem; }}
h1 {{ font-size: 1.6rem; }}
code {{ padding: .1em .35em; border-radius: .3em; background: rgb(128 128 128 / 18%); }}
</style></head><body>
<h1>{html.escape(title)}</h1>
<p>{html.escape(why)}</p>
<ul>
<li>You run this server: print a new link with <code>hume link</code>, or start the server again.</li>
<li>You were invited: ask for a new link where you got this one.</li>
<li>You used this link before, in this browser: you may still be signed in. <a href="/">Go to HUME</a>.</li>
</ul>
</body></html>"""


ROUTES = [
    Route("/auth/link", open_link, methods=["GET"]),
    Route("/auth/sign-out", same_site(sign_out), methods=["POST"]),
]
