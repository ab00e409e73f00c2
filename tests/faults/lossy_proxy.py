"""A TCP proxy that loses answers: it waits until the server has said everything, then cuts the client off."""

import io
import socket
import struct
import threading
from http.client import HTTPResponse
from types import TracebackType
from typing import Any, Self

CHUNK = 65_536
NO_LINGER = struct.pack("ii", 1, 0)


class LossyProxy:
    """Every connection carries one request with ``Connection: close``; its answer is kept in ``lost``, never passed on."""

    def __init__(self, port: int) -> None:
        self.lost: list[tuple[int, bytes]] = []
        """Status and body of each answer the client never got."""
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection(self._target) as server:
                # The client goes on sending while the server answers nothing yet, and waits while it does.
                up = threading.Thread(target=_pump, args=(client, server), daemon=True)
                up.start()
                answer = b"".join(iter(lambda: server.recv(CHUNK), b""))
                response = HTTPResponse(_Told(answer))  # type: ignore[arg-type]
                response.begin()
                self.lost.append((response.status, response.read()))
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                client.shutdown(socket.SHUT_RD)
            up.join(5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(CHUNK):
            sink.sendall(data)
    except OSError:
        return


class _Told:
    """What ``http.client`` reads an answer from."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._answer)
