"""What is around every page: sign-in first, then the menu, then the page itself."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from db.troubles import trouble_of
from hume.errors import HumeError
from hume.i18n import say
from hume.records import Account
from hume.roles import may
from hume.server import logs
from hume.server.troubles import in_words
from pages import interface
from pages.parts import layout
from pages.parts.access import require, signed_in

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parents[1]
LEAST = "annotator"
"""The role that everybody has."""


@dataclass(frozen=True)
class Entry:
    """A page: its section of the menu, its file under pages/, how the menu calls it, and the role that it needs."""

    section: str
    file: str
    title: str
    icon: str
    role: str
    in_menu: bool = True

    def page(self, account: Account | None) -> st.Page:
        """The page as Streamlit takes it; its address is the file's name."""
        shown = self.in_menu and account is not None and may(account.role, self.role)
        return st.Page(
            FOLDER / self.file,
            title=self.title,
            icon=f":material/{self.icon}:",
            url_path=Path(self.file).stem,
            visibility="visible" if shown else "hidden",
        )


def run(entries: Sequence[Entry], home: Mapping[str, str]) -> None:
    """Shows the page that the address names to those who may see it; `home` has each role's own first page.

    Every page is always registered, so that an address leads to its page after sign-in. The menu has those pages
    that the account may see, and nobody who is not signed in gets one. What annotators see is in their language.
    """
    layout.brand()
    account = signed_in()
    pages = {entry: entry.page(account) for entry in entries}

    def go_home() -> None:
        file = home[require(LEAST).role]
        st.switch_page(next(page for entry, page in pages.items() if entry.file == file))

    start = st.Page(go_home, title="HUME", url_path="home", default=True, visibility="hidden")
    sections = {"": [start], **_sections(pages)}
    current = st.navigation(sections, position="sidebar" if account else "hidden")
    needed = next((entry.role for entry, page in pages.items() if page is current), LEAST)
    interface.settle(account, translated=needed == LEAST or account is None or not may(account.role, needed))
    layout.account_footer(require(needed))
    current.run()


def show_mistake(error: Exception) -> bool:
    """Shows a mistake that its own words say how to mend, or what is wrong with the database; True: it is shown.

    Of anything else, the number is shown that it is logged under.
    """
    if trouble := trouble_of(error):
        log.error("a page could not be drawn, the database is %s: %s", trouble, str(error).splitlines()[0])
        st.error(layout.plain(in_words(trouble)), icon=":material/error:")
        return True
    if isinstance(error, HumeError):
        st.error(layout.plain(str(error)), icon=":material/error:")
        return True
    words = f"{say('Something went wrong')}. {logs.sorry(logs.mistake(error))}"
    st.error(layout.plain(words), icon=":material/error:")
    return True


def _sections(pages: Mapping[Entry, st.Page]) -> Mapping[str, Sequence[st.Page]]:
    sections: dict[str, list[st.Page]] = defaultdict(list)
    for entry, page in pages.items():
        sections[entry.section].append(page)
    return sections
