"""Load: people at work on every service while something breaks, each writing down what they were told."""

import asyncio
import hashlib
import random
import time
from typing import Any
from uuid import UUID

import httpx

from .ledger import ACKED, REFUSED, UNKNOWN, Ledger, Operation
from .rest import Api, build

MADE = {
    "CreateLead": ("leads", "lead", "need"),
    "CreateTouch": ("leads", "touch", "note"),
    "CreateCustomer": ("customers", "customer", "name"),
    "CreateFollowUp": ("customers", "follow_up", "note"),
    "CreateOpportunity": ("sales", "opportunity", "name"),
    "CreateTicket": ("service-desk", "ticket", "subject"),
}
"""Where the effect of each operation is found: service, table and the column that holds its marker."""


class Load:
    """Workers that write until told to stop. Each operation is sent once; what became of it is in the ledger."""

    def __init__(self, api: Api, ledger: Ledger, run: str, seed: int, workers: int) -> None:
        self.ledger, self.run = ledger, run
        self._api, self._seed, self._workers = api, seed, workers
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._leads: list[str] = []
        self._customers: list[str] = []

    async def __aenter__(self) -> "Load":
        self._http = self._api.load(self._workers)
        self._tasks = [asyncio.create_task(self._work(number)) for number in range(self._workers)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks)
        await self._http.aclose()

    async def _work(self, number: int) -> None:
        rng = random.Random(f"{self._seed}-{number}")
        while not self._stop.is_set():
            rpc = rng.choice(list(MADE))
            operation = self._operation(rpc, rng)
            await send(self._http, operation, self.ledger)
            if operation.outcome == ACKED:
                {"CreateLead": self._leads, "CreateCustomer": self._customers}.get(rpc, []).append(operation.id)
            # A person who got no answer looks at the screen for a moment, too.
            await asyncio.sleep(rng.uniform(0, 0.05 if operation.outcome == ACKED else 1.5))

    def _operation(self, rpc: str, rng: random.Random) -> Operation:
        if rpc == "CreateTouch" and not self._leads:
            rpc = "CreateLead"
        if rpc == "CreateFollowUp" and not self._customers:
            rpc = "CreateCustomer"
        operation = self.ledger.begin(rpc, self.run, {})
        customer = rng.choice(self._customers) if self._customers else str(UUID(int=rng.getrandbits(128)))
        lead = rng.choice(self._leads) if self._leads else ""
        operation.request = request_of(rpc, operation.marker, lead, customer)
        return operation


def request_of(rpc: str, marker: str, lead_id: str = "", customer_id: str = "") -> dict[str, Any]:
    """A request that nothing in the system takes for a repeat of another."""
    if rpc == "CreateLead":
        return {"lead": a_lead(marker)}
    if rpc == "CreateCustomer":
        return {"customer": {"type": "ORGANIZATION", "name": marker}}
    if rpc == "CreateOpportunity":
        return {"opportunity": {"name": marker, "customer_id": customer_id}}
    if rpc == "CreateTicket":
        return {"ticket": {"kind": "REPAIR", "subject": marker, "customer_id": customer_id}}
    said = {"kind": "call", "direction": "outbound", "outcome": "interested", "note": marker}
    if rpc == "CreateTouch":
        return {"touch": {"lead_id": lead_id, **said}}
    return {"follow_up": {"customer_id": customer_id, **said}}


def a_lead(marker: str) -> dict[str, Any]:
    """A party like no other: name, company and phone follow from the marker's hash."""
    digest = hashlib.sha256(marker.encode()).hexdigest()
    phone = f"13{int(digest[:12], 16) % 10**9:09d}"
    return {"name": digest[12:20], "company": f"{digest[20:32]} {digest[32:40]}", "phone": phone, "need": marker}


async def send(http: httpx.AsyncClient, operation: Operation, ledger: Ledger) -> httpx.Response | None:
    """Send an operation under its key and note the answer; None when there was none."""
    request = build(operation.rpc, operation.request, key=operation.key)
    operation.began = time.time()
    answer = None
    try:
        answer = await http.request(request.verb, request.path, json=request.body, headers=request.headers)
    except httpx.TransportError as fault:
        operation.outcome, operation.status, operation.body = UNKNOWN, 0, repr(fault)
    else:
        note(operation, answer)
    operation.ended = time.time()
    ledger.end(operation)
    return answer


def note(operation: Operation, answer: httpx.Response) -> None:
    """What an answer says about the effect: a 5xx says nothing, whoever sent it."""
    operation.status = answer.status_code
    if answer.is_success:
        operation.outcome, operation.id = ACKED, str(answer.json().get("id", ""))
    else:
        operation.outcome, operation.body = UNKNOWN if answer.status_code >= 500 else REFUSED, answer.text
