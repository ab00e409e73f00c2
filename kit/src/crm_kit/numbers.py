"""Human numbers: `LD-2026-000123`, one series per prefix, unit and year.

Taken in blocks outside the transaction, so that a busy unit's creators never wait for each other: a series may have
gaps, as domain rules allow for all but invoices. Per unit, because an enterprise-wide counter would tell a dealer how
much the others capture.
"""

import asyncio

from sqlalchemy import BigInteger, Column, Integer, Table, Text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from crm_kit.database import Database
from crm_kit.entity import Path
from crm_kit.metadata import kit_metadata

BLOCK = 20

number_series = Table(
    "number_series",
    kit_metadata,
    Column("prefix", Text, primary_key=True),
    Column("unit_path", Path, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("next", BigInteger, nullable=False),
)


class Numbers:
    """Hands out the numbers of one process."""

    def __init__(self, db: Database) -> None:
        # A connection of its own: whoever takes a number already holds one of the pool, and if all who do waited for
        # a second one, nobody would ever get it.
        self._engine = create_async_engine(db.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._one_at_a_time = asyncio.Lock()
        self._blocks: dict[tuple[str, str, int], tuple[int, int]] = {}

    async def take(self, prefix: str, unit_path: str, year: int, count: int = 1) -> list[str]:
        """``count`` fresh numbers of a unit's series."""
        series = (prefix, unit_path, year)
        start, end = self._blocks.get(series, (0, 0))
        if end - start < count:
            async with self._one_at_a_time:
                # Somebody may have fetched a block meanwhile.
                start, end = self._blocks.get(series, (0, 0))
                if end - start < count:
                    size = max(BLOCK, count)
                    end = await self._reserve(series, size)
                    start = end - size
                self._blocks[series] = (start + count, end)
        else:
            self._blocks[series] = (start + count, end)
        return [f"{prefix}-{year}-{number:06d}" for number in range(start, start + count)]

    async def _reserve(self, series: tuple[str, str, int], size: int) -> int:
        prefix, unit_path, year = series
        statement = (
            insert(number_series)
            .values(prefix=prefix, unit_path=unit_path, year=year, next=size + 1)
            .on_conflict_do_update(
                index_elements=["prefix", "unit_path", "year"], set_={"next": number_series.c.next + size}
            )
            .returning(number_series.c.next)
        )
        async with self._engine.connect() as connection:
            return int((await connection.execute(statement)).scalar_one())
