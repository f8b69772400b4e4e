"""The deck's own sources: every sentence is used and there, every module is asked for at once."""

from __future__ import annotations

import re
from pathlib import Path

from hume.i18n.extract import deck

DECK = Path(__file__).resolve().parents[2] / "pages" / "deck"
MODULES = {path.relative_to(DECK).as_posix(): path.read_text("utf-8") for path in DECK.rglob("*.js")}
#: Without what something is compared with: of `say(status === "given" ? "a" : "b")` only the last two are said.
CODE = re.sub(r'[=!]== "[^"]*"', "", "\n".join(text for name, text in MODULES.items() if name != "words.js"))
SAID = re.compile(r"\bsay\(((?:[^()`]|\([^()]*\))*)\)")
TEMPLATE = re.compile(r"\bsay\([^()`]*`([\w.-]*)\$\{")
WORD = re.compile(r'"([^"\n]*)"')


def sentences() -> set[str]:
    with (DECK / "words.js").open("rb") as file:
        return {arguments[0] for _, _, arguments, _ in deck(file, {}, (), {})}


def said() -> set[str]:
    """The first argument of every call of `say` that is written out."""
    firsts = (re.split(r",\s*\{", call)[0] for call in SAID.findall(CODE))
    return {word for first in firsts for word in WORD.findall(first) if word}


def test_every_sentence_that_is_said_is_there():
    assert len(said()) > 60
    assert said() - sentences() == set()


def test_every_sentence_that_is_there_is_said():
    literal, prefixes = set(WORD.findall(CODE)), set(TEMPLATE.findall(CODE))
    assert {"sure.", "skip.", "trouble."} <= prefixes

    def is_composed(key: str) -> bool:
        rests = [key.removeprefix(prefix) for prefix in prefixes if prefix and key.startswith(prefix)]
        return any(rest in literal or (rest.isdigit() and re.search(rf"\b{rest}\b", CODE)) for rest in rests)

    assert [key for key in sorted(sentences()) if key not in literal and not is_composed(key)] == []


def test_the_first_module_asks_for_all_the_others():
    """One round trip more than the first file takes, however deep the imports are."""
    asked = set(re.findall(r'"\./([\w/]+\.js)"', MODULES["deck.js"]))
    assert asked == set(MODULES) - {"deck.js", "leftover.js"}


def test_what_a_module_exports_is_used_in_another():
    unused = []
    for name, text in MODULES.items():
        others = "\n".join(other for path, other in MODULES.items() if path != name)
        exported = re.findall(r"^export (?:async )?(?:const|function|class) (\w+)", text, re.MULTILINE)
        unused += [f"{name}: {one}" for one in exported if not re.search(rf"\b{one}\b", others)]
    assert unused == []
