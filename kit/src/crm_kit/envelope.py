"""The form in which an event travels: CloudEvents 1.0, binary mode, attributes in NATS headers, protobuf as payload."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from crm.type.v1.event_batch_pb2 import EventBatch

BATCH_HEADER = "crm-batch"
MESSAGE_ID_HEADER = "Nats-Msg-Id"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event as received: what every event has, and its payload still serialized."""

    event_id: UUID
    event_type: str
    source: str
    aggregate_type: str
    aggregate_id: UUID
    event_seq: int
    occur_time: datetime
    actor: str
    unit_path: str
    traceparent: str
    payload: bytes

    @property
    def context_json(self) -> str:
        """What a parked event must keep besides its inbox columns."""
        context = {
            "occur_time": self.occur_time.isoformat(),
            "actor": self.actor,
            "unit_path": self.unit_path,
            "traceparent": self.traceparent,
        }
        return orjson.dumps(context).decode()


def domain_of(event_type: str) -> str:
    """The producing domain of an event type: ``leads`` for ``crm.leads.v1.LeadClaimed``."""
    return event_type.split(".")[1]


def is_sampled(traceparent: str) -> bool:
    """Whether a W3C ``traceparent`` belongs to a trace that is being recorded."""
    try:
        return bool(int(traceparent[-2:], 16) & 1)
    except ValueError:
        return False


def source_of(event_type: str) -> str:
    return f"/crm/{domain_of(event_type)}"


def headers(row: Any) -> dict[str, str]:
    """The headers of one outbox row; a row announced again gets a message id the broker has not seen."""
    event_id = str(row.event_id)
    made = {
        MESSAGE_ID_HEADER: f"{event_id}:r{row.replays}" if row.replays else event_id,
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-source": source_of(row.event_type),
        "ce-type": row.event_type,
        "ce-subject": str(row.aggregate_id),
        "ce-time": row.occurred_at.isoformat(),
        "ce-dataschema": f"{row.event_type}:{row.schema_version}",
        "ce-seq": str(row.event_seq),
        "ce-aggregatetype": row.aggregate_type,
        "ce-unitpath": row.unit_path,
        "ce-actor": row.actor,
    }
    if row.traceparent:
        made["traceparent"] = row.traceparent
    for name in ("causation_id", "correlation_id"):
        if row.headers.get(name):
            made[f"ce-{name.replace('_', '')}"] = row.headers[name]
    if row.item_ids is not None:
        made[BATCH_HEADER] = str(len(row.item_ids))
    return made


def unpack(headers: Mapping[str, str], payload: bytes) -> list[Envelope]:
    """The events of one message: one, or those of a batch. ValueError or KeyError when it is no event of ours."""
    event_type = headers["ce-type"]
    common: dict[str, Any] = {
        "event_type": event_type,
        "source": headers["ce-source"],
        "aggregate_type": headers["ce-aggregatetype"],
        "occur_time": datetime.fromisoformat(headers["ce-time"]),
        "actor": headers.get("ce-actor", ""),
        "unit_path": headers.get("ce-unitpath", ""),
        "traceparent": headers.get("traceparent", ""),
    }
    if BATCH_HEADER not in headers:
        return [
            Envelope(
                event_id=UUID(headers["ce-id"]),
                aggregate_id=UUID(headers["ce-subject"]),
                event_seq=int(headers["ce-seq"]),
                payload=payload,
                **common,
            )
        ]
    return [
        Envelope(
            event_id=UUID(item.event_id),
            aggregate_id=UUID(item.aggregate_id),
            event_seq=item.event_seq,
            payload=item.payload,
            **common,
        )
        for item in EventBatch.FromString(payload).items
    ]
