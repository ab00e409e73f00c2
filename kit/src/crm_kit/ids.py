"""Ids as clients write them."""

from uuid import UUID

from crm_kit.entity import Entity
from crm_kit.errors import InvalidArgument, NotFound


def parse_id(entity: type[Entity], value: UUID | str) -> UUID:
    """The id as a UUID; a text that is none names a record that cannot exist."""
    if isinstance(value, UUID):
        return value
    if not value:
        raise InvalidArgument.of(
            "id", "REQUIRED", f"Name the {entity.__tablename__}.", f"请指定 {entity.__tablename__}。"
        )
    try:
        return UUID(value)
    except ValueError as error:
        raise NotFound(resource=entity.__tablename__, id=value) from error
