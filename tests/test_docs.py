"""What users can reach is documented: commands with their options, settings, pages; links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from hume.cli import app
from hume.settings import Settings

ROOT = Path(__file__).parent.parent
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def commands():
    """(full name, option) for every option of every command, and (full name, '') for the command itself."""

    def walk(command, name):
        children = getattr(command, "commands", {})
        for child_name, child in children.items():
            yield from walk(child, f"{name} {child_name}")
        if not children:
            yield name, ""
            for parameter in command.params:
                yield from ((name, option) for option in parameter.opts if option.startswith("--"))

    yield from walk(typer.main.get_command(app), "hume")


@pytest.mark.parametrize(("command", "option"), sorted(commands()))
def test_commands_and_options_are_documented(command, option):
    section = re.search(rf"^### `{command}\b.*?(?=^##|\Z)", REFERENCE, re.M | re.S)
    assert section, f"docs/reference.md has no section '### `{command}`'"
    assert option in section.group(), f"docs/reference.md does not mention {option} of {command}"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_settings_are_documented(name):
    assert f"`HUME_{name.upper()}`" in REFERENCE


PAGES = sorted(p for p in (ROOT / "pages").glob("*/*.py") if p.parent.name in {"annotator", "researcher", "admin"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_pages_are_documented(page):
    assert f"`{page.parent.name}/{page.stem}`" in REFERENCE


DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "data").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
