"""What every stored record of this service derives from."""

from crm_kit.entity import Entity, new_metadata


class Record(Entity):
    """An aggregate of the identity service."""

    __abstract__ = True
    metadata = new_metadata()
