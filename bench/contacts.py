"""How the generated leads are reached: numbers and addresses as the service itself would index and seal them."""

import asyncio
import multiprocessing
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from crm_kit.sealing import seal_entity
from crm_kit.subject_keys import SubjectKeys
from crm_leads.domain.lead import Lead
from crm_leads.usecases.prepare_lead import index_lead

PROCESSES = 2
PROVIDERS = ("gmail.com", "qq.com", "163.com", "outlook.com")
NUMBER = "LD-2025-"
INDEXED = ("phone", "phone_index", "email", "email_index", "match_keys", "search_text", "search_grams")
SUBJECT_KEY = ("subject_id", "version", "kek_id", "wrapped_dek")
TABLES = f"""
    DROP TABLE IF EXISTS bench_contact, bench_sealed;
    CREATE UNLOGGED TABLE bench_contact (number text PRIMARY KEY, phone text, email text);
    CREATE UNLOGGED TABLE bench_sealed (n int PRIMARY KEY, id uuid, number text,
        {", ".join(f"{name} text{'[]' if name in ('match_keys', 'search_grams') else ''}" for name in INDEXED)});
    DELETE FROM subject_key WHERE subject_id <> '00000000-0000-0000-0000-000000000000'
"""
"""``bench_contact`` remembers the plain values, so that answers can be compared with something."""


def phone(n: int) -> str:
    """A valid mobile number nobody else has."""
    return f"+86138{n * 7_368_787 % 99_999_989:08d}"


def email(n: int) -> str:
    """An address nobody else has."""
    hashed = n * 2_654_435_761 % 2**31
    local = f"{hashed:x}{n:x}".translate(str.maketrans("0123456789", "ghijklmnop"))
    return f"{local}@{PROVIDERS[hashed % len(PROVIDERS)]}"


def sealed_slices(url: str, keys: Path, count: int, size: int) -> Iterator[tuple[int, int]]:
    """Fill ``bench_sealed`` for the rows 1 to ``count``, and ``subject_key`` with their keys; yields each slice, first and
    last row, when it is there.
    """
    slices = [(start, min(start + size - 1, count)) for start in range(1, count + 1, size)]
    newest = int(time.time() * 1000) - 60_000
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        working: dict[Future[None], tuple[int, int]] = {
            pool.submit(_work, url, keys, one, newest - count * 1000): one for one in slices
        }
        for done in as_completed(working):
            done.result()
            yield working[done]


def _work(url: str, keys: Path, one: tuple[int, int], oldest: int) -> None:
    asyncio.run(_sealed(url, keys, one, oldest))


async def _sealed(url: str, keys: Path, one: tuple[int, int], oldest: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        subjects = SubjectKeys.load(keys, "leads")
        await subjects.start(connection.fetch)
        plain, sealed, owners = [], [], []
        for n in range(one[0], one[1] + 1):
            lead = Lead(id=_id(oldest + n * 1000), number=f"{NUMBER}{n:07d}", phone=phone(n), email=email(n))
            plain.append((lead.number, lead.phone, lead.email))
            key, row = subjects.new(lead.id)
            index_lead(lead)
            seal_entity(lead, subjects.service, key, subjects.mark, marks=True)
            sealed.append((n, lead.id, lead.number, *(getattr(lead, name) for name in INDEXED)))
            owners.append([row[name] for name in SUBJECT_KEY])
        await _copy(connection, "bench_contact", plain, ("number", "phone", "email"))
        await _copy(connection, "bench_sealed", sealed, ("n", "id", "number", *INDEXED))
        await _copy(connection, "subject_key", owners, SUBJECT_KEY)
    finally:
        await connection.close()


async def _copy(connection: asyncpg.Connection, table: str, records: list[Any], columns: tuple[str, ...]) -> None:
    await connection.copy_records_to_table(table, records=records, columns=columns)


def _id(milliseconds: int) -> UUID:
    """A UUIDv7 of that instant."""
    chance = secrets.randbits(74)
    return UUID(int=milliseconds << 80 | 7 << 76 | (chance >> 62) << 64 | 2 << 62 | chance & (2**62 - 1))
