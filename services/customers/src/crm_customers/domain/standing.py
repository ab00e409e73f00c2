"""Where the relation with a customer stands, as its contracts and deals say (domain rule 3.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Table, Text, Uuid, text

from crm_customers.domain.record import Record


class Phase(StrEnum):
    """Where the relation stands; the contract describes each value."""

    PRESALE = "PRESALE"
    EXECUTING = "EXECUTING"
    AFTER_SALE = "AFTER_SALE"
    EXPIRED = "EXPIRED"


known_contract = Table(
    "known_contract",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("event_seq", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("end_time", DateTime(timezone=True)),
    Index("ix_known_contract_customer", "customer_id"),
)
"""What sales told of each contract; ``end_time`` is the instant at which its last day is over."""

known_opportunity = Table(
    "known_opportunity",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("event_seq", BigInteger, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Index("ix_known_opportunity_open", "customer_id", postgresql_where=text("is_open")),
)
"""What sales told of each deal."""

ACTIVE = frozenset({"SIGNED", "EXECUTING"})
DELIVERED = frozenset({"FULFILLED", "ARCHIVED"})
ENDED_EARLY = frozenset({"TERMINATED", "EXPIRED"})
"""States of contracts that were in force; drafts and voided ones say nothing about the relation."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One contract as far as the phase depends on it; without ``end_time`` it has no last day."""

    state: str
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The phase, and the instant at which the calendar alone ends it, if any."""

    phase: Phase
    until: datetime | None = None
    has_open_deal: bool = False


def standing(agreements: Iterable[Agreement], now: datetime, *, has_open_deal: bool = False) -> Standing:
    """Any active contract: executing. All delivered: after sale, until the last end date has passed: expired."""
    known = list(agreements)
    if any(agreement.state in ACTIVE for agreement in known):
        return Standing(Phase.EXECUTING, None, has_open_deal)
    ends = [agreement.end_time for agreement in known if agreement.state in DELIVERED]
    if ends:
        last = None if None in ends else max(end for end in ends if end is not None)
        if last is None or now < last:
            return Standing(Phase.AFTER_SALE, last, has_open_deal)
        return Standing(Phase.EXPIRED, None, has_open_deal)
    over = any(agreement.state in ENDED_EARLY for agreement in known)
    return Standing(Phase.EXPIRED if over else Phase.PRESALE, None, has_open_deal)


def end_of_day(day: date, zone: str) -> datetime:
    """The instant at which a day is over in an IANA zone."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
