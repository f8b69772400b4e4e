"""What an endpoint said, and the answer in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from hume.answers import SKIP_REASONS
from hume.raters.llm.ledger import Usage
from hume.records import Json

# Brackets within brackets without end are no object either.
_NO_JSON = (ValueError, RecursionError)
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Reply:
    """One reply of a chat endpoint."""

    text: str
    refusal: str = ""
    """Why the model would not answer, in its own words; empty where it did."""
    finish: str = "stop"
    """`stop`, `length` where it was cut off, `content_filter`, or what else the endpoint says."""
    model: str = ""
    """The model that answered, as the endpoint calls it."""
    fingerprint: str = ""
    usage: Usage | None = None
    seconds: float = 0.0
    form: str = ""
    """Which form of output was asked for: see `hume.raters.llm.client.FORMS`."""


class Unusable(Exception):
    """A reply without an answer in it; says what is wrong with it, to the model."""


class Said(BaseModel):
    """The object that a reply is to be: an answer, or a reason to skip the item."""

    model_config = ConfigDict(frozen=True, strict=True)

    answer: dict[str, Json] | None = None
    skip: str | None = None
    comment: str = ""


def said(reply: Reply) -> Said:
    """The answer or skip in a reply, its payload not yet held against the item; Unusable says what is wrong."""
    if reply.finish == "length":
        raise Unusable("Your reply was cut off because it was too long. Reply with the JSON object alone.")
    found = _object_in(reply.text)
    try:
        read = Said.model_validate(found)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unusable(f"The field {where!r} of your JSON object is wrong: {first['msg']}.") from None
    read = read.model_copy(update={"skip": read.skip or None})
    if (read.answer is None) == (read.skip is None):
        raise Unusable('Give either "answer" or "skip", and null for the other.')
    if read.skip is not None and read.skip not in SKIP_REASONS:
        raise Unusable(f'"skip" must be null or one of: {", ".join(SKIP_REASONS)}.')
    return read


def _object_in(text: str) -> dict[str, Json]:
    """The JSON object that a reply is, or that stands in it: in a code fence, or among other words."""
    bare = text.rpartition("</think>")[2].strip()  # some servers leave the thoughts, or their end alone, in the text
    for candidate in (bare, *_FENCED.findall(bare)):
        try:
            found = json.loads(candidate)
        except _NO_JSON:
            continue
        if isinstance(found, dict):
            return found
    return _object_among_words(bare)


def _object_among_words(text: str) -> dict[str, Json]:
    """The first whole object that has one of our fields."""
    decoder, start = json.JSONDecoder(), text.find("{")
    while start >= 0:
        try:
            found, end = decoder.raw_decode(text, start)
        except _NO_JSON:
            end = start + 1
        else:
            if isinstance(found, dict) and found.keys() & Said.model_fields.keys():
                return found
        start = text.find("{", end)
    raise Unusable("There is no whole JSON object in your reply.")
