"""The annotators' interface in their languages: English in the code, the others in catalogues.

A catalogue is one gettext file, `catalogues/<locale>.po`, compiled in memory when it is first needed. To add a
language is to add such a file (docs/translating.md). The locale is a BCP 47 tag such as `ar` or `pt-BR`.

A page says `use(locale)` once and then `say("Sign out")`; the language holds for the thread or the request.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from langcodes import closest_supported_match

FOLDER = Path(__file__).with_name("catalogues")
ENGLISH = "en"
LOCALES: tuple[str, ...] = (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po")))
"""What the interface can be had in."""

NEAR = 20
"""How far a wanted language may be from one that there is: Nynorsk from Bokmål is, Ukrainian from Russian is not."""
FIRST_ISOLATE, LAST_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


@dataclass(frozen=True)
class Interface:
    """The interface in one language."""

    locale: str
    translations: gettext.NullTranslations
    catalogue: Catalog

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        return "rtl" if self._babel.text_direction == "rtl" else "ltr"

    @property
    def own_name(self) -> str:
        """What the language calls itself, as the line of a list begins: `Norsk bokmål`."""
        return capitalised(self._babel.display_name or self.locale)

    def say(self, sentence: str, **values: object) -> str:
        """The sentence in this language; `{name}` in it becomes the value of that name, a number as one writes it."""
        return self._filled(self.translations.gettext(sentence), values)

    def say_n(self, one: str, many: str, n: int, **values: object) -> str:
        """The sentence in the form that the number `n` asks for, which stands in it as `{n}`."""
        return self._filled(self.translations.ngettext(one, many, n), {"n": n, **values})

    def listed(self, parts: list[str]) -> str:
        """`A, B, and C`."""
        return format_list(parts, locale=self._babel)

    def deck_words(self) -> dict[str, str]:
        """The deck's sentences by their key in words.js, plurals by CLDR category: `unsaved.few`. {} for English."""
        found: dict[str, str] = {}
        for message in self.catalogue:
            if message.context and isinstance(message.string, tuple):
                found |= {f"{message.context}.{name}": message.string[form] for name, form in self._forms().items()}
            elif message.context:
                found[message.context] = str(message.string)
        return {key: text for key, text in found.items() if text}

    def _forms(self) -> dict[str, int]:
        """The plural form of each of CLDR's categories; the last for `other` where no whole number is that."""
        forms = {self._babel.plural_form(n): self.translations.plural(n) for n in range(201)}  # type: ignore[attr-defined]
        return {"other": max(forms.values())} | forms

    @property
    def _babel(self) -> Locale:
        return Locale.parse(self.locale, sep="-")

    def _filled(self, sentence: str, values: Mapping[str, object]) -> str:
        return sentence.format_map({name: self._shown(value) for name, value in values.items()}) if values else sentence

    def _shown(self, value: object) -> str:
        if isinstance(value, int):
            return format_decimal(value, locale=self._babel)
        # A name in Latin letters must not turn round what stands beside it in a sentence from right to left.
        return f"{FIRST_ISOLATE}{value}{LAST_ISOLATE}" if self.direction == "rtl" else str(value)


@cache
def interface(locale: str) -> Interface:
    """The interface in one of LOCALES; KeyError for others."""
    if locale not in LOCALES:
        raise KeyError(locale)
    catalogue = read_catalogue(locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Interface(locale, gettext.GNUTranslations(compiled), catalogue)


def read_catalogue(locale: str) -> Catalog:
    """The catalogue of one of LOCALES; English, which is in the code, has an empty one."""
    if locale == ENGLISH:
        return Catalog(locale)
    with (FOLDER / f"{locale}.po").open("rb") as file:
        return read_po(file, locale=locale.replace("-", "_"))


def use(locale: str) -> Interface:
    """From now on `say` speaks this language, in this thread or request."""
    chosen = interface(locale)
    _current.set(chosen)
    return chosen


def current() -> Interface:
    """What `use` chose; English before."""
    return _current.get() or interface(ENGLISH)


def say(sentence: str, **values: object) -> str:
    """`Interface.say` of the current language. Sentences are found in the sources by this name."""
    return current().say(sentence, **values)


def say_n(one: str, many: str, n: int, **values: object) -> str:
    """`Interface.say_n` of the current language. Sentences are found in the sources by this name."""
    return current().say_n(one, many, n, **values)


def chosen_locale(*wishes: str, accept_language: str = "") -> str:
    """The first of the wishes that there is, else the browser's first that there is, else English."""
    return next((wish for wish in wishes if wish in LOCALES), "") or _accepted(accept_language)


def capitalised(text: str) -> str:
    """With its first letter large, as a heading or the line of a list begins; the rest stays."""
    return text[:1].upper() + text[1:]


def _accepted(header: str) -> str:
    """The best of an Accept-Language header such as `da-DK,da;q=0.9,en;q=0.8`; of equals the one that comes first."""
    wanted = [part.partition(";") for part in header.split(",")]
    for tag, _, quality in sorted(wanted, key=lambda part: -_quality(part[2])):
        if tag.strip().replace("-", "").isalnum() and _quality(quality) > 0:
            match = _closest(tag.strip())
            if match:
                return match
    return ENGLISH


@lru_cache(256)
def _closest(tag: str) -> str:
    try:
        return closest_supported_match(tag, list(LOCALES), max_distance=NEAR) or ""
    except ValueError:  # no language tag at all
        return ""


def _quality(parameters: str) -> float:
    name, _, value = parameters.replace(" ", "").partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


_current: ContextVar[Interface | None] = ContextVar("interface", default=None)
