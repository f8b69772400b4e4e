"""The headers that every response has."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from hume.server.policy import SecurityHeaders, content_security_policy

SHELL = Path(streamlit.__file__).parent / "static" / "index.html"


def test_inline_scripts_are_allowed_by_their_hash_alone(tmp_path):
    shell = tmp_path / "index.html"
    shell.write_text('<script>\n let a = "é"\n</script><script type="module" src="./x.js"></script>', "utf-8")
    digest = base64.b64encode(hashlib.sha256('\n let a = "é"\n'.encode()).digest()).decode()
    directives = dict(part.split(" ", 1) for part in content_security_policy(shell).split("; "))
    assert directives["script-src"] == f"'self' 'sha256-{digest}'"
    assert directives["default-src"] == directives["frame-ancestors"] == "'none'"


def test_streamlits_own_page_has_one_inline_script():
    assert content_security_policy(SHELL).count("'sha256-") == 1
    assert "unsafe-eval" not in content_security_policy(SHELL)


def test_every_response_has_them_errors_too():
    app = Starlette(
        routes=[Route("/", lambda _: PlainTextResponse("ok"))], middleware=[Middleware(SecurityHeaders, shell=SHELL)]
    )
    client = TestClient(app)
    for path in ("/", "/missing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
