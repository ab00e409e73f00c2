"""Human numbers: `LD-2026-000123`, one series per prefix, unit and year.

Taken in blocks outside the transaction, so that a busy unit's creators never wait for each other: a series may have
gaps, as domain rules allow for all but invoices. Per unit, because an enterprise-wide counter would tell a dealer how
much the others capture.
"""

import asyncio

from sqlalchemy import BigInteger, Column, Integer, Table, Text

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

_RESERVE = """
    INSERT INTO number_series (prefix, unit_path, year, next) VALUES ($1, $2, $3, $4::bigint + 1)
    ON CONFLICT (prefix, unit_path, year) DO UPDATE SET next = number_series.next + $4
    RETURNING next"""


class Numbers:
    """Hands out the numbers of one process."""

    def __init__(self, db: Database) -> None:
        self._db = db
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
        # Not on a connection of the pool for commands: whoever takes a number already holds one of those, and if all
        # who do waited for a second one, nobody would ever get it.
        prefix, unit_path, year = series
        rows = await self._db.reader.fetch(_RESERVE, (prefix, unit_path, year, size))
        return int(rows[0]["next"])
