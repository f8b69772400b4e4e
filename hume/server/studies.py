"""Studies' links: what one is asked to agree to, and an account for whoever does; consent of those who have one."""

from __future__ import annotations

import html
import re
import secrets
from contextlib import suppress
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from db.session import reading, transaction
from db.store.joining import NotAdmitted, Obstacle, agree, join, obstacle
from db.store.participants import own_external_id
from db.store.sessions import account_of
from db.store.studies import find_study
from hume.errors import NotFound
from hume.i18n import say
from hume.records import Account, Study
from hume.server import language
from hume.server.auth import signed_in
from hume.server.browsers import in_short
from hume.server.database import engine
from hume.server.guard import COOKIE, Refused, same_site
from hume.server.plain_page import plain_page
from hume.server.sign_in import form_fields
from hume.studies import participant_id

WORK = "/work"
CONSENT = "/consent"
AGREE, DECLINE = "agree", "decline"
STYLE = "<style>.hume-consent p { white-space: pre-wrap; overflow-wrap: anywhere; }</style>"
BETWEEN_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")


# -- the link ---------------------------------------------------------------------------------------


async def show_study(request: Request) -> Response:
    """What the study is about, and the two buttons; or why one cannot join. Nothing is stored."""
    return await run_in_threadpool(_show, request)


async def join_study(request: Request) -> Response:
    """An account and a session for whoever agrees; nothing at all for whoever does not."""
    try:
        form = await form_fields(request)
    except Refused as refused:
        return refused.response
    return await run_in_threadpool(_take_part, request, form)


async def give_consent(request: Request) -> Response:
    """Notes that whoever is signed in agrees to the text of a study, and goes on to the page of work.

    A text that was changed meanwhile is shown there again.
    """
    try:
        form = await form_fields(request)
    except Refused as refused:
        return refused.response
    return await run_in_threadpool(_give_consent, request, form)


def _show(request: Request) -> Response:
    try:
        study, _, why = _visit(request)
    except _Elsewhere as elsewhere:
        return elsewhere.response
    return _refusal(request, why) if why else _consent_page(request, study)


def _take_part(request: Request, form: dict[str, str]) -> Response:
    try:
        study, external_id, _ = _visit(request)
    except _Elsewhere as elsewhere:
        return elsewhere.response
    if form.get("answer") != AGREE:
        return _page(request, say("You do not take part"), say("Nothing was stored of you. You can close this page."))
    browser = in_short(request.headers.get("user-agent", ""))
    try:
        with transaction(engine()) as session:
            sent = (form.get("digest", ""), form.get("form", ""))
            _, token = join(session, study.name, external_id, *sent, browser)
    except NotAdmitted as refused:
        return _consent_page(request, study, 409) if refused.why == "changed" else _refusal(request, refused.why)
    return signed_in(request, token, WORK)


def _give_consent(request: Request, form: dict[str, str]) -> Response:
    with transaction(engine()) as session:
        account = account_of(session, request.cookies.get(COOKIE, ""))
        language.speak(request, account)
        if account is None:
            return _onward("/")
        if form.get("answer") != AGREE:
            sentence = say("Without your agreement there is nothing to answer here. You can agree later.")
            return _page(request, say("You do not take part"), sentence, path=WORK)
        with suppress(NotAdmitted, NotFound):  # the page of work says how things are now
            agree(session, account.id, form.get("study", ""), form.get("digest", ""))
    return _onward(WORK)


# -- who comes --------------------------------------------------------------------------------------


