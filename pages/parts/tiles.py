"""A page's main figures in a row of tiles: what it is, the figure, and what it rests on."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

ROW = (
    "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(9.5rem,100%),1fr));gap:.75rem;margin:.25rem 0 .5rem"
)
TILE = "border:1px solid rgba(128,128,128,.28);border-radius:.5rem;padding:.7rem .9rem;min-width:0"
LABEL = "font-size:.875rem;opacity:.75;overflow-wrap:anywhere"
FIGURE = "font-size:1.75rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums"
NOTE = "font-size:.8125rem;opacity:.75;line-height:1.4;overflow-wrap:anywhere"


@dataclass(frozen=True)
class Tile:
    """One figure, as plain text: `notes` are lines below it, such as its interval and its n."""

    label: str
    figure: str
    notes: tuple[str, ...] = ()


def show(tiles: Sequence[Tile]) -> None:
    """The tiles side by side, below each other where the page is narrow."""
    st.html(f'<div style="{ROW}">{"".join(map(_tile, tiles))}</div>')


def _tile(tile: Tile) -> str:
    notes = "".join(f'<div style="{NOTE}"><bdi>{html.escape(note)}</bdi></div>' for note in tile.notes if note)
    return (
        f'<div style="{TILE}"><div style="{LABEL}">{html.escape(tile.label)}</div>'
        f'<div style="{FIGURE}">{html.escape(tile.figure)}</div>{notes}</div>'
    )
