"""What commands print of hostile words: a terminal gets no orders, and nothing is read as markup."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import four_tasks
import hostile
import pytest
from commands import Run, command_line
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text

from db.session import open_engine, transaction
from db.store.accounts import create_invitation, redeem
from db.store.tasks import save_document
from db.store.tokens import create_token
from hume.cli import terminal
from hume.errors import InvalidInput, Place
from hume.printable import on_one_line, printable

NAMES = (*hostile.MARKDOWN.values(), *hostile.CHARACTERS.values(), hostile.CONTROLS, *hostile.PATHS, hostile.BLOCKS)
CLI = sorted((Path(__file__).parents[2] / "hume" / "cli").glob("*.py"))
DIRECTIONS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")


def obeyed(text: str) -> set[str]:
    """The characters of what was printed that a terminal takes as orders."""
    return {one for one in text if one != "\n" and (unicodedata.category(one) == "Cc" or one in DIRECTIONS)}


@pytest.fixture
def run(monkeypatch, capsys, sqlite_url) -> Run:
    """The command line, on a database whose names are hostile."""
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        for name in NAMES:
            if name.strip():
                account, _ = redeem(session, create_invitation(session, name, "annotator"))
                create_token(session, account.name, name, timedelta(days=1))
        for kind, name in zip(four_tasks.KINDS, (hostile.name("task", one) for one in range(4)), strict=True):
            made = four_tasks.document(kind)
            save_document(session, replace(made, task=replace(made.task, name=name)))
    engine.dispose()
    return command_line(monkeypatch, capsys)


def test_control_characters_are_written_out_as_json_writes_them():
    assert printable("\x1b[31m\x07\x9b\r\u202e") == "\\u001b[31m\\u0007\\u009b\\u000d\\u202e"
    assert printable("two\r\nlines\tof عربي\u200f, 中文 \U0001f469\u200d\U0001f4bb") == (
        "two\nlines\tof عربي\u200f, 中文 \U0001f469\u200d\U0001f4bb"
    )
    assert printable("bad\udcff.csv") == "bad\\udcff.csv"
    assert on_one_line("a\n\tb") == "a\\u000a\\u0009b"
    for name in NAMES:
        assert obeyed(printable(name)) <= {"\t"}
        assert json.loads(printable(json.dumps(name, ensure_ascii=False))) == name


@pytest.mark.parametrize("made", [str, Text], ids=["string", "rich's text"])
def test_tables_and_bars_print_words_as_they_are(made):
    shown = StringIO()
    console = terminal.Console(file=shown, width=20_000, force_terminal=True, color_system=None)
    table = Table("name", title=hostile.MARKDOWN["rich"])
    for name in NAMES:
        table.add_row(made(name))
    console.print(table)
    with Progress(TextColumn("{task.description}", markup=False), console=console, transient=True) as progress:
        progress.add_task(hostile.MARKDOWN["rich"] + hostile.CONTROLS)
    said = re.sub(r"\x1b\[(\?25[lh]|2K|1A)|\r", "", shown.getvalue())
    assert not obeyed(said)
    assert hostile.MARKDOWN["rich"] in said
    assert hostile.MARKDOWN["icons"] in said


@pytest.mark.parametrize("command", [("people", "list"), ("people", "tokens"), ("task", "list")], ids=" ".join)
def test_lists_of_hostile_names(run, command):
    code, said, _ = run(*command)
    assert (code, obeyed(said)) == (0, set())
    assert "[bold red]" in said


def test_messages_of_hostile_files_and_names(run, tmp_path):
    (tmp_path / "x\x1b]0;t\x07[\n").mkdir()
    file = tmp_path / "x\x1b]0;t\x07[\n" / "a\u202eb [red].jsonl"
    file.write_text('{"record": "task", "name": "\\u001b[2J[/x]", "task_type": "\\u009b"}\n', "utf-8")
    for arguments in (("import", "tasks", str(file)), ("import", "answers", str(file)), ("task", "set", "\x1b[/x]")):
        code, said, told = run(*arguments)
        assert (code, obeyed(said + told)) == (2, set())
        assert told.count("\n") == 1
    assert str(InvalidInput("It is bad.", "Mend it.", Place("a\nhume: b"))) == "a\\u000ahume: b: It is bad. Mend it."


@pytest.mark.parametrize("path", [path for path in CLI if path.name != "terminal.py"], ids=lambda path: path.name)
def test_commands_print_by_the_terminal_alone(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.module != "rich.console"
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("print", "typer.echo", "typer.secho", "click.echo")
