"""Components of our own: plain ES modules in folders under pages/.

Streamlit finds the manifests of components only in installed distributions, and pages/ is none: it lies beside app.py
in a checkout and inside the package in a wheel. So a page tells Streamlit itself where the files are.
"""

from __future__ import annotations

from pathlib import Path

from streamlit.components.v2 import component
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

PACKAGE = "hume-bench"


def packaged(name: str, folder: Path, *, js: str, css: str | None = None) -> ComponentRenderer:
    """The component of that name, whose script and style sheet lie in `folder`.

    Each Streamlit runtime has its own registry: a server has one, and so has each AppTest.
    """
    manager, full_name = get_bidi_component_manager(), f"{PACKAGE}.{name}"
    if manager.get_component_asset_root(full_name) is None:
        config = ComponentConfig(name=name, asset_dir=folder.name)
        manager.register_from_manifest(ComponentManifest(PACKAGE, "1", [config]), package_root=folder.parent)
    return component(full_name, js=js, css=css)
