"""The durable log of sagas: one row each, with the step reached and the rights it acts with."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    and_,
    or_,
    text,
)
from sqlalchemy.dialects import postgresql
from uuid_utils.compat import uuid7

from crm_kit import telemetry
from crm_kit.keys import claims_of, principal_of
from crm_kit.metadata import kit_metadata
from crm_kit.principal import Principal
from crm_kit.tx import Tx

CLOCK_SKEW = timedelta(minutes=1)
"""The clock of this process may run ahead of the database's, and a new saga is due at once."""
OPEN = frozenset({"running", "compensating"})

saga = Table(
    "saga",
    kit_metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("business_key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("input", postgresql.JSONB, nullable=False),
    Column("principal", LargeBinary, nullable=False),
    Column("traceparent", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_time", DateTime(timezone=True), nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Column("error", Text, nullable=False, server_default=""),
    # Where a stuck one goes on when a person says so.
    Column("resume_state", Text, nullable=False, server_default="running"),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Index(
        "uq_saga_kind_business_key",
        "kind",
        "business_key",
        unique=True,
        postgresql_where=text("state IN ('running', 'compensating', 'stuck')"),
    ),
    Index("ix_saga_due", "next_time", postgresql_where=text("state IN ('running', 'compensating')")),
    Index("ix_saga_stuck", "create_time", "id", postgresql_where=text("state = 'stuck'")),
    Index("ix_saga_ended", "next_time", postgresql_where=text("state IN ('done', 'undone')")),
)

CLAIMABLE = and_(
    saga.c.state.in_(sorted(OPEN)),
    saga.c.next_time <= text("clock_timestamp()"),
    or_(saga.c.lease_until.is_(None), saga.c.lease_until < text("clock_timestamp()")),
)


async def start(tx: Tx, kind: str, business_key: str, input: dict[str, Any], saga_id: UUID | None = None) -> UUID:
    """Note the saga in the transaction that begins it; it runs once that has committed."""
    key = saga_id or uuid7()
    row = {
        "id": key,
        "kind": kind,
        "business_key": business_key,
        "state": "running",
        "input": input,
        "principal": freeze(tx.principal),
        "traceparent": telemetry.current_traceparent(),
        "next_time": tx.now - CLOCK_SKEW,
        "create_time": tx.now,
    }
    tx.insert(saga, row)
    return key


def freeze(principal: Principal) -> bytes:
    """A principal as it is stored with durable work: the rights it had when it asked."""
    return orjson.dumps(claims_of(principal))


def thaw(stored: bytes) -> Principal:
    return principal_of(orjson.loads(stored))
