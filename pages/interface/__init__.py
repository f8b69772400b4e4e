"""The language of a page: which one, told to `say` and to the browser, and the choice of another."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import SplitResult, urlencode, urlsplit

import streamlit as st

from hume import i18n
from hume.records import Account
from hume.server import language
from pages.parts.components import packaged

FOLDER = Path(__file__).resolve().parent
STYLE = f"<style>{language.STYLE}{(FOLDER / 'interface.css').read_text('utf-8')}</style>"


def settle(account: Account | None, *, translated: bool) -> None:
    """Chooses the language of this run of a page, and the direction in which the page is laid out.

    It is the account's own, else the one chosen at sign-in, else the browser's. Pages that are not `translated`,
    those of researchers and administrators, are in English.
    """
    chosen = i18n.use(_wanted(account) if translated else i18n.ENGLISH)
    st.html(STYLE)
    with st.container(key="interface"):
        show = packaged("interface", FOLDER, js="document.js")
        show(key="document", data={"locale": chosen.locale, "dir": chosen.direction})


def chooser() -> None:
    """A row of all languages, each by its own name; a click stores it and loads the page again."""
    st.html(language.chooser(own_address()))


def address() -> SplitResult:
    """The address of the page that is shown, as the browser says it; empty where that is none."""
    try:
        return urlsplit(st.context.url or "")
    except ValueError:
        return urlsplit("")


def own_address() -> str:
    """Path and query of the page that is shown."""
    path = address().path or "/"
    query = urlencode({name: st.query_params.get_all(name) for name in st.query_params}, doseq=True)
    return f"{path}?{query}" if query else path


def _wanted(account: Account | None) -> str:
    wishes = (account.locale if account else "", st.context.cookies.get(language.LOCALE_COOKIE, ""))
    return i18n.chosen_locale(*wishes, accept_language=st.context.headers.get("Accept-Language") or "")
