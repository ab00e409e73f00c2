"""crm.customers.v1.LegalHoldService."""

from crm.customers.v1 import legal_hold_pb2
from crm.customers.v1 import legal_hold_service_pb2 as pb

from crm_customers import mappings
from crm_customers.usecases.hold_records import place_hold, release_hold
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

FILTERS = ("resource", "record_id", "reason", "until_time", "release_time", "placer_id", "releaser_id", "create_time")

holds = Resource(mappings.legal_hold, filters=FILTERS)


class LegalHoldService:
    """Legal holds."""

    GetLegalHold = holds.get
    ListLegalHolds = holds.list

    async def CreateLegalHold(self, request: pb.CreateLegalHoldRequest, call: Call) -> legal_hold_pb2.LegalHold:
        entered = await holds.read(call, request.legal_hold)
        async with begin(call) as tx:
            made = await place_hold(tx, entered)
        return holds.write(made)

    async def ReleaseLegalHold(self, request: pb.ReleaseLegalHoldRequest, call: Call) -> legal_hold_pb2.LegalHold:
        async with begin(call) as tx:
            released = await release_hold(tx, request.id, request.etag, request.reason)
        return holds.write(released)
