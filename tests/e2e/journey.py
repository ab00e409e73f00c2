"""The main job, by REST or by gRPC as its clients do: from a file of leads to a signed contract, a solved ticket and what follows from them."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crm_client import Client

from .grpc_client import GrpcClient

Record = dict[str, Any]
PASSWORD = "long-enough-to-test"
SECONDS = 60.0


def eventually(question: Callable[[], Any], holds: Callable[[Any], bool], seconds: float = SECONDS) -> Any:
    """The first answer that holds; the last one when none did in time, for the assertion to show."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if holds(answer) or time.monotonic() > deadline:
            return answer
        time.sleep(0.1)


@dataclass
class Team:
    """A unit of its own with a pool, and the people who work there."""

    path: str
    manager: Client
    seller: Client
    agent: Client
    agent_id: str
    marketer: Client


def found_team(administrator: Client, sign_in: Callable[[str, str], Client], code: str) -> Team:
    """Make the unit and its people; what they do mixes with nobody else's."""
    headquarters = next(unit for unit in administrator.list("units") if unit["path"] == "/hq/")
    wanted = {"name": f"测试 {code}", "code": code, "parent_id": headquarters["id"], "kind": "SUBSIDIARY"}
    unit = administrator.create("units", wanted)
    administrator.create("pools", {"name": f"{code} pool", "unit_path": unit["path"], "is_default": True})
    people = {}
    for role in ("sales_manager", "sales_rep", "service_agent", "marketer"):
        login = f"{role}.{code}"
        user = {"login": login, "display_name": login, "unit_id": unit["id"], "roles": [role], "password": PASSWORD}
        people[role] = (administrator.create("users", user), sign_in(login, PASSWORD))
    agent, agent_client = people["service_agent"]
    return Team(
        str(unit["path"]),
        people["sales_manager"][1],
        people["sales_rep"][1],
        agent_client,
        str(agent["id"]),
        people["marketer"][1],
    )


@dataclass
class Journey:
    """What was made on the way; ``trace_id`` is the trace of the conversion."""

    team: Team
    job: Record
    lead: Record = field(default_factory=dict)
    trace_id: str = ""
    opportunity: Record = field(default_factory=dict)
    quote: Record = field(default_factory=dict)
    contract: Record = field(default_factory=dict)
    receipt: Record = field(default_factory=dict)
    ticket: Record = field(default_factory=dict)
    campaign_id: str = ""


def travel(team: Team, content: bytes, filename: str, country: str, pick: str) -> Journey:
    """All steps, on the lead that the filter ``pick`` finds."""
    campaign_id = _campaign(team.marketer)
    journey = Journey(team, import_file(team.manager, content, filename, country, campaign_id), campaign_id=campaign_id)
    found = team.seller.list("leads", filter=f'import_id = "{journey.job["id"]}" AND {pick}', limit=1)
    journey.lead = next(found)
    _win_the_lead(journey)
    _close_the_deal(journey)
    _solve_a_ticket(journey)
    return journey


def import_file(client: Client, content: bytes, filename: str, country: str, campaign_id: str = "") -> Record:
    """The finished import."""
    uploaded = client.upload("UploadLeadFile", content, filename=filename)
    wanted = {"file_id": uploaded["id"], "country_code": country, "campaign_id": campaign_id}
    job = client.create("lead-imports", wanted)
    over = {"DONE", "FAILED", "CANCELLED"}
    return dict(eventually(lambda: client.get("lead-imports", job["id"]), lambda it: it["state"] in over, 120.0))


def _campaign(marketer: Client) -> str:
    campaign = {
        "name": f"展会 Expo {secrets.token_hex(3)}",
        "start_date": _day(0),
        "end_date": _day(0),
        "currency": "CNY",
        "budget_lines": [{"category": "booth", "planned": "10000"}],
    }
    campaign_id = str(marketer.create("campaigns", campaign)["id"])
    marketer.do("campaigns", campaign_id, "plan")
    marketer.do("campaigns", campaign_id, "start")
    cost = {"amount": {"amount": "8000", "currency": "CNY"}, "external_reference": "INV-1"}
    marketer.do("campaigns", campaign_id, "recordCost", category="booth", **cost)
    return campaign_id


