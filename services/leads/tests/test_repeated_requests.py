"""A request sent twice with one Idempotency-Key has one effect and one answer, also where the answer is no record."""

from typing import Any
from uuid import uuid4

import pytest
from crm.leads.v1 import lead_import_service_pb2 as imports_pb
from crm.leads.v1 import lead_service_pb2 as pb
from crm.leads.v1.lead_pb2 import Lead
from crm.ops.v1 import custom_field_service_pb2 as fields_pb
from google.protobuf.message import Message
from sqlalchemy import text

from crm_kit.principal import Principal
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

LEADS, IMPORTS = "crm.leads.v1.LeadService", "crm.leads.v1.LeadImportService"
FIELDS = "crm.ops.v1.CustomFieldService"


async def twice(leads: RunningService, path: str, request: Message, who: Principal) -> tuple[Any, Any]:
    key = str(uuid4())
    first = await leads.call(path, request, who, idempotency_key=key)
    return first, await leads.call(path, request, who, idempotency_key=key)


async def count(leads: RunningService, table: str) -> int:
    async with leads.db.connect() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_claiming_several_leads(leads: RunningService) -> None:
    who = somebody()
    made = [
        await leads.call(f"{LEADS}/CreateLead", pb.CreateLeadRequest(lead=Lead(name=name, phone=phone)), who)
        for name, phone in (("王小明", "13800138000"), ("李小红", "13800138001"))
    ]
    ids = [lead.id for lead in made]
    first, again = await twice(leads, f"{LEADS}/ClaimLeads", pb.ClaimLeadsRequest(ids=ids), who)
    assert [(result.id, result.lead.state, result.reason) for result in again.results] == [
        (key, Lead.ASSIGNED, "") for key in ids
    ]
    assert [result.lead.name for result in again.results] == [result.lead.name for result in first.results]


async def test_uploading_a_file(leads: RunningService) -> None:
    content = "姓名,手机\n王小明,13800138000\n".encode()
    request = imports_pb.UploadLeadFileRequest(filename="leads.csv", content=content)
    first, again = await twice(leads, f"{IMPORTS}/UploadLeadFile", request, somebody())
    assert list(first.columns[1].samples) == ["13800138000"]
    for column in first.columns:
        column.ClearField("samples")  # people's data: nothing of it is kept for repeats
    assert again == first
    assert list(again.columns)
    assert await count(leads, "lead_file") == 1


async def test_adding_and_hiding_a_custom_field(leads: RunningService) -> None:
    who, kind = somebody(), fields_pb.CustomField.TYPE_TEXT
    field = fields_pb.CustomField(service="leads", resource="lead", name="shoe_size", type=kind)
    create = fields_pb.CreateCustomFieldRequest(custom_field=field)
    first, again = await twice(leads, f"{FIELDS}/CreateCustomField", create, who)
    assert again == first
    with pytest.raises(RemoteError) as refused:
        await leads.call(f"{FIELDS}/CreateCustomField", create, who)
    assert refused.value.reason == "ALREADY_EXISTS"
    hide = fields_pb.DeleteCustomFieldRequest(service="leads", id=first.id)
    await twice(leads, f"{FIELDS}/DeleteCustomField", hide, who)
    with pytest.raises(RemoteError) as refused:
        await leads.call(f"{FIELDS}/DeleteCustomField", hide, who)
    assert refused.value.reason == "NOT_FOUND"
