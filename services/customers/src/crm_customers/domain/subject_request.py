"""A person asks what we know of them, or to be forgotten (个人信息请求, domain rule 8.8)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm_customers.domain.record import Record
from crm_kit.entity import scope_index
from crm_kit.errors import FailedPrecondition

LEAD, CONTACT, CUSTOMER = "leads.lead", "customers.contact", "customers.customer"
RESOURCES = (LEAD, CONTACT, CUSTOMER)
"""Kinds of records that are persons; a customer only when its type says so."""
ANSWER_WITHIN = timedelta(days=30)
EXPORT_KEPT = timedelta(days=7)
SWEPT_AFTER = (timedelta(hours=1), timedelta(days=15))
"""When an erasure is repeated: once what was on its way has arrived, and once streams, which keep events for 14 days, have
forgotten all of it.
"""
ENTERPRISE = "/"
"""The unit of requests and holds: above all others, so that only a scope of all reaches them."""


class Kind(StrEnum):
    """What the person wants."""

    ACCESS = "ACCESS"
    ERASURE = "ERASURE"


class State(StrEnum):
    """How far it is."""

    RECEIVED = "RECEIVED"
    DISCOVERED = "DISCOVERED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


OPEN = (State.RECEIVED, State.DISCOVERED)


class SubjectRequestBegun(FailedPrecondition):
    """What was started or has ended stays as it is. Facts: number, state."""

    en = "The request {number} is {state}; this can only be done before it is started."
    zh = "请求 {number} 当前为 {state}，只能在开始之前执行此操作。"


class SubjectExportGone(FailedPrecondition):
    """The file of an access is there from its end on, for 7 days. Facts: number."""

    en = "There is no file of {number} to fetch: it is kept for 7 days after the request is done. Make a new request."
    zh = "{number} 没有可下载的文件：文件在完成后保留 7 天，请新建请求。"


class SubjectRequest(Record):
    """One request; it belongs to the enterprise. ``record_ids``: what the services found to be about the person."""

    __tablename__ = "subject_request"

    number: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=State.RECEIVED)
    subjects: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    matches: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    requester: Mapped[str] = mapped_column(default="")
    identity_check: Mapped[str] = mapped_column(default="")
    legal_basis: Mapped[str] = mapped_column(default="")
    receive_time: Mapped[datetime] = mapped_column(default=None)
    due_time: Mapped[datetime] = mapped_column(default=None)
    overdue: Mapped[bool] = mapped_column(default=False)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    record_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)
    state_reason: Mapped[str] = mapped_column(default="")
    certificate: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(default="")
    export_expire_time: Mapped[datetime | None] = mapped_column(default=None)
    end_time: Mapped[datetime | None] = mapped_column(default=None)
    officer_id: Mapped[UUID | None] = mapped_column(default=None)

    __table_args__ = (
        scope_index("subject_request"),
        Index("uq_subject_request_number", "number", unique=True, postgresql_where=text("number <> ''")),
        Index("ix_subject_request_done", "end_time", postgresql_where=text("kind = 'ERASURE' AND state = 'DONE'")),
        Index("ix_subject_request_running", "id", postgresql_where=text("state = 'RUNNING'")),
    )

    @property
    def is_open(self) -> bool:
        """Whether anything may still be decided about it."""
        return self.state in OPEN

    def need_open(self) -> None:
        """SubjectRequestBegun once it was started or has ended."""
        if not self.is_open:
            raise SubjectRequestBegun(id=self.id, number=self.number, state=self.state)

    def name_subjects(self, subjects: Sequence[tuple[str, UUID]]) -> None:
        """Whom it is about; what was discovered of others no longer counts."""
        self.subjects = [{"resource": resource, "id": str(id)} for resource, id in subjects]
        self.state, self.matches, self.findings = State.RECEIVED, [], []

    def discover(self, matches: list[dict[str, Any]], findings: list[dict[str, Any]]) -> None:
        """All services have said what they hold."""
        self.need_open()
        self.state, self.matches, self.findings = State.DISCOVERED, matches, findings

    def start(self) -> None:
        """The services set to work; nobody can stop that."""
        self.need_open()
        self.state, self.state_reason = State.RUNNING, ""

    def give_back(self, why: str) -> None:
        """It could not be fulfilled; the officer decides anew."""
        self.state, self.state_reason = State.RECEIVED, why

    def end(self, state: State, reason: str, now: datetime) -> None:
        """Refused, or taken back."""
        self.need_open()
        self.state, self.state_reason, self.end_time = state, reason, now

    def next_sweep(self, now: datetime) -> datetime | None:
        """When it is repeated next; None when all is swept."""
        assert self.end_time is not None
        return next((due for pause in SWEPT_AFTER if (due := self.end_time + pause) > now), None)

    def complete(self, now: datetime) -> None:
        """Fulfilled. Who asked to be forgotten is forgotten here, too."""
        self.state, self.end_time, self.overdue = State.DONE, now, self.overdue or now > self.due_time
        if self.kind == Kind.ERASURE:
            self.requester = self.identity_check = ""
            self.matches = []