def _win_the_lead(journey: Journey) -> None:
    seller, lead_id = journey.team.seller, journey.lead["id"]
    seller.do("leads", lead_id, "claim")
    touch = {"lead_id": lead_id, "kind": "call", "direction": "outbound", "outcome": "interested"}
    seller.create("touches", {**touch, "duration_seconds": 120, "note": "谈好了 Agreed to meet"})
    seller.do("leads", lead_id, "qualify")
    journey.trace_id = secrets.token_hex(16)
    wanted = {"opportunity_name": "端到端 End to end", "expected_amount": "50000", "currency": "CNY"}
    with _traced(seller, journey.trace_id):
        journey.lead = seller.do("leads", lead_id, "convert", **wanted)


@contextmanager
def _traced(client: Client, trace_id: str) -> Iterator[None]:
    """What the client asks inside the block is part of this trace."""
    headers = client.headers if isinstance(client, GrpcClient) else client._http.headers
    headers["traceparent"] = f"00-{trace_id}-{secrets.token_hex(8)}-01"
    yield
    del headers["traceparent"]


def _close_the_deal(journey: Journey) -> None:
    seller, manager, deal_id = journey.team.seller, journey.team.manager, journey.lead["opportunity_id"]
    later = _day(20)
    seller.update("opportunities", deal_id, {"expected_close_date": later, "need": "监测 Monitoring"})
    for stage in ("needs_analysis", "proposal", "negotiation"):
        seller.do("opportunities", deal_id, "moveStage", stage=stage)
    line = {"name": "传感器 Sensor", "quantity": "100", "list_price": "300", "discount_percent": "10", "tax_rate": "13"}
    quote = {"name": "报价 Offer", "opportunity_id": deal_id, "currency": "CNY", "lines": [line]}
    quote_id = seller.create("quotes", quote)["id"]
    seller.do("quotes", quote_id, "send")
    journey.quote = seller.do("quotes", quote_id, "accept")
    plan = [
        {"name": "预付款", "percent": "40", "trigger": "AFTER_SIGNING"},
        {"name": "尾款", "percent": "60", "trigger": "AFTER_DELIVERY", "offset_days": 30},
    ]
    contract_id = seller.do("quotes", quote_id, "createContract", contract={"payment_plan": plan})["id"]
    seller.do("contracts", contract_id, "send")
    today = _day(0)
    manager.do("contracts", contract_id, "sign", our_sign_date=today, their_sign_date=today)
    paid = {"amount": "12204", "currency": "CNY"}
    receipt = {
        "contract_id": contract_id,
        "amount": paid,
        "receive_date": today,
        "payer": "客户",
        "reference": contract_id,
    }
    receipt_id = manager.create("receipts", receipt)["id"]
    journey.receipt = manager.do("receipts", receipt_id, "confirm")
    journey.opportunity = seller.do("opportunities", deal_id, "win")
    journey.contract = manager.get("contracts", contract_id)


def _solve_a_ticket(journey: Journey) -> None:
    agent = journey.team.agent
    ticket = {
        "kind": "COMPLAINT",
        "channel": "phone",
        "subject": "安装迟到 Late",
        "customer_id": journey.lead["customer_id"],
    }
    ticket_id = agent.create("tickets", {**ticket, "priority": "HIGH"})["id"]
    agent.do("tickets", ticket_id, "assign", owner_id=journey.team.agent_id)
    agent.do("tickets", ticket_id, "reply", body="明早到。Tomorrow morning.")
    solved = {"resolution_code": "repaired", "resolution": "已安装 Installed", "root_cause": "排期 Planning"}
    journey.ticket = agent.do("tickets", ticket_id, "resolve", **solved)
    agent.create("survey-answers", {"ticket_id": ticket_id, "score": 4, "comment": "还行 Fine"})


def _day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()
