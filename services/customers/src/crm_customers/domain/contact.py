"""People at customers: who is the main one, who reports to whom (domain rule 3.7)."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_customers.domain.choices import CLASSIFICATIONS
from crm_customers.domain.normalise import PHONES
from crm_customers.domain.record import Record
from crm_kit.entity import newest_index, scope_index
from crm_kit.errors import FailedPrecondition
from crm_kit.recognition import ADDRESSES, HANDLES
from crm_kit.sealing import sealed, sealed_index


class ContactStandsInForCustomer(FailedPrecondition):
    """A person customer and its contact are one. Facts: id, customer_id."""

    en = "This contact is the customer itself. Change customer {customer_id} instead."
    zh = "该联系人即客户本人，请直接修改客户 {customer_id}。"


class PersonIsMainContact(FailedPrecondition):
    """The main contact of a person is that person. Facts: customer_id."""

    en = "The customer is a person and is its own main contact."
    zh = "该客户为个人，主联系人始终为其本人。"


class ContactInConversion(FailedPrecondition):
    """A lead is being converted into this contact. Facts: id."""

    en = "A lead is being converted into this contact. Try again in a moment."
    zh = "有线索正在转化为该联系人，请稍后重试。"


class ReportingCycle(FailedPrecondition):
    """Somebody would report to themselves. Facts: id, reports_to_id."""

    en = "A contact cannot report to itself or to somebody who reports to it. Choose another superior."
    zh = "联系人不能向自己或自己的下属汇报，请选择其他上级。"


class Contact(Record):
    """A person at a customer (联系人)."""

    __tablename__ = "contact"

    customer_id: Mapped[UUID] = mapped_column(default=None)
    name: Mapped[str] = mapped_column(default="")
    salutation: Mapped[str] = mapped_column(default="")
    gender: Mapped[str] = mapped_column(default="")
    department: Mapped[str] = mapped_column(default="")
    job_title: Mapped[str] = mapped_column(default="")
    classification: Mapped[str] = mapped_column(default="ordinary")
    is_main: Mapped[bool] = mapped_column(default=False)
    is_shadow: Mapped[bool] = mapped_column(default=False)
    reports_to_id: Mapped[UUID | None] = mapped_column(default=None)
    phone: Mapped[str] = sealed(PHONES)
    phone_index: Mapped[str] = sealed_index("phone")
    mobile: Mapped[str] = sealed(PHONES)
    mobile_index: Mapped[str] = sealed_index("mobile")
    email: Mapped[str] = sealed(ADDRESSES)
    email_index: Mapped[str] = sealed_index("email")
    messenger: Mapped[str] = sealed(HANDLES)
    messenger_index: Mapped[str] = sealed_index("messenger")
    home_address: Mapped[str] = sealed()
    birth_date: Mapped[date | None] = mapped_column(default=None)
    hobbies: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    opt_outs: Mapped[list[str]] = mapped_column(default_factory=list)
    lead_id: Mapped[UUID | None] = mapped_column(default=None)

    search_text: Mapped[str] = mapped_column(default="")
    search_grams: Mapped[list[str]] = mapped_column(default_factory=list)

    __table_args__ = (
        scope_index("contact"),
        newest_index("contact"),
        Index("ix_contact_customer", "customer_id", text("create_time DESC"), text("id DESC")),
        *(
            Index(f"ix_contact_{name}_index", f"{name}_index", postgresql_where=text(f"{name}_index <> ''"))
            for name in ("phone", "mobile", "email", "messenger")
        ),
        Index("ix_contact_owner", "owner_id", text("create_time DESC"), text("id DESC")),
        Index(
            "ix_contact_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index("ix_contact_search_grams", "search_grams", postgresql_using="gin"),
        # The second wall: changes of the main contact are already serialised by the customer's row lock.
        Index("uq_contact_main", "customer_id", unique=True, postgresql_where=text("is_main AND delete_time IS NULL")),
    )


def next_main(contacts: Iterable[Contact]) -> Contact | None:
    """Who follows as main contact: the best classification, then the one known longest."""
    return min(contacts, key=lambda one: (_rank(one.classification), one.create_time, one.id), default=None)


def check_reporting(id: UUID, reports_to_id: UUID, superiors: Mapping[UUID, UUID | None]) -> None:
    """Refuse a superior who reports to the contact, over however many steps. ``superiors``: contact → its superior."""
    seen: set[UUID] = set()
    above: UUID | None = reports_to_id
    while above is not None and above not in seen:
        if above == id:
            raise ReportingCycle(id=id, reports_to_id=reports_to_id)
        seen.add(above)
        above = superiors.get(above)


def _rank(classification: str) -> int:
    return CLASSIFICATIONS.index(classification) if classification in CLASSIFICATIONS else len(CLASSIFICATIONS)
