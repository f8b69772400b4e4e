"""A slow or broken network between browser and server: a proxy, in a process of its own.

`python -m benchmarks.network PORT MILLISECONDS` forwards connections to PORT of 127.0.0.1, each way after half of that
time, and prints the port that it listens on. It obeys lines on its input: `cut` ends every connection and accepts no
others until `mend`.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

HOST = "127.0.0.1"
CHUNK = 65_536


@dataclass(frozen=True)
class Network:
    """A running proxy, as seen from the benchmark."""

    base_url: str
    process: subprocess.Popen[str]

    def cut(self) -> None:
        """From now on no message arrives, and none comes back."""
        self._tell("cut")

    def mend(self) -> None:
        """New connections are forwarded again."""
        self._tell("mend")

    def _tell(self, order: str) -> None:
        if not (self.process.stdin and self.process.stdout):
            raise RuntimeError("the proxy was started without pipes")
        print(order, file=self.process.stdin, flush=True)
        self.process.stdout.readline()


@contextmanager
def network(base_url: str, milliseconds: int = 0) -> Iterator[Network]:
    """A proxy before a server, which adds so many milliseconds to each request; stopped at the end."""
    command = [sys.executable, "-m", "benchmarks.network", base_url.rsplit(":", 1)[1], str(milliseconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = (process.stdout or sys.stdin).readline().strip()
            yield Network(f"http://{HOST}:{port}", process)
        finally:
            process.terminate()


class Proxy:
    """Forwards bytes in both directions, each chunk in its turn and half of the delay later."""

    def __init__(self, port: int, delay_s: float) -> None:
        self._port, self._delay_s = port, delay_s
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self) -> None:
        """Listens, says where, and obeys until its input ends."""
        server = await asyncio.start_server(self._connected, HOST, 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        loop = asyncio.get_running_loop()
        while order := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            self._is_cut = order == "cut"
            for writer in [*self._writers] if self._is_cut else []:
                writer.transport.abort()
            print("done", flush=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        with suppress(ConnectionError):
            far_reader, far_writer = await asyncio.open_connection(HOST, self._port)
            self._writers |= {writer, far_writer}
            await asyncio.gather(self._forward(reader, far_writer), self._forward(far_reader, writer))

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(self._arrive(under_way, writer))
        loop = asyncio.get_running_loop()
        chunk = b"."
        while chunk:
            try:
                chunk = await reader.read(CHUNK)
            except ConnectionError:
                chunk = b""
            under_way.put_nowait((loop.time() + self._delay_s, chunk))
        await arriving

    async def _arrive(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, chunk = await under_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not chunk or self._is_cut:
                break
            writer.write(chunk)
            with suppress(ConnectionError):
                await writer.drain()
        writer.close()
        self._writers.discard(writer)


if __name__ == "__main__":
    asyncio.run(Proxy(int(sys.argv[1]), int(sys.argv[2]) / 2000).serve())
