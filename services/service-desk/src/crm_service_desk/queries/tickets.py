"""Tickets with their history, and by what their clocks count."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from crm_kit.access import scoped, unscoped, visible
from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.filtering import Fields
from crm_kit.ids import parse_id
from crm_kit.tx import Tx
from crm_service_desk.domain.article import Article
from crm_service_desk.domain.business_calendar import Calendar, calendar_revision
from crm_service_desk.domain.history import Moment
from crm_service_desk.domain.sla_policy import SlaPolicy
from crm_service_desk.domain.survey_answer import SurveyAnswer
from crm_service_desk.domain.ticket import Ticket
from crm_service_desk.domain.ticket_history import ticket_moment, to_moment
from crm_service_desk.fields import with_custom

UNWRITTEN = {"autoflush": False}
"""Reads that leave the changes so far unwritten, so that a command writes its ticket once, as one version."""
SAME_FOR_ALL = unscoped("what is promised does not depend on who asks") | UNWRITTEN
OWN_WORK = unscoped("the service keeps the clocks of all tickets")


async def enabled_policies(tx: Tx) -> list[SlaPolicy]:
    """The policies in the order they are tried; the default one is last."""
    statement = (
        select(SlaPolicy)
        .where(SlaPolicy.disabled.is_(False), SlaPolicy.delete_time.is_(None))
        .order_by(SlaPolicy.is_default, SlaPolicy.position, SlaPolicy.id)
    )
    return list((await tx.session.execute(statement, execution_options=SAME_FOR_ALL)).scalars())


async def policy_of(tx: Tx, ticket: Ticket) -> SlaPolicy:
    """The policy of a ticket, even if it was removed since."""
    statement = select(SlaPolicy).where(SlaPolicy.id == ticket.sla_policy_id)
    return (await tx.session.execute(statement, execution_options=SAME_FOR_ALL)).scalar_one()


async def default_policy(tx: Tx) -> SlaPolicy:
    statement = select(SlaPolicy).where(SlaPolicy.is_default).with_for_update()
    return (await tx.session.execute(statement, execution_options=SAME_FOR_ALL)).scalar_one()


async def calendar_of(tx: Tx, calendar_id: UUID | None) -> Calendar:
    """The calendar of this id, or the default one."""
    wanted = Calendar.is_default if calendar_id is None else Calendar.id == calendar_id
    return (await tx.session.execute(select(Calendar).where(wanted), execution_options=SAME_FOR_ALL)).scalar_one()


async def calendar_exists(tx: Tx, calendar_id: UUID) -> bool:
    wanted = exists().where(Calendar.id == calendar_id, Calendar.delete_time.is_(None))
    return bool((await tx.session.execute(select(wanted), execution_options=SAME_FOR_ALL)).scalar_one())


async def policies_counting_by(tx: Tx, calendar_id: UUID) -> list[str]:
    """Names of the policies that name a calendar."""
    named = SlaPolicy.calendar_id == calendar_id, SlaPolicy.delete_time.is_(None)
    statement = select(SlaPolicy.name).where(*named).order_by(SlaPolicy.name)
    return list((await tx.session.execute(statement, execution_options=SAME_FOR_ALL)).scalars())


async def ticket_fields(tx: Tx) -> Fields:
    """What the filters of policies may ask about, custom fields included."""
    return with_custom(await tx.call.db.custom_fields.of("ticket"))


async def read_history(tx: Tx, ticket_id: UUID) -> list[Moment]:
    """The ticket's history with the hours of each calendar revision it was counted by."""
    with tx.session.no_autoflush:
        return [to_moment(row) for row in (await tx.session.execute(_history(ticket_id))).all()]


async def history_of(call: Call, ticket_id: UUID) -> list[Moment]:
    """The same for a reader; the ticket was shown to be visible before."""
    async with call.db.connect() as connection:
        return [to_moment(row) for row in (await connection.execute(_history(ticket_id))).all()]


