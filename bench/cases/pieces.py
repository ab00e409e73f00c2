"""Parts of a call by themselves: a page of fifty to JSON, and an RPC through the pipeline; CPU of one process."""

import subprocess
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any

import grpc
import orjson
from crm.leads.v1 import lead_pb2
from crm.leads.v1 import lead_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp
from house import House
from measuring import Machine, in_turns
from results import Goal, Measured, under_ratio

from crm_gateway.json_codec import to_json
from crm_kit.keys import Keys
from crm_kit.principal import Principal, Scope

CALLS = 1_000
PAGES = 40
SCALARS = attrgetter(
    *[
        "id",
        "number",
        "state",
        "name",
        "company",
        "phone",
        "email",
        "channel",
        "need",
        "product_line",
        "intent_count",
        "score",
        "grade",
        "owner_id",
        "unit_path",
        "etag",
    ]
)
INSTANTS = attrgetter("create_time", "update_time", "own_time", "last_touch_time")
SERVER = Path(__file__).parent.parent / "echo_server.py"


def measure(house: House) -> None:
    _page_to_json(house)
    _pipeline(house)


def a_page() -> bytes:
    """Fifty filled leads as they come over the wire."""
    now = Timestamp(seconds=1_790_000_000, nanos=123_456_000)
    page = pb.ListLeadsResponse(next_page_token="x" * 80)
    for number in range(50):
        lead = page.leads.add(
            id=f"00000000-0000-7000-8000-{number:012x}",
            number=f"LD-2026-{number:06}",
            state=lead_pb2.Lead.WORKING,
            name="王小明",
            company="上海云帆科技有限公司",
            phone="+8613800138000",
            email=f"buyer{number}@example.org",
            channel="web",
            need="two lines",
            product_line="pumps",
            intent_count=1,
            score=70,
            grade="B",
            owner_id=f"00000000-0000-7000-8000-{number:012x}",
            unit_path="/hq/",
            tags=["vip", "fair"],
            etag="3",
        )
        for field in ("create_time", "update_time", "own_time", "last_touch_time"):
            getattr(lead, field).CopyFrom(now)
        lead.score_reasons.add(rule="has_phone", points=20)
        lead.intents.add(channel="web", need="two lines").express_time.CopyFrom(now)
    return page.SerializeToString()


def _page_to_json(house: House) -> None:
    wire = a_page()

    def ours() -> int:
        for _ in range(PAGES):
            to_json(pb.ListLeadsResponse.FromString(wire))
        return PAGES

    def floor() -> int:
        for _ in range(PAGES):
            page = pb.ListLeadsResponse.FromString(wire)
            orjson.dumps(
                [[SCALARS(lead), *(instant.seconds for instant in INSTANTS(lead)), *lead.tags] for lead in page.leads]
            )
        return PAGES

    mine, theirs = in_turns(Machine({}), ours, floor, house.size.rounds)
    mine = type(mine)({"gateway": mine.parts["caller"]}, mine.rate)
    row = Measured("a page of 50 to JSON", mine, theirs, "parse, read 21 fields, orjson")
    house.results.append(under_ratio(row, 1.5))


def _pipeline(house: House) -> None:
    """The same handler behind the bare server and behind the kit's: principal, permission, deadline, trace, metrics."""
    server = subprocess.Popen(
        [sys.executable, str(SERVER), str(house.stack.keys), house.stack.roles("leads").serving],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        bare, full = (int(port) for port in server.stdout.readline().split())
        person = Principal(
            subject="00000000-0000-7000-8000-000000000001", grants=(("leads.*", Scope.SUBTREE),), unit_path="/hq/"
        )
        token = Keys.load(house.stack.keys, "gateway").sign(person, "leads")
        # A trace that is not recorded, as nineteen of twenty are.
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
        headers = (("authorization", f"Bearer {token}"), ("x-request-id", "bench"), ("traceparent", trace))
        machine = Machine({"leads": [server.pid]})
        mine, theirs = in_turns(
            machine, lambda: _calls(full, headers), lambda: _calls(bare, headers), house.size.rounds
        )
    finally:
        server.terminate()
        server.wait()
    ours, limit = mine.parts["leads"], theirs.parts["leads"] if theirs else 0.0
    row = Measured(
        "an RPC through the pipeline",
        type(mine)({"leads": ours}, mine.rate),
        None,
        f"{limit / 1000:.3f} ms: bare grpc.aio server",
    )
    row.goals.append(Goal("≥ 0.95 of the bare server", 0.95, limit / ours, "×", at_most=False))
    house.results.append(row)


def _calls(port: int, headers: Any) -> int:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary(
            "/crm.leads.v1.LeadService/GetLead", pb.GetLeadRequest.SerializeToString, lead_pb2.Lead.FromString
        )
        flying = []
        for _ in range(CALLS):
            flying.append(call.future(pb.GetLeadRequest(id="x"), metadata=headers, timeout=30))
            if len(flying) == 16:
                flying.pop(0).result()
        for one in flying:
            one.result()
    return CALLS
