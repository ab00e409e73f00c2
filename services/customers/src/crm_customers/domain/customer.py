"""The customer: what is known of it, where it stands, and what may not be said of it (domain rules 3.1–3.5)."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm_customers.domain.normalise import PHONES
from crm_customers.domain.record import Record
from crm_customers.domain.standing import Phase, Standing
from crm_kit.entity import newest_index, scope_index
from crm_kit.errors import FailedPrecondition
from crm_kit.recognition import ADDRESSES
from crm_kit.sealing import sealed, sealed_index


class Type(StrEnum):
    """What the party is."""

    ORGANIZATION = "ORGANIZATION"
    PERSON = "PERSON"


class CustomerInUse(FailedPrecondition):
    """Something would be left without its customer. Facts: id, because, because_zh."""

    en = "This customer cannot be removed: {because}. Settle that first."
    zh = "该客户不能删除：{because_zh}。请先处理。"


IN_USE: dict[str, tuple[str, str]] = {
    "children": ("other customers are below it", "存在下级客户"),
    "contract": ("a contract with it is active", "存在执行中的合同"),
    "opportunity": ("an opportunity with it is open", "存在进行中的商机"),
    "conversion": ("a lead is being converted into it", "有线索正在转化为该客户"),
}


def in_use(id: UUID, why: str) -> CustomerInUse:
    """The refusal to remove a customer because of one of ``IN_USE``."""
    en, zh = IN_USE[why]
    return CustomerInUse(id=id, because=en, because_zh=zh)


class Customer(Record):
    """A party of the trade (客户)."""

    __tablename__ = "customer"

    code: Mapped[str] = mapped_column(default="")
    type: Mapped[str] = mapped_column(default=Type.ORGANIZATION)
    name: Mapped[str] = mapped_column(default="")
    name_key: Mapped[str] = mapped_column(default="")
    mnemonic: Mapped[str] = mapped_column(Text(collation="C"), default="")
    parent_id: Mapped[UUID | None] = mapped_column(default=None)
    ancestor_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)
    credit_code: Mapped[str] = mapped_column(default="")
    industry: Mapped[str] = mapped_column(default="")
    headcount: Mapped[int] = mapped_column(default=0)
    source: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="prospect")
    value_rating: Mapped[str] = mapped_column(default="")
    credit_rating: Mapped[str] = mapped_column(default="")
    relationship_level: Mapped[str] = mapped_column(default="")

    phase: Mapped[str] = mapped_column(default=Phase.PRESALE)
    phase_reason: Mapped[str] = mapped_column(default="")
    presale_again: Mapped[bool] = mapped_column(default=False)

    phone: Mapped[str] = sealed(PHONES)
    phone_index: Mapped[str] = sealed_index("phone")
    email: Mapped[str] = sealed(ADDRESSES)
    email_index: Mapped[str] = sealed_index("email")
    fax: Mapped[str] = sealed()
    website: Mapped[str] = mapped_column(default="")
    country_code: Mapped[str] = mapped_column(default="")
    province: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    gender: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[str]] = mapped_column(default_factory=list)

    lead_id: Mapped[UUID | None] = mapped_column(default=None)
    main_contact_id: Mapped[UUID | None] = mapped_column(default=None)
    last_contact_time: Mapped[datetime | None] = mapped_column(default=None)

    territory_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), default_factory=list)
    assigned_territory_codes: Mapped[list[str]] = mapped_column(default_factory=list)
    territory_excluded: Mapped[bool] = mapped_column(default=False)

    search_text: Mapped[str] = mapped_column(default="")
    search_grams: Mapped[list[str]] = mapped_column(default_factory=list)

    __table_args__ = (
        scope_index("customer"),
        newest_index("customer"),
        Index("ix_customer_owner", "owner_id", text("create_time DESC"), text("id DESC")),
        Index("ix_customer_phone_index", "phone_index", postgresql_where=text("phone_index <> ''")),
        Index("ix_customer_email_index", "email_index", postgresql_where=text("email_index <> ''")),
        Index("ix_customer_phase", "unit_path", "phase", text("create_time DESC"), text("id DESC")),
        Index("ix_customer_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_customer_ancestor_ids", "ancestor_ids", postgresql_using="gin"),
        Index("ix_customer_territory_ids", "territory_ids", postgresql_using="gin"),
        Index(
            "ix_customer_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_customer_search_grams", "search_grams", postgresql_using="gin"),
        Index("uq_customer_code", "code", unique=True, postgresql_where=text("code <> ''")),
        Index(
            "uq_customer_mnemonic",
            "unit_path",
            "mnemonic",
            unique=True,
            postgresql_where=text("mnemonic <> '' AND delete_time IS NULL"),
        ),
        Index(
            "uq_customer_credit_code",
            "unit_path",
            "credit_code",
            "name_key",
            unique=True,
            postgresql_where=text("credit_code <> '' AND delete_time IS NULL"),
        ),
    )

    @property
    def is_person(self) -> bool:
        return self.type == Type.PERSON

    def settle(self, standing: Standing, *, by_contract: bool) -> Phase | None:
        """Take the phase the contracts say, unless a person set it since; answers the phase before when it moved.

        ``by_contract``: a contract told it, which ends what a person set.
        """
        before = Phase(self.phase)
        if by_contract:
            self.phase_reason = ""
        if not self.phase_reason:
            self.phase = standing.phase
        self.presale_again = self.phase == Phase.EXPIRED and standing.has_open_deal
        return before if self.phase != before else None

    def set_phase(self, phase: Phase, reason: str) -> Phase | None:
        """A person knows better than the contracts, until the next event of one; answers the phase before if it moved."""
        before = Phase(self.phase)
        self.phase, self.phase_reason = phase, reason
        self.presale_again = self.presale_again and phase == Phase.EXPIRED
        return before if phase != before else None

    def reach(self) -> dict[str, Any]:
        """What a person customer and the contact that stands in for it have in common; the customer is revealed."""
        return {"name": self.name, "gender": self.gender, "mobile": self.phone, "email": self.email}
