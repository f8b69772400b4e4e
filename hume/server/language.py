"""Which language somebody is answered in, and how they choose another."""

from __future__ import annotations

import html
from urllib.parse import urlencode

from starlette.requests import Request

from hume import i18n
from hume.i18n import LOCALES, Interface
from hume.records import Account

LOCALE_COOKIE = "hume_locale"
"""What was chosen in this browser by somebody who was not signed in."""
STYLE = """
.languages { display: flex; flex-wrap: wrap; gap: 0 .25rem; font-size: .875rem; }
.languages form { margin: 0; }
.languages button { all: unset; box-sizing: border-box; cursor: pointer; min-height: 2.75rem; min-width: 2.75rem;
  padding: 0 .6rem; text-align: center; border-radius: .5rem; text-decoration: underline; text-underline-offset: .2em; }
.languages button:hover { background: rgb(128 128 128 / 14%); }
.languages button:focus-visible { outline: 3px solid; outline-offset: -3px; }
.languages button[aria-pressed=true] { font-weight: 600; text-decoration: none; }
"""


def speak(request: Request, account: Account | None = None) -> Interface:
    """Answers this request in the account's language, else the one chosen in this browser, else the browser's own."""
    return i18n.use(
        i18n.chosen_locale(
            account.locale if account else "",
            request.cookies.get(LOCALE_COOKIE, ""),
            accept_language=request.headers.get("accept-language", ""),
        )
    )


def chooser(path: str) -> str:
    """A row of all languages as HTML, each by its own name; a click stores it and goes on to `path`."""
    buttons = "".join(_button(i18n.interface(locale), path) for locale in LOCALES)
    return f'<div class="languages" role="group" aria-label="{html.escape(i18n.say("Language"))}">{buttons}</div>'


def _button(one: Interface, path: str) -> str:
    action = html.escape(f"/auth/language?{urlencode({'locale': one.locale, 'next': path})}")
    pressed = str(one is i18n.current()).lower()
    return (
        f'<form method="post" action="{action}"><button type="submit" lang="{one.locale}" dir="{one.direction}" '
        f'aria-pressed="{pressed}">{html.escape(one.own_name)}</button></form>'
    )
