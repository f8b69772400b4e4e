"""People under numbers: what leaves a database names nobody unless it is asked to.

A pseudonym is the rater's number in this database, as `hume.export.mteb_results` has it: it stays the same as long as
the database does, and cannot be found by guessing names, as a hash of one could.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from hume.records import AnswerRecord, CheckRecord, Rater, SubsetRecord

Names = Mapping[str, str] | None
"""The pseudonyms of people by their names; None where people go by their names."""

PSEUDONYM = re.compile(r"(?:.+/)?annotator-\d+b*")
"""`annotator-7`; with what an import put before it, `lab/annotator-7`."""


def pseudonyms(raters: Iterable[Rater]) -> dict[str, str]:
    """The pseudonym of every person among all stored `raters`, by name.

    `annotator-` and the rater's number. A name that is a pseudonym already, from another database, stays; where it is
    the one that somebody else's number makes, that one gets a `b`.
    """
    people = sorted((rater.stored_id, rater.name) for rater in raters if rater.kind == "human")
    taken = {name for _, name in people if PSEUDONYM.fullmatch(name)}
    found: dict[str, str] = {}
    for rater_id, name in people:
        found.setdefault(name, name if name in taken else _free(f"annotator-{rater_id}", taken))
    return found


def of_rater(rater: Rater, names: Names) -> Rater:
    """The rater under a pseudonym; one who is no person keeps the name."""
    return rater if names is None or rater.kind != "human" else replace(rater, name=names[rater.name])


def of_answers(records: Iterable[AnswerRecord], names: Names) -> Iterator[AnswerRecord]:
    """Answers of people under pseudonyms. A `client_id` that is not random is left out: it may be made of the name."""
    for record in records:
        if names is None or record.rater.kind != "human":
            yield record
        else:
            answer = record.answer
            blank = answer if _is_random(answer.client_id) else replace(answer, client_id="")
            yield replace(record, rater=of_rater(record.rater, names), answer=blank)


def of_subsets(records: Iterable[SubsetRecord], names: Names) -> Iterator[SubsetRecord]:
    """Subsets whose sheets are of people under pseudonyms, by kind and number: resampled raters do not go by names."""
    for record in records:
        ordered = sorted(record.sheets, key=lambda sheet: (sheet.rater.kind, sheet.rater.stored_id))
        sheets = tuple(replace(sheet, rater=of_rater(sheet.rater, names)) for sheet in ordered)
        yield replace(record, sheets=sheets)


def of_checks(records: Iterable[CheckRecord], names: Names) -> list[CheckRecord]:
    """Checks whose sheets are of people under pseudonyms."""
    return [
        replace(record, sheets=tuple(replace(sheet, rater=of_rater(sheet.rater, names)) for sheet in record.sheets))
        for record in records
    ]


def _free(pseudonym: str, taken: Iterable[str]) -> str:
    while pseudonym in taken:
        pseudonym += "b"
    return pseudonym


def _is_random(client_id: str) -> bool:
    try:
        return UUID(client_id).version == 4
    except ValueError:
        return False
