"""Releases side by side on one database: a schema that is older is waited for, one that is newer is served."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from crm.leads.v1 import lead_service_pb2 as pb
from crm.leads.v1.lead_pb2 import Lead

from crm_kit import migrations
from crm_kit.keys import Keys
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.processes import ChildProcess, free_port
from crm_kit.testing.service import RunningService, somebody

LEADS = "crm.leads.v1.LeadService"
READY_SECONDS = 60.0


class Starting:
    """A real process of the service on a database that lacks the newest revision of its schema."""

    def __init__(self, owner: str, serving: str, nats: str, folder: Path) -> None:
        self.owner = owner
        metrics = f"127.0.0.1:{free_port()}"
        self.url = f"http://{metrics}/health/ready"
        Keys.generate(folder, ["leads", "gateway", "identity"])
        environment = {
            "CRM_DATABASE_URL": serving,
            "CRM_NATS_URL": nats,
            "CRM_LISTEN": f"127.0.0.1:{free_port()}",
            "CRM_METRICS_LISTEN": metrics,
            "CRM_KEYS_DIR": str(folder),
            "CRM_DRAIN_SECONDS": "0",
        }
        script = str(Path(sys.executable).with_name("crm-leads"))
        self.process = ChildProcess([script, "serve"], log=folder / "log", env=environment)

    async def said(self, wanted: str, *, status: int = 503) -> str:
        """What the process says of its readiness, once that has ``wanted`` in it."""
        until, text = time.monotonic() + READY_SECONDS, ""
        async with httpx.AsyncClient(trust_env=False) as http:
            while time.monotonic() < until:
                try:
                    answer = await http.get(self.url)
                except httpx.TransportError as fault:
                    text = repr(fault)
                else:
                    text = answer.text
                    if answer.status_code == status and wanted in text:
                        return text
                await asyncio.sleep(0.1)
        raise AssertionError(f"{wanted!r} was not said, but {text!r}:\n{self.process.last_lines()}")


@pytest.fixture
async def starting(database_factory: DatabaseFactory, fresh_nats: str, tmp_path: Path) -> AsyncIterator[Starting]:
    owner, serving = await database_factory.empty_served()
    before_newest = migrations.config("crm_leads", owner)
    await asyncio.to_thread(command.upgrade, before_newest, "crm_leads_0002")
    made = Starting(owner, serving, fresh_nats, tmp_path)
    yield made
    made.process.stop()
    await database_factory.drop(serving)


async def test_a_process_waits_for_its_schema_says_so_and_serves_once_it_is_there(starting: Starting) -> None:
    told = await starting.said("waiting for the schema")
    assert told.startswith("not ready")
    assert "crm-leads migrate" in told
    newest = ScriptDirectory.from_config(migrations.config("crm_leads", starting.owner)).get_revision("crm_leads@head")
    assert newest is not None
    assert newest.revision in told
    await asyncio.to_thread(migrations.upgrade, starting.owner, "crm_leads")
    assert await starting.said("ready\n", status=200)


async def test_a_process_at_work_serves_on_while_the_next_release_adds_to_its_schema(leads: RunningService) -> None:
    who: Any = somebody()

    async def work(name: str) -> Lead:
        lead = Lead(name=name, need=name, email=f"{name.replace(' ', '.')}@example.com")
        made = await leads.call(f"{LEADS}/CreateLead", pb.CreateLeadRequest(lead=lead), who)
        found = await leads.call(f"{LEADS}/GetLead", pb.GetLeadRequest(id=made.id), who)
        changed = Lead(id=made.id, need="more", etag=found.etag)
        await leads.call(f"{LEADS}/UpdateLead", pb.UpdateLeadRequest(lead=changed), who)
        listed = await leads.call(f"{LEADS}/ListLeads", pb.ListLeadsRequest(page_size=50), who)
        assert made.id in {one.id for one in listed.leads}
        return made

    before = await work("before")
    for addition in (
        "ALTER TABLE lead ADD COLUMN later text NOT NULL DEFAULT ''",
        "CREATE INDEX ix_lead_later ON lead (later)",
        "ALTER TABLE outbox ADD COLUMN later text",
        "UPDATE alembic_version SET version_num = 'crm_leads_9999' WHERE version_num LIKE 'crm_leads%'",
    ):
        await leads.administer(addition)
    for name in ("kingfisher", "walnut", "october"):
        await work(name)
    kept = await leads.call(f"{LEADS}/GetLead", pb.GetLeadRequest(id=before.id), who)
    assert kept.need == "more"
