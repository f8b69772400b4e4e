"""The catalogues: whole, in step with the sources, with the right plurals; and which of them somebody gets."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from babel import Locale
from babel.messages.catalog import Message

from hume import i18n
from hume.i18n import LOCALES, chosen_locale, extract, interface, read_catalogue, say, say_n, use
from hume.server.language import chooser

CATALOGUES = [locale for locale in LOCALES if locale != "en"]
TEMPLATE = extract.template()
MEND = "Run `make catalogues`, and translate what is new: docs/translating.md."


@pytest.fixture(autouse=True)
def english():
    use("en")
    yield
    use("en")


def sentences(catalogue) -> dict[tuple[str | None, object], Message]:
    return {(message.context, message.id): message for message in catalogue if message.id}


def texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def placeholders(sentence: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", sentence))


# -- the catalogues ---------------------------------------------------------------------------------


def test_the_languages_of_the_first_annotators_are_there():
    assert set(LOCALES) >= {"en", "ar", "da", "nb", "ru"}


@pytest.mark.parametrize("locale", CATALOGUES)
def test_a_catalogue_has_the_sentences_of_the_sources_and_no_others(locale):
    there, wanted = sentences(read_catalogue(locale)), sentences(TEMPLATE)
    assert set(wanted) - set(there) == set(), MEND
    assert set(there) - set(wanted) == set(), MEND


@pytest.mark.parametrize("locale", CATALOGUES)
def test_every_sentence_is_translated(locale):
    untranslated = [
        message.id for message in sentences(read_catalogue(locale)).values() if message.fuzzy or not all(texts(message))
    ]
    assert untranslated == [], MEND


@pytest.mark.parametrize("locale", CATALOGUES)
def test_placeholders_are_those_of_the_english_sentence(locale):
    for message in sentences(read_catalogue(locale)).values():
        if isinstance(message.id, str):
            assert placeholders(message.string) == placeholders(message.id), message.id
            continue
        for text in message.string:  # "one text" and "two texts" may do without the number
            assert placeholders(text) | {"{n}"} == placeholders(message.id[1]) | {"{n}"}, message.id
        assert "{n}" in "".join(message.string), message.id


@pytest.mark.parametrize("locale", CATALOGUES)
def test_what_is_marked_in_a_sentence_is_marked_in_its_translation(locale):
    for message in sentences(read_catalogue(locale)).values():
        english = message.id if isinstance(message.id, str) else message.id[1]
        for text in texts(message):
            assert re.findall(r"`[^`]*`", text) == re.findall(r"`[^`]*`", english), english
            assert text.count("**") in (english.count("**"), 0 if "**{n}**" in english else -1), english
            assert re.findall(r"\b(?:Enter|Esc|HUME)\b", english) == re.findall(r"(?:Enter|Esc|HUME)\b", text), english


@pytest.mark.parametrize("locale", CATALOGUES)
def test_the_plural_formula_agrees_with_the_categories_of_browsers(locale):
    """The deck picks the form by Intl.PluralRules, Python by the formula in the catalogue's head."""
    category, form = Locale.parse(locale, sep="-").plural_form, interface(locale).translations.plural
    by_category = {(category(n), form(n)) for n in range(1001)}
    assert len({one for one, _ in by_category}) == len(by_category)


@pytest.mark.parametrize("locale", CATALOGUES)
def test_updating_a_catalogue_that_is_in_step_changes_nothing(locale):
    assert extract.updated(locale) == (i18n.FOLDER / f"{locale}.po").read_bytes(), MEND


@pytest.mark.parametrize("locale", CATALOGUES)
def test_the_deck_gets_every_sentence_of_its_own(locale):
    deck = [message for (context, _), message in sentences(TEMPLATE).items() if context]
    words = interface(locale).deck_words()
    assert len(deck) > 100
    for message in deck:
        if isinstance(message.id, str):
            assert words[message.context]
        else:
            rule = Locale.parse(locale, sep="-").plural_form
            assert {f"{message.context}.{rule(n)}" for n in range(201)} <= set(words)
    assert {key.rpartition(".")[2] for key in words} & {"one", "other"}


def test_arabic_has_its_six_forms_and_russian_its_three():
    words = interface("ar").deck_words()
    forms = {name: words[f"unsaved.{name}"] for name in ("zero", "one", "two", "few", "many", "other")}
    assert len(set(forms.values())) >= 4
    use("ru")
    counted = [
        say_n("**{n}** item is waiting for you.", "**{n}** items are waiting for you.", n) for n in (1, 2, 5, 21)
    ]
    assert len({re.sub(r"\d+", "", sentence) for sentence in counted}) == 3
    assert re.sub(r"\d+", "", counted[0]) == re.sub(r"\d+", "", counted[3])


def test_norwegian_is_not_danish():
    pairs = [
        (interface("nb").deck_words()[key], interface("da").deck_words()[key]) for key in ("skip", "saved", "undo")
    ]
    assert all(norwegian != danish for norwegian, danish in pairs)


