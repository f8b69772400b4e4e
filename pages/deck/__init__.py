"""The deck: the annotator's answering screen, a packaged Streamlit component of plain ES modules.

Streamlit finds the manifests of components only in installed distributions, and pages/ is none: it lies beside app.py
in a checkout and inside the package in a wheel. So the deck tells Streamlit itself where its files are.
"""

from __future__ import annotations

from pathlib import Path

from streamlit.components.v2 import component
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

NAME = "hume-bench.deck"
FOLDER = Path(__file__).resolve().parent


def deck(account: int, task: str, subset: str, *, home: str) -> None:
    """Shows the deck for one subset: it asks the server for items and sends answers by itself.

    `account` keeps what is unsaved in a browser apart from other people's there; `home` is the address of the list of
    tasks. The task and subset need not exist: the deck says so then.
    """
    data = {"account": str(account), "task": task, "subset": subset, "home": home}
    _register()
    component(NAME, js="deck.js", css="deck.css")(key="deck", data=data)


def _register() -> None:
    """Each Streamlit runtime has its own registry: a server has one, and so has each AppTest."""
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(NAME) is None:
        package, name = NAME.split(".")
        config = ComponentConfig(name=name, asset_dir=FOLDER.name)
        manager.register_from_manifest(ComponentManifest(package, "1", [config]), package_root=FOLDER.parent)