class _Elsewhere(Exception):
    """The visitor is no newcomer to the study, or none that it can have: what they get instead."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def _visit(request: Request) -> tuple[Study, str, Obstacle | None]:
    """The study, under which id somebody comes to it who is not signed in, and why they cannot join, as things are."""
    with reading(engine()) as session:
        account = account_of(session, request.cookies.get(COOKIE, ""))
        language.speak(request, account)
        try:
            study = find_study(session, request.path_params["study"])
        except NotFound:
            title, sentence = say("There is no such study here"), say("Check that you have the whole link.")
            raise _Elsewhere(_page(request, title, sentence, 404)) from None
        external_id = participant_id(request.query_params, study.parameter)
        if account is not None:
            own = own_external_id(session, study.name, account.id)
            is_same = own is not None and external_id in ("", own)
            raise _Elsewhere(_onward(WORK) if is_same else _other_account(request, account))
        if not external_id:
            raise _Elsewhere(_incomplete(request))
        return study, external_id, obstacle(session, study.name, external_id)


# -- what is shown ----------------------------------------------------------------------------------


def consent_form(study: Study, action: str) -> str:
    """A study's text as it is, what HUME stores, and the two buttons, as HTML in the current language."""
    paragraphs = "".join(f'<p dir="auto">{html.escape(one)}</p>' for one in BETWEEN_PARAGRAPHS.split(study.consent))
    stored = say(
        "What is stored: your answers, your comments and how long you took, under a random name or that of your "
        "account. The number by which you were sent here is kept apart from them."
    )
    return f"""{STYLE}<div class="hume-consent">{paragraphs}<p>{html.escape(stored)}</p></div>
<form class="hume-form" method="post" action="{html.escape(action)}">
<input type="hidden" name="study" value="{html.escape(study.name)}">
<input type="hidden" name="digest" value="{html.escape(study.consent_digest)}">
<input type="hidden" name="form" value="{secrets.token_urlsafe(32)}">
<button type="submit" name="answer" value="{AGREE}">{html.escape(say("I agree and begin"))}</button>
<button type="submit" class="quiet" name="answer" value="{DECLINE}">{html.escape(say("I do not agree"))}</button>
</form>"""


def _consent_page(request: Request, study: Study, status: int = 200) -> HTMLResponse:
    changed = say("The text has changed since you opened this page. Please read it again.")
    alert = f'<p role="alert">{html.escape(changed)}</p>' if status == 409 else ""
    page = plain_page(study.title, alert + consent_form(study, _own_address(request)), _own_address(request))
    return HTMLResponse(page, status, {"Cache-Control": "no-store"})


def _refusal(request: Request, why: Obstacle) -> HTMLResponse:
    if why == "elsewhere":
        return _page(
            request,
            say("You take part already"),
            say(
                "Somebody takes part under your number in another browser. Go back to the browser that you began in, "
                "or write to the researcher who invited you, who can let you in here."
            ),
            403,
        )
    title = {
        "closed": say("This study is closed"),
        "expired": say("This study is over"),
        "full": say("All places in this study are taken"),
    }[why]
    return _page(request, title, say("Nothing was stored of you. Go back to where you were invited."), 403)


def _incomplete(request: Request) -> HTMLResponse:
    sentence = say(
        "It must have the number in it by which the researcher knows you. Open it as it is where you were invited."
    )
    return _page(request, say("This link is not complete"), sentence, 400)


def _other_account(request: Request, account: Account) -> HTMLResponse:
    sentence = say(
        "You are signed in as {name}. To take part in this study, sign out first; you come back to this page then.",
        name=account.name,
    )
    action = html.escape(f"/auth/sign-out?{urlencode({'next': _own_address(request)})}")
    form = (
        f'<form class="hume-form" method="post" action="{action}"><button type="submit">'
        f"{html.escape(say('Sign out'))}</button></form>"
        f'<p><a href="/">{html.escape(say("Go to HUME"))}</a></p>'
    )
    return _page(request, say("You are signed in already"), sentence, 403, form)


def _page(
    request: Request, title: str, sentence: str, status: int = 200, more: str = "", path: str = ""
) -> HTMLResponse:
    page = plain_page(title, f"<p>{html.escape(sentence)}</p>{more}", path or _own_address(request))
    return HTMLResponse(page, status, {"Cache-Control": "no-store"})


def _own_address(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _onward(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})


ROUTES = [
    Route("/join/{study}", show_study, methods=["GET"]),
    Route("/join/{study}", same_site(join_study), methods=["POST"]),
    Route(CONSENT, same_site(give_consent), methods=["POST"]),
]
"""The link asks for no role: it is for people who have no account yet. Consent is that of whoever is signed in."""
