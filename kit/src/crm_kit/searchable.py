"""Records that are found by the words in some of their attributes, kept in step with every change of them."""

from typing import Any, ClassVar

from sqlalchemy import Index, event, inspect
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from crm_kit.filtering import grams, search_text


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
