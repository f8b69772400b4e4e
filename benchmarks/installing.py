"""The tools that HUME is held against: each in an environment of its own in the user's cache folder, and started."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

import httpx
from platformdirs import user_cache_path

INSTALL_S = 1_200


def installed(program: str, requirement: str, version: str) -> Path:
    """Where that program of a package is; installed first, where it is not yet. CalledProcessError where that fails."""
    folder = user_cache_path("hume") / "benchmarks" / f"{program}-{version}"
    path = folder / "bin" / program
    if not path.exists():
        print(f"Installing {requirement} into {folder} ...", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", requirement]
        try:
            subprocess.run(pip, check=True, timeout=INSTALL_S)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)  # half of an environment would be taken for a whole one
            raise
    return path


def await_start(process: subprocess.Popen[bytes], url: str, log: Path, patience_s: float) -> None:
    """Returns once a server answers at this address; RuntimeError, with what it printed, where it does not."""
    give_up = time.monotonic() + patience_s
    while process.poll() is None and time.monotonic() < give_up:
        try:
            if httpx.get(url, timeout=10).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"{process.args!r} did not start (exit code {process.poll()}):\n{log.read_text()[-4000:]}")
