"""Where an annotator answers: the deck for the subset that the address names (`?task=...&subset=...`)."""

from __future__ import annotations

import streamlit as st

from hume.i18n import say
from hume.records import Account
from pages.deck import deck
from pages.parts.access import require

HOME = "/work"


def page(account: Account) -> None:
    task, subset = st.query_params.get("task", ""), st.query_params.get("subset", "")
    st.set_page_config(page_title=f"{task or say('Answer')} · HUME", layout="wide", initial_sidebar_state="collapsed")
    if task and subset:
        deck(account.rater_id, task, subset, home=HOME)
        return
    st.title(say("Nothing chosen"), anchor=False)
    st.markdown(say("Choose from the list what you want to answer."))
    st.page_link("pages/annotator/work.py", label=say("To the list of tasks"), icon=":material/arrow_back:")


page(require("annotator"))
