"""What commands print. Words come from files, models and people, and a terminal obeys some of them.

An escape sequence in a name sets the window's title, paints over lines, or fills in what is typed next: control
characters are written out (`hume.printable`). And nothing is read as rich's markup: `[/]` in a name would end the
command with an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import rich.console
import typer
from rich.segment import Segment
from rich.text import Text

from hume.printable import printable


def echo(words: str, err: bool = False) -> None:
    """Print the words and a line feed to stdout, or to stderr."""
    typer.echo(printable(words), err=err)


class Console(rich.console.Console):
    """rich's console for words that are not our own: it reads no markup and no emoji codes, and passes on no orders."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "markup": False, "emoji": False, "highlight": False})

    def render_str(self, text: str, **options: Any) -> Text:
        """Words before they are laid out, so that columns are as wide as what is printed."""
        return super().render_str(printable(text), **options)

    def render(
        self, renderable: rich.console.RenderableType, options: rich.console.ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Segments as they are printed: whatever made them, its words are printable."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)
