"""The standard methods of the service desk's resources."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from crm.service_desk.v1.calendar_pb2 import Calendar
from crm.service_desk.v1.knowledge_article_pb2 import KnowledgeArticle
from crm.service_desk.v1.ticket_pb2 import Ticket

from crm_kit.testing.attack_matrix import wrongly_admitted
from crm_kit.testing.conformance import Bench, ResourceCase, Rule, checks
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running
from crm_service_desk.domain.ticket import Ticket as StoredTicket
from crm_service_desk.service import service

MONDAY = {"weekday": "MONDAY", "start": "09:00", "end": "18:00"}


def a_ticket(**facts: Any) -> Ticket:
    return Ticket(
        **{
            "kind": "COMPLAINT",
            "customer_id": str(uuid4()),
            "subject": f"Leak {uuid4()}",
            "description": "It drips.",
            **facts,
        }
    )


def a_calendar(**facts: Any) -> Calendar:
    return Calendar(**{"name": f"Calendar {uuid4()}", "time_zone": "Asia/Shanghai", "weekly": [MONDAY], **facts})


def an_article(**facts: Any) -> KnowledgeArticle:
    return KnowledgeArticle(**{"title_en": f"Reset the gateway {uuid4()}", "body_en": "Hold the button.", **facts})


TICKET = ResourceCase(
    "crm.service_desk.v1.TicketService",
    a_ticket,
    ("subject", "漏水"),
    search="description",
    prepare=StoredTicket.index_search,
    made_by_use_case=True,
)
CALENDAR = ResourceCase("crm.service_desk.v1.CalendarService", a_calendar, ("name", "工作日历"))


ARTICLE = ResourceCase(
    "crm.service_desk.v1.KnowledgeArticleService",
    an_article,
    ("title_en", "Restart the gateway"),
    search="body_en",
    list_statements=2,
)


@pytest.fixture(scope="module")
async def desk_at_work(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
        yield made


@pytest.mark.parametrize(("case", "rule"), checks(TICKET, CALENDAR, ARTICLE))
async def test_standard_methods(desk_at_work: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(desk_at_work, case))


async def test_every_rpc_refuses_every_wrong_principal(desk_at_work: RunningService) -> None:
    assert await wrongly_admitted(desk_at_work) == []
