"""Who is looking at a page, and whether they may. Every page begins with `require(role)`."""

from __future__ import annotations

import streamlit as st

from hume import logs
from hume.i18n import say
from hume.records import Account
from hume.roles import may
from hume.server.guard import COOKIE
from hume.server.plain_page import FORM_STYLE
from hume.server.sign_in import account_here, sign_in_form
from pages import interface
from pages.parts import layout


def session_token() -> str:
    """The token of the browser's session, '' where there is none. Tests patch this one function."""
    return st.context.cookies.get(COOKIE, "")


def signed_in() -> Account | None:
    """The account of this browser, looked up anew on every run: a session that ended elsewhere has ended here."""
    return account_here(session_token())


def require(role: str) -> Account:
    """The signed-in account, if it may what asks for `role`; otherwise the page says why not, and ends here."""
    account = signed_in()
    logs.begin(logs.Facts(account_id=account.id if account else None))
    if account is None:
        _show_sign_in()
        st.stop()
    if not may(account.role, role):
        _show_refusal(account, role)
        st.stop()
    return account


def _show_sign_in() -> None:
    with st.container(width=560, key="sign-in"):
        st.title(say("Sign in to HUME"), anchor=False)
        st.html(f"<style>{FORM_STYLE}</style>{sign_in_form(interface.own_address())}")
        st.markdown(
            say("No password, or forgotten? Everybody first gets in by a personal link that works once:")
            + "\n\n- "
            + say(
                "**You were invited:** open the link that you were sent. If it was used already, or is too old, "
                "ask for a new one where you got it."
            )
            + "\n- "
            + say(
                "**You run this server:** open the link that it printed when it started "
                "(`http://.../auth/link?token=...`), or print a new one with the command `hume link`."
            )
        )
        interface.chooser()


def _show_refusal(account: Account, role: str) -> None:
    with st.container(width=560, key="refusal"):
        st.title(say("Not for this account"), anchor=False)
        st.markdown(
            say(
                "This page is for the role **{role}**; you are signed in as **{name}**, whose role is **{own_role}**. "
                "Whoever runs this server can give you another role.",
                role=say(role),
                name=layout.plain(account.name),
                own_role=say(account.role),
            )
        )
        st.page_link("pages/annotator/work.py", label=say("To your work"), icon=":material/arrow_back:")
