"""A way to a service that can be shut: behind a shut one nobody answers, whatever its address."""

import asyncio
from contextlib import suppress


class Door:
    """Hands every connection on to ``target`` (``host:port``) while it is open; shutting it cuts off those there are."""

    def __init__(self) -> None:
        self.target = ""
        self._server: asyncio.Server | None = None
        self._through: set[asyncio.StreamWriter] = set()

    async def build(self, port: int = 0) -> str:
        """The address of the door, which stays when it is shut and opened again."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", port)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return f"127.0.0.1:{self.port}"

    async def shut(self) -> None:
        """Nobody gets through from now on."""
        assert self._server is not None
        self._server.close()
        for writer in self._through:
            writer.close()
        self._through.clear()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.target.rpartition(":")
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        self._through |= {writer, inner_writer}
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.close()