def test_a_language_is_added_by_a_file_and_nothing_else(tmp_path):
    """A whole copy of the package with one more file speaks one more language."""
    shutil.copytree(extract.ROOT / "hume", tmp_path / "hume", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "hume" / "i18n" / "catalogues" / "pt-BR.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
        'msgid "Sign out"\nmsgstr "Sair"\n\nmsgctxt "unsaved"\nmsgid "{n} answer not yet saved"\n'
        'msgid_plural "{n} answers not yet saved"\nmsgstr[0] "{n} resposta"\nmsgstr[1] "{n} respostas"\n',
        encoding="utf-8",
    )
    script = (
        "from hume import i18n; one = i18n.use(i18n.chosen_locale(accept_language='pt')); "
        "print(one.locale, one.own_name, i18n.say('Sign out'), i18n.say('Language'), one.deck_words()['unsaved.other'])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "pt-BR Português (Brasil) Sair Language {n} respostas"


# -- what is extracted --------------------------------------------------------------------------------


def test_sentences_are_found_in_calls_wherever_they_stand(tmp_path):
    source = tmp_path / "page.py"
    source.write_text(
        'f"<b>{say(\'In an f-string\')}</b>"\nsay("Two " "parts")\nsay_n("{n} a", "{n} b", n)\nsay(title)\n'
    )
    with source.open("rb") as file:
        found = {(name, message) for _, name, message, _ in extract.calls(file, {}, (), {})}
    assert found == {("say", "In an f-string"), ("say", "Two parts"), ("say_n", ("{n} a", "{n} b"))}


def test_every_sentence_of_words_js_is_found():
    source = (extract.ROOT / "pages" / "deck" / "words.js").read_text("utf-8")
    table = source[source.index("const ENGLISH = {") : source.index("\n};")]
    lines = [line for line in table.splitlines()[1:] if line.strip() and not line.strip().startswith("//")]
    with (extract.ROOT / "pages" / "deck" / "words.js").open("rb") as file:
        found = list(extract.deck(file, {}, (), {}))
    plurals = sum(name == "npgettext" for _, name, _, _ in found)
    assert len(found) + plurals == len(lines), 'each sentence stands in a line of its own: key: "...",'


# -- speaking -----------------------------------------------------------------------------------------


def test_numbers_are_written_as_the_language_writes_them():
    written = {locale: interface(locale).say("{done} of {total}", done=1, total=12345) for locale in LOCALES}
    assert written["en"] == "1 of 12,345"
    assert written["da"] == "1 af 12.345"
    assert written["nb"] == "1 av 12\N{NO-BREAK SPACE}345"
    assert written["ar"] == "1 من 12,345"


def test_a_name_does_not_turn_an_arabic_sentence_round():
    said = interface("ar").say("{task} is not open for answers.", task="SampleSTS")
    assert "\N{FIRST STRONG ISOLATE}SampleSTS\N{POP DIRECTIONAL ISOLATE}" in said
    assert interface("ar").direction == "rtl"
    assert {interface(locale).direction for locale in ("en", "da", "nb", "ru")} == {"ltr"}


def test_braces_of_a_value_are_left_alone():
    assert say("{task} is not open for answers.", task="{x} {0}") == "{x} {0} is not open for answers."


def test_an_unknown_language_is_refused():
    with pytest.raises(KeyError):
        use("tlh")


# -- which language -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "en"),
        ("da-DK,da;q=0.9,en;q=0.8", "da"),
        ("en;q=0.5, ru;q=0.9", "ru"),
        ("fr-CH, fr;q=0.9, ar;q=0.7, *;q=0.5", "ar"),
        ("ar-EG", "ar"),
        ("no", "nb"),
        ("nn,en;q=0.5", "nb"),
        ("uk", "en"),
        ("sv", "en"),
        ("uk,ru;q=0.5", "ru"),
        ("ru;q=0,en;q=0.1", "en"),
        ("xx-!!;q=abc,;;,=,ru", "ru"),
        ("a" * 5000, "en"),
    ],
)
def test_the_browser_gets_the_nearest_language_that_there_is(header, locale):
    assert chosen_locale(accept_language=header) == locale


def test_what_was_chosen_wins_over_the_browser_and_a_language_that_is_gone_does_not_count():
    assert chosen_locale("ar", "da", accept_language="ru") == "ar"
    assert chosen_locale("", "da", accept_language="ru") == "da"
    assert chosen_locale("tlh", "", accept_language="ru") == "ru"


def test_the_chooser_names_each_language_in_itself_and_marks_the_one_in_use():
    use("ru")
    row = chooser("/work?task=a&b=<c>")
    for name in ("English", "العربية", "Dansk", "Norsk bokmål", "Русский"):
        assert f">{name}</button>" in row
    assert re.findall(r'lang="(\w+)" dir="\w+" aria-pressed="true"', row) == ["ru"]
    assert 'lang="ar" dir="rtl"' in row
    assert "next=%2Fwork%3Ftask%3Da%26b%3D%3Cc%3E" in row
