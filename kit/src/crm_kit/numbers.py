"""Human numbers: `LD-2026-000123`, one series per prefix, unit and year.

Taken in blocks outside the transaction, so that a busy unit's creators never wait for each other: a series may have
gaps, as domain rules allow for all but invoices. Per unit, because an enterprise-wide counter would tell a dealer how
much the others capture.
"""

import asyncio
import time
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from crm_kit.database import Database
from crm_kit.entity import Path
from crm_kit.metadata import kit_metadata

BLOCK = 20
KEPT_SECONDS = 10.0
"""How long a block is used without asking: a series may go on elsewhere meanwhile, because its unit moved."""

number_series = Table(
    "number_series",
    kit_metadata,
    Column("prefix", Text, primary_key=True),
    Column("unit_path", Path, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("next", BigInteger, nullable=False),
)

# What is left of a block goes back first, unless somebody has taken numbers after it.
_RESERVE = """
    INSERT INTO number_series (prefix, unit_path, year, next) VALUES ($1, $2, $3, $4::bigint + 1)
    ON CONFLICT (prefix, unit_path, year) DO UPDATE
    SET next = $4 + CASE number_series.next WHEN $5::bigint THEN $6::bigint ELSE number_series.next END
    RETURNING next"""


class Block(NamedTuple):
    """Numbers from ``start`` to before ``end``, to be given out until the monotonic instant ``until``."""

    start: int
    end: int
    until: float


NONE = Block(0, 0, 0.0)


class Numbers:
    """Hands out the numbers of one process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._one_at_a_time = asyncio.Lock()
        self._blocks: dict[tuple[str, str, int], Block] = {}

    async def take(self, prefix: str, unit_path: str, year: int, count: int = 1) -> list[str]:
        """``count`` fresh numbers of a unit's series."""
        series = (prefix, unit_path, year)
        block = self._blocks.get(series, NONE)
        if not _serves(block, count):
            async with self._one_at_a_time:
                # Somebody may have fetched a block meanwhile.
                block = self._blocks.get(series, NONE)
                if not _serves(block, count):
                    size = max(BLOCK, count)
                    # None while it is asked for: two must not give the rest back, or out, at once.
                    self._blocks.pop(series, None)
                    end = await self._reserve(series, size, block)
                    block = Block(end - size, end, time.monotonic() + KEPT_SECONDS)
                self._blocks[series] = block._replace(start=block.start + count)
        else:
            self._blocks[series] = block._replace(start=block.start + count)
        return [f"{prefix}-{year}-{number:06d}" for number in range(block.start, block.start + count)]

    def forget(self, unit_path: str) -> None:
        """The unit's series have changed: what is left of their blocks is not given out."""
        for series in [series for series in self._blocks if series[1] == unit_path]:
            del self._blocks[series]

    async def _reserve(self, series: tuple[str, str, int], size: int, rest: Block) -> int:
        # Not on a connection of the pool for commands: whoever takes a number already holds one of those, and if all
        # who do waited for a second one, nobody would ever get it.
        prefix, unit_path, year = series
        values = (prefix, unit_path, year, size, rest.end, rest.start)
        rows = await self._db.reader.fetch(_RESERVE, values)
        return int(rows[0]["next"])


def _serves(block: Block, count: int) -> bool:
    return block.end - block.start >= count and time.monotonic() < block.until
