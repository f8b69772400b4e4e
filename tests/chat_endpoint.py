"""A local server that speaks the chat protocol, errors and all. It records every request that it gets."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hume.records import Json

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@dataclass
class Said:
    """One reply of the server: a completion, or an error where the status says so."""

    content: str | None = None
    refusal: str | None = None
    finish: str = "stop"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drop: bool = False
    """Close the connection in the middle of the reply."""
    raw: bytes | None = None
    """The body instead of all that."""
    model: str = ""
    usage: Json = field(default_factory=lambda: dict(USAGE))
    gate: threading.Event | None = None
    """Not said before this is set."""


Respond = Callable[[Json, int], Said]
"""From the request's body and its number, counted from 0."""


@dataclass
class ChatServer:
    """Where it listens, what it says, and what it was asked."""

    respond: Respond
    base_url: str = ""
    requests: list[Json] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    busiest: int = 0
    """Most requests under way at once."""
    under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def n(self) -> int:
        return len(self.requests)


@contextmanager
def chat_server(respond: Respond) -> Iterator[ChatServer]:
    """A server on a free port of 127.0.0.1, stopped at the end."""
    state = ChatServer(respond)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    state.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with state.lock:
                number = state.n
                state.requests.append(body)
                state.times.append(time.monotonic())
                state.keys.append(self.headers.get("Authorization", ""))
                state.under_way += 1
                state.busiest = max(state.busiest, state.under_way)
            try:
                self._say(state.respond(body, number), body)
            finally:
                with state.lock:
                    state.under_way -= 1

        def _say(self, said: Said, body: Json) -> None:
            if said.gate is not None:
                said.gate.wait(30)
            time.sleep(said.delay_s)
            payload = said.raw if said.raw is not None else json.dumps(_message(said, body)).encode()
            try:
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload[: len(payload) // 2] if said.drop else payload)
                if said.drop:
                    self.wfile.flush()
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
            except OSError:
                self.close_connection = True  # the client has given up

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the tests look at what was recorded."""

    return Handler


def _message(said: Said, body: Json) -> Json:
    if said.status != 200:
        return {"error": {"message": said.content or f"status {said.status}", "type": "test", "code": None}}
    message = {"role": "assistant", "content": said.content, "refusal": said.refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": said.model or body["model"],
        "system_fingerprint": "fp_1",
        "choices": [{"index": 0, "message": message, "finish_reason": said.finish}],
        "usage": said.usage,
    }


# -- a model that answers ---------------------------------------------------------------------------


def answered(payload: Json, comment: str = "") -> str:
    """A whole reply with an answer."""
    return json.dumps({"answer": payload, "skip": None, "comment": comment}, ensure_ascii=False)


def obedient(body: Json, number: int = 0) -> Said:
    """The first thing that the schema of the request allows."""
    return Said(answered(first_of(schema_of(body)["properties"]["answer"]["anyOf"][0])))


def schema_of(body: Json) -> Json:
    """The schema of a request; that of the same question as if it had been asked for, where it was not."""
    return body["response_format"]["json_schema"]["schema"]


def first_of(schema: Json) -> Json:
    """The simplest value that a schema allows."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: first_of(inner) for name, inner in schema["properties"].items()}
    if schema["type"] == "array":  # tiers of a ranking: all parts in one
        return [list(schema["items"]["items"]["enum"])]
    return schema.get("minimum", 0) if schema["type"] in ("number", "integer") else "one group"
