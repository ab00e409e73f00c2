"""The base of this service's entities."""

from crm_kit.entity import Entity, new_metadata


class Record(Entity):
    """An aggregate of the service desk."""

    __abstract__ = True
    metadata = new_metadata()
