"""C-10: conversions while leads, customers and sales die: wholly or not at all, and nothing half-made is ever seen."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import httpx

from .aftermath import strange_answers
from .audit import Auditor
from .killing import RECOVERY_SECONDS, Killer, patience, recovered
from .ledger import UNKNOWN, Ledger, Operation
from .load import a_lead, send
from .rest import Api, build
from .scale import Scale

TAKING_PART = ("leads", "customers", "sales")
AT_ONCE = 4
NOTHING = (0, 0, 0)
ALL = (1, 1, 1)


async def test_a_conversion_is_whole_or_nothing_whoever_dies(
    api: Api, ledger: Ledger, killer: Killer, auditor: Auditor, counts: Scale, run: str
) -> None:
    leads = await qualified_leads(api, run, counts.conversions)
    async with api.load(AT_ONCE + 2) as http:
        looking = Onlooker(http, leads)
        watching = asyncio.create_task(looking.watch())
        converting = asyncio.create_task(convert_all(http, ledger, run, leads))
        await killer.kill(TAKING_PART, counts.conversion_kills, pause=(0.2, 3))
        await converting
        await recovered(api.url, api.token, [f"/v1/{name}" for name in ("leads", "customers", "opportunities")])
        wrong = await auditor.settled(counts.settle_seconds)
        watching.cancel()
    killed = ", ".join(name for _, name in killer.killed)
    assert not wrong, f"after killing {killed}: {wrong}"
    assert not looking.half_made
    assert looking.looks > 0
    assert not [one for one in strange_answers(ledger) if " 409 " not in one]
    await each_is_whole_or_nothing(auditor, leads)


async def each_is_whole_or_nothing(auditor: Auditor, leads: Sequence[str]) -> None:
    states = {str(row["id"]): row["state"] for row in await auditor.rows("leads", "SELECT id, state FROM lead")}
    made: dict[str, list[int]] = {lead: [] for lead in leads}
    for service, table in (("customers", "customer"), ("customers", "contact"), ("sales", "opportunity")):
        rows = await auditor.rows(service, f"SELECT lead_id FROM {table} WHERE lead_id IS NOT NULL")
        found = [str(row["lead_id"]) for row in rows]
        for lead in leads:
            made[lead].append(found.count(lead))
    for lead in leads:
        wanted = ALL if states[lead] == "CONVERTED" else NOTHING
        assert (states[lead], tuple(made[lead])) in {("CONVERTED", wanted), ("QUALIFIED", wanted)}, lead
    assert "CONVERTED" in {states[lead] for lead in leads}


async def qualified_leads(api: Api, run: str, count: int) -> list[str]:
    """Leads ready to convert, made as a person makes them."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(http: httpx.AsyncClient, number: int) -> str:
        async with limit:
            lead = await ask(http, "CreateLead", lead=a_lead(f"{run}-{number}"))
            await ask(http, "AssignLead", id=lead["id"], owner_id=lead.get("owner_id") or me)
            touch = {"lead_id": lead["id"], "kind": "call", "direction": "outbound", "outcome": "interested"}
            await ask(http, "CreateTouch", touch=touch)
            await ask(http, "QualifyLead", id=lead["id"])
            return str(lead["id"])

    me = api("GetCurrentUser")["user"]["id"]
    async with api.load(AT_ONCE) as http:
        return list(await asyncio.gather(*(one(http, number) for number in range(count))))


async def convert_all(http: httpx.AsyncClient, ledger: Ledger, run: str, leads: Sequence[str]) -> None:
    """Each conversion is asked for until it is answered, as the client library does it: with its key, after a pause."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(operation: Operation) -> None:
        async with limit:
            until = time.monotonic() + patience(2 * RECOVERY_SECONDS)
            while operation.outcome == UNKNOWN and time.monotonic() < until:
                await send(http, operation, ledger)
                await asyncio.sleep(0 if operation.outcome != UNKNOWN else 0.5)

    operations = [
        ledger.begin("ConvertLead", f"{run}-convert", {"id": lead, "duplicate_reason": "test"}) for lead in leads
    ]
    await asyncio.gather(*(one(operation) for operation in operations))


class Onlooker:
    """Reads all day; remembers whatever could be seen before it was whole."""

    def __init__(self, http: httpx.AsyncClient, leads: Sequence[str]) -> None:
        self.half_made: list[str] = []
        self.looks = 0
        self._http, self._leads = http, set(leads)

    async def watch(self) -> None:
        while True:
            try:
                await self._look()
            except (httpx.TransportError, httpx.HTTPStatusError):
                await asyncio.sleep(0.3)

    async def _look(self) -> None:
        """The later record first: if it can be seen, everything it stands on can be seen from then on."""
        opportunities = await self._all("ListOpportunities", "opportunities")
        customers = await self._all("ListCustomers", "customers")
        contacts = await self._all("ListContacts", "contacts")
        leads = await self._all("ListLeads", "leads")
        converted = {lead["id"] for lead in leads if lead.get("state") == "CONVERTED"}
        whole = {customer["lead_id"] for customer in customers}
        named = {contact["lead_id"] for contact in contacts}
        for what, seen, wanted in (
            ("opportunity without customer", {one["lead_id"] for one in opportunities}, whole),
            ("customer without contact", whole, named),
            ("customer before its lead is converted", whole, converted),
        ):
            self.half_made += [f"{what}: lead {lead}" for lead in (seen & self._leads) - wanted]
        self.looks += 1

    async def _all(self, rpc: str, items: str) -> list[dict[str, Any]]:
        """The newest records, more than one scenario makes."""
        found: list[dict[str, Any]] = []
        token = ""
        while len(found) < 2 * len(self._leads):
            page = await ask(self._http, rpc, page_size=200, page_token=token)
            found += [{"lead_id": "", **one} for one in page.get(items, [])]
            token = page.get("next_page_token", "")
            if not token:
                break
        return found


async def ask(http: httpx.AsyncClient, rpc: str, **fields: Any) -> Any:
    request = build(rpc, fields)
    answer = await http.request(request.verb, request.path, json=request.body, headers=request.headers)
    answer.raise_for_status()
    return answer.json()
