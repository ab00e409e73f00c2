"""The service as a process serves it: real RPCs with signed principals."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from crm.service_desk.v1 import ticket_pb2
from crm.service_desk.v1 import ticket_service_pb2 as pb

from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody
from crm_service_desk.service import service

from .desk import CUSTOMER

TICKETS = "crm.service_desk.v1.TicketService"


@pytest.fixture
async def wire(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path) as made:
        yield made


def a_request(subject: str = "打印机没有声音") -> pb.CreateTicketRequest:
    ticket = ticket_pb2.Ticket(kind=ticket_pb2.Ticket.REPAIR, subject=subject, customer_id=str(CUSTOMER))
    return pb.CreateTicketRequest(ticket=ticket)


async def test_a_ticket_is_taken_in_and_read_back(wire: RunningService) -> None:
    agent = somebody(permissions=["service_desk.*"])
    made = await wire.call(f"{TICKETS}/CreateTicket", a_request(), agent)
    assert await wire.call(f"{TICKETS}/GetTicket", pb.GetTicketRequest(id=made.id), agent) == made
    [created] = await wire.announced()
    assert (str(created.aggregate_id), created.event_seq, created.message.ticket) == (made.id, 1, made)


async def test_a_refusal_names_its_reason_in_the_callers_language(wire: RunningService) -> None:
    agent = somebody(permissions=["service_desk.*"], language="zh-CN")
    made = await wire.call(f"{TICKETS}/CreateTicket", a_request(), agent)
    with pytest.raises(RemoteError, match="尚未解决") as caught:
        await wire.call(f"{TICKETS}/CloseTicket", pb.CloseTicketRequest(id=made.id), agent)
    assert (caught.value.status, caught.value.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "TICKET_NOT_SOLVED")


async def test_the_same_idempotency_key_makes_one_ticket(wire: RunningService) -> None:
    agent = somebody(permissions=["service_desk.*"])
    first = await wire.call(f"{TICKETS}/CreateTicket", a_request(), agent, idempotency_key="once")
    assert await wire.call(f"{TICKETS}/CreateTicket", a_request(), agent, idempotency_key="once") == first
    assert len(await wire.announced()) == 1


async def test_who_may_only_read_may_not_resolve(wire: RunningService) -> None:
    reader = somebody(permissions=["service_desk.ticket.get", "service_desk.ticket.list"])
    request = pb.ResolveTicketRequest(id=str(CUSTOMER), resolution_code="x", resolution="x")
    with pytest.raises(RemoteError) as caught:
        await wire.call(f"{TICKETS}/ResolveTicket", request, reader)
    assert caught.value.status is grpc.StatusCode.PERMISSION_DENIED
