"""Languages told by codes and by the names of subsets."""

from __future__ import annotations

import pytest

from hume.errors import InvalidItem
from hume.ingest.languages import language, languages_of, parse_options


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ar", "ara-Arab"),
        ("ara", "ara-Arab"),
        ("arb_Arab", "arb-Arab"),
        ("no", "nor-Latn"),
        ("nb", "nob-Latn"),
        ("nob_Latn", "nob-Latn"),
        ("eng-Latn", "eng-Latn"),
        ("zh-CN", "zho-Hans"),
        ("zh-TW", "zho-Hant"),
        ("sr_Latn", "srp-Latn"),
        ("default", None),
        ("xx", None),
        ("", None),
        ("English", None),
    ],
)
def test_a_code_as_iso_639_3_and_15924(code: str, expected: str | None) -> None:
    assert language(code) == expected


@pytest.mark.parametrize(
    ("subset", "declared", "expected"),
    [
        ("en", (), ("eng-Latn",)),
        ("arb", (), ("arb-Arab",)),
        ("en-de", (), ("eng-Latn", "deu-Latn")),
        ("eng-rus", (), ("eng-Latn", "rus-Cyrl")),
        ("pt-BR", (), ("por-Latn",)),
        ("default", ("dan-Latn", "nob-Latn"), ("dan-Latn", "nob-Latn")),
        ("politics", ("dan-Latn",), ("dan-Latn",)),
        ("politics", ("dan-Latn", "nob-Latn"), ()),
        # Allar and Newari are languages, but hardly what a subset of that name is in.
        ("all", ("dan-Latn",), ("dan-Latn",)),
        ("new", (), ()),
        ("new", ("new-Deva",), ("new-Deva",)),
    ],
)
def test_a_subset_s_languages(subset: str, declared: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert languages_of(subset, declared) == expected


def test_the_command_line_says_languages_for_all_or_for_one_subset() -> None:
    assert parse_options(["eng-Latn", "pairs=en+de"]) == {"": ("eng-Latn",), "pairs": ("eng-Latn", "deu-Latn")}
    with pytest.raises(InvalidItem, match="--language: 'english' is no language code"):
        parse_options(["english"])
