"""Malformed frames to the socket by which a page speaks with the server: random bytes, and messages changed."""

from __future__ import annotations

from random import Random

from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from benchmarks.fuzz_counts import Counts
from benchmarks.fuzz_server import Target
from benchmarks.mutations import HOSTILE, mutated_bytes
from hume.server.guard import COOKIE

A_SOCKET = 10
"""Frames that are sent by one connection, if the server does not close it."""
PAGES = ("", "work", "answer", "account", "overview", "gap", "items", "people", "tasks", "nowhere")


def fuzz(place: Target, n: int, seed: int) -> Counts:
    """`n` malformed frames by annotators, researchers and nobody. A frame counts as refused where the socket closes."""
    counts = Counts()
    place.digest = place.stored()
    place.new_tracebacks()
    number = 0
    while number < n:
        random = Random(f"{seed}|frames|{number}")
        number += _by_one_socket(place, random, min(A_SOCKET, n - number), counts)
    after = place.stored()
    if after != place.digest:
        counts.changed += 1
        counts.keep("frames changed what is stored")
    for said in place.new_tracebacks():
        counts.tracebacks += 1
        counts.keep(said)
    return counts


def _by_one_socket(place: Target, random: Random, n: int, counts: Counts) -> int:
    token = place.sessions.get(random.choice(("annotator", "researcher", "")), "")
    headers = {"Cookie": f"{COOKIE}={token}", "Origin": place.server.base_url}
    address = place.server.base_url.replace("http", "ws", 1) + "/_stcore/stream"
    sent = 0
    try:
        with connect(address, additional_headers=headers, open_timeout=30, close_timeout=5) as socket:
            while sent < n:
                raw = _frame(random)
                sent += 1
                counts.inputs += 1
                socket.send(raw if random.random() < 0.95 else raw.decode(errors="replace"))
                _look(socket, counts)
                counts.accepted += 1
    except (ConnectionClosed, InvalidHandshake):
        counts.refused += 1
    except TimeoutError:
        counts.hangs += 1
        counts.keep("the server did not open a socket")
    return max(sent, 1)


def _look(socket: ClientConnection, counts: Counts) -> None:
    """What the server has said so far: no page may show a traceback."""
    while True:
        try:
            said = socket.recv(timeout=0.01)
        except TimeoutError:
            return
        if b"Traceback" in (said if isinstance(said, bytes) else said.encode()):
            counts.tracebacks += 1
            counts.keep("a page shows a traceback")


def _frame(random: Random) -> bytes:
    if random.random() < 0.2:
        return random.randbytes(random.choice((0, 1, 30, 3_000, 200_000)))
    message = BackMsg()
    match random.randrange(6):
        case 0:
            setattr(message, random.choice(_FLAGS), True)
        case 1:
            message.file_urls_request.request_id = _text(random)
            message.file_urls_request.file_names.extend([_text(random)] * 3)
            message.file_urls_request.session_id = _text(random)
        case _:
            _rerun(message, random)
    raw: bytes = message.SerializeToString()
    return mutated_bytes(raw, random) if random.random() < 0.4 else raw


_FLAGS = (
    "clear_cache", "set_run_on_save", "stop_script", "load_git_info", "debug_disconnect_websocket",
    "debug_shutdown_runtime", "app_heartbeat",
)  # fmt: skip


def _rerun(message: BackMsg, random: Random) -> None:
    state = message.rerun_script
    state.query_string = random.choice(("", "task=x&subset=y", _text(random)))
    state.page_name = random.choice((*PAGES, _text(random)))
    state.page_script_hash = random.choice(("", _text(random)))
    state.fragment_id = random.choice(("", "", _text(random)))
    state.context_info.timezone = random.choice(("Europe/Oslo", _text(random)))
    state.context_info.locale = random.choice(("nb-NO", _text(random)))
    state.context_info.url = random.choice(("http://127.0.0.1/", "http://[", _text(random)))
    for _ in range(random.randint(0, 3)):
        widget = state.widget_states.widgets.add()
        widget.id = random.choice((_text(random), f"$$ID-{random.getrandbits(128):032x}-None", "$$ID-x-deck"))
        match random.randrange(5):
            case 0:
                widget.json_value = _text(random)
            case 1:
                widget.json_trigger_value = _text(random)
            case 2:
                widget.int_value = random.choice((-(2**63), 2**63 - 1))
            case 3:
                widget.bytes_value = random.randbytes(50)
            case _:
                widget.string_value = _text(random)


def _text(random: Random) -> str:
    text = str(random.choice(HOSTILE))
    return text.encode(errors="replace").decode()
