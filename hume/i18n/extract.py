"""The sentences of the annotators' interface, from the sources into the catalogues: `python -m hume.i18n.extract`.

`babel.cfg` says which file is read how. In Python a sentence is what `say` or `say_n` is called with; the deck's are
the table ENGLISH of words.js; and a few lie where the code has them as data.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import write_po

from hume.i18n import ENGLISH, FOLDER, LOCALES, read_catalogue
from hume.roles import ROLES
from hume.tasks import TASKS

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {"say": None, "say_n": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
_WORD = re.compile(r'^  (?:"(?P<quoted>[^"]+)"|(?P<bare>\w+)): (?P<text>"(?:[^"\\]|\\.)*"),$')
_SHOWN = ("This sign-in link", "This password")

Found = Iterator[tuple[int, str, str | tuple[str, ...], list[str]]]
"""(line, function, its arguments, comments), as Babel takes it from an extractor."""


def template() -> Catalog:
    """Every sentence of the interface, untranslated."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    catalogue = Catalog(charset="utf-8")
    for path, _, message, comments, context in extract_from_dir(ROOT, methods, options, KEYWORDS):
        catalogue.add(message, locations=[(path, 0)], auto_comments=comments, context=context)
    return catalogue


def updated(locale: str) -> bytes:
    """The catalogue of a language as it ought to be: what is translated, and what is new without a translation.

    A sentence that has changed keeps its translation, marked as fuzzy: it is not used until somebody has looked at it.
    """
    catalogue, text = read_catalogue(locale), BytesIO()
    catalogue.update(template(), update_creation_date=False)
    write_po(text, catalogue, width=120, ignore_obsolete=True, include_lineno=False)
    return text.getvalue()


def main() -> None:
    for locale in LOCALES:
        if locale != ENGLISH:
            (FOLDER / f"{locale}.po").write_bytes(updated(locale))


# -- extractors -------------------------------------------------------------------------------------


def calls(file: IO[bytes], _keywords: object, _tags: object, options: object) -> Found:
    """What `say` and `say_n` are called with, within f-strings too, which Babel's own extractor passes over."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call):
            name, texts = ast.unparse(node.func).rpartition(".")[2], _texts(node.args)
            if name == "say" and texts:
                yield node.lineno, name, texts[0], []
            elif name == "say_n" and len(texts) > 1:
                yield node.lineno, name, texts[:2], []


def deck(file: IO[bytes], _keywords: object, _tags: object, options: object) -> Found:
    """The sentences of words.js; `key.one` with `key.other` is one sentence with a plural. The key is the context."""
    words = dict(_deck_words(file))
    for key, (line, text) in words.items():
        stem, _, form = key.rpartition(".")
        if form == "one" and f"{stem}.other" in words:
            yield line, "npgettext", (stem, text, words[f"{stem}.other"][1]), []
        elif not (form == "other" and f"{stem}.one" in words):
            yield line, "pgettext", (key, text), []


def titles(_file: IO[bytes], _keywords: object, _tags: object, options: object) -> Found:
    """The task types' titles."""
    for task_type in TASKS.values():
        yield 1, "say", task_type.title, []


def roles(_file: IO[bytes], _keywords: object, _tags: object, options: object) -> Found:
    """The roles' names."""
    for role in ROLES:
        yield 1, "say", role, ["The role of an account."]


def sign_in_errors(file: IO[bytes], _keywords: object, _tags: object, options: object) -> Found:
    """Why a sign-in link or a password is not taken: the store's other errors are for admins, and stay English."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(_SHOWN):
            yield node.lineno, "say", node.value, []


def _texts(arguments: list[ast.expr]) -> tuple[str, ...]:
    values = (one.value for one in arguments if isinstance(one, ast.Constant))
    return tuple(value for value in values if isinstance(value, str))


def _deck_words(file: IO[bytes]) -> Iterator[tuple[str, tuple[int, str]]]:
    for number, line in enumerate(file.read().decode().splitlines(), 1):
        if match := _WORD.match(line):
            yield match["quoted"] or match["bare"], (number, json.loads(match["text"]))


if __name__ == "__main__":
    main()
