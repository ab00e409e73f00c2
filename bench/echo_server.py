"""One lead over gRPC, twice: by a bare aio server and by the kit's pipeline; prints the two ports.

python bench/echo_server.py <directory with the keys> <URL of the leads database>
"""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace

import grpc
import uvloop
from crm.leads.v1 import lead_pb2
from crm.leads.v1 import lead_service_pb2 as pb

from crm_kit import logging, telemetry
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.keys import Keys
from crm_kit.rpc import descriptors
from crm_kit.rpc.server import OPTIONS, Endpoints

NAME = "crm.leads.v1.LeadService"
LEAD = lead_pb2.Lead(
    id="00000000-0000-7000-8000-000000000001",
    name="王小明",
    company="上海云帆科技有限公司",
    phone="+8613800138000",
    email="ming@example.org",
    score=70,
    unit_path="/hq/",
    tags=["vip"],
    need="two lines",
    channel="web",
    etag="3",
)


async def answer(_request: pb.GetLeadRequest, _call: Call) -> lead_pb2.Lead:
    return LEAD


async def bare(_request: pb.GetLeadRequest, _context: object) -> lead_pb2.Lead:
    return LEAD


async def main(keys: Path, url: str) -> None:
    logging.setup("crm-leads", log_format="json")
    settings = SimpleNamespace(trace_sample=0.05, trace_file="", otlp_endpoint="")
    telemetry.setup("crm-leads", settings)
    methods = descriptors.methods(descriptors.service(NAME))
    servicer = SimpleNamespace(**{method.name: answer for method in methods})
    # The handler needs none; the pipeline asks what is shared with the caller.
    db = Database(url)
    endpoints = Endpoints(db=db, keys=Keys.load(keys, "leads"), servicers={NAME: servicer})
    plain = grpc.unary_unary_rpc_method_handler(
        bare, request_deserializer=pb.GetLeadRequest.FromString, response_serializer=lead_pb2.Lead.SerializeToString
    )
    servers, ports = [], []
    for register in (
        lambda server: server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(NAME, {"GetLead": plain}),)
        ),
        endpoints.register,
    ):
        server = grpc.aio.server(options=OPTIONS)
        register(server)
        ports.append(server.add_insecure_port("127.0.0.1:0"))
        await server.start()
        servers.append(server)
    print(*ports, flush=True)
    await asyncio.gather(*(server.wait_for_termination() for server in servers))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(Path(sys.argv[1]), sys.argv[2]))
