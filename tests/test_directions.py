"""Marks of direction that a text leaves open are ended."""

from __future__ import annotations

import pytest

from hume.directions import closing


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("", ""),
        ("plain عربي\u200f", ""),
        ("\u202eoverride", "\u202c"),
        ("\u202eoverride\u202c", ""),
        ("\u202e\u2066both", "\u2069\u202c"),
        ("\u202e\u2066\u202bthree\u2069", "\u202c"),
        ("\u2066\u202ewithin\u2069", ""),
        ("\u202c\u2069nothing to end", ""),
        ("\u2067\u202c", "\u2069"),
    ],
)
def test_what_ends_what_is_open(text: str, ends: str) -> None:
    assert closing(text) == ends
    assert closing(text + ends) == ""
