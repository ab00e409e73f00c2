"""The connection of a process to NATS, and the streams and pull requests on it."""

import asyncio
import json
import logging
import os
import random
import signal
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import nats.errors
from nats.aio.client import Client, Server
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

from crm_kit.loops import back_off, rest

log = logging.getLogger(__name__)

MESSAGE_BYTES = 256 * 1024
STREAM_DAYS = 14
DUPLICATE_WINDOW_SECONDS = 120
GIVEN_UP_SECONDS = 30


def stop_process() -> None:
    """A client that closed itself never comes back; the supervisor's fresh process does."""
    os.kill(os.getpid(), signal.SIGTERM)


class Broker:
    """The one NATS connection of a process: reconnects for ever, also the first time, and never blocks a start.

    ``generation`` counts connections made anew: whoever subscribed on an older one subscribes again.
    """

    def __init__(self, url: str, *, name: str, on_closed: Callable[[], None] = stop_process) -> None:
        self.servers = url.split(",")
        self.name = name
        self.generation = 0
        self.reconnects = 0
        self._on_closed = on_closed
        self._client: Client | None = None
        self._js: JetStreamContext | None = None
        self._lost_at: float | None = None
        self._making = asyncio.Lock()

    @property
    def connected(self) -> bool:
        return self._client is not None and self._client.is_connected

    @property
    def client(self) -> Client:
        if self._client is None:
            raise nats.errors.ConnectionClosedError
        return self._client

    @property
    def js(self) -> JetStreamContext:
        """JetStream on the present connection; raises ConnectionClosedError before the first."""
        if self._js is None:
            raise nats.errors.ConnectionClosedError
        return self._js

    async def ready(self, stop: asyncio.Event) -> bool:
        """Wait until connected; False when told to stop first."""
        failures = 0
        while not stop.is_set():
            if self.connected:
                return True
            async with self._making:
                if self._client is None or self._given_up():
                    try:
                        await self._connect()
                        continue
                    except (OSError, nats.errors.Error, TimeoutError) as error:
                        failures += 1
                        log.warning("NATS is not reachable (%s)", type(error).__name__)
            await rest(back_off(failures, longest=2.0), stop)
        return False

    async def close(self) -> None:
        """Send what is buffered and leave; not reported as a loss."""
        client, self._client = self._client, None
        if client is not None and not client.is_closed:
            try:
                await asyncio.wait_for(client.flush(timeout=2), 3) if client.is_connected else None
            except (nats.errors.Error, TimeoutError, OSError):
                log.info("NATS went away before everything was sent; unsent events stay in the outbox")
            await client.close()

    def _given_up(self) -> bool:
        # The library's reconnection task can die of an unforeseen answer and leave the client waiting for ever.
        return self._lost_at is not None and time.monotonic() - self._lost_at > GIVEN_UP_SECONDS

    async def _connect(self) -> None:
        old, self._client = self._client, None
        if old is not None:
            await old.close()
        client = Client()

        async def lost() -> None:
            if self._client is client:
                self._lost_at = time.monotonic()
                log.warning("NATS connection lost")

        async def back() -> None:
            self._lost_at = None
            self.reconnects += 1
            log.info("NATS connection is back")

        async def closed() -> None:
            if self._client is client:
                log.critical("NATS client closed for good")
                self._on_closed()

        async def failed(error: Exception) -> None:
            log.debug("NATS: %r", error)

        try:
            await client.connect(
                self.servers,
                name=self.name,
                max_reconnect_attempts=-1,
                reconnect_to_server_handler=_any_server_soon,
                ping_interval=5,
                max_outstanding_pings=2,
                connect_timeout=2,
                disconnected_cb=lost,
                reconnected_cb=back,
                closed_cb=closed,
                error_cb=failed,
                allow_reconnect=True,
            )
        except BaseException:
            await client.close()
            raise
        self._client, self._js, self._lost_at = client, client.jetstream(timeout=5), None
        self.generation += 1


def _any_server_soon(servers: list[Server], _info: dict[str, Any]) -> tuple[Server | None, float]:
    return random.choice(servers), random.uniform(0.2, 2.0)  # noqa: S311 - jitter


async def ensure_stream(js: JetStreamContext, domain: str, *, replicas: int = 1, max_bytes: int = -1) -> None:
    """Create or update the stream of one producing domain: named after it, holding ``crm.<domain>.v1.>``.

    It refuses new messages when full rather than dropping old ones, and nobody can delete from it.
    """
    config = StreamConfig(
        name=domain,
        subjects=[f"crm.{domain}.v1.>"],
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_age=STREAM_DAYS * 86_400,
        max_bytes=max_bytes,
        max_msg_size=MESSAGE_BYTES,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        num_replicas=replicas,
        deny_delete=True,
        deny_purge=True,
    )
    try:
        await js.add_stream(config)
    except BadRequestError:
        # The name is taken with other limits: settings have changed since.
        await js.update_stream(config)


async def syncs_always(monitor_url: str) -> bool:
    """Whether the server flushes every message to disk before it acknowledges; production must not run without."""

    def read() -> bool:
        with urllib.request.urlopen(f"{monitor_url.rstrip('/')}/varz", timeout=5) as answer:  # noqa: S310 - operator's URL
            return bool(json.load(answer).get("jetstream", {}).get("config", {}).get("sync_always", False))

    return await asyncio.to_thread(read)
