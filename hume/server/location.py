"""Where the app lies: inside the package in an installed wheel, beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from hume.errors import NotFound

PACKAGE = Path(__file__).resolve().parents[1]


def webapp() -> Path:
    """The folder with app.py, pages/ and data/."""
    for folder in (PACKAGE / "webapp", PACKAGE.parent):
        if (folder / "app.py").is_file() and (folder / "pages").is_dir():
            return folder
    raise NotFound(f"HUME's app.py is neither in {PACKAGE / 'webapp'} nor in {PACKAGE.parent}. Install HUME again.")
