"""Streamlit's lines in HUME's log: it gives each of its loggers a handler of its own, which knows no form but text."""

from __future__ import annotations

import logging

import streamlit.logger

from hume import logs
from hume.settings import Settings


def settle() -> None:
    """From now on all that this process logs is written by HUME's one handler, Streamlit's later loggers included."""
    streamlit.logger.setup_formatter = logs.adopt
    # What fails in a page is logged with the number that the page shows: `shell.show_mistake`.
    logging.getLogger("streamlit.error_util").addFilter(lambda record: record.msg != "Uncaught app execution")
    logs.configure(Settings().log)
