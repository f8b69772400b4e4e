"""A network that fails in a chosen way, between two programs: a TCP proxy in a thread of this process."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HOST = "127.0.0.1"
CHUNK = 65_536


class Proxy:
    """Forwards connections to a port. What goes wrong is set while it runs, and holds from then on."""

    def __init__(self, port: int, seed: int = 0) -> None:
        self._far_port = port
        self.port = 0
        self.delay_s = 0.0
        """Seconds that each chunk is held back, each way."""
        self.cut_requests = self.cut_replies = 0.0
        """How probable it is that a connection breaks off within a request, or instead of a reply."""
        self.n_cut = 0
        self._random = random.Random(seed)
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._refuses = False

    # -- from other threads -----------------------------------------------------------------------------

    def stall(self) -> None:
        """Nothing is forwarded any more; connections stay open."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def go_on(self) -> None:
        """What was held back is forwarded, and new connections are taken."""
        self._refuses = False
        self._loop.call_soon_threadsafe(self._flowing.set)

    def cut(self, is_down: bool = False) -> None:
        """Ends every connection; where the network `is_down`, others are refused until `go_on`."""
        self._refuses = is_down
        self._loop.call_soon_threadsafe(self._abort)

    # -- within -----------------------------------------------------------------------------------------

    def run(self, is_up: threading.Event) -> None:
        """Serves until `end`; its own thread's work."""
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, HOST, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._flowing.set()
        is_up.set()
        self._loop.run_forever()
        server.close()
        self._abort()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _abort(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(HOST, self._far_port)
            both = {writer, far_writer}
            self._writers |= both
            try:
                await asyncio.gather(
                    self._forward(reader, far_writer, both, is_request=True),
                    self._forward(far_reader, writer, both, is_request=False),
                )
            finally:
                self._writers -= both
                for one in both:
                    one.transport.abort()
            return
        writer.transport.abort()

    async def _forward(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        both: set[asyncio.StreamWriter],
        is_request: bool,
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                await self._flowing.wait()
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if self._random.random() < (self.cut_requests if is_request else self.cut_replies):
                    await self._break_off(chunk, writer, both, is_request)
                    return
                writer.write(chunk)
                await writer.drain()
        if not writer.is_closing():
            writer.close()

    async def _break_off(
        self, chunk: bytes, writer: asyncio.StreamWriter, both: set[asyncio.StreamWriter], is_request: bool
    ) -> None:
        self.n_cut += 1
        if is_request:  # the first half arrives, the rest never does
            writer.write(chunk[: len(chunk) // 2])
            with suppress(OSError):
                await writer.drain()
        for one in both:
            one.transport.abort() if one is not writer or not is_request else one.close()


@contextmanager
def proxy(port: int, seed: int = 0) -> Iterator[Proxy]:
    """A proxy before a port of this machine; ended at the end."""
    made, is_up = Proxy(port, seed), threading.Event()
    thread = threading.Thread(target=made.run, args=(is_up,), daemon=True)
    thread.start()
    is_up.wait()
    try:
        yield made
    finally:
        made.end()
        thread.join()
