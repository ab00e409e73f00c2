"""``/metrics``, ``/health/live`` and ``/health/ready`` beside the process's own port, for scrapers and probes."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

_REQUEST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the endpoint answers from; ``missing`` is asked at every probe and must not block: what the process lacks to
    serve, in words, empty when it is ready.
    """

    registry: CollectorRegistry
    missing: Callable[[], str]

    def answer(self, path: str, accept: str) -> tuple[HTTPStatus, str, bytes]:
        """Status, content type and body. OpenMetrics, with exemplars, for those who accept it."""
        match path.partition("?")[0]:
            case "/metrics":
                encode, content_type = choose_encoder(accept)
                return HTTPStatus.OK, content_type, encode(self.registry)
            case "/health/live":
                return HTTPStatus.OK, "text/plain", b"live\n"
            case "/health/ready" if missing := self.missing():
                return HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"not ready: {missing}\n".encode()
            case "/health/ready":
                return HTTPStatus.OK, "text/plain", b"ready\n"
            case _:
                return HTTPStatus.NOT_FOUND, "text/plain", b"/metrics, /health/live and /health/ready are here\n"


async def serve_metrics(listen: str, registry: CollectorRegistry, missing: Callable[[], str]) -> asyncio.Server:
    """Serves on ``listen`` (``host:port``, port 0 for a free one) from the process's loop, so that a stuck loop also
    looks stuck to its probes; ``close()`` the result to stop.
    """
    endpoint = Endpoint(registry, missing)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                await _reply(endpoint, head, writer)
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass  # a scraper that hangs up has told us nothing worth a log line
        finally:
            writer.close()

    host, port = split_listen(listen)
    return await asyncio.start_server(handle, host, port)


async def _reply(endpoint: Endpoint, head: list[str], writer: asyncio.StreamWriter) -> None:
    method, _, target = head[0].partition(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    if method in ("GET", "HEAD"):
        status, content_type, body = endpoint.answer(target.split(" ")[0], headers.get("accept", ""))
    else:
        status, content_type, body = HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", b"only GET\n"
    writer.write(
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode("latin-1")
    )
    if method != "HEAD":
        writer.write(body)
    await writer.drain()


def serve_metrics_from_thread(
    listen: str, registry: CollectorRegistry, missing: Callable[[], str]
) -> ThreadingHTTPServer:
    """The same for a process without a loop; ``shutdown()`` and ``server_close()`` the result to stop."""
    endpoint = Endpoint(registry, missing)

    class Handler(BaseHTTPRequestHandler):
        timeout = _REQUEST_SECONDS

        def do_GET(self) -> None:
            status, content_type, body = endpoint.answer(self.path, self.headers.get("Accept", ""))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Probes every second are no news."""

    server = ThreadingHTTPServer(split_listen(listen), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


def split_listen(listen: str) -> tuple[str, int]:
    """``host:port`` as its parts; IPv6 hosts in brackets."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
