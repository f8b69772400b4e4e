"""The example of a systemd unit: it starts the command with options that there are, and waits for its end."""

from __future__ import annotations

import configparser
import shlex

import typer
from serving import ROOT

from hume.cli import app
from hume.cli.serving import LAST_REQUESTS_S

UNIT = ROOT / "docs" / "examples" / "hume@.service"


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text("utf-8"))
    return parser


def test_it_starts_a_command_that_there_is() -> None:
    program, command, *options = shlex.split(unit()["Service"]["ExecStart"].replace("%i", "8501"))
    assert program.startswith("/")
    assert program.endswith("/hume")
    found = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    assert found.parse_args(found.make_context("hume", list(options)), list(options)) == []


def test_it_outlives_the_last_requests() -> None:
    assert int(unit()["Service"]["TimeoutStopSec"]) > LAST_REQUESTS_S
