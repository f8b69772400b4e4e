"""Sign-in by name and password, the password itself, and all sessions of an account at once."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import NoReturn
from urllib.parse import parse_qs

from babel.dates import format_timedelta
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from db.columns import utc_now
from db.session import reading, transaction
from db.store import throttle
from db.store.events import record_event
from db.store.passwords import (
    LONGEST,
    SHORTEST,
    check_password,
    has_password,
    hashed,
    is_outdated,
    matches,
    password_of,
    replace_password,
)
from db.store.sessions import account_of, end_session, end_sessions, is_sight_unnoted, note_seen, start_session
from db.troubles import trouble_of
from hume.errors import DatabaseBusy, HumeError
from hume.i18n import current, say
from hume.records import Account
from hume.server import language
from hume.server.auth import signed_in, signed_out
from hume.server.browsers import in_short
from hume.server.database import engine
from hume.server.guard import COOKIE, Refused, own_path, same_site
from hume.server.oidc import provider_links
from hume.server.plain_page import plain_page

MAX_FORM = 16_000
"""Bytes of a form: a name, two passwords of 256 characters, an address."""
ACCOUNT_PAGE = "/account"


class NotAdmitted(HumeError):
    """A sign-in or a change of password that was refused: the HTTP status, and how long to wait."""

    def __init__(self, why: str, status: int = 403, wait: timedelta = timedelta()) -> None:
        super().__init__(why)
        self.status, self.wait = status, wait


async def show_sign_in(request: Request) -> Response:
    """The form on a page of its own."""
    language.speak(request)
    return _sign_in_page("", own_path(request.query_params.get("next", "/")))


async def sign_in(request: Request) -> Response:
    """A new session for whoever knows the password; whichever session the browser had is over."""
    try:
        form = await form_fields(request)
    except Refused as refused:
        return refused.response
    language.speak(request)
    path = own_path(form.get("next", "/"))
    try:
        token = await run_in_threadpool(_sign_in, request, form.get("account", ""), form.get("password", ""))
    except NotAdmitted as refused:
        return _refusal(_sign_in_page(str(refused), path, form.get("account", ""), refused.status), refused)
    return signed_in(request, token, path)


async def set_password(request: Request) -> Response:
    """Sets or changes the password of whoever is signed in, whose other sessions are over."""
    try:
        form = await form_fields(request)
    except Refused as refused:
        return refused.response
    account = await run_in_threadpool(account_here, request.cookies.get(COOKIE, ""))
    language.speak(request, account)
    if account is None:
        return signed_out(request)
    try:
        token = await run_in_threadpool(_set_password, request, account, form)
    except NotAdmitted as refused:
        return _refusal(await run_in_threadpool(_password_page, account, str(refused), refused.status), refused)
    return signed_in(request, token, f"{ACCOUNT_PAGE}?saved=password")


async def sign_out_everywhere(request: Request) -> Response:
    """Ends every session of whoever is signed in."""
    await run_in_threadpool(_end_all, request.cookies.get(COOKIE, ""))
    return signed_out(request)


def account_here(session_token: str) -> Account | None:
    """Whose session that is, as `account_of` says; that it was used is noted every few minutes."""
    if not session_token:
        return None
    with reading(engine()) as session:
        account = account_of(session, session_token)
        is_unnoted = account is not None and is_sight_unnoted(session, session_token)
    if is_unnoted:
        _note_sight(session_token)
    return account


def _note_sight(session_token: str) -> None:
    """Nobody is kept from a page since a full or busy database could not note that they came."""
    try:
        with transaction(engine()) as session:
            note_seen(session, session_token)
    except (SQLAlchemyError, DatabaseBusy) as error:
        if trouble_of(error) is None:
            raise


# -- what is done -----------------------------------------------------------------------------------


def _sign_in(request: Request, name: str, password: str) -> str:
    account_key, address_key = throttle.by_account(name), throttle.by_address(_address(request))
    _admit(account_key, address_key)
    with reading(engine()) as session:
        account_id, stored = password_of(session, name)
    if not matches(stored, password):
        _fail(account_id)
    renewed = hashed(password) if is_outdated(stored) else stored
    with transaction(engine()) as session:
        throttle.forgive(session, account_key, address_key, utc_now())
        if not replace_password(session, account_id, stored, renewed):  # changed or disabled in the meantime
            raise NotAdmitted(_wrong())
        end_session(session, request.cookies.get(COOKIE, ""))
        record_event(session, "signed-in", {"by": "password"}, account_id)
        token = start_session(session, account_id, in_short(request.headers.get("user-agent", "")))
    with transaction(engine()) as session:
        throttle.forget_old(session, utc_now())
    return token


def _set_password(request: Request, account: Account, form: dict[str, str]) -> str:
    wanted = form.get("new", "")
    try:
        check_password(wanted, account.name)
    except HumeError as weak:
        raise NotAdmitted(say(str(weak)), 400) from None
    account_key, address_key = throttle.by_account(account.name), throttle.by_address(_address(request))
    _admit(account_key, address_key)
    with reading(engine()) as session:
        _, stored = password_of(session, account.name)
    if stored and not matches(stored, form.get("current", "")):
        _fail(account.id, say("Your current password is another one."))
    replaced = hashed(wanted)
    with transaction(engine()) as session:
        throttle.forgive(session, account_key, address_key, utc_now())
        if not replace_password(session, account.id, stored, replaced):
            raise NotAdmitted(say("Your current password is another one."))
        end_sessions(session, account.id)
        record_event(session, "password-set", {}, account.id)
        return start_session(session, account.id, in_short(request.headers.get("user-agent", "")))


def _end_all(session_token: str) -> None:
    with transaction(engine()) as session:
        account = account_of(session, session_token)
        if account:
            end_sessions(session, account.id)
            record_event(session, "signed-out-everywhere", {}, account.id)


def _admit(*counted: throttle.Counted) -> None:
    with transaction(engine()) as session:
        wait = throttle.attempt(session, counted, utc_now())
    if wait > timedelta():
        time = format_timedelta(wait, locale=current().locale.replace("-", "_"), threshold=1.5)
        raise NotAdmitted(say("Too many wrong attempts. Wait {time}, then try again.", time=time), 429, wait)


def _fail(account_id: int, why: str = "") -> NoReturn:
    with transaction(engine()) as session:
        record_event(session, "sign-in-failed", {}, account_id or None)
    raise NotAdmitted(why or _wrong())


def _wrong() -> str:
    return say("This name and this password do not belong together here. Check both, or ask for a new link.")


def _address(request: Request) -> str:
    """The peer's: what a proxy says of others counts only where uvicorn was told to believe it."""
    return request.client.host if request.client else ""


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a form, the first of each name."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refused(415, "The body must be a form, sent as application/x-www-form-urlencoded.")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_FORM:
            raise Refused(413, f"The form is longer than {MAX_FORM:,} bytes.")
    try:
        fields = parse_qs(raw.decode(errors="replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise Refused(400, "The form has too many fields.") from None
    return {name: values[0] for name, values in fields.items()}


# -- what is shown ----------------------------------------------------------------------------------


def sign_in_form(path: str, name: str = "") -> str:
    """The providers and the form as HTML, in the current language; both lead on to `path`."""
    return f"""{provider_links(path)}<form class="hume-form" method="post" action="/auth/sign-in">
<input type="hidden" name="next" value="{html.escape(path)}">
<label>{html.escape(say("Name"))}
<input name="account" value="{html.escape(name)}" required maxlength="500" dir="auto" autocomplete="username"
 autocapitalize="none" spellcheck="false"></label>
<label>{html.escape(say("Password"))}
<input name="password" type="password" required autocomplete="current-password"></label>
<button type="submit">{html.escape(say("Sign in"))}</button></form>"""


def password_form(account: Account, is_set: bool) -> str:
    """The form that sets or changes a password, as HTML. The name is there for password managers."""
    current_one = f"""<label>{html.escape(say("Your current password"))}
<input name="current" type="password" required autocomplete="current-password"></label>"""
    return f"""<form class="hume-form" method="post" action="/auth/password">
<input name="account" value="{html.escape(account.name)}" autocomplete="username" readonly hidden>
{current_one if is_set else ""}
<label>{html.escape(say("New password"))}
<input name="new" type="password" required minlength="{SHORTEST}" maxlength="{LONGEST}" autocomplete="new-password"
 aria-describedby="hume-password-rule"></label>
<p id="hume-password-rule">{html.escape(say("10 characters or more; several words are good."))}</p>
<button type="submit">{html.escape(say("Save the password"))}</button></form>"""


def _sign_in_page(problem: str, path: str, name: str = "", status: int = 200) -> HTMLResponse:
    help_ = html.escape(say("No password, or forgotten? Ask for a new link where you were invited."))
    body = f"{_alert(problem)}{sign_in_form(path, name)}<p>{help_}</p>"
    page = plain_page(say("Sign in to HUME"), body, "/auth/sign-in")
    return HTMLResponse(page, status, {"Cache-Control": "no-store"})


def _password_page(account: Account, problem: str, status: int) -> HTMLResponse:
    with reading(engine()) as session:
        is_set = has_password(session, account.id)
    body = _alert(problem) + password_form(account, is_set)
    body += f'<p><a href="{ACCOUNT_PAGE}">{html.escape(say("Your account"))}</a></p>'
    return HTMLResponse(plain_page(say("Password"), body, ACCOUNT_PAGE), status, {"Cache-Control": "no-store"})


def _alert(problem: str) -> str:
    return f'<p role="alert">{html.escape(problem)}</p>' if problem else ""


def _refusal(page: HTMLResponse, refused: NotAdmitted) -> HTMLResponse:
    if refused.wait:
        page.headers["Retry-After"] = str(int(refused.wait.total_seconds()) + 1)
    return page


ROUTES = [
    Route("/auth/sign-in", show_sign_in, methods=["GET"]),
    Route("/auth/sign-in", same_site(sign_in), methods=["POST"]),
    Route("/auth/password", same_site(set_password), methods=["POST"]),
    Route("/auth/sign-out-everywhere", same_site(sign_out_everywhere), methods=["POST"]),
]
