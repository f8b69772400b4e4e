"""What a chart can be taken away as: a line below it with PNG, SVG and CSV, a packaged component."""

from __future__ import annotations

from pathlib import Path

from pages.parts.components import packaged

FOLDER = Path(__file__).resolve().parent


def offer(key: str, csv: str = "", *, alt: str = "") -> None:
    """Offers the chart of that key as an image, and `csv`, the text of a table, as a file; both are called `hume-KEY`.

    The browser makes the files from what it has: nothing is asked of the server. `alt` says in a word what chart it is.
    """
    data = {"chart": key, "csv": csv, "alt": alt or key}
    packaged("downloads", FOLDER, js="downloads.js", css="downloads.css")(key=f"{key}-files", data=data)
