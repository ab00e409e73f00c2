"""Histories of other services for this one to learn from, and results as tests read them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crm.reporting.v1 import report_pb2
from crm.type.v1.money_pb2 import Money
from google.protobuf.message import Message
from sqlalchemy import text

from crm_kit.envelope import Envelope
from crm_kit.intake import Intake
from crm_kit.testing.service import RunningService, envelope, somebody

SERVICE = "crm.reporting.v1.ReportService"
HQ = somebody(unit_path="/hq/")


def at(instant: str) -> datetime:
    """An instant in UTC, for example ``2026-03-05 10:00``."""
    return datetime.fromisoformat(instant).replace(tzinfo=UTC)


def cny(amount: str) -> Money:
    return Money(amount=amount, currency="CNY")


@dataclass
class History:
    """What other services announced, each aggregate with its own positions."""

    events: list[Envelope] = field(default_factory=list)
    _positions: dict[UUID, int] = field(default_factory=dict)

    def add(self, kind: str, id: UUID, when: str, message: Message) -> None:
        seq = self._positions[id] = self._positions.get(id, 0) + 1
        made = envelope(id, seq, message)
        self.events.append(replace(made, aggregate_type=kind, occur_time=at(when)))

    async def deliver(self, service: RunningService, seed: int = 0, at_once: int = 1) -> None:
        """Hand all events over, each twice and out of order."""
        delivered = [*self.events, *self.events]
        random.Random(seed).shuffle(delivered)
        intake = Intake(service.parts.consumers[0], service.db)
        for start in range(0, len(delivered), at_once):
            await intake.apply(delivered[start : start + at_once])
        async with service.db.connect() as connection:
            waiting = await connection.execute(text("SELECT error FROM inbox WHERE state IN ('parked', 'dead')"))
            assert waiting.all() == []


@dataclass
class Answer:
    """A result as tests read it: each row a dict by column name."""

    result: report_pb2.ReportResult

    def _dicts(self, rows: Sequence[report_pb2.ReportRow]) -> list[dict[str, Any]]:
        names = [column.name for column in self.result.columns]
        return [dict(zip(names, list(row.values), strict=True)) for row in rows]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return self._dicts(self.result.rows)

    @property
    def totals(self) -> list[dict[str, Any]]:
        return self._dicts(self.result.totals)


Run = Callable[..., Any]
