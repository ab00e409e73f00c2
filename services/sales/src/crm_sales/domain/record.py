"""The base of every table of this service, and the column types and the search its records share."""

from decimal import Decimal
from typing import Annotated

from sqlalchemy import Numeric
from sqlalchemy.orm import mapped_column

from crm_kit.entity import Entity, new_metadata
from crm_kit.searchable import Searchable, search_indexes

Amount = Annotated[Decimal, mapped_column(Numeric(20, 6))]
"""Money and prices: exact, at most 6 fraction digits; the currency stands in a column beside it."""

Percent = Annotated[Decimal, mapped_column(Numeric(9, 6))]
"""A percentage from 0 to 100."""


class Record(Entity):
    """An aggregate of the sales database."""

    __abstract__ = True

    metadata = new_metadata()


__all__ = ["Amount", "Percent", "Record", "Searchable", "search_indexes"]
