import time
from pathlib import Path
from datetime import timedelta
import pytest
from sqlalchemy import text
from crm_kit import following
from crm_leads.service import service as leads_service
from crm_reporting.service import service as reporting_service
from .moving import enterprise

async def test_big(database_factory, tmp_path, monkeypatch):
    monkeypatch.setattr(following, "SETTLED", timedelta(0))
    async with enterprise(database_factory, tmp_path / "keys", leads_service, reporting_service) as house:
        await house.unit("/hq/west/")
        await house.user("dealer", "/hq/east/d1/")
        token = await house.sign_in("dealer")
        lead = await house.lead(await house.who(token), name="王小明", phone="13812345678", company="上海云帆科技有限公司", need="x" * 200)
        await house.tell()
        leads, reporting = house.keepers["leads"], house.keepers["reporting"]
        async with leads.db.connect() as c:
            cols = [r[0] for r in await c.execute(text("SELECT column_name FROM information_schema.columns WHERE table_name='lead' AND column_name NOT IN ('id','number','unit_path')"))]
            q = ",".join(f'"{x}"' for x in cols)
            await c.execute(text("SET statement_timeout=0"))
            await c.execute(text(f"INSERT INTO lead (id, number, unit_path, {q}) SELECT uuidv7(), 'LD-2025-' || lpad(n::text,6,'0'), '/hq/east/d1/', {q} FROM lead, generate_series(1,100000) n WHERE id = '{lead.id}'"), execution_options={"scoped": True})
            await c.execute(text(f"INSERT INTO lead (id, number, unit_path, {q}) SELECT uuidv7(), 'LD-2025-' || lpad(n::text,6,'0'), '/hq/other/', {q} FROM lead, generate_series(1,100000) n WHERE id = '{lead.id}'"), execution_options={"scoped": True})
            await c.execute(text("ANALYZE lead"))
        t = time.monotonic()
        await house.move("/hq/east/d1/", "/hq/west/")
        print("MoveUnit", time.monotonic() - t)
        await house.tell()
        t = time.monotonic()
        await leads.follow()
        print("leads follow 100k", time.monotonic() - t)
        async with leads.db.connect() as c:
            print((await c.execute(text("SELECT unit_path, count(*) FROM lead GROUP BY 1"))).all())
        # hand over
