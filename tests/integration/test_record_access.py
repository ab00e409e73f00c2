"""Who reaches a record, and why, told by the service that keeps it in the language of whoever asks."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from crm.ops.v1 import record_access_service_pb2 as pb
from crm.ops.v1 import share_service_pb2 as share_pb

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import somebody
from crm_leads.service import service as leads_service

from .moving import Enterprise, enterprise


@pytest_asyncio.fixture
async def house(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[Enterprise]:
    async with enterprise(database_factory, tmp_path / "keys", leads_service) as made:
        yield made


@pytest.mark.parametrize(
    ("language", "role", "share"),
    [
        ("en", "The role sales_manager grants", "Shared with unit:/hq/east/ to read"),
        ("zh-CN", "角色 sales_manager 授予", "已共享给 unit:/hq/east/（只读）"),
    ],
)
async def test_reasons_are_told_in_the_callers_language(
    house: Enterprise, language: str, role: str, share: str
) -> None:
    for path in ("/hq/west/", "/hq/east/"):
        await house.unit(path)
    west = await house.user("wang", "/hq/west/")
    lead = await house.lead(somebody(unit_path="/hq/west/"), name="somebody", phone="13822223333")
    leads = house.keepers["leads"]
    facts = {"service": "leads", "resource": "lead", "record_id": lead.id}
    grant = {"grantee_kind": share_pb.Share.UNIT, "grantee": "/hq/east/", "access": share_pb.Share.READ}
    shared = share_pb.Share(**facts, **grant)
    await leads.call("crm.ops.v1.ShareService/CreateShare", share_pb.CreateShareRequest(share=shared), somebody())
    asker = replace(somebody(), language=language)
    request = pb.ExplainRecordAccessRequest(**facts)
    told = await leads.call("crm.ops.v1.RecordAccessService/ExplainRecordAccess", request, asker)
    [reason] = [one for user in told.users if user.user_id == west.id for one in user.reasons]
    assert reason.text.startswith(role)
    assert [one.text for one in told.shares] == [share]
