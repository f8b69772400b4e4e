"""A small OpenID Connect provider in a process of its own, for tests: `python oidc_provider.py PORT`.

Whoever comes is asked which of PEOPLE they are, by a click and without a password. It issues codes that work once and
for one redirect address, and signs its tokens (RS256, with the nonce); clients show their secret and PKCE (S256).
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import uvicorn
from joserfc import jwk, jwt
from serving import free_port
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, CLIENT_SECRET = "hume-at-the-lab", "client-secret-of-the-lab-4711"
START_S = 60
PEOPLE: dict[str, dict[str, Any]] = {
    "aisha": {"sub": "7f3a-aisha", "email": "Aisha@uni.example", "email_verified": True, "name": "Aisha"},
    "mallory": {"sub": "0bad-mallory", "email": "aisha@uni.example", "email_verified": False, "name": "Aisha"},
    "stranger": {"sub": "9999-stranger", "email": "who@elsewhere.example", "email_verified": True, "role": "admin"},
    "colleague": {"sub": "1234-colleague", "email": "bo@open.example", "email_verified": True, "role": "admin"},
    "nameless": {"sub": "5555-nameless", "picture": "p" * 6_000},  # claims that need several cookies
}


@dataclass(frozen=True)
class Provider:
    """Where it listens."""

    issuer: str

    @property
    def metadata_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def forged_next(self, claims: dict[str, Any]) -> None:
        """The next token has these claims in place of its own: what a provider must never do, and a client refuse."""
        httpx.post(f"{self.issuer}/forge", json=claims).raise_for_status()


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider, up; stopped at the end."""
    port = free_port()
    process = subprocess.Popen([sys.executable, __file__, str(port)], stderr=subprocess.DEVNULL)
    provider = Provider(f"http://127.0.0.1:{port}")
    try:
        _await(process, provider)
        yield provider
    finally:
        process.kill()
        process.wait()


def secrets_file(provider: Provider, base_url: str, more: str = "") -> str:
    """Streamlit's secrets for a server at `base_url` with that provider, once unnamed and once named."""
    client = (
        f'client_id = "{CLIENT}"\nclient_secret = "{CLIENT_SECRET}"\nserver_metadata_url = "{provider.metadata_url}"'
    )
    return f"""[auth]
redirect_uri = "{base_url}/oauth2callback"
cookie_secret = "{COOKIE_SECRET}"
{client}
[auth.uni]
title = "University <of> Tests"
{client}
{more}"""


COOKIE_SECRET = "a-cookie-secret-of-the-tests-alone-0815"


def _await(process: subprocess.Popen[bytes], provider: Provider) -> None:
    give_up = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < give_up:
        try:
            httpx.get(provider.metadata_url).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the provider did not start")


def application(issuer: str) -> Starlette:
    """The provider's routes."""
    key = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    issued: dict[str, dict[str, str]] = {}
    forged: list[dict[str, Any]] = []

    async def metadata(_: Request) -> Response:
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
                "end_session_endpoint": f"{issuer}/logout",
                "code_challenge_methods_supported": ["S256"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        links = "".join(
            f'<p><a id="{name}" href="/chosen?{html.escape(urlencode({**asked, "person": name}))}">{name}</a></p>'
            for name in PEOPLE
        )
        return HTMLResponse(f"<h1>Who are you?</h1>{links}")

    async def chosen(request: Request) -> Response:
        asked = dict(request.query_params)
        code = f"code-{secrets.token_urlsafe(24)}"
        issued[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def token(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = issued.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        basic = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        fits = asked is not None and asked["redirect_uri"] == form.get("redirect_uri")
        if not fits or asked is None or request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_grant"}, 400)
        if asked["code_challenge"] != proof.decode():
            return JSONResponse({"error": "invalid_grant", "error_description": "PKCE"}, 400)
        now = int(time.time())
        claims = {"iss": issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= PEOPLE[asked["person"]] | (forged.pop() if forged else {})
        id_token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
        return JSONResponse(
            {"access_token": f"access-{secrets.token_urlsafe(24)}", "token_type": "Bearer", "id_token": id_token}
        )

    async def jwks(_: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False)]})

    async def forge(request: Request) -> Response:
        forged.append(json.loads(await request.body()))
        return Response(status_code=204)

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", metadata),
            Route("/authorize", authorize),
            Route("/chosen", chosen),
            Route("/token", token, methods=["POST"]),
            Route("/jwks", jwks),
            Route("/forge", forge, methods=["POST"]),
        ]
    )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    listens_on = int(sys.argv[1])
    uvicorn.run(application(f"http://127.0.0.1:{listens_on}"), host="127.0.0.1", port=listens_on, log_level="warning")
