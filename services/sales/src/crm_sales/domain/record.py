"""The base of every table of this service, and the column types and the search its records share."""

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from sqlalchemy import Index, Numeric, event, inspect
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from crm_kit.entity import Entity, new_metadata
from crm_kit.filtering import grams, search_text

Amount = Annotated[Decimal, mapped_column(Numeric(20, 6))]
"""Money and prices: exact, at most 6 fraction digits; the currency stands in a column beside it."""

Percent = Annotated[Decimal, mapped_column(Numeric(9, 6))]
"""A percentage from 0 to 100."""


class Record(Entity):
    """An aggregate of the sales database."""

    __abstract__ = True

    metadata = new_metadata()


class Searchable(MappedAsDataclass, kw_only=True):
    """A record that is found by the words in its ``__searched__`` attributes."""

    __searched__: ClassVar[tuple[str, ...]] = ()

    search_text: Mapped[str] = mapped_column(default="", init=False)
    search_grams: Mapped[list[str]] = mapped_column(default_factory=list, init=False)


@event.listens_for(Searchable, "before_insert", propagate=True)
@event.listens_for(Searchable, "before_update", propagate=True)
def _index(_mapper: object, _connection: object, record: Any) -> None:
    state = inspect(record)
    if state.persistent and not state.committed_state.keys() & set(record.__searched__):
        return
    texts = [getattr(record, name) for name in record.__searched__]
    record.search_text, record.search_grams = search_text(*texts), grams(*texts)


def search_indexes(table: str) -> tuple[Index, Index]:
    """The two indexes that make search fast: trigrams for letters, pairs for Chinese."""
    return (
        Index(
            f"ix_{table}_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index(f"ix_{table}_search_grams", "search_grams", postgresql_using="gin"),
    )
