"""Streamlit's own sign-in by providers (`st.login`), as HUME's routes use it: its secrets, its addresses, its checks.

The `[auth]` part of `.streamlit/secrets.toml` says which providers there are. Without it nothing here is imported from
Authlib, and nothing is offered.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from functools import cache
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from streamlit.auth_util import (
    get_cookie_with_chunks,
    get_secrets_auth_section,
    is_authlib_installed,
    validate_auth_credentials,
)
from streamlit.errors import StreamlitAuthError
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_auth_routes import create_auth_routes
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from hume.server.oidc import Claims, Gateway, Provider

log = logging.getLogger("hume.sign_in")

UNNAMED = "default"
"""What Streamlit calls the provider that stands in `[auth]` itself."""
CALLBACK = "/oauth2callback"
LEAST_SECRET = 32
"""Characters of the secret that signs cookies; shorter ones can be guessed."""


@cache
def gateway() -> Gateway | None:
    """To the providers that are configured in full; what is wrong with others is logged. None where there is none."""
    section = get_secrets_auth_section()
    if not section:
        return None
    if not is_authlib_installed():
        log.error("The secrets have a part [auth], but Authlib is not installed: pip install 'hume-bench[oidc]'")
        return None
    if len(section.get("cookie_secret", "")) < LEAST_SECRET:
        log.error("No sign-in by providers: cookie_secret in [auth] needs %d random characters.", LEAST_SECRET)
        return None
    found = tuple(_usable(section))
    return Gateway(found, generate_login_redirect_url, _claims) if found else None


def _usable(section: Mapping[str, Any]) -> Iterator[Provider]:
    named = [name for name, value in section.items() if isinstance(value, Mapping) and name != "client_kwargs"]
    for name in [UNNAMED, *named] if "client_id" in section else named:
        try:
            validate_auth_credentials(name)
        except StreamlitAuthError as error:
            log.error("No sign-in by the provider %r: %s", name, error)
            continue
        own = section if name == UNNAMED else section[name]
        host = urlsplit(own["server_metadata_url"]).hostname or name
        yield Provider(name, own.get("title") or (host if name == UNNAMED else name.capitalize()))


async def _claims(request: Request) -> Claims:
    """What the provider says of the person, as Streamlit has checked it; nothing else of its response is kept."""
    return claims_of(await _callback()(request))


def claims_of(response: Response) -> Claims:
    """The claims in the cookies that Streamlit's response sets; none where it sets none."""
    cookies = SimpleCookie()
    for name, value in response.raw_headers:
        if name == b"set-cookie":
            cookies.load(value.decode("latin-1"))

    def unsigned(name: str) -> bytes | None:
        return decode_signed_value(get_cookie_secret(), name, cookies[name].value) if name in cookies else None

    claims = get_cookie_with_chunks(unsigned, USER_COOKIE_NAME)
    return json.loads(claims) if claims else {}


@cache
def _callback() -> Any:
    """Streamlit's own answer to a provider that sends the browser back."""
    return next(route.endpoint for route in create_auth_routes("") if route.path == CALLBACK)
