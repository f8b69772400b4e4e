"""Languages by the names that people know them by, in the language of the page."""

from __future__ import annotations

from collections.abc import Sequence

import langcodes

from hume import i18n


def name(code: str) -> str:
    """The name of a code such as `ara-Arab`, as in a sentence; the code itself where it is no language."""
    language = langcodes.Language.get(code)
    return language.language_name(i18n.current().locale) if language.is_valid() else code


def own_name(code: str) -> str:
    """What the language calls itself; '' where that is its name here too, or not known."""
    language = langcodes.Language.get(code.split("-")[0])
    own = language.autonym() if language.is_valid() else ""
    return "" if own.casefold() == name(code).casefold() else own


def names(codes: Sequence[str]) -> str:
    """The names of a subset's languages in one string, as a line begins."""
    if not codes:
        return i18n.say("language not stated")
    return i18n.capitalised(i18n.current().listed([name(code) for code in codes]))
