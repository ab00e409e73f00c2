"""Log a follow-up (跟进): when, how, what was said, what comes next; the timeline shows it at once (C20)."""

from datetime import timedelta

from crm.customers.v1 import customers_events_pb2 as events

from crm_customers import queries
from crm_customers.domain import normalise
from crm_customers.domain.choices import FOLLOW_UP_CHOICES, wrong_choices
from crm_customers.domain.customer import Customer
from crm_customers.domain.follow_up import FollowUp
from crm_customers.domain.timeline import Entry
from crm_customers.usecases.record_timeline import record_timeline
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx

CLOCK_SKEW = timedelta(minutes=5)


async def log_follow_up(tx: Tx, follow_up: FollowUp) -> FollowUp:
    """The follow-up as kept; it moves the customer's latest contact."""
    follow_up.occur_time = follow_up.occur_time or tx.now
    follow_up.note, follow_up.next_step = normalise.lines(follow_up.note), normalise.text(follow_up.next_step)
    customer = await tx.load(Customer, follow_up.customer_id)
    await _check(tx, follow_up)
    follow_up.owner_id, follow_up.unit_path = customer.owner_id, customer.unit_path
    follow_up.author_id = tx.principal.user_id
    tx.add(follow_up)
    tx.publish(follow_up, events.FollowUpLogged())
    await record_timeline(tx, [_entry(tx, follow_up)])
    return follow_up


def _entry(tx: Tx, follow_up: FollowUp) -> Entry:
    return Entry(
        id=follow_up.id,
        customer_id=follow_up.customer_id,
        contact_id=follow_up.contact_id,
        occur_time=follow_up.occur_time,
        kind=follow_up.kind,
        direction=follow_up.direction,
        is_contact=True,
        actor=tx.principal.actor,
        source_event_type=events.FollowUpLogged.DESCRIPTOR.full_name,
        subject_type="follow_up",
        subject_id=follow_up.id,
        facts={"outcome": follow_up.outcome, "note": follow_up.note},
    )


async def _check(tx: Tx, follow_up: FollowUp) -> None:
    wrong = wrong_choices(follow_up, FOLLOW_UP_CHOICES)
    if follow_up.occur_time > tx.now + CLOCK_SKEW:
        wrong.append(
            Violation("occur_time", "IN_THE_FUTURE", "Log what has happened; plan what will.", "请记录已发生的跟进。")
        )
    if follow_up.next_time is not None and follow_up.next_time < follow_up.occur_time:
        wrong.append(
            Violation(
                "next_time",
                "BEFORE_THE_MOMENT",
                "What comes next cannot be due before the contact moment.",
                "下次跟进时间不能早于本次跟进时间。",
            )
        )
    if follow_up.contact_id is not None and not await queries.is_contact_of(
        tx, follow_up.contact_id, follow_up.customer_id
    ):
        wrong.append(
            Violation("contact_id", "NOT_A_CONTACT", "Name a contact of this customer.", "请指定该客户的联系人。")
        )
    if wrong:
        raise InvalidArgument(wrong)
