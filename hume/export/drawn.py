"""Words that Plotly draws, in charts of pages and of the report alike."""

from __future__ import annotations

import re

from hume.directions import closing

_TAGS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that no SVG can hold: with one of them in it, Plotly gives no image."""


def drawn(text: str) -> str:
    """`text` as Plotly draws it as it is: Plotly reads tags, links among them, in labels, names and hover texts.

    Quotes stay, since Plotly knows the names of five entities, and those of quotes are none of them. Control characters
    become U+FFFD. Where the text turns the direction and leaves that open, what ends that stands after it.
    """
    return _NOT_IN_XML.sub("\ufffd", text + closing(text)).translate(_TAGS)
