"""What people are told of, from what the services announce.

A projection: told is what a record's latest event says, and an older one that comes late is no news any more.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.identity.v1.identity_events_pb2 import TransferCompleted
from crm.leads.v1 import leads_events_pb2 as leads
from crm.leads.v1.lead_pb2 import Lead
from crm.sales.v1.sales_events_pb2 import PlanLineOverdue, TaskAssigned, TaskCreated, TaskReminderDue
from crm.service_desk.v1 import service_desk_events_pb2 as desk

from crm_identity.domain.notification import News
from crm_identity.queries.people_of_units import people_who_may
from crm_identity.usecases.notify import notify
from crm_kit.consumer import Consumer, Mode, Received
from crm_kit.tx import Tx

notifications = Consumer("identity-notifications", mode=Mode.PROJECTION)

LEAD, CONFLICT, TICKET, TASK = "leads.lead", "leads.conflict", "service_desk.ticket", "sales.task"
ARTICLE = "service_desk.knowledge_article"


@notifications.on(leads.LeadCaptured, leads.LeadAssigned, leads.LeadDistributed)
async def on_lead_placed(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Whoever owns a lead now is told, whichever way it came; an offered one waits for its unit."""
    owned = [one for one in events if one.message.lead.owner_id]
    await _tell(tx, events, [_owner(one, one.message.lead.owner_id, "lead_assigned", LEAD) for one in owned])
    await _offer(tx, [one for one in events if one.message.lead.state == Lead.OFFERED])


@notifications.on(leads.LeadOffered)
async def on_lead_offered(tx: Tx, events: Sequence[Received[leads.LeadOffered]]) -> None:
    """Those of the unit who may accept it are told."""
    await _offer(tx, events)


@notifications.on(leads.ConflictOpened)
async def on_conflict_opened(tx: Tx, events: Sequence[Received[leads.ConflictOpened]]) -> None:
    """Arbiters are told."""
    await _tell_units(tx, events, "leads.conflict.decide", "conflict_opened", CONFLICT)


@notifications.on(leads.ConflictDecided)
async def on_conflict_decided(tx: Tx, events: Sequence[Received[leads.ConflictDecided]]) -> None:
    """Each side is told of its own lead, and nothing of the other."""
    news: list[News] = []
    for one in events:
        conflict = one.message.conflict
        kind, _, submitter = conflict.submitted_by.partition(":")
        if kind == "user":
            news.append(_news(one, UUID(submitter), "conflict_decided", LEAD, conflict.lead_id))
        if one.message.holder_id and conflict.holder_lead_id:
            news.append(_news(one, UUID(one.message.holder_id), "conflict_decided", LEAD, conflict.holder_lead_id))
    await _tell(tx, events, news)


@notifications.on(desk.TicketCreated, desk.TicketAssigned)
async def on_ticket_placed(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Whoever owns a ticket now is told."""
    owned = [one for one in events if one.message.ticket.owner_id]
    await _tell(tx, events, [_owner(one, one.message.ticket.owner_id, "ticket_assigned", TICKET) for one in owned])


@notifications.on(desk.CustomerReplied)
async def on_customer_replied(tx: Tx, events: Sequence[Received[desk.CustomerReplied]]) -> None:
    """Whoever works on the ticket is told."""
    owned = [one for one in events if one.message.ticket.owner_id]
    await _tell(tx, events, [_owner(one, one.message.ticket.owner_id, "ticket_answered", TICKET) for one in owned])


@notifications.on(desk.SlaBreached)
async def on_sla_breached(tx: Tx, events: Sequence[Received[desk.SlaBreached]]) -> None:
    """Whoever works on the ticket is told; while nobody does, those of the unit who may hand it to somebody."""
    owned = [one for one in events if one.message.ticket.owner_id]
    await _tell(tx, events, [_owner(one, one.message.ticket.owner_id, "sla_breached", TICKET) for one in owned])
    unowned = [one for one in events if not one.message.ticket.owner_id]
    await _tell_units(tx, unowned, "service_desk.ticket.assign", "sla_breached", TICKET)


@notifications.on(desk.KnowledgeArticleBecameStale)
async def on_knowledge_stale(tx: Tx, events: Sequence[Received[desk.KnowledgeArticleBecameStale]]) -> None:
    """Whoever keeps the article is told; while nobody does, those of the unit who may confirm it."""
    kept = [one for one in events if one.message.knowledge_article.owner_id]
    await _tell(
        tx, events, [_owner(one, one.message.knowledge_article.owner_id, "knowledge_stale", ARTICLE) for one in kept]
    )
    unkept = [one for one in events if not one.message.knowledge_article.owner_id]
    await _tell_units(tx, unkept, "service_desk.knowledge_article.confirm", "knowledge_stale", ARTICLE)


@notifications.on(PlanLineOverdue)
async def on_payment_overdue(tx: Tx, events: Sequence[Received[PlanLineOverdue]]) -> None:
    """Whoever looks after the contract is told."""
    lines = [(one, one.message.plan_line) for one in events if one.message.plan_line.owner_id]
    news = [
        _news(one, UUID(line.owner_id), "payment_overdue", "sales.contract", line.contract_id) for one, line in lines
    ]
    await _tell(tx, events, news)


@notifications.on(TaskCreated, TaskAssigned)
async def on_task_placed(tx: Tx, events: Sequence[Received[Any]]) -> None:
    """Whoever has to do a task now is told."""
    owned = [one for one in events if one.message.task.owner_id]
    await _tell(tx, events, [_owner(one, one.message.task.owner_id, "task_assigned", TASK) for one in owned])


@notifications.on(TaskReminderDue)
async def on_task_due(tx: Tx, events: Sequence[Received[TaskReminderDue]]) -> None:
    """Whoever has to do it is reminded."""
    owned = [one for one in events if one.message.task.owner_id]
    await _tell(tx, events, [_owner(one, one.message.task.owner_id, "task_due", TASK) for one in owned])


@notifications.on(TransferCompleted)
async def on_transfer_completed(tx: Tx, events: Sequence[Received[TransferCompleted]]) -> None:
    """The new owner is told."""
    transfers = [(one, one.message.transfer) for one in events]
    news = [
        _news(one, UUID(transfer.to_user_id), "records_received", "identity.transfer", transfer.id)
        for one, transfer in transfers
    ]
    await _tell(tx, events, news)


async def _offer(tx: Tx, events: Sequence[Received[Any]]) -> None:
    await _tell_units(tx, events, "leads.lead.accept", "lead_offered", LEAD)


async def _tell_units(tx: Tx, events: Sequence[Received[Any]], permission: str, kind: str, record_type: str) -> None:
    people = await people_who_may(tx, permission, {one.unit_path for one in events if one.unit_path})
    news = [
        _news(one, user_id, kind, record_type, str(one.aggregate_id))
        for one in events
        for user_id in people.get(one.unit_path, ())
    ]
    await _tell(tx, events, news)


async def _tell(tx: Tx, events: Sequence[Received[Any]], news: Iterable[News]) -> None:
    latest: datetime | None = max((one.occur_time for one in events), default=None)
    if latest is not None:
        await notify(tx, latest, list(news))


def _owner(one: Received[Any], owner_id: str, kind: str, record_type: str) -> News:
    return _news(one, UUID(owner_id), kind, record_type, str(one.aggregate_id))


def _news(one: Received[Any], owner_id: UUID, kind: str, record_type: str, record_id: str) -> News:
    cause = f"{kind}:{one.aggregate_id}:{one.event_seq}"
    return News(owner_id, kind, record_type, UUID(record_id), one.actor, cause)
