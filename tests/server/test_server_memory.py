"""Threads of the server share two of glibc's arenas."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

ARENAS = """
import ctypes, re, sys, tempfile, threading
from hume.server.memory import share_arenas

share_arenas()
together = threading.Barrier(12)

def allocate():
    kept = bytes(50_000)
    together.wait()

threads = [threading.Thread(target=allocate) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc = ctypes.CDLL("libc.so.6")
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(len(re.findall(rb"<heap nr=", file.read())))
"""


def arenas(**environment: str) -> int:
    """How many arenas a process has whose threads have all allocated at once."""
    without = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    command = [sys.executable, "-c", ARENAS]
    return int(subprocess.run(command, env=without | environment, capture_output=True, text=True, check=True).stdout)


@pytest.fixture(autouse=True)
def glibc() -> None:
    try:
        ctypes.CDLL("libc.so.6").mallopt  # noqa: B018
    except (OSError, AttributeError):
        pytest.skip("no glibc")


def test_threads_share_two_arenas() -> None:
    assert arenas() <= 2


def test_whoever_runs_the_server_may_say_otherwise() -> None:
    assert arenas(MALLOC_ARENA_MAX="6") > 2
