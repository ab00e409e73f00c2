"""Record what the customer said: it ends waiting, opens a solved ticket again, or begins one that follows it up."""

from dataclasses import dataclass
from datetime import datetime

from crm.service_desk.v1.service_desk_events_pb2 import CustomerReplied

from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx
from crm_service_desk import mappings, queries
from crm_service_desk.domain.article import CUSTOMER_MESSAGE, DIRECTIONS, Article
from crm_service_desk.domain.history import CustomerWrote, Entered
from crm_service_desk.domain.states import SOLVED, WAITING
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.usecases.create_ticket import create_ticket
from crm_service_desk.usecases.run_clocks import tell_clocks
from crm_service_desk.usecases.solve import announce_reopening
from crm_service_desk.usecases.wait import announce_state


@dataclass(frozen=True, slots=True)
class CustomerMessage:
    """What came in. ``automatic``: a machine wrote it, so nothing follows from it. ``external_id``: names repeats."""

    body: str
    author_name: str = ""
    channel: str = ""
    automatic: bool = False
    external_id: str = ""
    occur_time: datetime | None = None


async def record_customer_message(tx: Tx, ticket: Ticket, message: CustomerMessage) -> Ticket:
    """The ticket that holds the message afterwards."""
    if message.occur_time is not None and message.occur_time > tx.now:
        en, zh = "A message cannot come from the future.", "消息时间不能晚于当前时间。"
        raise InvalidArgument.of("occur_time", "IN_THE_FUTURE", en, zh)
    if message.external_id:
        holder = await queries.holder_of_message(tx, ticket.id, message.external_id)
        if holder is not None:
            return ticket if holder == ticket.id else await tx.load(Ticket, holder)
    policy = await queries.policy_of(tx, ticket)
    if not message.automatic and not ticket.accepts_message(tx.now, policy.reopen_days):
        ticket = await _follow_up(tx, ticket, message)
    article = tx.add(_article(tx, ticket, message))
    tx.publish(ticket, CustomerReplied(article=mappings.article.write(article), summary=article.summary))
    if not message.automatic:
        await _hear(tx, ticket, article)
    return ticket


async def _hear(tx: Tx, ticket: Ticket, article: Article) -> None:
    before, said = ticket.state, article.occur_time
    ticket.hear(said)
    opened, wrote = Entered(said, ticket.state), CustomerWrote(said)
    if before in WAITING:
        await announce_state(tx, ticket, before, article.summary, opened, wrote)
    elif before in SOLVED:
        await announce_reopening(tx, ticket, article.summary, opened, wrote)
    else:
        await tell_clocks(tx, ticket, wrote)


async def _follow_up(tx: Tx, over: Ticket, message: CustomerMessage) -> Ticket:
    """A new ticket in place of one that is over: same customer and matter, clocks of its own."""
    return await create_ticket(
        tx,
        Ticket(
            kind=over.kind,
            priority=over.priority,
            subject=over.subject,
            description=message.body,
            customer_id=over.customer_id,
            contact_id=over.contact_id,
            channel=message.channel or over.channel,
            unit_path=over.unit_path,
            follow_up_of_id=over.id,
        ),
    )


def _article(tx: Tx, ticket: Ticket, message: CustomerMessage) -> Article:
    return Article(
        ticket_id=ticket.id,
        unit_path=ticket.unit_path,
        kind=CUSTOMER_MESSAGE,
        direction=DIRECTIONS[CUSTOMER_MESSAGE],
        author_name=message.author_name,
        body=message.body,
        channel=message.channel or ticket.channel,
        automatic=message.automatic,
        external_id=message.external_id,
        occur_time=message.occur_time or tx.now,
    )
