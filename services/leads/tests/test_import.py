"""A file becomes leads: detection, mapping, dry run, verdicts, error file, repeats, interruption."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from crm.customers.v1.customer_pb2 import Customer
from crm.customers.v1.customers_events_pb2 import CustomerCreated
from crm.leads.v1 import lead_import_service_pb2 as pb
from crm.leads.v1 import lead_service_pb2 as lead_pb
from crm.leads.v1.lead_import_pb2 import LeadFile, LeadImport
from sqlalchemy import text

from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_leads.domain.csv_file import harmless, read_csv
from crm_leads.domain.lead import Lead
from crm_leads.usecases.match_rows import group_rows
from crm_leads.usecases.prepare_lead import prepare_lead

IMPORTS = "crm.leads.v1.LeadImportService"
FILE = """姓名,公司,手机,邮箱,城市
王小明,上海云帆科技有限公司,13800138000,ming@yunfan-tech.cn,上海
李娜,北京星河制造股份有限公司,139-0013-9000,lina@xinghe.com.cn,北京
王小明,云帆科技,+86 138 0013 8000,,上海
张伟,,12,zhang@example.org,
,,,,
陈静,深圳海图有限公司,13700137000,=cmd(),深圳
"""


async def upload(leads: RunningService, who: Principal, content: bytes | str, name: str = "leads.csv") -> LeadFile:
    data = content.encode() if isinstance(content, str) else content
    return await leads.call(f"{IMPORTS}/UploadLeadFile", pb.UploadLeadFileRequest(filename=name, content=data), who)


async def start(leads: RunningService, who: Principal, file: LeadFile, **facts: Any) -> LeadImport:
    request = pb.CreateLeadImportRequest(lead_import=LeadImport(file_id=file.id, **facts))
    return await leads.call(f"{IMPORTS}/CreateLeadImport", request, who)


async def finish(leads: RunningService, who: Principal, job: LeadImport) -> LeadImport:
    """Let the jobs of this service work until the import has ended."""
    assert leads.parts.jobs is not None
    stop = asyncio.Event()
    worker = asyncio.create_task(leads.parts.jobs.run(stop))
    try:
        async with asyncio.timeout(60):
            while (now := await read(leads, who, job)).state in {LeadImport.QUEUED, LeadImport.RUNNING}:
                await asyncio.sleep(0.05)
            return now
    finally:
        stop.set()
        await worker


async def read(leads: RunningService, who: Principal, job: LeadImport) -> LeadImport:
    return await leads.call(f"{IMPORTS}/GetLeadImport", pb.GetLeadImportRequest(id=job.id), who)


async def verdicts(leads: RunningService, who: Principal, job: LeadImport) -> dict[int, str]:
    page = await leads.call(f"{IMPORTS}/ListLeadImportRows", pb.ListLeadImportRowsRequest(import_id=job.id), who)
    return {row.line: row.verdict for row in page.rows}


async def count(leads: RunningService) -> int:
    async with leads.db.connect() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM lead"))).scalar_one())


async def test_headings_are_recognised_and_columns_proposed(leads: RunningService) -> None:
    file = await upload(leads, somebody(), FILE.encode("gb18030"))
    assert file.encoding == "gb18030"
    assert file.row_count == 5
    assert [column.field for column in file.columns] == ["name", "company", "phone", "email", "city"]
    assert list(file.columns[0].samples)[:2] == ["王小明", "李娜"]


async def test_every_row_gets_its_verdict_and_the_same_person_becomes_one_lead(leads: RunningService) -> None:
    who = somebody()
    job = await finish(leads, who, await start(leads, who, await upload(leads, who, FILE)))
    assert job.state == LeadImport.DONE
    assert await verdicts(leads, who, job) == {2: "created", 3: "created", 4: "ignored", 5: "error", 7: "created"}
    assert (job.created_count, job.ignored_count, job.error_count, job.processed_count) == (3, 1, 1, 5)
    page = await leads.call("crm.leads.v1.LeadService/ListLeads", lead_pb.ListLeadsRequest(search="云帆"), who)
    [lead] = page.leads
    assert lead.intent_count == 2
    assert lead.import_id == job.id


async def test_a_dry_run_says_the_same_and_writes_no_lead(leads: RunningService) -> None:
    who = somebody()
    job = await finish(leads, who, await start(leads, who, await upload(leads, who, FILE), dry_run=True))
    assert job.state == LeadImport.DRY_RUN_DONE
    assert await verdicts(leads, who, job) == {2: "created", 3: "created", 4: "ignored", 5: "error", 7: "created"}
    assert await count(leads) == 0


async def test_importing_the_same_file_again_changes_nothing(leads: RunningService) -> None:
    who = somebody()
    file = await upload(leads, who, FILE)
    await finish(leads, who, await start(leads, who, file))
    before = await count(leads)
    again = await finish(leads, who, await start(leads, who, await upload(leads, who, FILE)))
    assert await count(leads) == before
    assert again.created_count == 0
    assert again.ignored_count == 4


async def test_the_error_file_has_the_columns_of_the_file_and_the_reason_in_the_readers_language(
    leads: RunningService,
) -> None:
    who = somebody(language="zh-CN")
    job = await finish(leads, who, await start(leads, who, await upload(leads, who, FILE)))
    body = await leads.call(f"{IMPORTS}/DownloadLeadImportErrors", pb.DownloadLeadImportErrorsRequest(id=job.id), who)
    errors = read_csv(body.data)
    assert errors.headings == ("姓名", "公司", "手机", "邮箱", "城市", "error_field", "error")
    assert errors.rows[0][0] == "张伟"
    assert errors.rows[0][5] == "phone"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in errors.rows[0][6])


async def test_a_mended_error_file_brings_in_only_what_was_missing(leads: RunningService) -> None:
    who = somebody()
    await finish(leads, who, await start(leads, who, await upload(leads, who, FILE)))
    mended = FILE.replace(",12,", ",13600136000,")
    job = await finish(leads, who, await start(leads, who, await upload(leads, who, mended)))
    assert (job.created_count, job.error_count) == (1, 0)


async def test_rows_join_leads_we_already_have(leads: RunningService) -> None:
    who = somebody()
    lead = lead_pb.CreateLeadRequest()
    lead.lead.name, lead.lead.phone, lead.lead.product_line = "李娜", "13900139000", "pumps"
    have = await leads.call("crm.leads.v1.LeadService/CreateLead", lead, who)
    job = await finish(leads, who, await start(leads, who, await upload(leads, who, FILE)))
    assert job.merged_count == 1
    now = await leads.call("crm.leads.v1.LeadService/GetLead", lead_pb.GetLeadRequest(id=have.id), who)
    assert now.company == "北京星河制造股份有限公司"
    assert now.intent_count == 2


async def test_an_interrupted_import_goes_on_where_it_stopped(
    leads: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_leads.usecases import import_leads as module

    who = somebody()
    rows = "\n".join(f"Person {n},+4420794{60000 + n}" for n in range(300))
    job = await start(leads, who, await upload(leads, who, f"name,phone\n{rows}\n"))
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 50)
    assert leads.parts.jobs is not None
    [(row, lease)] = await leads.parts.jobs.take(1)
    work = asyncio.create_task(leads.parts.jobs.work_on(row, lease))
    while (await read(leads, who, job)).processed_count < 100:
        await asyncio.sleep(0.01)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    async with leads.db.connect() as connection:
        await connection.execute(text("UPDATE job SET lease_until = now() - interval '1 second', lease_owner = NULL"))
    done = await finish(leads, who, job)
    assert (done.processed_count, done.created_count, await count(leads)) == (300, 300, 300)


async def test_a_cancelled_import_stops_and_keeps_what_it_placed(leads: RunningService) -> None:
    who = somebody()
    job = await start(leads, who, await upload(leads, who, FILE))
    stopped = await leads.call(f"{IMPORTS}/CancelLeadImport", pb.CancelLeadImportRequest(id=job.id), who)
    assert stopped.state == LeadImport.CANCELLED
    with pytest.raises(RemoteError) as refused:
        await leads.call(f"{IMPORTS}/CancelLeadImport", pb.CancelLeadImportRequest(id=job.id), who)
    assert refused.value.reason == "IMPORT_ENDED"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "EMPTY_FILE"),
        (b"name,phone\n", "NO_ROWS"),
        (b"PK\x03\x04rest", "NOT_CSV"),
        (b"name,name\na,b\n", "DOUBLE_HEADING"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(
    leads: RunningService, content: bytes, reason: str
) -> None:
    with pytest.raises(RemoteError) as refused:
        await upload(leads, somebody(), content)
    assert refused.value.reason == "INVALID_ARGUMENT"
    assert "content" in str(refused.value), reason


async def test_a_mapping_to_an_unknown_field_is_refused(leads: RunningService) -> None:
    who = somebody()
    file = await upload(leads, who, FILE)
    with pytest.raises(RemoteError) as refused:
        await start(leads, who, file, mappings=[{"heading": "姓名", "field": "nmae"}])
    assert "nmae" in str(refused.value)


async def test_a_file_of_another_unit_looks_absent(leads: RunningService) -> None:
    file = await upload(leads, somebody(unit_path="/hq/east/"), FILE)
    with pytest.raises(RemoteError) as refused:
        await start(leads, somebody(unit_path="/hq/west/"), file)
    assert refused.value.reason == "NOT_FOUND"


@pytest.mark.parametrize(
    ("value", "kept"), [("=1+1", "'=1+1"), ("-5", "-5"), ("+86 13800138000", "+86 13800138000"), ("@x", "'@x")]
)
def test_what_a_spreadsheet_would_run_is_made_harmless(value: str, kept: str) -> None:
    assert harmless(value) == kept


async def test_identical_rows_of_a_known_customer_are_attached_once(leads: RunningService) -> None:
    who = somebody()
    key = uuid4()
    customer = Customer(
        id=str(key),
        type=Customer.ORGANIZATION,
        name="北京星河制造股份有限公司",
        phone="+8613900139000",
        unit_path="/hq/",
    )
    await leads.deliver((key, 1, CustomerCreated(customer=customer)))
    row = "李娜,北京星河制造股份有限公司,13900139000\n"
    job = await finish(leads, who, await start(leads, who, await upload(leads, who, f"姓名,公司,手机\n{row}{row}")))
    assert (job.state, job.error) == (LeadImport.DONE, "")
    assert await verdicts(leads, who, job) == {2: "attached", 3: "ignored"}


async def test_a_stale_lead_of_another_unit_is_neither_overwritten_by_an_import_nor_in_its_way(
    leads: RunningService,
) -> None:
    file = "name,phone\n李娜,13900139000\n"
    made = lead_pb.CreateLeadRequest()
    made.lead.name, made.lead.phone = "李娜", "13900139000"
    theirs = await leads.call("crm.leads.v1.LeadService/CreateLead", made, somebody(unit_path="/hq/west/"))
    async with leads.db.connect() as connection:
        for table, column in (("lead", "create_time"), ("submission", "receive_time")):
            await connection.execute(text(f"UPDATE {table} SET {column} = {column} - interval '90 days'"))
    who = somebody(unit_path="/hq/east/", scope=Scope.SUBTREE)
    job = await finish(leads, who, await start(leads, who, await upload(leads, who, file)))
    assert await verdicts(leads, who, job) == {2: "created"}
    now = await leads.call("crm.leads.v1.LeadService/GetLead", lead_pb.GetLeadRequest(id=theirs.id), somebody())
    assert now.state == theirs.state


def test_rows_are_not_joined_because_two_leads_we_have_resemble_each_other() -> None:
    """Each row is decided against what we have and the rows before it: that two people are kept apart is the house's
    decision, which a file does not undo.
    """
    ours = [a_lead("王小明", phone="13800138000", email="ming@yunfan-tech.cn")]
    ours.append(a_lead("王小明", phone="13800138001", email="ming@yunfan-tech.cn"))
    known = {str(lead.id): {**candidate(lead), "is_customer": False} for lead in ours}
    rows = [a_lead("王小明", phone="13800138000"), a_lead("王小明", phone="13800138001")]
    (one, holder), (other, other_holder) = group_rows(rows, known)
    assert one != other
    assert [holder, other_holder] == [str(lead.id) for lead in ours]


def a_lead(name: str, **facts: str) -> Lead:
    now = datetime.now(UTC)
    lead = Lead(id=uuid4(), name=name, unit_path="/hq/", create_time=now, **facts)
    prepare_lead(lead, now)
    return lead


def candidate(lead: Lead) -> dict[str, Any]:
    return {column.name: getattr(lead, column.name) for column in Lead.__table__.columns}


async def test_an_import_that_fails_every_time_ends_with_its_reason(leads: RunningService) -> None:
    who = somebody()
    job = await start(leads, who, await upload(leads, who, FILE))
    await leads.administer("ALTER TABLE lead_import_row ADD CONSTRAINT no_row CHECK (line < 0)")
    ended = await finish(leads, who, job)
    assert ended.state == LeadImport.FAILED
    assert "CheckViolationError" in ended.error
    assert await count(leads) == 0
