"""Languages of a subset, as ISO 639-3 and ISO 15924: read from a code or from the subset's name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import langcodes
from langcodes.tag_parser import LanguageTagError

from hume.errors import InvalidItem, Place

_CODE = re.compile(r"([a-z]{2,3})(?:[-_]([A-Z][a-z]{3}))?(?:[-_]([A-Z]{2}))?")


def language(code: str) -> str | None:
    """`code` as `ara-Arab`; None where it is no language.

    Taken are ISO 639-1 and 639-3 codes with or without script and territory: `ar`, `ara`, `arb_Arab`, `zh-CN`. A
    script that is not given is the likeliest of the language (CLDR). Individual languages stay individual
    (`arb`, `nob`), and macrolanguages stay such (`ara`, `nor`).
    """
    match = _CODE.fullmatch(code.strip())
    if not match:
        return None
    base, script, territory = match.groups()
    try:
        tag = langcodes.Language.get("-".join(part for part in (base, script, territory) if part))
        alpha3 = langcodes.Language.get(base, normalize=False).to_alpha3()
    except (LookupError, LanguageTagError):
        return None
    if not tag.is_valid():
        return None
    return f"{alpha3}-{script or tag.maximize().script}"


def languages_of(subset: str, declared: Sequence[str] = ()) -> tuple[str, ...]:
    """The languages that a subset's name says, else `declared`.

    A name says its language where it is a code (`ar`, `arb_Arab`) or a pair of codes (`en-de`).
    A bare three-letter code counts only where the language also has a two-letter one, or is
    declared: `all` and `new` are languages too, but rarely meant. Several declared languages are given to the
    subset `default` alone: of another one they do not say which it is in.
    """
    pair = re.fullmatch(r"([a-z]{2,3})[-_]([a-z]{2,3})", subset)
    if pair and all(_is_told(part, declared) for part in pair.groups()):
        return tuple(found for part in pair.groups() if (found := language(part)))
    if _CODE.fullmatch(subset) and _is_told(subset, declared):
        return tuple(found for found in (language(subset),) if found)
    return tuple(declared) if subset == "default" or len(declared) == 1 else ()


def _is_told(name: str, declared: Sequence[str]) -> bool:
    found = language(name)
    if found is None:
        return False
    return len(name) != 3 or found in declared or len(langcodes.standardize_tag(name, macro=True)) == 2


def parse_declared(values: Sequence[str]) -> tuple[str, ...]:
    """Declared codes as `eng-Latn`; InvalidItem for one that is no language."""
    found = {value: language(value) for value in values}
    for value, code in found.items():
        if code is None:
            raise InvalidItem(f"{value!r} is no language code.", "Write it as eng-Latn or en.")
    return tuple(code for code in found.values() if code)


def parse_options(values: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """What `--language` said, by subset: `eng-Latn` (subset "": all of them) or `ar=ara-Arab`.

    Several languages of one subset are joined by `+`.
    """
    found: dict[str, tuple[str, ...]] = {}
    for value in values:
        subset, _, codes = value.rpartition("=")
        try:
            found[subset] = parse_declared(codes.split("+"))
        except InvalidItem as error:
            raise InvalidItem(error.problem, error.mend, Place(file="--language")) from None
    return found
