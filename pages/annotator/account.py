"""One's own account: the password, where one is signed in, and what is stored."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel.dates import format_datetime

from db.store.passwords import has_password
from db.store.sessions import OpenSession, open_sessions
from hume.i18n import current, say
from hume.records import Account
from hume.server.personal import PATH as DATA_PATH
from hume.server.plain_page import FORM_STYLE
from hume.server.sign_in import password_form
from pages import interface
from pages.parts import layout
from pages.parts.access import require, session_token
from pages.parts.database import reading

STYLE = f"""<style>{FORM_STYLE}
.hume-sessions {{ list-style: none; margin: 0; padding: 0; }}
.hume-sessions li {{ margin: 0 !important; padding: .6rem 0; border-bottom: 1px solid rgb(128 128 128 / 30%); }}
.hume-sessions b {{ font-weight: 600; }}
.hume-sessions div {{ font-size: .875rem; }}
</style>"""


def page(account: Account) -> None:
    layout.header(say("Your account"), wide=False)
    with reading() as session:
        is_set, signed_in = has_password(session, account.id), open_sessions(session, account.id, session_token())
    st.html(STYLE)
    _password(account, is_set)
    _sessions(signed_in)
    _own_data()
    interface.chooser()


def _password(account: Account, is_set: bool) -> None:
    st.subheader(say("Password"), anchor=False)
    if is_set and st.query_params.get("saved") == "password":
        st.success(say("The password is saved. You are signed out in all other browsers."), icon=":material/check:")
    st.markdown(
        say(
            "With a password you can sign in from any browser, by this name: **{name}**",
            name=layout.plain(account.name),
        )
    )
    st.html(password_form(account, is_set))


def _sessions(signed_in: Sequence[OpenSession]) -> None:
    st.subheader(say("Where you are signed in"), anchor=False)
    rows = "".join(map(_row, signed_in))
    st.html(
        f'<ul class="hume-sessions">{rows}</ul>'
        '<form class="hume-form" method="post" action="/auth/sign-out-everywhere">'
        f'<button type="submit" class="quiet">{html.escape(say("Sign out everywhere"))}</button></form>'
    )


def _own_data() -> None:
    st.subheader(say("What is stored of you"), anchor=False)
    words = say(
        "Your name, languages, answers, comments and times, and where you are signed in. Exports have a number in "
        "place of your name. You can have everything erased but the bare answers: ask whoever invited you."
    )
    st.html(
        f'<p style="margin:0">{html.escape(words)}</p>'
        f'<p style="margin:.5rem 0 0"><a href="{DATA_PATH}" download>{html.escape(say("Download all of it"))}</a></p>'
    )


def _row(one: OpenSession) -> str:
    browser = one.browser or say("A browser")
    here = f" · {html.escape(say('This browser'))}" if one.is_this else ""
    times = say(
        "Signed in on {since}, last seen on {seen}", since=_moment(one.created_at), seen=_moment(one.last_seen_at)
    )
    return f"<li><b><bdi>{html.escape(browser)}</bdi></b>{here}<div>{html.escape(times)}</div></li>"


def _moment(moment: datetime) -> str:
    """By the browser's clock, as the language writes it."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, TypeError, ValueError, OSError):  # the browser says it, whatever it is
        zone = ZoneInfo("UTC")
    return format_datetime(moment, "medium", tzinfo=zone, locale=current().locale.replace("-", "_"))


page(require("annotator"))
