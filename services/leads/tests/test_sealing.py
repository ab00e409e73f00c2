"""Numbers and addresses of leads are sealed wherever they are kept; matching and search go on finding them."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.customers.v1 import customers_events_pb2 as customers_events
from crm.customers.v1.contact_pb2 import Contact
from crm.leads.v1 import lead_import_service_pb2 as import_pb
from crm.leads.v1 import lead_service_pb2 as pb
from crm.leads.v1 import leads_events_pb2 as events
from crm.leads.v1 import touch_service_pb2 as touch_pb
from crm.leads.v1.lead_import_pb2 import LeadImport
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.touch_pb2 import Touch
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import text

from crm_kit.field_rules import FieldRule, Read
from crm_kit.principal import Principal
from crm_kit.sealed_text import is_sealed
from crm_kit.testing.service import RunningService, somebody

LEADS = "crm.leads.v1.LeadService"
PHONE, OTHER, MAIL, OPEN_ID = "13800138000", "13900139000", "ming.li@yunfan-tech.cn", "oAbCdEfGhIjKlMnOpQrStUvWx"
SECRETS = ("8001380", "9001390", "ming.li", "oAbCdEfGhIj")


async def capture(leads: RunningService, who: Principal, **facts: Any) -> Lead:
    said = {"name": "王小明", "company": "上海云帆科技有限公司", "phone": PHONE, "email": MAIL, "open_id": OPEN_ID}
    return await leads.call(f"{LEADS}/CreateLead", pb.CreateLeadRequest(lead=Lead(**{**said, **facts})), who)


async def get(leads: RunningService, who: Principal, id: str) -> Lead:
    return await leads.call(f"{LEADS}/GetLead", pb.GetLeadRequest(id=id), who)


async def found(leads: RunningService, who: Principal, **asked: Any) -> list[str]:
    answer = await leads.call(f"{LEADS}/ListLeads", pb.ListLeadsRequest(**asked), who)
    return [lead.id for lead in answer.leads]


async def everything_stored(leads: RunningService) -> str:
    """All rows of all tables as text, bytes readable."""
    rows: list[Any] = []
    async with leads.db.connect() as connection:
        tables = await connection.execute(
            text("""
                SELECT table_name, array_agg(column_name::text) FILTER (WHERE data_type = 'bytea')
                FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name
            """)
        )
        for table, binaries in tables.all():
            readable = "".join(f", encode({column}, 'escape')" for column in binaries or ())
            rows += (await connection.execute(text(f'SELECT t::text{readable} FROM "{table}" t'))).all()
    return "\n".join(str(value) for row in rows for value in row)


async def test_no_table_holds_a_number_or_an_address_in_plain(leads: RunningService) -> None:
    who = somebody()
    lead = await capture(leads, who)
    joined = await capture(leads, who, phone=OTHER, product_line="pumps", external_id="2")
    assert joined.id == lead.id
    changed = Lead(id=lead.id, job_title="采购经理", phone=OTHER)
    update = pb.UpdateLeadRequest(lead=changed, update_mask=FieldMask(paths=["job_title", "phone"]))
    await leads.call(f"{LEADS}/UpdateLead", update, who)
    touch = Touch(lead_id=lead.id, kind="call", direction="outbound", outcome="reached", duration_seconds=60)
    await leads.call("crm.leads.v1.TouchService/CreateTouch", touch_pb.CreateTouchRequest(touch=touch), who)
    contact = Contact(id=str(uuid4()), customer_id=str(uuid4()), name="李雷", mobile="+8613900139000", email=MAIL)
    await leads.deliver((UUID(contact.id), 1, customers_events.ContactCreated(contact=contact)))
    kept = await everything_stored(leads)
    assert "采购经理" in kept
    assert [secret for secret in SECRETS if secret in kept] == []


async def test_a_lead_is_answered_as_if_nothing_were_sealed(leads: RunningService) -> None:
    who = somebody()
    made = await capture(leads, who)
    await capture(leads, who, phone=OTHER, product_line="pumps", external_id="2")
    seen = await get(leads, who, made.id)
    assert (seen.phone, seen.email, seen.open_id) == ("+86" + PHONE, MAIL, OPEN_ID)
    assert list(seen.other_phones) == ["+86" + OTHER]
    masked = replace(who, field_rules=(FieldRule("leads.lead.@personal", Read.MASKED),))
    hidden = await get(leads, masked, made.id)
    assert (hidden.phone, list(hidden.other_phones)) == ("+86138****8000", ["+86139****9000"])
    assert await found(leads, masked, search=PHONE) == []


async def test_a_lead_is_found_by_its_whole_number_address_or_open_id(leads: RunningService) -> None:
    who = somebody()
    made = await capture(leads, who)
    await capture(leads, who, phone=OTHER, product_line="pumps", external_id="2")
    for asked in (f'phone = "{PHONE}"', f'email = "{MAIL.upper()}"', f'open_id = "{OPEN_ID}" AND phone:*'):
        assert await found(leads, who, filter=asked) == [made.id], asked
    for word in (PHONE, OTHER, "0138000", "8000", "9000", MAIL, "yunfan-tech.cn"):
        assert await found(leads, who, search=word) == [made.id], word
    assert await found(leads, who, search="13800138001") == []


async def test_a_repeat_is_recognised_by_its_number(leads: RunningService) -> None:
    who = somebody()
    made = await capture(leads, who, company="", email="", open_id="")
    again = await capture(leads, who, company="", email="", open_id="", external_id="2", need="泵")
    assert (again.id, again.intent_count) == (made.id, 2)


async def test_events_carry_the_sealed_text_whether_captured_or_imported(leads: RunningService) -> None:
    who = somebody()
    await capture(leads, who)
    content = f"name,company,phone,email\n赵六,北京西部电子有限公司,{OTHER},zhao@xibu.cn\n".encode()
    service = "crm.leads.v1.LeadImportService"
    file = await leads.call(
        f"{service}/UploadLeadFile", import_pb.UploadLeadFileRequest(filename="a.csv", content=content), who
    )
    request = import_pb.CreateLeadImportRequest(lead_import=LeadImport(file_id=file.id))
    started = await leads.call(f"{service}/CreateLeadImport", request, who)
    assert leads.parts.jobs is not None
    for row, lease in await leads.parts.jobs.take(5):
        await leads.parts.jobs.work_on(row, lease)
    [imported] = await found(leads, who, filter=f'import_id = "{started.id}"')
    assert (await get(leads, who, imported)).phone == "+86" + OTHER
    told = await leads.announced(events.LeadCaptured)
    assert all(is_sealed(one.message.lead.phone) for one in told)
    kept = await everything_stored(leads)
    assert [secret for secret in (*SECRETS, "zhao@") if secret in kept] == []


@pytest.mark.parametrize("condition", [f'phone = "{PHONE}"', "phone:*"])
async def test_a_distribution_rule_may_ask_for_a_number(leads: RunningService, condition: str) -> None:
    from crm.leads.v1 import distribution_rule_service_pb2 as rule_pb
    from crm.leads.v1.distribution_rule_pb2 import DistributionRule

    who = somebody()
    member = str(uuid4())
    rule = DistributionRule(
        name="VIP", filter=condition, method="ROUND_ROBIN", target_unit_path="/hq/", member_ids=[member]
    )
    request = rule_pb.CreateDistributionRuleRequest(distribution_rule=rule)
    await leads.call("crm.leads.v1.DistributionRuleService/CreateDistributionRule", request, who)
    assert (await capture(leads, who)).owner_id == member
    other = await capture(leads, who, name="李四", company="北京西部电子", phone="", email="x@y-corp.cn", open_id="")
    assert other.owner_id == ""
