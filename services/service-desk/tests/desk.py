"""The service desk as its callers see it: RPCs in, events out, timers when their time has come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.service_desk.v1 import service_desk_events_pb2 as events
from crm.service_desk.v1 import ticket_pb2
from crm.service_desk.v1 import ticket_service_pb2 as pb
from google.protobuf.message import Message
from sqlalchemy import select

from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.outbox import outbox
from crm_kit.principal import Principal, Scope
from crm_kit.rpc import descriptors
from crm_service_desk.jobs import timers
from crm_service_desk.rpc.article_service import ArticleService
from crm_service_desk.rpc.calendar_service import CalendarService
from crm_service_desk.rpc.knowledge_article_service import KnowledgeArticleService
from crm_service_desk.rpc.knowledge_version_service import KnowledgeVersionService
from crm_service_desk.rpc.sla_policy_service import SlaPolicyService
from crm_service_desk.rpc.survey_service import SurveyService
from crm_service_desk.rpc.ticket_service import TicketService

from .builders import monday

AGENT = UUID("01920000-0000-7000-8000-000000000001")
CUSTOMER = UUID("01920000-0000-7000-8000-0000000000c1")
SERVICERS: tuple[Any, ...] = (
    TicketService,
    ArticleService,
    CalendarService,
    SlaPolicyService,
    SurveyService,
    KnowledgeArticleService,
    KnowledgeVersionService,
)


def a_principal(scope: Scope = Scope.ALL, *, user: UUID = AGENT, unit: str = "/hq/east/") -> Principal:
    """An agent with one scope for everything the desk does."""
    return Principal(subject=str(user), name="Lin Tao", unit_path=unit, grants=(("service_desk.*", scope),))


@dataclass
class Desk:
    """``now`` is the instant at which the next call arrives."""

    db: Database
    now: datetime = field(default_factory=lambda: monday("10:00"))
    principal: Principal = field(default_factory=a_principal)

    async def do(self, method: str, request: Message, *, at: str | datetime = "", by: Principal | None = None) -> Any:
        """Call one RPC with the permission its contract names; ``at`` is a time of day on the Monday of the tests."""
        if at:
            self.now = monday(at) if isinstance(at, str) else at
        servicer = next(kind for kind in SERVICERS if hasattr(kind, method))
        permission = descriptors.method(f"crm.service_desk.v1.{servicer.__name__}/{method}").permission
        call = Call(db=self.db, principal=by or self.principal, permission=permission, now=self.now)
        return await getattr(servicer(), method)(request, call)

    async def open_ticket(self, *, at: str | datetime = "", **facts: Any) -> ticket_pb2.Ticket:
        """A ticket as a customer would bring it."""
        wanted = {"kind": ticket_pb2.Ticket.ENQUIRY, "subject": "Printer is silent", "customer_id": str(CUSTOMER)}
        request = pb.CreateTicketRequest(ticket=ticket_pb2.Ticket(**{**wanted, **facts}))
        made: ticket_pb2.Ticket = await self.do("CreateTicket", request, at=at)
        return made

    async def get(self, ticket: ticket_pb2.Ticket) -> ticket_pb2.Ticket:
        found: ticket_pb2.Ticket = await self.do("GetTicket", pb.GetTicketRequest(id=ticket.id))
        return found

    async def fire_timers(self, *, at: str | datetime) -> int:
        """Let time pass to an instant and fire whatever is due by then, in order of its chain."""
        self.now = monday(at) if isinstance(at, str) else at
        work, fired = timers(self.db, clock=lambda: self.now), 0
        while count := await work.fire_due():
            fired += count
        return fired

    async def events(self, *types: type[Any]) -> list[Any]:
        """What was announced, of these types, in the order it happened."""
        return [event for event in await self.all_events() if not types or isinstance(event, types)]

    async def all_events(self) -> Sequence[Any]:
        statement = select(outbox.c.event_type, outbox.c.payload).order_by(outbox.c.event_id)
        async with self.db.connect() as connection:
            rows = (await connection.execute(statement)).all()
        return [_parsed(row.event_type, row.payload) for row in rows]


def _parsed(event_type: str, payload: bytes) -> Any:
    return getattr(events, event_type.rpartition(".")[2]).FromString(payload)
