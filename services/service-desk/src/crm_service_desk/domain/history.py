"""What happened to a ticket, as far as its promises are concerned; everything about its clocks follows from this."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from crm_service_desk.domain.calendar import WorkingHours
from crm_service_desk.domain.states import PAUSES_BY_DEFAULT


class Target(StrEnum):
    """What is promised: an answer, the next answer, the solution."""

    FIRST_RESPONSE = "FIRST_RESPONSE"
    NEXT_RESPONSE = "NEXT_RESPONSE"
    RESOLUTION = "RESOLUTION"


class Terms(NamedTuple):
    """Where promises come from, exactly: policy and calendar in one version each."""

    policy_id: UUID
    policy_version: int
    calendar_id: UUID
    calendar_revision: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The promises in force from some moment on. A target that is absent promises nothing."""

    terms: Terms
    hours: WorkingHours
    targets: Mapping[Target, timedelta]
    pause_states: frozenset[str] = PAUSES_BY_DEFAULT

    def promises_the_same(self, other: "Plan") -> bool:
        """Whether a ticket under the other plan would have the same due times, by the same policy and calendar."""
        mine, others = self.terms, other.terms
        return (
            mine._replace(policy_version=0) == others._replace(policy_version=0)
            and self.targets == other.targets
            and self.pause_states == other.pause_states
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """Other promises hold from now on: at the beginning, or after a change of priority, policy or calendar."""

    time: datetime
    plan: Plan


@dataclass(frozen=True, slots=True)
class Entered:
    """The ticket came into a state."""

    time: datetime
    state: str


@dataclass(frozen=True, slots=True)
class CustomerWrote:
    """A person on the customer's side said something; machines do not count."""

    time: datetime


@dataclass(frozen=True, slots=True)
class AgentReplied:
    """A person on our side answered publicly; notes and machines do not count."""

    time: datetime


Moment = Planned | Entered | CustomerWrote | AgentReplied
