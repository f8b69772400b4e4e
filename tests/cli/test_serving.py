"""Mistakes in how the server is started: one message before any link is printed, and exit code 2."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from serving import ROOT


def hume(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from hume.cli import main; main()", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )


def test_a_busy_port_is_said_before_a_link_is_printed(sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = hume("serve", "--port", port, HUME_DATABASE_URL=sqlite_url)
    assert done.returncode == 2
    assert f"127.0.0.1:{port} cannot be listened on" in done.stderr
    assert "auth/link" not in done.stdout


@pytest.mark.parametrize(("port", "says"), [("abc", "valid integer"), ("99999", "less than or equal to 65535")])
def test_a_setting_that_cannot_be_read_is_named(port: str, says: str) -> None:
    done = hume("serve", HUME_PORT=port)
    assert (done.returncode, done.stderr.startswith(f"hume: HUME_PORT is '{port}'")) == (2, True)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_out_of_range_is_refused() -> None:
    assert hume("serve", "--port", "99999").returncode == 2


def test_a_device_that_is_not_there_is_said(sqlite_url: str) -> None:
    hume("demo", HUME_DATABASE_URL=sqlite_url)
    done = hume("score", "all-MiniLM-L6-v2", "--device", "cuda", "--task", "SampleSTS", HUME_DATABASE_URL=sqlite_url)
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    assert done.returncode == 2
    assert "no CUDA device" in done.stderr
