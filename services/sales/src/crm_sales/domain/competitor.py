"""Another seller met in deals."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_sales.domain.record import Record, Searchable, search_indexes


class Competitor(Searchable, Record):
    """What is known of another seller."""

    __tablename__ = "competitor"
    __searched__ = ("name",)
    __unscoped__ = "what is known of competitors helps every seller"
    __table_args__ = (
        Index("uq_competitor_name", "name", unique=True, postgresql_where=text("delete_time IS NULL")),
        *search_indexes("competitor"),
    )

    name: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    strengths: Mapped[str] = mapped_column(default="")
    weaknesses: Mapped[str] = mapped_column(default="")
    products: Mapped[str] = mapped_column(default="")
    price_notes: Mapped[str] = mapped_column(default="")
