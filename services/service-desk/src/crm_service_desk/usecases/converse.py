"""Answer the customer, or note something for colleagues."""

from collections.abc import Sequence
from uuid import UUID

from crm.service_desk.v1.service_desk_events_pb2 import TicketReplied

from crm_kit.tx import Tx
from crm_service_desk import mappings
from crm_service_desk.domain.article import DIRECTIONS, INTERNAL_NOTE, PUBLIC_REPLY, Article
from crm_service_desk.domain.history import AgentReplied
from crm_service_desk.domain.states import PENDING_CUSTOMER
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.usecases.cite_knowledge import cite_versions
from crm_service_desk.usecases.run_clocks import tell_clocks
from crm_service_desk.usecases.wait import pend_ticket


async def reply_to_ticket(
    tx: Tx,
    ticket: Ticket,
    body: str,
    *,
    channel: str = "",
    automatic: bool = False,
    await_customer: bool = False,
    cited: Sequence[UUID] = (),
) -> Ticket:
    """Answer publicly; a person's answer keeps the response promise. The ticket may wait for the customer then.

    ``cited``: versions of knowledge articles it was written with.
    """
    ticket.reply(tx.now, automatic=automatic)
    article = tx.add(agent_article(tx, ticket, PUBLIC_REPLY, body, channel=channel, automatic=automatic))
    await cite_versions(tx, article, cited)
    tx.publish(ticket, TicketReplied(article=mappings.article.write(article), summary=article.summary))
    if not automatic:
        await tell_clocks(tx, ticket, AgentReplied(tx.now))
    if await_customer and ticket.state != PENDING_CUSTOMER:
        await pend_ticket(tx, ticket, PENDING_CUSTOMER, None, article.summary)
    return ticket


async def add_note(tx: Tx, ticket: Ticket, body: str) -> Ticket:
    """Tell colleagues something; no clock minds it, and a ticket that is over may still be annotated."""
    tx.add(agent_article(tx, ticket, INTERNAL_NOTE, body))
    return ticket


def agent_article(
    tx: Tx, ticket: Ticket, kind: str, body: str, *, channel: str = "", automatic: bool = False
) -> Article:
    """An entry written on our side, now."""
    return Article(
        ticket_id=ticket.id,
        unit_path=ticket.unit_path,
        kind=kind,
        direction=DIRECTIONS[kind],
        author_id=tx.principal.user_id,
        author_name=tx.principal.name,
        body=body,
        channel=channel or ticket.channel,
        automatic=automatic,
        occur_time=tx.now,
    )
