"""A million leads and a million deals, made by the database itself in sets; owner and state are hashed, not counted."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import asyncpg
import contacts
import vocabulary

STATES = "ARRAY['POOLED','POOLED','ASSIGNED','ASSIGNED','WORKING','WORKING','WORKING','QUALIFIED','DISQUALIFIED','CONVERTED']"

LEADS = f"""
INSERT INTO lead (id, version, event_seq, number, state, state_reason, state_note, name, company, job_title, phone,
    phone_index, email, email_index, other_phones, other_emails, open_id, open_id_index, credit_code, country_code,
    province, city, postal_code, address, website, channel, source, external_id, need, product_line, intents,
    intent_count, tags, opt_outs, verdicts, score, grade, score_reasons, recycle_count, offered_from_unit_path,
    refused_paths, match_keys, search_text, search_grams, owner_id, unit_path, custom_fields, create_time, update_time)
SELECT s.id, 1, 1, s.number, r.state, '', '', p.name, c.name, 'Buyer', s.phone, s.phone_index, s.email, s.email_index,
    '{{}}', '{{}}', '', '', '', 'CN', '', '', '', '', '', 'web', 'fair', '', 'two lines', 'pumps',
    jsonb_build_array(jsonb_build_object('channel', 'web', 'need', 'two lines')), 1,
    ARRAY['y' || r.h % 50, 'vip'], '{{}}', jsonb_build_array(jsonb_build_object('field', 'phone', 'verdict', 'ok', 'reason', '')),
    r.h % 100, (ARRAY['A','B','C','D'])[1 + r.h % 4], jsonb_build_array(jsonb_build_object('rule', 'has_phone', 'points', 20)), 0,
    '', '{{}}', p.keys || c.keys || s.match_keys, p.folded || c.folded || s.search_text,
    ARRAY(SELECT DISTINCT unnest(p.grams || c.grams || s.search_grams)),
    CASE WHEN r.state = 'POOLED' THEN NULL ELSE ('00000000-0000-7000-8000-' || lpad(to_hex(1 + r.o % 20), 12, '0'))::uuid END,
    '/hq/', '{{}}', now() - interval '1 second' * ($1 - r.n + 60), now()
FROM (
    SELECT n, abs(hashint4(n)) AS h, abs(hashint4(n + 7919)) AS o, ({STATES})[1 + abs(hashint4(n + 104729)) % 10] AS state
    FROM generate_series($2::int, $3::int) n
) r
JOIN bench_sealed s ON s.n = r.n AND s.n BETWEEN $2 AND $3
JOIN bench_name p ON p.n = r.h % {vocabulary.NAMES}
JOIN bench_company c ON c.n = r.o % {vocabulary.COMPANIES}
"""
SLICE = 25_000


async def make_leads(url: str, keys: Path, count: int) -> bool:
    """Fill the lead table up to ``count`` generated rows, sealed with the keys of the service in the folder ``keys``; false
    when they are there already.
    """
    connection = await asyncpg.connect(url)
    try:
        have = await connection.fetchval("SELECT count(*) FROM lead WHERE number LIKE 'LD-2025-%'")
        if have == count:
            return False
        await connection.execute("TRUNCATE lead")
        await connection.execute(contacts.TABLES)
        await _vocabulary(connection, "bench_name", vocabulary.names())
        await _vocabulary(connection, "bench_company", vocabulary.companies())
        async with without_indexes(connection, "lead"):
            for first, last in contacts.sealed_slices(url, keys, count, SLICE):
                await connection.execute(LEADS, count, first, last, timeout=600)
        await connection.execute("DROP TABLE bench_sealed")
        await connection.execute("VACUUM ANALYZE lead, subject_key, bench_contact", timeout=600)
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return True


async def _vocabulary(connection: asyncpg.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    await connection.execute(
        f"CREATE TEMP TABLE {table} (n int PRIMARY KEY, name text, folded text, grams text[], keys text[])"
    )
    numbered = [(number, *row) for number, row in enumerate(rows)]
    await connection.copy_records_to_table(table, records=numbered)
    await connection.execute(f"ANALYZE {table}")


class without_indexes:  # noqa: N801 — reads as what it is at its use
    """Inside, the table has neither its secondary indexes nor its triggers; both are there again afterwards."""

    def __init__(self, connection: asyncpg.Connection, table: str) -> None:
        self.connection, self.table = connection, table
        self.definitions: list[str] = []

    async def __aenter__(self) -> None:
        rows = await self.connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1 AND indexname NOT LIKE 'pk_%'", self.table
        )
        self.definitions = [row["indexdef"] for row in rows]
        await self.connection.execute(f"ALTER TABLE {self.table} DISABLE TRIGGER USER")
        for row in rows:
            await self.connection.execute(f"DROP INDEX {row['indexname']}")

    async def __aexit__(self, *_: object) -> None:
        await self.connection.execute("SET maintenance_work_mem = '1GB'")
        for definition in self.definitions:
            await self.connection.execute(definition, timeout=1200)
        await self.connection.execute(f"ALTER TABLE {self.table} ENABLE TRIGGER USER")
