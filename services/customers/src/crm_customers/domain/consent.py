"""What people allowed and took back (domain rule 8.8): entries are added, never changed, and the stricter of two wins."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_customers.domain.record import Record
from crm_kit.errors import FailedPrecondition, Violation

MARKETING = "marketing"
ALL = "all"
PURPOSES = (MARKETING, "service", "profiling", "sharing", "sensitive")
CHANNELS = ("call", "sms", "email", "messenger", "post", ALL)
BASES = ("consent", "contract", "legal_obligation", "vital_interest", "public_task", "legitimate_interest")
CONSENT_CHOICES = {"purpose": PURPOSES, "channel": CHANNELS, "basis": BASES}


class Decision(StrEnum):
    """What a person said."""

    GIVEN = "GIVEN"
    WITHDRAWN = "WITHDRAWN"


class OptOutStands(FailedPrecondition):
    """An opt-out ends by what the person says, not by an edit. Facts: channels."""

    en = "The contact opted out of {channels}. Record its new consent, with text version and proof, to end that."
    zh = "该联系人已退订：{channels}。如需恢复，请登记新的同意（含文本版本和证明）。"


class Consent(Record):
    """One entry of the ledger (同意记录). Who sees the contact sees what it consented to."""

    __tablename__ = "consent"
    __unscoped__ = "read below a contact that the caller sees"

    contact_id: Mapped[UUID] = mapped_column(default=None)
    customer_id: Mapped[UUID] = mapped_column(default=None)
    purpose: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(default="")
    decision: Mapped[str] = mapped_column(default="")
    basis: Mapped[str] = mapped_column(default="")
    text_version: Mapped[str] = mapped_column(default="")
    proof: Mapped[str] = mapped_column(default="")
    occur_time: Mapped[datetime] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(default="recorded")
    recorder_id: Mapped[UUID | None] = mapped_column(default=None)

    __table_args__ = (
        Index("ix_consent_contact", "contact_id", text("occur_time DESC"), text("id DESC")),
        Index("ix_consent_current", "contact_id", "purpose", "channel", text("occur_time DESC")),
    )

    @property
    def given(self) -> bool:
        return self.decision == Decision.GIVEN

    def missing_evidence(self) -> list[Violation]:
        """Consent that cannot be proved is none; whoever withdraws owes no reason."""
        if not self.given or self.basis != "consent":
            return []
        return [
            Violation(field, "REQUIRED", en, zh)
            for field, en, zh in (
                ("text_version", "Name the version of the text the person saw.", "请填写对方所见文本的版本。"),
                ("proof", "Say how the consent can be proved.", "请填写同意的证明方式。"),
            )
            if not getattr(self, field)
        ]


def opted_out(opt_outs: Iterable[str], consent: Consent) -> list[str]:
    """The channels a contact is opted out of once an entry counts; only marketing is opted out of."""
    before = set(opt_outs)
    if consent.purpose != MARKETING:
        return sorted(before)
    if not consent.given:
        return sorted(before | {consent.channel})
    return [] if consent.channel == ALL else sorted(before - {consent.channel})
