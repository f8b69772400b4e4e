"""An OpenAI-compatible chat endpoint: asked politely, again where it fails for a while, each thing once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit, urlunsplit

from hume.errors import MissingExtra
from hume.raters.llm.cache import ReplyCache
from hume.raters.llm.faults import Unavailable
from hume.raters.llm.ledger import Ledger, Usage
from hume.raters.llm.limits import Limits
from hume.raters.llm.replies import Reply
from hume.raters.llm.retries import Backoff, Filtered, Rejected, Temporary, failure
from hume.records import Json

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types import CompletionUsage

OPENAI = "https://api.openai.com/v1"
#: How an answer's form is asked for, the strictest first: `text` is by words alone.
FORMS = ("json_schema", "json_object", "text")
BYTES_A_TOKEN = 4
"""Of the estimate. No token is shorter than a byte, which gives the most that a text can be."""
FRAME = 16
"""Tokens that may stand around a message."""

Messages = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Sampling:
    """What replies to the same prompt depend on."""

    temperature: float = 0.0
    seed: int | None = None
    run_name: str = ""
    """Tells samples apart that are alike in all else."""
    max_output_tokens: int = 4096


class Endpoint:
    """A model behind `/chat/completions`. Threads may ask at once.

    `complete` raises ItemFault where this request got no reply and EndpointFault where none will; BudgetSpent and
    Stopped come through it.
    """

    def __init__(
        self,
        model: str,
        base_url: str = OPENAI,
        api_key: str = "",
        sampling: Sampling = Sampling(),
        ledger: Ledger | None = None,
        limits: Limits | None = None,
        cache: ReplyCache | None = None,
        backoff: Backoff | None = None,
        timeout_s: float = 120.0,
    ) -> None:
        self.model, self.sampling, self.base_url = model, sampling, _without_user(base_url)
        self.ledger, self.limits = ledger or Ledger(), limits or Limits()
        self.forms: set[str] = set()
        """The forms that replies were asked for in, those from the cache included."""
        self._cache, self._backoff, self._key = cache, backoff or Backoff(), api_key
        self._deciding = threading.Lock()
        self._form, self._cap = "", "max_tokens"
        self._client = _client(base_url, api_key, timeout_s)

    def complete(self, messages: Messages, schema: Json) -> Reply:
        """The reply to a conversation, after `schema` where the endpoint can: from the cache, else asked for."""
        request = self._identity(messages, schema)
        reply = self._cache.get(request) if self._cache else None
        if reply is not None:
            self.ledger.note_cached()
        else:
            try:
                reply = self._ask(messages, schema)
            except Filtered as fault:
                reply = Reply("", refusal=str(fault), finish="content_filter")
            if self._cache:
                self._cache.put(request, reply)
        if reply.form:
            self.forms.add(reply.form)
        return reply

    def _identity(self, messages: Messages, schema: Json) -> Json:
        """All that a reply depends on, and nothing secret."""
        place = {"model": self.model, "base_url": self.base_url}
        return {**place, **asdict(self.sampling), "messages": list(messages), "schema": schema}

    # -- the form of the output --------------------------------------------------------------------

    def _ask(self, messages: Messages, schema: Json) -> Reply:
        if not self._form:
            with self._deciding:
                if not self._form:
                    return self._decide(messages, schema)
        return self._send(messages, schema, self._form)

    def _decide(self, messages: Messages, schema: Json) -> Reply:
        """The strictest form that the endpoint does not refuse for the first question is the one for all.

        Where it refuses all of them the question may be at fault, and the next one decides.
        """
        refused = ""
        for form in FORMS:
            try:
                reply = self._send(messages, schema, form)
            except Rejected as fault:
                refused = str(fault)
            else:
                self._form = form
                return reply
        raise Unavailable(f"{self.base_url} takes the question in no form: {refused}")

    # -- one request -------------------------------------------------------------------------------

    def _send(self, messages: Messages, schema: Json, form: str) -> Reply:
        body = {"model": self.model, "messages": list(messages), "temperature": self.sampling.temperature}
        if self.sampling.seed is not None:
            body["seed"] = self.sampling.seed
        if form == "json_schema":
            body["response_format"] = {
                "type": form,
                "json_schema": {"name": "reply", "schema": schema, "strict": True},
            }
        elif form == "json_object":
            body["response_format"] = {"type": form}
        most = Usage(most_tokens(messages, schema), self.sampling.max_output_tokens)
        try:
            return self._patiently(body, most, form)
        except Rejected as fault:
            if self._cap != "max_tokens" or "max_completion_tokens" not in str(fault):
                raise
            self._cap = "max_completion_tokens"
            return self._patiently(body, most, form)

    def _patiently(self, body: Mapping[str, Json], most: Usage, form: str) -> Reply:
        for attempt in range(self._backoff.retries + 1):
            try:
                return self._once({**body, self._cap: self.sampling.max_output_tokens}, most, form)
            except Temporary as fault:
                problem = fault
                if attempt < self._backoff.retries:
                    self._wait(attempt, fault)
        raise Unavailable(f"{self.base_url} failed {self._backoff.retries + 1} times; the last time: {problem}")

    def _wait(self, attempt: int, fault: Temporary) -> None:
        self.ledger.note_retry()
        seconds = self._backoff.wait_s(attempt, fault.wait_s)
        if fault.wait_s is not None:
            self.limits.hold_everybody(seconds)
        self.limits.pause(seconds)

    def _once(self, body: Mapping[str, Json], most: Usage, form: str) -> Reply:
        reserved = self.ledger.reserve(most.tokens_in, most.tokens_out)
        try:
            turn = self.limits.take(most.tokens_in // BYTES_A_TOKEN + 1)
            reply = self._call(body, form)
        except BaseException:
            self.ledger.release(reserved)
            raise
        self.ledger.settle(reserved, reply.usage, most)
        if reply.usage:
            self.limits.settle(turn, reply.usage.tokens_in + reply.usage.tokens_out)
        return reply

    def _call(self, body: Mapping[str, Json], form: str) -> Reply:
        from openai import OpenAIError
        from openai.types.chat import ChatCompletion

        started = time.monotonic()
        try:
            found = cast(Any, self._client.chat.completions).create(**body)
        except OpenAIError as error:
            raise failure(error, self._key) from None
        except ValueError as error:  # a body that ends too early, or a proxy's page
            raise Temporary(f"the reply is no JSON: {error}") from None
        if not isinstance(found, ChatCompletion) or not found.choices or not found.choices[0].message:
            raise Temporary(f"the reply is no chat completion: {str(found)[:100]}")
        choice = found.choices[0]
        return Reply(
            text=_whole(choice.message.content),
            refusal=_whole(choice.message.refusal),
            finish=choice.finish_reason or "stop",
            model=found.model or "",
            fingerprint=found.system_fingerprint or "",
            usage=_usage(found.usage),
            seconds=time.monotonic() - started,
            form=form,
        )


def most_tokens(messages: Messages, schema: Json) -> int:
    """The most tokens that a request can be, and four times as many as it is likely to be."""
    texts = [message["content"] for message in messages] + [json.dumps(schema, ensure_ascii=False)]
    return sum(len(text.encode()) + FRAME for text in texts)


def _whole(text: str | None) -> str:
    """A text that can be kept and sent again: half a character, as a reply may end in, becomes U+FFFD."""
    return (text or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _usage(told: CompletionUsage | None) -> Usage | None:
    if told is None:
        return None
    cached = told.prompt_tokens_details.cached_tokens if told.prompt_tokens_details else 0
    return Usage(told.prompt_tokens or 0, told.completion_tokens or 0, cached or 0)


def _client(base_url: str, api_key: str, timeout_s: float) -> OpenAI:
    try:
        from openai import OpenAI
    except ModuleNotFoundError:
        raise MissingExtra("llm", "A language model as annotator") from None
    # A local server wants no key, and the client wants one. Retries are ours: they keep limits and can be stopped.
    return OpenAI(base_url=base_url, api_key=api_key or "none", timeout=timeout_s, max_retries=0)


def _without_user(url: str) -> str:
    """The address without user and password, as it is stored and told."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
