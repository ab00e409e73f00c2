"""Both ends of the live stream: what services announce on a real broker, and a browser that reads the events."""

import asyncio
import json
import queue
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx
import nats
from crm.leads.v1.lead_pb2 import Lead
from google.protobuf.message import Message

from crm_kit import envelope
from crm_kit.announcements import Entry, entries_for_batch, entry
from crm_kit.stream import ensure_stream

ACTOR = "user:01990000-0000-7000-8000-00000000000f"


def announce(url: str, *messages: Message, unit_path: str = "", domain: str = "leads") -> None:
    """Publishes the events as a relay does, each of the record it carries."""
    asyncio.run(_publish(url, domain, [_entry(message, unit_path) for message in messages]))


def announce_batch(url: str, messages: Sequence[Any], unit_path: str) -> None:
    """The same for a bulk job: hundreds of events in a message."""
    items = [(UUID(message.lead.id), 1, message) for message in messages]
    entries = entries_for_batch("lead", items, occur_time=datetime.now(UTC), actor=ACTOR)
    asyncio.run(_publish(url, "leads", entries, unit_path))


def a_lead(unit_path: str, owner_id: str = "") -> Lead:
    return Lead(id=str(uuid4()), name="Secret Works", unit_path=unit_path, owner_id=owner_id, etag="7")


def _entry(message: Any, unit_path: str) -> Entry:
    record = next((value for field, value in message.ListFields() if hasattr(value, "id")), None)
    return entry(
        aggregate_type="lead" if record is not None else "session",
        aggregate_id=UUID(record.id) if record is not None else uuid4(),
        event_seq=1,
        message=message,
        occur_time=datetime.now(UTC),
        actor=ACTOR,
        unit_path=unit_path or getattr(record, "unit_path", ""),
    )


async def _publish(url: str, domain: str, entries: Sequence[Entry], unit_path: str = "") -> None:
    client = await nats.connect(url)
    js = client.jetstream()
    await ensure_stream(js, domain)
    for one in entries:
        row = SimpleNamespace(
            **(asdict(one) | {"replays": 0, "schema_version": 1, "unit_path": one.unit_path or unit_path})
        )
        await js.publish(one.event_type, one.payload, stream=domain, headers=envelope.headers(row))
    await client.close()


class Heard(NamedTuple):
    """One server-sent event; a beat has no name."""

    name: str
    id: str
    data: dict[str, str]


class Browser:
    """Reads a stream in a thread until it ends or is left."""

    def __init__(self, url: str, token: str, position: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": position} if position else {})
        self._client = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=40)
        self._blocks: queue.Queue[Heard | None] = queue.Queue()
        self._answer = self._client.send(self._client.build_request("GET", "/v1/live"), stream=True)
        self.status = self._answer.status_code
        self.position = position
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        lines: list[str] = []
        try:
            for line in self._answer.iter_lines():
                if line:
                    lines.append(line)
                    continue
                fields = dict(each.split(": ", 1) for each in lines if ": " in each)
                lines = []
                data = json.loads(fields.get("data", "{}"))
                self._blocks.put(Heard(fields.get("event", ""), fields.get("id", ""), data))
        except (httpx.TransportError, httpx.StreamError):
            pass
        self._blocks.put(None)

    def next(self, seconds: float = 5.0) -> Heard | None:
        """The next event that is no beat; None when the stream ended. queue.Empty after so many seconds."""
        while True:
            block = self._blocks.get(timeout=seconds)
            if block is None:
                return None
            self.position = block.id
            if block.name:
                return block

    def hears(self, seconds: float = 1.0) -> list[Heard]:
        """All that comes until it is quiet for so long."""
        found = []
        try:
            while (block := self.next(seconds)) is not None:
                found.append(block)
        except queue.Empty:
            pass
        return found

    def leave(self) -> None:
        self._answer.close()
        self._client.close()
