"""A house of all services that hold records, a person it knows, and a search for that person in every table."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from crm.customers.v1 import (
    legal_hold_service_pb2,
    subject_request_service_pb2,
)
from crm.customers.v1.subject_request_pb2 import SubjectRequest
from crm.ops.v1.audit_service_pb2 import AuditHead
from sqlalchemy import select, text

from crm_customers.service import service as customers_service
from crm_kit.audit_chain import Fault
from crm_kit.audit_sealer import Sealer
from crm_kit.audit_verifier import verify
from crm_kit.keys import Keys
from crm_kit.principal import Principal
from crm_kit.saga_log import OPEN, saga
from crm_kit.service import Service
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody
from crm_leads.service import service as leads_service
from crm_marketing.service import service as marketing_service
from crm_reporting.service import service as reporting_service
from crm_sales.service import service as sales_service
from crm_service_desk.service import service as desk_service

from .door import Door

OTHERS: tuple[Service, ...] = (sales_service, desk_service, marketing_service, reporting_service, leads_service)
"""Leads come last, because they convert with the help of others. Identity knows colleagues, not customers."""
LEADS, CUSTOMERS = "crm.leads.v1", "crm.customers.v1"
REQUESTS = f"{CUSTOMERS}.SubjectRequestService"
NOBODY_YET = "127.0.0.1:1"
"""Addresses are filled in as services start."""


@dataclass
class House:
    """All services at work; ``desk_door`` is customers' way to the service desk."""

    customers: RunningService
    others: dict[str, RunningService]
    desk_door: Door
    officer: Principal = field(default_factory=somebody)

    @property
    def leads(self) -> RunningService:
        return self.others["leads"]

    @property
    def all(self) -> list[RunningService]:
        return [self.customers, *self.others.values()]

    async def hear(self) -> None:
        """Everybody hears what everybody has announced, until all is quiet."""
        for _ in range(2):
            for reader in self.all:
                for teller in self.all:
                    if reader is not teller:
                        await reader.hear(teller)

    async def ask(self, method: str, **fields: Any) -> Any:
        """An RPC of the privacy officer's."""
        request = getattr(subject_request_service_pb2, f"{method}Request")(**fields)
        return await self.customers.call(f"{REQUESTS}/{method}", request, self.officer)

    async def take_in(self, kind: str, subjects: Iterable[tuple[str, str]], requester: str = "") -> SubjectRequest:
        made = SubjectRequest(
            kind=kind,
            requester=requester,
            identity_check=f"rang back {requester}",
            legal_basis="PIPL Art. 47",
            subjects=[{"resource": resource, "id": id} for resource, id in subjects],
        )
        return await self.ask("CreateSubjectRequest", subject_request=made)

    async def hold(self, resource: str, record_id: str) -> Any:
        request = legal_hold_service_pb2.CreateLegalHoldRequest(
            legal_hold={"resource": resource, "record_id": record_id, "reason": "Case 2026-77"}
        )
        return await self.customers.call(f"{CUSTOMERS}.LegalHoldService/CreateLegalHold", request, self.officer)

    async def release(self, id: str) -> Any:
        request = legal_hold_service_pb2.ReleaseLegalHoldRequest(id=id, reason="The case is closed")
        return await self.customers.call(f"{CUSTOMERS}.LegalHoldService/ReleaseLegalHold", request, self.officer)

    async def rows(self, statement: str) -> list[Any]:
        """What the database of customers says."""
        async with self.customers.db.connect() as connection:
            return list(await connection.execute(text(statement)))

    async def work(self, tries: int = 20) -> None:
        """Customers goes on with what it began until all is done, without the pauses between tries."""
        for _ in range(tries):
            async with self.customers.db.connect() as connection:
                ids = (await connection.execute(select(saga.c.id).where(saga.c.state.in_(OPEN)))).scalars().all()
            if not ids:
                return
            for id in ids:
                due = f"UPDATE saga SET next_time = now(), lease_until = NULL WHERE id = '{id}'"
                await self.customers.administer(due)
                await self.customers.sagas.advance(id, 2)
        raise AssertionError("what was begun does not end")

    async def get(self, id: str) -> SubjectRequest:
        return await self.ask("GetSubjectRequest", id=id)

    async def places_of(self, words: Iterable[str]) -> set[str]:
        """Where in any database one of the words stands: ``leads.outbox.payload``."""
        return {place for service in self.all for place in await _places(service, list(words))}

    async def faults_of_trails(self) -> list[Fault | None]:
        """What the verifiers of all trails say once everything is sealed."""
        found = []
        for service in self.all:
            keys = Keys.load(service.keys_dir, service.service.name)
            sealer = Sealer(service.db, service.service.name, keys, _keep)
            while await sealer.seal_some():
                pass
            await sealer.sign()
            found.append((await verify(service.admin_url, service.service.name, keys)).fault)
        return found


@asynccontextmanager
async def house(databases: DatabaseFactory, folder: Path) -> AsyncIterator[House]:
    """All services on databases of their own."""
    keys = folder / "keys"
    peers = {service.name: NOBODY_YET for service in OTHERS}
    async with AsyncExitStack() as stack:
        customers = await stack.enter_async_context(running(customers_service, databases, keys, peers=peers))
        known = {"customers": customers.address}
        made: dict[str, RunningService] = {}
        for service in OTHERS:
            made[service.name] = await stack.enter_async_context(running(service, databases, keys, peers=known))
            known[service.name] = peers[service.name] = made[service.name].address
        door = Door()
        door.target, peers["service-desk"] = peers["service-desk"], await door.build()
        stack.push_async_callback(door.shut)
        yield House(customers, made, door)


async def _keep(_: AuditHead) -> None:
    """Nobody keeps copies here."""


async def _places(service: RunningService, words: list[str]) -> set[str]:
    connection = await asyncpg.connect(service.admin_url)
    try:
        columns = await connection.fetch(
            "SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables "
            "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        found = set()
        for table, column, kind in columns:
            holds = (
                f"EXISTS (SELECT FROM unnest($1::text[]) w WHERE position(convert_to(w, 'UTF8') IN \"{column}\") > 0)"
                if kind == "bytea"
                else f'EXISTS (SELECT FROM unnest($1::text[]) w WHERE position(w IN "{column}"::text) > 0)'
            )
            if await connection.fetchval(f'SELECT true FROM "{table}" WHERE {holds} LIMIT 1', words):
                found.add(f"{service.service.name}.{table}.{column}")
        return found
    finally:
        await connection.close()
