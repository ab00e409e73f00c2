"""The ticket: what a customer wants of us, and the moves it may make between taking in and closing."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import newest_index, scope_index
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.filtering import grams, search_text
from crm_service_desk.domain.errors import (
    TicketAlreadyWaiting,
    TicketNotSolved,
    TicketNotWaiting,
    TicketOver,
    TicketSolved,
)
from crm_service_desk.domain.record import Record
from crm_service_desk.domain.states import (
    CANCELLED,
    CLOSED,
    NEW,
    ON_HOLD,
    OPEN,
    OVER,
    RESOLVED,
    SOLVED,
    WAITING,
)

COMPLAINT = "COMPLAINT"
KINDS = ("ENQUIRY", COMPLAINT, "REPAIR")
NORMAL = "NORMAL"
PRIORITIES = ("LOW", NORMAL, "HIGH", "URGENT")


class Ticket(Record):
    """One request of a customer. Transitions refuse loudly; clocks and due times are set from the ticket's history.

    ``sla_check_time`` is the next due instant of a running clock that is still in time: who looks later finds a breach.
    """

    __tablename__ = "ticket"

    number: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=NEW)
    kind: Mapped[str] = mapped_column(default="")
    priority: Mapped[str] = mapped_column(default=NORMAL)
    subject: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    customer_id: Mapped[UUID] = mapped_column(default=None)
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    channel: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(default_factory=list)
    resolution_code: Mapped[str] = mapped_column(default="")
    resolution: Mapped[str] = mapped_column(default="")
    root_cause: Mapped[str] = mapped_column(default="")
    cancel_reason: Mapped[str] = mapped_column(default="")
    reopen_count: Mapped[int] = mapped_column(Integer(), default=0)
    hold_until_time: Mapped[datetime | None] = mapped_column(default=None)
    follow_up_of_id: Mapped[UUID | None] = mapped_column(default=None)
    sla_policy_id: Mapped[UUID | None] = mapped_column(default=None)
    calendar_id: Mapped[UUID | None] = mapped_column(default=None)
    first_response_due_time: Mapped[datetime | None] = mapped_column(default=None)
    next_response_due_time: Mapped[datetime | None] = mapped_column(default=None)
    resolution_due_time: Mapped[datetime | None] = mapped_column(default=None)
    clocks: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    sla_breached: Mapped[bool] = mapped_column(default=False)
    sla_check_time: Mapped[datetime | None] = mapped_column(default=None)
    first_response_time: Mapped[datetime | None] = mapped_column(default=None)
    last_reply_time: Mapped[datetime | None] = mapped_column(default=None)
    last_customer_message_time: Mapped[datetime | None] = mapped_column(default=None)
    resolve_time: Mapped[datetime | None] = mapped_column(default=None)
    resolver_id: Mapped[UUID | None] = mapped_column(default=None)
    close_time: Mapped[datetime | None] = mapped_column(default=None)
    category: Mapped[str] = mapped_column(default="")
    product_id: Mapped[UUID | None] = mapped_column(default=None)
    search_text: Mapped[str] = mapped_column(default="")
    search_grams: Mapped[list[str]] = mapped_column(default_factory=list)

    __table_args__ = (
        scope_index("ticket"),
        newest_index("ticket"),
        Index("ix_ticket_customer_id", "customer_id", "create_time"),
        Index("ix_ticket_queue", "owner_id", "resolution_due_time", postgresql_where=text("close_time IS NULL")),
        Index("ix_ticket_sla_check_time", "sla_check_time", postgresql_where=text("sla_check_time IS NOT NULL")),
        Index("ix_ticket_follow_up_of_id", "follow_up_of_id", postgresql_where=text("follow_up_of_id IS NOT NULL")),
        Index(
            "ix_ticket_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_ticket_search_grams", "search_grams", postgresql_using="gin"),
        Index("ix_ticket_sla_policy_id", "sla_policy_id", postgresql_where=text("close_time IS NULL")),
        Index("ix_ticket_calendar_id", "calendar_id", postgresql_where=text("close_time IS NULL")),
    )

    def edited(self) -> None:
        """Its facts were corrected: what is derived from them follows. A cancelled ticket is read-only."""
        if self.state == CANCELLED:
            raise TicketOver(number=self.number, state=self.state)
        self.priority = self.priority or NORMAL
        self.index_search()

    def index_search(self) -> None:
        """Keep what lists search in step with the texts; call after changing any of them."""
        texts = (self.number, self.subject, self.description)
        self.search_text, self.search_grams = search_text(*texts), grams(*texts)

    def assign(self, agent_id: UUID) -> None:
        """Hand it to an agent, whose working on it begins."""
        self._refuse_over()
        self.owner_id = agent_id
        if self.state == NEW:
            self.state = OPEN

    def reply(self, now: datetime, *, automatic: bool) -> None:
        """Answer publicly; only a person's answer counts as a response. The state stays."""
        self._refuse_over()
        if not automatic:
            self.first_response_time = self.first_response_time or now
            self.last_reply_time = now

    def accepts_message(self, now: datetime, reopen_days: int) -> bool:
        """Whether a customer's message still belongs here, or begins a ticket that follows this one up."""
        if self.state == CLOSED:
            return self.close_time is not None and now < self.close_time + timedelta(days=reopen_days)
        return self.state != CANCELLED

    def hear(self, now: datetime) -> None:
        """The customer said something: waiting ends, a solved ticket is open again."""
        self.last_customer_message_time = now
        if self.state in WAITING:
            self.resume()
        elif self.state in SOLVED:
            self.reopen()

    def pend(self, state: str, until: datetime | None = None) -> None:
        """Wait for somebody, or on hold until an instant, which may be moved."""
        self._refuse_solved()
        if state == self.state and state != ON_HOLD:
            raise TicketAlreadyWaiting(number=self.number, state=state)
        self.state = state
        self.hold_until_time = until

    def resume(self) -> None:
        """End the waiting."""
        if self.state not in WAITING:
            raise TicketNotWaiting(number=self.number, state=self.state)
        self._open()

    def resolve(self, code: str, resolution: str, root_cause: str, resolver_id: UUID | None, now: datetime) -> None:
        """Declare it solved, with a code and words; a complaint has to say why it happened."""
        self._refuse_solved()
        if self.kind == COMPLAINT and not root_cause:
            raise InvalidArgument([ROOT_CAUSE_MISSING])
        self.state, self.hold_until_time = RESOLVED, None
        self.resolution_code, self.resolution, self.root_cause = code, resolution, root_cause
        self.resolver_id, self.resolve_time = resolver_id or self.owner_id, now

    def reopen(self) -> None:
        """The solution did not hold."""
        if self.state not in SOLVED:
            raise TicketNotSolved(number=self.number, state=self.state)
        self.reopen_count += 1
        self.close_time = None
        self._open()

    def close(self, now: datetime) -> None:
        """The solution held."""
        if self.state != RESOLVED:
            raise TicketNotSolved(number=self.number, state=self.state)
        self.state, self.close_time = CLOSED, now

    def cancel(self, reason: str, now: datetime) -> None:
        """End it unsolved."""
        self._refuse_solved()
        self.state, self.hold_until_time = CANCELLED, None
        self.cancel_reason, self.close_time = reason, now

    def _open(self) -> None:
        self.state, self.hold_until_time = OPEN, None

    def _refuse_over(self) -> None:
        if self.state in OVER:
            raise TicketOver(number=self.number, state=self.state)

    def _refuse_solved(self) -> None:
        self._refuse_over()
        if self.state == RESOLVED:
            raise TicketSolved(number=self.number)


ROOT_CAUSE_MISSING = Violation(
    "root_cause",
    "REQUIRED",
    "Say why it happened: a complaint needs its root cause.",
    "请填写根本原因：投诉必须说明原因。",
)
