"""One language model as a rater: asks an item, has an unusable reply mended once, and gives a checked answer."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID, uuid5

import numpy as np

from hume.answers import checked
from hume.errors import InvalidAnswer
from hume.raters.llm import prompt
from hume.raters.llm.client import Endpoint, Messages, most_tokens
from hume.raters.llm.faults import EndpointFault
from hume.raters.llm.opaque import Opaque, opaque
from hume.raters.llm.replies import Reply, Unusable, said
from hume.records import Answer, Item, Json, Rater, Subset, Task
from hume.tasks import task_type

LONGEST_COMMENT = 2000
"""Characters of an unusable reply that are kept, and shown to the model again."""
_SUBMISSIONS = UUID("5a3c1c9e-3f0e-5a53-9a3e-0d5a6a3f7f11")


@dataclass(frozen=True)
class Wanted:
    """An item to be answered."""

    task: Task
    subset: Subset
    item: Item


@dataclass(frozen=True)
class Asked:
    """An item as the model is asked it."""

    hidden: Opaque
    messages: Messages
    schema: Json


class Annotator:
    """An LLM as a rater. `revision` is what was given, or the model that the endpoint named in its first reply.

    `answer` may be called by threads at once. Where no revision was given, another model's reply raises EndpointFault:
    an alias that is moved on is another rater.
    """

    def __init__(self, endpoint: Endpoint, revision: str = "") -> None:
        self.endpoint = endpoint
        self._given_revision, self._served = revision, ""
        self._lock = threading.Lock()
        self.served: Counter[tuple[str, str]] = Counter()
        """How many replies were from which model and system fingerprint, as the endpoint calls them."""

    @property
    def protocol(self) -> str:
        """The prompt's version and how replies are drawn: two prompts or temperatures are two raters."""
        sampling = self.endpoint.sampling
        parts = [prompt.VERSION, f"t={sampling.temperature:g}"]
        parts += [f"seed={sampling.seed}"] if sampling.seed is not None else []
        return " ".join([*parts, *([f"run={sampling.run_name}"] if sampling.run_name else [])])

    @property
    def is_known(self) -> bool:
        """Whether `rater` is settled: a revision was given, or there was a reply."""
        return bool(self._given_revision or self.served)

    @property
    def rater(self) -> Rater:
        """Whose answers these are; without a given revision not known before the first answer."""
        served = "" if self._served == self.endpoint.model else self._served
        return Rater("llm", self.endpoint.model, self._given_revision or served, self.protocol)

    def asked(self, wanted: Wanted) -> Asked:
        """The conversation that an item begins with. It depends on nothing but the rater, the item and the settings."""
        task, subset, item = wanted.task, wanted.subset, wanted.item
        kind = task_type(task.task_type)
        settings = kind.parse_settings(task.settings_of(subset))
        order = kind.order(kind.parse_item(item.raw, settings), self._rng(wanted))
        hidden = opaque(item, order)
        question = kind.question(kind.parse_item(hidden.item.raw, settings), settings, hidden.order)
        messages = (
            {"role": "system", "content": prompt.system_message(task, subset)},
            {"role": "user", "content": question.text},
        )
        return Asked(hidden, messages, prompt.reply_schema(question.schema))

    def answer(self, wanted: Wanted) -> Answer:
        """The checked answer; skipped where the model refuses or gives no usable reply, which the comment then has."""
        asked = self.asked(wanted)
        reply = self._complete(asked.messages, asked.schema)
        try:
            found = _read(wanted, asked.hidden, reply)
        except Unusable as fault:
            repair = (
                *asked.messages,
                {"role": "assistant", "content": reply.text[:LONGEST_COMMENT] or "(empty)"},
                {"role": "user", "content": prompt.repair_message(str(fault))},
            )
            reply = self._complete(repair, asked.schema)
            found = _read_or_skip(wanted, asked.hidden, reply)
        told = replace(
            found,
            milliseconds=round(reply.seconds * 1000),
            order_shown=tuple(asked.hidden.names.values()),
            item_version=wanted.item.version,
            client_id=self._submission(wanted),
        )
        return checked(wanted.task, wanted.subset, wanted.item, told, "llm")

    def estimate(self, wanted: Wanted) -> tuple[int, int]:
        """About how many tokens an item takes, in and out, without a second turn and without thoughts."""
        asked = self.asked(wanted)
        return most_tokens(asked.messages, None) // 4, 25 + 6 * len(asked.hidden.order)

    def told(self) -> dict[str, Json]:
        """The settings that answers depend on, as a run stores them."""
        endpoint = self.endpoint
        place = {"base_url": endpoint.base_url, "revision": self._given_revision}
        forms = {"response_forms": sorted(endpoint.forms)}
        return {**place, **asdict(endpoint.sampling), **forms, "prompt": prompt.template()}

    # -- step by step ------------------------------------------------------------------------------

    def _complete(self, messages: Messages, schema: Json) -> Reply:
        reply = self.endpoint.complete(messages, schema)
        with self._lock:
            self._served = self._served or reply.model
            self.served[reply.model, reply.fingerprint] += 1
        if reply.model not in ("", self._served) and not self._given_revision:
            raise EndpointFault(
                f"The endpoint answered as {self._served!r} and now answers as {reply.model!r}, which is another "
                "rater. Name one as --model, or take them for one by --revision NAME."
            )
        return reply

    def _rng(self, wanted: Wanted) -> np.random.Generator:
        """Each rater sees an item's parts in an order of its own, the same each time."""
        digest = hashlib.blake2b("|".join(self._names(wanted)).encode(), digest_size=16).digest()
        return np.random.default_rng(list(digest))

    def _submission(self, wanted: Wanted) -> str:
        """The id under which the answer is stored: the same each time, so that it is stored once."""
        return str(uuid5(_SUBMISSIONS, "|".join((*self._names(wanted), self.rater.revision))))

    def _names(self, wanted: Wanted) -> Sequence[str]:
        item = wanted.item
        place = (wanted.task.name, wanted.subset.name, item.split, item.key, str(item.version))
        return (self.endpoint.model, self.protocol, *place)


def _read(wanted: Wanted, hidden: Opaque, reply: Reply) -> Answer:
    """The answer in a reply, with the parts' own ids; Unusable names what is wrong in the ids that the model knows."""
    if reply.refusal or reply.finish == "content_filter":
        return _skipped(wanted, f"refused: {reply.refusal or reply.text or 'the content filter of the endpoint'}")
    found = said(reply)
    if found.answer is None:
        return Answer(wanted.item.key, "skipped", reason=found.skip or "other", comment=found.comment)
    given = Answer(wanted.item.key, "given", found.answer, order_shown=hidden.order, comment=found.comment)
    try:
        normal = checked(wanted.task, wanted.subset, hidden.item, given, "llm")
    except InvalidAnswer as fault:
        raise Unusable(str(fault)) from None
    return replace(normal, payload=hidden.revealed(normal.payload))


def _read_or_skip(wanted: Wanted, hidden: Opaque, reply: Reply) -> Answer:
    try:
        return _read(wanted, hidden, reply)
    except Unusable as fault:
        return _skipped(wanted, f"no usable answer: {fault} Said: {reply.text}")


def _skipped(wanted: Wanted, why: str) -> Answer:
    return Answer(wanted.item.key, "skipped", reason="other", comment=why[:LONGEST_COMMENT])
