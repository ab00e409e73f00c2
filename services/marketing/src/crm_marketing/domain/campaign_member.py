"""Members of a campaign: once per person, and how far each came (domain rule 6.1)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_kit.entity import scope_index
from crm_kit.errors import AlreadyExists, FailedPrecondition
from crm_marketing.domain.person import Person
from crm_marketing.domain.record import Record


class Status(StrEnum):
    """How far a person came, in this order; the contract describes each value."""

    TARGET = "TARGET"
    SENT = "SENT"
    RESPONDED = "RESPONDED"
    CONVERTED = "CONVERTED"

    @property
    def rank(self) -> int:
        return list(Status).index(self)


RESPONSES = (Status.RESPONDED, Status.CONVERTED)
"""Statuses that mean the person responded."""


class PersonAlreadyMember(AlreadyExists):
    """A person is in a campaign once. Facts: resource, field, value (the member's id)."""

    en = "This person is a member of the campaign already: {value}."
    zh = "此人已是该活动成员：{value}。"


class StatusGoesBackwards(FailedPrecondition):
    """Only a person may say that somebody came less far. Facts: id, status, wanted."""

    en = "The member is {status} already. Only a person may set it back to {wanted}."
    zh = "该成员已是 {status}，只有人工操作才能改回 {wanted}。"


class CampaignMember(Record):
    """A person a campaign is for (活动成员)."""

    __tablename__ = "campaign_member"

    campaign_id: Mapped[UUID] = mapped_column(default=None)
    person_key: Mapped[str] = mapped_column(default="")
    lead_id: Mapped[UUID | None] = mapped_column(default=None)
    contact_id: Mapped[UUID | None] = mapped_column(default=None)
    customer_id: Mapped[UUID | None] = mapped_column(default=None)
    status: Mapped[str] = mapped_column(default=Status.TARGET)
    responded: Mapped[bool] = mapped_column(default=False)
    first_responded_time: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        scope_index("campaign_member"),
        Index(
            "uq_campaign_member_campaign_id_person_key",
            "campaign_id",
            "person_key",
            unique=True,
            postgresql_where=text("delete_time IS NULL"),
        ),
        Index("ix_campaign_member_person_key", "person_key"),
        Index("ix_campaign_member_lead_id", "lead_id"),
    )

    @property
    def person(self) -> Person:
        return Person(self.lead_id, self.contact_id, self.customer_id)

    def correct(self, status: Status, now: datetime, *, by_person: bool) -> None:
        """Set the status; back only by a person. The first response stays what it was."""
        if status.rank < Status(self.status).rank and not by_person:
            raise StatusGoesBackwards(id=self.id, status=self.status, wanted=status)
        self.status, self.responded = status, status in RESPONSES
        if self.responded:
            self.first_responded_time = self.first_responded_time or now

    def convert(self) -> None:
        """Became a customer: counts for campaigns the person had responded to."""
        if self.responded:
            self.status = Status.CONVERTED

    def identify(self, customer_id: UUID, contact_id: UUID | None) -> None:
        """The lead turned out to be this customer and contact."""
        self.customer_id, self.contact_id = customer_id, contact_id
        self.person_key = self.person.key

    def give_to(self, person: Person) -> None:
        """It is this person's, also if it had been joined to another one."""
        self.lead_id, self.contact_id, self.customer_id = person.lead_id, person.contact_id, person.customer_id
        self.person_key, self.delete_time = person.key, None

    def absorb(self, other: "CampaignMember") -> bool:
        """Take over what another member knows who is the same person; whether that changed anything."""
        before = (self.status, self.first_responded_time, self.lead_id)
        self.status = max(Status(self.status), Status(other.status), key=lambda status: status.rank)
        self.responded = Status(self.status) in RESPONSES
        times = [t for t in (self.first_responded_time, other.first_responded_time) if t is not None]
        self.first_responded_time = min(times, default=None)
        # The older lead, so that it does not matter which of the two was heard of first.
        self.lead_id = min((lead for lead in (self.lead_id, other.lead_id) if lead is not None), default=None)
        return before != (self.status, self.first_responded_time, self.lead_id)
