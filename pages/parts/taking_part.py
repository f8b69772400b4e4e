"""What an annotator sees of the studies that they take part in: what to agree to, and that all is done."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from db.store.participants import participations
from db.store.studies import find_study
from hume.i18n import say
from hume.records import Account, Participation
from hume.server.plain_page import FORM_STYLE
from hume.server.studies import CONSENT, consent_form
from hume.server.studying import note_if_done
from pages.parts.database import reading, transaction

STYLE = """<style>
.hume-done { display: grid; gap: .5rem; justify-items: start; padding: 1rem 1.25rem; border-radius: .5rem;
  max-width: 40rem; background: rgb(59 135 144 / 14%); }
.hume-done p { margin: 0; }
.hume-done a { display: inline-block; padding: .6rem 1.2rem; border-radius: .5rem; font-weight: 600;
  color: #fff !important; background: #28686f; text-decoration: none; }
.hume-done a:focus-visible { outline: 3px solid #3b8790; outline-offset: 2px; }
.hume-done code { font-size: 1.1rem; user-select: all; }
</style>"""


def standing(account: Account) -> Sequence[Participation]:
    """The studies that the account takes part in; what is completed by now is noted."""
    with reading() as session:
        found: Sequence[Participation] = participations(session, account)
    if any(not one.is_completed for one in found):
        with transaction() as session:
            found = note_if_done(session, account, found)
    return found


def ask_consent(study: Participation) -> None:
    """A study's text, and the buttons that agree to it or do not."""
    with reading() as session:
        text = find_study(session, study.study)
    with st.container(width=640, key="consent"):
        st.html(
            f'<h2 dir="auto">{html.escape(text.title)}</h2><style>{FORM_STYLE}</style>{consent_form(text, CONSENT)}'
        )


def show_completion(taking_part: Sequence[Participation]) -> None:
    """Of each study that is completed: thanks, and how to say so where one was invited."""
    for one in taking_part:
        if one.is_completed:
            st.html(STYLE + _thanks(one))


def _thanks(study: Participation) -> str:
    parts = [f"<p><b><bdi>{html.escape(study.title)}</bdi></b></p>"]
    parts.append(f"<p>{html.escape(say('You have done all that this study asks of you. Thank you.'))}</p>")
    if study.completion_url:
        label = html.escape(say("Confirm that you have finished"))
        parts.append(f'<a href="{html.escape(study.completion_url)}" target="_self" rel="noreferrer">{label}</a>')
    if study.completion_code:
        code = f'<code dir="ltr">{html.escape(study.completion_code)}</code>'
        parts.append(f"<p>{html.escape(say('Your completion code:'))} {code}</p>")
    return f'<div class="hume-done" role="status">{"".join(parts)}</div>'
