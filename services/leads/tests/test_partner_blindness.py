"""Whatever another dealer does, one is told the same but for the day [L21]."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from crm.leads.v1 import lead_service_pb2 as pb
from crm.leads.v1 import touch_service_pb2 as touch_pb
from crm.leads.v1.touch_pb2 import Touch
from google.protobuf.json_format import MessageToDict

from crm_kit.principal import Principal
from crm_kit.testing.service import RunningService

from . import house
from .house import EAST, HERE, HQ, THERE, person


@pytest_asyncio.fixture
async def units(leads: RunningService) -> AsyncIterator[RunningService]:
    await house.build(leads)
    for path in (HQ, EAST, HERE, THERE):
        await house.a_pool(leads, path)
    yield leads


def what_there_does(
    dice: Random, *, protects: bool
) -> Callable[[RunningService, Principal, dict[str, Any]], Awaitable[None]]:
    """Anything a dealer may do with leads of a party, ending with or without one that is protected."""
    extras = {
        "need": dice.choice(["", "pumps", "x" * 400]),
        "email": dice.choice(["", f"{uuid4().hex}@example.com"]),
        "city": dice.choice(["", "深圳"]),
        "product_line": dice.choice(["", "pumps"]),
    }
    steps = [dice.choice(["touch", "qualify", "again", "strangers"]) for _ in range(dice.randrange(4))]
    end = "" if protects else dice.choice(["never", "release", "disqualify"])

    async def act(leads: RunningService, who: Principal, party: dict[str, Any]) -> None:
        lead = await house.capture(leads, who, **party, **extras)
        if end == "never":
            return
        await house.claim(leads, who, lead)
        for step in steps:
            if step == "touch":
                touch = Touch(lead_id=lead.id, kind="visit", direction="outbound")
                await leads.call("crm.leads.v1.TouchService/CreateTouch", touch_pb.CreateTouchRequest(touch=touch), who)
            elif step == "again":
                await house.capture(leads, who, **party)
            elif step == "strangers":
                await house.capture(
                    leads, who, name=f"Zoe {uuid4().hex}", company="", phone="", email=f"{uuid4().hex}@q.example.com"
                )
        if end == "release":
            await leads.call(f"{house.LEADS}/ReleaseLead", pb.ReleaseLeadRequest(id=lead.id), who)
        elif end == "disqualify":
            await leads.call(
                f"{house.LEADS}/DisqualifyLead", pb.DisqualifyLeadRequest(id=lead.id, reason="no_need"), who
            )
        elif "qualify" in steps:
            await leads.call(f"{house.LEADS}/QualifyLead", pb.QualifyLeadRequest(id=lead.id), who)

    return act


async def seen_from_here(leads: RunningService, who: Principal, party: dict[str, Any]) -> list[Any]:
    """Everything a dealer is told when submitting a party in every way there is; ids by order, times left out."""
    told: list[Any] = []
    file = f"姓名,公司,手机\n{party['name']},{party['company']},{party['phone']}\n"
    dry = await house.imported(leads, who, file, dry_run=True)
    told += await house.rows_of(leads, who, dry)
    first = await house.capture(leads, who, **party)
    told += [first, await house.capture(leads, who, **party, need="again"), await house.get(leads, who, first.id)]
    told += await house.decisions(leads, who, first.id)
    told += (await house.explained(leads, who, first.id)).values()
    if first.conflict_id:
        told.append(await house.conflict(leads, who, first.conflict_id))
    told.append(await house.listed(leads, who, search=party["company"]))
    told += await house.rows_of(leads, who, await house.imported(leads, who, file))
    return [neutral(MessageToDict(message), {}) for message in told]


VARIES = re.compile(r"[Tt]ime$|^etag$|^protectedUntilDate$|^externalId$|^number$")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def neutral(value: Any, ids: dict[str, int], key: str = "") -> Any:
    if isinstance(value, dict):
        return {k: neutral(v, ids, k) for k, v in sorted(value.items()) if not VARIES.search(k)}
    if isinstance(value, list):
        return [neutral(each, ids, key) for each in value]
    if isinstance(value, str) and re.fullmatch(r"[0-9a-f-]{36}", value):
        return ids.setdefault(value, len(ids))
    return DAY.sub("D", value) if isinstance(value, str) else value


@pytest.mark.parametrize("protects", [True, False])
async def test_nothing_another_dealer_does_changes_what_one_is_told_but_the_day(
    leads: RunningService, protects: bool
) -> None:
    party = {"name": "王小明", "company": "上海云帆科技有限公司", "phone": "13800138000"}
    transcripts = []
    for seed in range(6):
        # Each round its own two dealers and its own party; what a party is called does not matter.
        here, there = f"/hq/{seed}a{int(protects)}/", f"/hq/{seed}b{int(protects)}/"
        mine = {
            **party,
            "phone": f"1380013{8000 + seed}",
            "name": f"王小{chr(0x4E00 + 97 * seed)}",
            "company": f"云{seed}号船舶有限公司",
        }
        await house.a_pool(leads, there, protect_days=10 + seed)
        if seed or protects:
            await what_there_does(Random(seed), protects=protects)(leads, person(there), mine)
        transcript = str(await seen_from_here(leads, person(here), mine))
        for value, name in (
            (here, "HERE"),
            (mine["name"], "NAME"),
            (mine["phone"], "PHONE"),
            (mine["company"], "COMPANY"),
        ):
            transcript = transcript.replace(value, name)
        transcripts.append(transcript)
    assert ("HELD" in transcripts[0]) is protects
    assert [each for each in transcripts if each != transcripts[0]] == []
