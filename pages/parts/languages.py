"""Languages by the names that people know them by."""

from __future__ import annotations

from collections.abc import Sequence

import langcodes


def name(code: str) -> str:
    """The English name of a code such as `ara-Arab`; the code itself where it is no language."""
    language = langcodes.Language.get(code)
    return language.language_name() if language.is_valid() else code


def own_name(code: str) -> str:
    """What the language calls itself; '' where that is the English name or not known."""
    language = langcodes.Language.get(code.split("-")[0])
    own = language.autonym() if language.is_valid() else ""
    return "" if own == name(code) else own


def names(codes: Sequence[str]) -> str:
    """The English names of a subset's languages in one string."""
    return " and ".join(map(name, codes)) or "language not stated"
