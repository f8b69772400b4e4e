"""Who is looking at a page, and whether they may. Every page begins with `require(role)`."""

from __future__ import annotations

import streamlit as st

from db.store.accounts import account_of
from hume.records import Account
from hume.roles import may
from hume.server.guard import COOKIE
from pages.parts import layout
from pages.parts.database import reading


def session_token() -> str:
    """The token of the browser's session, '' where there is none. Tests patch this one function."""
    return st.context.cookies.get(COOKIE, "")


def signed_in() -> Account | None:
    """The account of this browser, looked up anew on every run: a session that ended elsewhere has ended here."""
    token = session_token()
    if not token:
        return None
    with reading() as session:
        return account_of(session, token)


def require(role: str) -> Account:
    """The signed-in account, if it may what asks for `role`; otherwise the page says why not, and ends here."""
    account = signed_in()
    if account is None:
        _show_sign_in()
        st.stop()
    if not may(account.role, role):
        _show_refusal(account, role)
        st.stop()
    return account


def _show_sign_in() -> None:
    with st.container(width=560, key="sign-in"):
        st.title("Sign in to HUME", anchor=False)
        st.markdown(
            "You are not signed in on this browser. Everybody gets in by a personal link that works once:\n\n"
            "- **You run this server:** open the link that it printed when it started "
            "(`http://.../auth/link?token=...`), or print a new one with the command `hume link`.\n"
            "- **You were invited:** open the link that you were sent. If it was used already, or is too old, "
            "ask for a new one where you got it."
        )


def _show_refusal(account: Account, role: str) -> None:
    with st.container(width=560, key="refusal"):
        st.title("Not for this account", anchor=False)
        st.markdown(
            f"This page is for the role **{role}**; you are signed in as **{layout.plain(account.name)}**, "
            f"whose role is **{account.role}**. Whoever runs this server can give you another role."
        )
        st.page_link("pages/annotator/work.py", label="To your work", icon=":material/arrow_back:")
