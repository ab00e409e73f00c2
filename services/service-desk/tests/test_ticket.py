"""The moves a ticket makes and refuses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from crm_kit.errors import Error, InvalidArgument
from crm_service_desk.domain.errors import (
    TicketAlreadyWaiting,
    TicketNotSolved,
    TicketNotWaiting,
    TicketOver,
    TicketSolved,
)
from crm_service_desk.domain.states import (
    CANCELLED,
    CLOSED,
    NEW,
    ON_HOLD,
    OPEN,
    PENDING_CUSTOMER,
    PENDING_THIRD_PARTY,
    RESOLVED,
)
from crm_service_desk.domain.ticket import Ticket

from .builders import monday, tuesday

AGENT = UUID("01920000-0000-7000-8000-000000000001")
COLLEAGUE = UUID("01920000-0000-7000-8000-000000000002")
NOW = monday("10:00")

MOVES: dict[str, Callable[[Ticket], object]] = {
    "assign": lambda ticket: ticket.assign(AGENT),
    "reply": lambda ticket: ticket.reply(NOW, automatic=False),
    "pend": lambda ticket: ticket.pend(PENDING_CUSTOMER),
    "resume": lambda ticket: ticket.resume(),
    "resolve": lambda ticket: ticket.resolve("answered", "Told them how.", "", AGENT, NOW),
    "reopen": lambda ticket: ticket.reopen(),
    "close": lambda ticket: ticket.close(NOW),
    "cancel": lambda ticket: ticket.cancel("opened twice", NOW),
}


def a_ticket(**facts: Any) -> Ticket:
    return Ticket(**{"number": "TK-2026-000001", "kind": "ENQUIRY", **facts})


def test_assigning_a_new_ticket_opens_it_and_assigning_another_only_moves_it() -> None:
    ticket = a_ticket()
    ticket.assign(AGENT)
    assert (ticket.state, ticket.owner_id) == (OPEN, AGENT)
    ticket.pend(PENDING_CUSTOMER)
    ticket.assign(COLLEAGUE)
    assert (ticket.state, ticket.owner_id) == (PENDING_CUSTOMER, COLLEAGUE)


def test_a_reply_keeps_the_state_and_only_a_persons_counts_as_response() -> None:
    ticket = a_ticket()
    ticket.reply(NOW, automatic=True)
    assert (ticket.state, ticket.first_response_time) == (NEW, None)
    ticket.reply(NOW, automatic=False)
    ticket.reply(monday("11:00"), automatic=False)
    assert (ticket.first_response_time, ticket.last_reply_time) == (NOW, monday("11:00"))


@pytest.mark.parametrize("state", [PENDING_CUSTOMER, PENDING_THIRD_PARTY, ON_HOLD])
def test_the_customers_message_ends_every_waiting(state: str) -> None:
    ticket = a_ticket(state=state, hold_until_time=tuesday("09:00"))
    ticket.hear(NOW)
    assert (ticket.state, ticket.hold_until_time, ticket.reopen_count) == (OPEN, None, 0)


@pytest.mark.parametrize("state", [RESOLVED, CLOSED])
def test_the_customers_message_opens_a_solved_ticket_again(state: str) -> None:
    ticket = a_ticket(state=state, close_time=NOW)
    ticket.hear(NOW)
    assert (ticket.state, ticket.reopen_count, ticket.close_time) == (OPEN, 1, None)


def test_a_message_belongs_to_a_closed_ticket_only_within_the_reopening_days() -> None:
    ticket = a_ticket(state=CLOSED, close_time=NOW)
    assert ticket.accepts_message(NOW + timedelta(days=7) - timedelta(microseconds=1), 7)
    assert not ticket.accepts_message(NOW + timedelta(days=7), 7)
    assert not a_ticket(state=CANCELLED).accepts_message(NOW, 7)
    assert a_ticket(state=RESOLVED).accepts_message(NOW + timedelta(days=70), 7)


def test_waiting_for_the_same_twice_is_refused_but_a_hold_may_be_moved() -> None:
    ticket = a_ticket(state=OPEN)
    ticket.pend(PENDING_CUSTOMER)
    with pytest.raises(TicketAlreadyWaiting):
        ticket.pend(PENDING_CUSTOMER)
    ticket.pend(ON_HOLD, monday("17:00"))
    ticket.pend(ON_HOLD, tuesday("09:00"))
    assert ticket.hold_until_time == tuesday("09:00")
    ticket.pend(PENDING_THIRD_PARTY)
    assert ticket.hold_until_time is None


def test_resolving_says_how_and_by_whom() -> None:
    ticket = a_ticket(state=OPEN, owner_id=COLLEAGUE)
    ticket.resolve("answered", "Told them how.", "", AGENT, NOW)
    assert (ticket.state, ticket.resolution_code, ticket.resolver_id) == (RESOLVED, "answered", AGENT)


def test_what_a_machine_resolves_counts_for_the_owner() -> None:
    ticket = a_ticket(state=OPEN, owner_id=COLLEAGUE)
    ticket.resolve("answered", "Told them how.", "", None, NOW)
    assert ticket.resolver_id == COLLEAGUE


def test_a_complaint_is_not_resolved_without_its_root_cause() -> None:
    complaint = a_ticket(kind="COMPLAINT", state=OPEN)
    with pytest.raises(InvalidArgument, match="root_cause"):
        complaint.resolve("refunded", "Money back.", "", AGENT, NOW)
    complaint.resolve("refunded", "Money back.", "wrong label", AGENT, NOW)
    assert complaint.root_cause == "wrong label"


@pytest.mark.parametrize(
    ("state", "refusals"),
    [
        (NEW, {"resume": TicketNotWaiting, "reopen": TicketNotSolved, "close": TicketNotSolved}),
        (OPEN, {"resume": TicketNotWaiting, "reopen": TicketNotSolved, "close": TicketNotSolved}),
        (ON_HOLD, {"reopen": TicketNotSolved, "close": TicketNotSolved}),
        (
            RESOLVED,
            {"pend": TicketSolved, "resume": TicketNotWaiting, "resolve": TicketSolved, "cancel": TicketSolved},
        ),
        (
            CLOSED,
            {
                "assign": TicketOver,
                "reply": TicketOver,
                "pend": TicketOver,
                "resume": TicketNotWaiting,
                "resolve": TicketOver,
                "close": TicketNotSolved,
                "cancel": TicketOver,
            },
        ),
        (
            CANCELLED,
            {
                "assign": TicketOver,
                "reply": TicketOver,
                "pend": TicketOver,
                "resume": TicketNotWaiting,
                "resolve": TicketOver,
                "reopen": TicketNotSolved,
                "close": TicketNotSolved,
                "cancel": TicketOver,
            },
        ),
    ],
)
def test_each_state_allows_its_moves_and_refuses_the_others(state: str, refusals: dict[str, type[Error]]) -> None:
    refused = {}
    for name, move in MOVES.items():
        try:
            move(a_ticket(state=state))
        except Error as error:
            refused[name] = type(error)
    assert refused == refusals
