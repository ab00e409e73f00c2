"""The base of every stored record of this service, and what several of them share."""

from decimal import Decimal
from typing import Annotated

from sqlalchemy import Numeric
from sqlalchemy.orm import mapped_column

from crm_kit.entity import Entity, new_metadata

Amount = Annotated[Decimal, mapped_column(Numeric(20, 6))]
"""Money: exact, at most 6 fraction digits; the currency stands in a column beside it."""


class Record(Entity):
    """An aggregate of the marketing service."""

    __abstract__ = True
    metadata = new_metadata()
