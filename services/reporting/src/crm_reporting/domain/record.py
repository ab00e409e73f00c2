"""What every stored record of this service derives from, and what every table of facts has."""

from sqlalchemy import BigInteger, Column, Table, Uuid
from sqlalchemy.schema import SchemaItem

from crm_kit.entity import Entity, Path, new_metadata


class Record(Entity):
    """Carries the metadata of the reporting service; its facts are tables without a life of their own."""

    __abstract__ = True
    metadata = new_metadata()


def fact(name: str, *columns: SchemaItem) -> Table:
    """A table of facts built from events.

    ``owner_id`` and ``unit_path`` decide who may see a row; ``event_seq`` is the position of the event it was last built
    from, in the history of its aggregate.
    """
    return Table(
        name,
        Record.metadata,
        Column("event_seq", BigInteger, nullable=False),
        Column("owner_id", Uuid),
        Column("unit_path", Path, nullable=False),
        *columns,
    )
