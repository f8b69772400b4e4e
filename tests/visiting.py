"""A browser without a screen: what Streamlit sends over its websocket, and whatever somebody may send it there.

It draws nothing and obeys nothing: it can ask for any page by name or hash, as nobody or with any cookie, from any
`Origin`, and click what the page did not show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from socket import create_connection
from urllib.parse import urlsplit

from google.protobuf.message import Message
from serving import Server
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.util import calc_hash
from websockets.sync.client import ClientConnection, connect

from hume.server.guard import COOKIE

WAIT_S = 60
SIGN_IN, REFUSAL = "Sign in to HUME", "Not for this account"


@dataclass
class Shown:
    """Everything that one run of a page sent."""

    messages: list[ForwardMsg] = field(default_factory=list)

    @property
    def raw(self) -> bytes:
        """All of it as it came: to be searched for what must not be in it."""
        return b"\n".join(message.SerializeToString() for message in self.messages)

    @property
    def elements(self) -> list[Message]:
        """What the page consists of, in order."""
        deltas = [one.delta for one in self.messages if one.WhichOneof("type") == "delta"]
        new = [one.new_element for one in deltas if one.WhichOneof("type") == "new_element"]
        return [getattr(one, one.WhichOneof("type")) for one in new]

    @property
    def titles(self) -> list[str]:
        return [one.body for one in self.elements if one.DESCRIPTOR.name == "Heading" and one.tag == "h1"]

    @property
    def exceptions(self) -> list[str]:
        return [one.message for one in self.elements if one.DESCRIPTOR.name == "Exception"]

    @property
    def page_hash(self) -> str:
        """Which page the server says that it is."""
        found = [one.navigation.page_script_hash for one in self.messages if one.WhichOneof("type") == "navigation"]
        return found[-1] if found else ""

    def widget(self, kind: str, part: str) -> Message:
        """The widget of that kind (`Button`, `NumberInput`, ...) whose id has `part` in it."""
        return next(one for one in self.elements if one.DESCRIPTOR.name == kind and part in one.id)


class Visit:
    """One websocket: a tab."""

    def __init__(self, socket: ClientConnection, base_url: str) -> None:
        self._socket, self._base_url = socket, base_url

    def send(self, message: BackMsg) -> None:
        self._socket.send(message.SerializeToString())

    def send_bytes(self, data: bytes) -> None:
        self._socket.send(data)

    def receive(self) -> ForwardMsg:
        return ForwardMsg.FromString(self._socket.recv(timeout=WAIT_S))

    def ask(
        self,
        name: str = "",
        page_hash: str = "",
        query: str = "",
        widgets: tuple[WidgetState, ...] = (),
        fragment: str = "",
    ) -> None:
        """Asks for a run: by the page's address (as a browser does at first), or by its hash (as the menu does)."""
        message = BackMsg()
        asked = message.rerun_script
        asked.page_name, asked.page_script_hash, asked.query_string, asked.fragment_id = (
            name,
            page_hash,
            query,
            fragment,
        )
        asked.context_info.url, asked.context_info.timezone = f"{self._base_url}/{name}", "UTC"
        asked.widget_states.widgets.extend(widgets)
        self.send(message)

    def shown(self) -> Shown:
        """What the server sends until a run has finished and no other one follows from it."""
        shown = Shown()
        while True:
            message = self.receive()
            shown.messages.append(message)
            if message.WhichOneof("type") == "script_finished" and message.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
                ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            ):
                return shown

    def page(self, name: str = "", **asked: object) -> Shown:
        self.ask(name, **asked)  # type: ignore[arg-type]
        return self.shown()


def hash_of(name: str) -> str:
    """What Streamlit calls the page at that address."""
    return str(calc_hash(name))


@contextmanager
def visit(
    server: Server,
    session_token: str = "",
    headers: Mapping[str, str] | None = None,
    origin: str | None = "own",
    host: str = "",
) -> Iterator[Visit]:
    """A tab, signed in or not. `origin` is whose page opens it: `own`, another address, or None for a program.

    `host` is what the header `Host` claims, where it is not the server's address.
    """
    sent = {"Cookie": f"{COOKIE}={session_token}"} if session_token else {}
    sent |= {"Origin": server.base_url if origin == "own" else origin} if origin is not None else {}
    place = urlsplit(server.base_url)
    with connect(
        f"ws://{host or place.netloc}/_stcore/stream",
        sock=create_connection((place.hostname, place.port), timeout=WAIT_S),
        additional_headers={**sent, **(headers or {})},
        subprotocols=["streamlit"],  # type: ignore[list-item]
        compression=None,
        max_size=None,
        open_timeout=WAIT_S,
    ) as socket:
        yield Visit(socket, server.base_url)
