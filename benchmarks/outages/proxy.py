"""Stands between the shop and PostgreSQL and makes the network bad when it is told to.

    python -m benchmarks.outages.proxy PORT SOCKET

Commands are lines on standard input: `delay 0.02 0.02` (seconds each way, and up to so much more),
`hold` (nothing passes, nothing is lost), `cut` (every connection is reset, at once), `away` (the
same, and new ones are too), `pass` (all is well again). It ends with its standard input.
"""

import asyncio
import random
import socket
import struct
import sys

CHUNK = 65_536


class Proxy:
    def __init__(self, target: str) -> None:
        self.target = target
        self.delay = self.jitter = 0.0
        self.open = asyncio.Event()
        self.open.set()
        self.is_away = False
        self.writers: set[asyncio.StreamWriter] = set()

    def obey(self, line: str) -> None:
        word, *numbers = line.split()
        if word == "delay":
            self.delay, self.jitter = map(float, numbers)
        elif word == "hold":
            self.open.clear()
        elif word == "pass":
            self.delay = self.jitter = 0.0
            self.is_away = False
            self.open.set()
        elif word in {"cut", "away"}:
            self.is_away = word == "away"
            for writer in list(self.writers):
                _reset(writer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection's bytes on in both directions until either side ends it."""
        if self.is_away:
            _reset(writer)
            return
        try:
            up_reader, up_writer = await asyncio.open_unix_connection(self.target)
        except OSError:
            _reset(writer)  # PostgreSQL is down
            return
        both = {writer, up_writer}
        self.writers |= both
        pumps = [
            asyncio.create_task(self._pump(reader, up_writer)),
            asyncio.create_task(self._pump(up_reader, writer)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        self.writers -= both
        for each in both:
            each.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay + self.jitter * random.random())
                await self.open.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            return  # one side is gone; the other is told by whoever waits for this


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST: what was on its way is lost."""
    wire = writer.get_extra_info("socket")
    if wire is not None and wire.family != socket.AF_UNIX:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def main(port: int, target: str) -> None:
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    print("ready", flush=True)
    async with server:
        while line := await commands.readline():
            proxy.obey(line.decode())


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
