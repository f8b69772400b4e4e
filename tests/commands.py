"""The command line in the test's own process."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from hume.cli import main

#: Runs `hume` with these arguments: exit code, stdout and stderr.
Run = Callable[..., tuple[int, str, str]]


def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command `hume`, wide enough that its tables break no cell."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hume", *arguments])
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return run
