"""The base of every aggregate: what all stored records have in common."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, MetaData, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, declared_attr, mapped_column

from crm_kit.metadata import NAMING

Path = Text(collation="C")
"""Unit paths compare bytewise, so that a subtree is one range of a plain btree index."""


class Entity(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """An aggregate root as stored.

    A service derives one abstract ``Record`` with its own ``metadata`` and its entities from that. Constructible and
    testable without a database; the transaction fills ``id``, owner, unit and times when it adds the entity.
    ``__unscoped__`` says why a table is visible to everyone who holds the permission; without it, scopes apply.
    """

    __abstract__ = True
    __unscoped__: ClassVar[str] = ""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text(),
        list[str]: ARRAY(Text()),
        dict[str, Any]: JSONB(none_as_null=True),
        list[dict[str, Any]]: JSONB(none_as_null=True),
    }

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=None)
    version: Mapped[int] = mapped_column(BigInteger(), default=0, init=False, nullable=False)
    event_seq: Mapped[int] = mapped_column(BigInteger(), default=0, nullable=False)
    owner_id: Mapped[UUID | None] = mapped_column(default=None)
    unit_path: Mapped[str] = mapped_column(Path, default="")
    pending_operation_id: Mapped[UUID | None] = mapped_column(default=None)
    custom_fields: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    create_time: Mapped[datetime] = mapped_column(default=None)
    update_time: Mapped[datetime] = mapped_column(default=None)
    delete_time: Mapped[datetime | None] = mapped_column(default=None)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - a directive is given the class
        # Every UPDATE carries "WHERE version = the one read": no lost update, whatever else is forgotten.
        return {"version_id_col": cls.__table__.c.version} if hasattr(cls, "__table__") else {}

    @property
    def etag(self) -> str:
        return str(self.version)


def new_metadata() -> MetaData:
    """The metadata of one service; several services can live in one process without sharing tables."""
    return MetaData(naming_convention=NAMING)


def scope_index(table: str) -> Index:
    """The index that serves the common list, newest first, inside a subtree of units; it holds all that row security asks,
    so that records are counted without being read.
    """
    return Index(
        f"ix_{table}_scope",
        "unit_path",
        text("create_time DESC"),
        text("id DESC"),
        postgresql_include=["owner_id"],
        postgresql_where=text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )


def newest_index(table: str) -> Index:
    """The index in which a page of a wide scope is looked for, newest first: it holds all that a scope asks, so that what
    lies elsewhere is passed over without being read.
    """
    return Index(
        f"ix_{table}_newest",
        text("create_time DESC"),
        text("id DESC"),
        postgresql_include=["unit_path", "owner_id"],
        postgresql_where=text("delete_time IS NULL AND pending_operation_id IS NULL"),
    )
