"""A house with two dealers in two regions, and what its people do with leads in the tests."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from crm.identity.v1.identity_events_pb2 import UnitCreated
from crm.identity.v1.unit_pb2 import Unit
from crm.leads.v1 import conflict_service_pb2 as conflict_pb
from crm.leads.v1 import lead_import_service_pb2 as import_pb
from crm.leads.v1 import lead_service_pb2 as pb
from crm.leads.v1 import pool_service_pb2 as pool_pb
from crm.leads.v1.conflict_pb2 import Conflict
from crm.leads.v1.decision_pb2 import Decision
from crm.leads.v1.lead_import_pb2 import LeadImport
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.pool_pb2 import Pool
from sqlalchemy import text

from crm_kit.principal import Principal, Scope
from crm_kit.testing.service import RunningService, somebody
from crm_leads.jobs import timers

LEADS, CONFLICTS = "crm.leads.v1.LeadService", "crm.leads.v1.ConflictService"
IMPORTS = "crm.leads.v1.LeadImportService"
HQ, EAST, SOUTH = "/hq/", "/hq/east/", "/hq/south/"
HERE, THERE = "/hq/east/lake/", "/hq/south/bay/"
UNITS = (
    (HQ, "HQ"),
    (EAST, "REGION"),
    (SOUTH, "REGION"),
    (HERE, "DEALER"),
    (THERE, "DEALER"),
    ("/hq/sales/", "DEPARTMENT"),
)
PARTY = {"name": "王小明", "company": "上海云帆科技有限公司", "phone": "13800138000"}


async def build(leads: RunningService) -> None:
    """Identity has told of the units."""
    await leads.deliver(
        *((key := uuid4(), 1, UnitCreated(unit=Unit(id=str(key), path=path, kind=kind))) for path, kind in UNITS)
    )


def person(unit_path: str, scope: Scope = Scope.SUBTREE, *, kind: str = "user") -> Principal:
    """Somebody with all rights of the module in this scope."""
    made = somebody(unit_path=unit_path, scope=scope, permissions=("leads.*", "customers.*"))
    return replace(made, kind=kind)


def clerk(unit_path: str) -> Principal:
    """Sees what is theirs; claims from the pool of the unit."""
    made = somebody(unit_path=unit_path, scope=Scope.OWN, permissions=("leads.*",))
    return replace(made, grants=(*made.grants, ("leads.lead.claim", Scope.UNIT)))


async def capture(leads: RunningService, who: Principal, **facts: Any) -> Lead:
    message = Lead(**{**PARTY, "external_id": uuid4().hex, **facts})
    return await leads.call(f"{LEADS}/CreateLead", pb.CreateLeadRequest(lead=message), who)


async def get(leads: RunningService, who: Principal, lead_id: str) -> Lead:
    return await leads.call(f"{LEADS}/GetLead", pb.GetLeadRequest(id=lead_id), who)


async def listed(leads: RunningService, who: Principal, **asked: Any) -> Any:
    return await leads.call(f"{LEADS}/ListLeads", pb.ListLeadsRequest(count=1, **asked), who)


async def claim(leads: RunningService, who: Principal, lead: Lead) -> Lead:
    return await leads.call(f"{LEADS}/ClaimLead", pb.ClaimLeadRequest(id=lead.id), who)


async def a_pool(leads: RunningService, unit_path: str, **rules: Any) -> None:
    pool = Pool(name=f"Pool {unit_path}", unit_path=unit_path, is_default=True, **{"protect_days": 30, **rules})
    await leads.call("crm.leads.v1.PoolService/CreatePool", pool_pb.CreatePoolRequest(pool=pool), somebody())


async def protected(leads: RunningService, who: Principal, **facts: Any) -> Lead:
    """A lead somebody has captured and works on."""
    return await claim(leads, who, await capture(leads, who, **facts))


async def decisions(leads: RunningService, who: Principal, lead_id: str) -> list[Decision]:
    request = pb.ListLeadDecisionsRequest(lead_id=lead_id)
    return list((await leads.call(f"{LEADS}/ListLeadDecisions", request, who)).decisions)


async def explained(leads: RunningService, who: Principal, lead_id: str) -> dict[str, Decision]:
    answer = await leads.call(f"{LEADS}/ExplainLead", pb.ExplainLeadRequest(id=lead_id), who)
    return {one.kind: one for one in answer.decisions}


async def conflict(leads: RunningService, who: Principal, conflict_id: str) -> Conflict:
    return await leads.call(f"{CONFLICTS}/GetConflict", conflict_pb.GetConflictRequest(id=conflict_id), who)


async def decide(leads: RunningService, who: Principal, conflict_id: str, state: Any, **facts: Any) -> Conflict:
    request = conflict_pb.DecideConflictRequest(id=conflict_id, state=state, **{"reason": "first come", **facts})
    return await leads.call(f"{CONFLICTS}/DecideConflict", request, who)


async def imported(leads: RunningService, who: Principal, content: str, *, dry_run: bool = False) -> LeadImport:
    """A file brought in to its end."""
    upload = import_pb.UploadLeadFileRequest(filename="leads.csv", content=content.encode())
    file = await leads.call(f"{IMPORTS}/UploadLeadFile", upload, who)
    request = import_pb.CreateLeadImportRequest(lead_import=LeadImport(file_id=file.id, dry_run=dry_run))
    job = await leads.call(f"{IMPORTS}/CreateLeadImport", request, who)
    assert leads.parts.jobs is not None
    stop = asyncio.Event()
    worker = asyncio.create_task(leads.parts.jobs.run(stop))
    try:
        async with asyncio.timeout(60):
            while job.state in {LeadImport.QUEUED, LeadImport.RUNNING}:
                await asyncio.sleep(0.05)
                job = await leads.call(f"{IMPORTS}/GetLeadImport", import_pb.GetLeadImportRequest(id=job.id), who)
        return job
    finally:
        stop.set()
        await worker


async def rows_of(leads: RunningService, who: Principal, job: LeadImport) -> list[Any]:
    request = import_pb.ListLeadImportRowsRequest(import_id=job.id)
    return list((await leads.call(f"{IMPORTS}/ListLeadImportRows", request, who)).rows)


async def pass_time(leads: RunningService, **span: float) -> None:
    """Timers are due so much sooner; those that are fire."""
    async with leads.db.connect() as connection:
        await connection.execute(
            text("UPDATE timer SET due_time = due_time - CAST(:span AS interval)"), {"span": timedelta(**span)}
        )
    clock = timers(leads.db)
    while await clock.fire_due():
        pass