def _history(ticket_id: UUID) -> Select[tuple[Any, ...]]:
    hours = calendar_revision.c
    same_revision = and_(
        hours.calendar_id == ticket_moment.c.calendar_id, hours.revision == ticket_moment.c.calendar_revision
    )
    return (
        select(ticket_moment, hours.time_zone, hours.weekly, hours.overrides)
        .join_from(ticket_moment, calendar_revision, same_revision, isouter=True)
        .where(ticket_moment.c.ticket_id == ticket_id)
        .order_by(ticket_moment.c.position)
    )


async def holder_of_message(tx: Tx, ticket_id: UUID, external_id: str) -> UUID | None:
    """The ticket that holds a customer's message already: this one, or one that follows it up."""
    here = or_(Ticket.id == ticket_id, Ticket.follow_up_of_id == ticket_id)
    statement = (
        select(Article.ticket_id)
        .join(Ticket, Ticket.id == Article.ticket_id)
        .where(here, Article.external_id == external_id)
        .limit(1)
    )
    repeats = unscoped("a repeat is recognised whoever sends it; the ticket is then loaded with the caller's rights")
    return (await tx.session.execute(statement, execution_options=repeats)).scalar_one_or_none()


async def answer_about(tx: Tx, ticket_id: UUID) -> UUID | None:
    """The rating a ticket has."""
    statement = select(SurveyAnswer.id).where(SurveyAnswer.ticket_id == ticket_id)
    one_each = unscoped("a ticket has one rating, whoever may see it")
    return (await tx.session.execute(statement, execution_options=one_each)).scalar_one_or_none()


async def rated_ticket(tx: Tx, answer: SurveyAnswer) -> Ticket:
    statement = select(Ticket).where(Ticket.id == answer.ticket_id)
    rated = unscoped("who may see a rating may know which ticket it is about")
    return (await tx.session.execute(statement, execution_options=rated)).scalar_one()


async def unfinished_tickets(tx: Tx, condition: ColumnElement[bool], after: UUID, most: int) -> Sequence[Ticket]:
    """Tickets whose clocks may still move, locked, in the order of their ids."""
    statement = (
        select(Ticket)
        .where(condition, Ticket.id > after, Ticket.close_time.is_(None), Ticket.delete_time.is_(None))
        .order_by(Ticket.id)
        .limit(most)
        .with_for_update()
    )
    return (await tx.session.execute(statement, execution_options=OWN_WORK)).scalars().all()


async def overlooked_tickets(tx: Tx, before: datetime, most: int) -> Sequence[Ticket]:
    """Tickets with a clock that fell due before an instant although no timer recorded it, locked."""
    statement = (
        select(Ticket)
        .where(Ticket.sla_check_time < before, Ticket.delete_time.is_(None))
        .order_by(Ticket.sla_check_time)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return (await tx.session.execute(statement, execution_options=OWN_WORK)).scalars().all()


class Surveyed(NamedTuple):
    """What a survey is about; ``expire_time`` is that of the ticket's answer, if it has one."""

    id: UUID
    number: str
    subject: str
    resolve_time: datetime | None
    expire_time: datetime | None


async def surveyed(call: Call, ticket_id: UUID | str) -> Surveyed:
    """The ticket of a survey; NotFound when the call may not see it."""
    key = parse_id(Ticket, ticket_id)
    statement = (
        select(Ticket.id, Ticket.number, Ticket.subject, Ticket.resolve_time, SurveyAnswer.expire_time)
        .outerjoin(SurveyAnswer, SurveyAnswer.ticket_id == Ticket.id)
        .where(Ticket.id == key, visible(call, Ticket))
    )
    async with call.db.connect() as connection:
        found = (await connection.execute(statement, execution_options=scoped(call))).one_or_none()
    if found is None:
        raise NotFound(resource="ticket", id=key)
    return Surveyed(*found)
