"""What a study may be, and what its link says of who opens it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from hume.errors import InvalidInput, Place
from hume.records import Study

PARAMETERS = ("PROLIFIC_PID", "participant", "workerId")
"""What a link calls the participant's id where the study does not say: by Prolific, by hand, by MTurk."""
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
PARAMETER = re.compile(r"[A-Za-z0-9_.-]{1,50}")
LONGEST_NAME = 40
LONGEST_TITLE = 200
LONGEST_CONSENT = 20_000
LONGEST_ADDRESS = 500
LONGEST_CODE = 100
LONGEST_ID = 100
MOST_PLACES = 100_000
MOST_ITEMS = 1_000_000


def checked_study(study: Study) -> Study:
    """The study as it may be stored; InvalidInput, naming the field, otherwise."""
    tidy = replace(
        study,
        title=study.title.strip(),
        consent=study.consent.replace("\r\n", "\n").strip(),
        completion_url=study.completion_url.strip(),
        completion_code=study.completion_code.strip(),
    )
    for field, problem, mend in _faults(tidy):
        raise InvalidInput(problem, mend, Place(f"study {study.name!r}", field=field))
    return tidy


def is_completion_url(address: str) -> bool:
    """Whether participants may be sent to an address: https, some host, and nothing in it that cannot be seen."""
    if (
        len(address) > LONGEST_ADDRESS
        or not address.isascii()
        or not re.fullmatch(r'[^\s\x00-\x1f"<>\\^`{|}]+', address)
    ):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def participant_id(query: Mapping[str, str], parameter: str = "") -> str:
    """The participant's id that a link carries; '' where it carries none, or one that cannot be one.

    It is printable, has at most `LONGEST_ID` characters, and is no placeholder that a platform has not filled in.
    """
    names = (parameter,) if parameter else PARAMETERS
    found = next((query[name].strip() for name in names if query.get(name, "").strip()), "")
    return found if len(found) <= LONGEST_ID and found.isprintable() and not re.search("[{}]", found) else ""


def _faults(study: Study) -> Iterator[tuple[str, str, str]]:
    """What is wrong with it: the field, the problem and the mend."""
    if not NAME.fullmatch(study.name) or not 2 <= len(study.name) <= LONGEST_NAME:
        mend = f"Take 2 to {LONGEST_NAME} small Latin letters and digits, hyphens between them: sts-arabic."
        yield "name", "it cannot stand in a link.", mend
    if not 1 <= len(study.title) <= LONGEST_TITLE or not study.title.isprintable():
        yield "title", "it is missing, too long, or no single line.", f"Take 1 to {LONGEST_TITLE} characters."
    if not 1 <= len(study.consent) <= LONGEST_CONSENT:
        mend = f"Say who asks, what for, and how to stop, in 1 to {LONGEST_CONSENT:,} characters."
        yield "consent", "there is no text to agree to, or it is too long.", mend
    if not study.tasks:
        yield "tasks", "no task is named.", "Name one or more: participants are given those alone."
    if study.parameter and not PARAMETER.fullmatch(study.parameter):
        yield "parameter", f"{study.parameter!r} is no name of a parameter.", "Take letters, digits, _, - and dots."
    if not 1 <= study.places <= MOST_PLACES:
        yield "places", f"{study.places} is no number of places.", f"Take 1 to {MOST_PLACES:,}."
    if study.items is not None and not 1 <= study.items <= MOST_ITEMS:
        yield "items", f"{study.items} is no number of items.", f"Take 1 to {MOST_ITEMS:,}, or none for all."
    if study.completion_url and not is_completion_url(study.completion_url):
        mend = "Take the one that the platform gives, which begins with https://."
        yield "completion_url", f"{study.completion_url!r} is no address to send people to.", mend
    if len(study.completion_code) > LONGEST_CODE or not study.completion_code.isprintable():
        yield "completion_code", "it is too long or no single line.", f"Take at most {LONGEST_CODE} characters."
