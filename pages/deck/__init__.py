"""The deck: the annotator's answering screen, a packaged Streamlit component of plain ES modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hume import i18n
from pages.parts.components import packaged

FOLDER = Path(__file__).resolve().parent


def deck(account: int, task: str, subset: str, *, home: str) -> None:
    """Shows the deck for one subset: it asks the server for items and sends answers by itself.

    `account` keeps what is unsaved in a browser apart from other people's there; `home` is the address of the list of
    tasks. The task and subset need not exist: the deck says so then. It speaks the language of the page.
    """
    data = {"account": str(account), "task": task, "subset": subset, "home": home, **_language()}
    packaged("deck", FOLDER, js="deck.js", css="deck.css")(key="deck", data=data)


def leftover(account: int) -> None:
    """Sends the answers that an annotator left unsaved in this browser, and says how many wait; else shows nothing."""
    packaged("leftover", FOLDER, js="leftover.js")(key="leftover", data={"account": str(account), **_language()})


def _language() -> dict[str, Any]:
    interface = i18n.current()
    return {"locale": interface.locale, "dir": interface.direction, "words": interface.deck_words()}
