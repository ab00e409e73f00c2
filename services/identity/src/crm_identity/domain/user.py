"""People who sign in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_identity.domain.record import Record
from crm_kit.errors import FailedPrecondition
from crm_kit.searchable import Searchable, search_indexes


class LastAdministrator(FailedPrecondition):
    """Without one nobody could put rights in order again. Facts: login."""

    en = "{login} is the last enabled administrator. Make somebody else administrator first."
    zh = "{login} 是最后一个可用的管理员，请先指定另一名管理员。"


class User(Searchable, Record):
    """A person who signs in. Their record is their own: ``owner_id`` is their ``id``.

    ``language`` is the person's word among the preferences and kept nowhere else; empty where they say nothing.
    """

    __tablename__ = "user_account"
    __searched__ = ("login", "display_name", "email", "title")

    login: Mapped[str] = mapped_column(default="")
    display_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[UUID] = mapped_column(default=None)
    roles: Mapped[list[str]] = mapped_column(default_factory=list)
    language: Mapped[str] = mapped_column(default="")
    disabled: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str] = mapped_column(default="")
    last_sign_in_time: Mapped[datetime | None] = mapped_column(default=None)

    __table_args__ = (
        Index("uq_user_account_login", text("lower(login)"), unique=True),
        Index("ix_user_account_unit_path", "unit_path", "id"),
        Index("ix_user_account_roles", "roles", postgresql_using="gin"),
        *search_indexes("user_account"),
    )
