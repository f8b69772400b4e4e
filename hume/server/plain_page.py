"""A page of its own, without scripts: what sign-in shows outside the app."""

from __future__ import annotations

import html

from hume.i18n import current
from hume.server import language

FORM_STYLE = """
.hume-form { display: grid; gap: .85rem; max-width: 22rem; margin: 1rem 0 1.5rem; }
.hume-form label { display: grid; gap: .3rem; font-size: .875rem; }
.hume-form input { font: inherit; font-size: 1rem; color: inherit; background: transparent; min-height: 2.75rem;
  box-sizing: border-box; width: 100%; padding: .4rem .7rem; border: 1px solid #7d8a8d; border-radius: .5rem; }
.hume-form button { font: inherit; font-weight: 600; cursor: pointer; min-height: 2.75rem; padding: .4rem 1.2rem;
  color: #fff; background: #28686f; border: 1px solid #28686f; border-radius: .5rem; justify-self: start; }
.hume-form button.quiet { color: inherit; background: transparent; border-color: #7d8a8d; font-weight: 400; }
.hume-form :is(input, button):focus-visible { outline: 3px solid #3b8790; outline-offset: 2px; }
.hume-form p { margin: 0; font-size: .875rem; }
.hume-providers { display: grid; gap: .6rem; max-width: 22rem; margin: 1rem 0; }
.hume-providers a { display: grid; place-items: center; box-sizing: border-box; min-height: 2.75rem;
  padding: .4rem 1rem; font-weight: 600; text-align: center; overflow-wrap: anywhere; color: inherit !important;
  text-decoration: none !important; border: 1px solid #7d8a8d; border-radius: .5rem; }
.hume-providers a:hover { background: rgb(128 128 128 / 12%); }
.hume-providers a:focus-visible { outline: 3px solid #3b8790; outline-offset: 2px; }
"""
"""Of forms, here and in the app's pages: they post, and work without scripts."""


def plain_page(title: str, body: str, path: str) -> str:
    """The page as HTML, in the language of the request; `body` is HTML. A chosen language leads on to `path`."""
    heading = html.escape(title)
    return f"""<!doctype html>
<html lang="{current().locale}" dir="{current().direction}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading} · HUME</title>
<style>
:root {{ color-scheme: light dark; background: Canvas; color: CanvasText; }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem; }}
h1 {{ font-size: 1.6rem; }}
code {{ padding: .1em .35em; border-radius: .3em; background: rgb(128 128 128 / 18%); }}
[role=alert] {{ padding: .6rem .9rem; border-radius: .5rem; background: rgb(200 60 40 / 16%); }}
{FORM_STYLE}{language.STYLE}</style></head><body>
<main>
<h1>{heading}</h1>
{body}
{language.chooser(path)}
</main>
</body></html>"""
