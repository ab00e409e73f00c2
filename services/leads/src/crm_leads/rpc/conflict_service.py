"""crm.leads.v1.ConflictService."""

from typing import Any

from crm.leads.v1 import conflict_pb2
from crm.leads.v1 import conflict_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.resource import Resource
from crm_kit.tx import begin
from crm_leads import mappings
from crm_leads.usecases.arbitrate import decide_conflict
from crm_leads.usecases.show_conflict import add_sides, blind_conflict

conflicts = Resource(
    mappings.conflict,
    filters=(
        "state",
        "lead_id",
        "holder_lead_id",
        "holder_customer_id",
        "protected_until_date",
        "score",
        "unit_path",
        "submitted_by",
        "decided_by",
        "reason",
        "decide_due_time",
        "decide_time",
        "create_time",
    ),
)
SIDES = {"submitter", "holder"}


class ConflictService:
    """Conflicts over parties."""

    async def GetConflict(self, request: pb.GetConflictRequest, call: Call) -> conflict_pb2.Conflict:
        try:
            conflict = await conflicts.find(call, request.id)
        except NotFound:
            return await blind_conflict(call, request.id)
        await add_sides(call, [conflict])
        return conflict

    async def ListConflicts(self, request: pb.ListConflictsRequest, call: Call) -> Any:
        page = await conflicts.list(request, call)
        if not request.fields.paths or SIDES & set(request.fields.paths):
            await add_sides(call, page.conflicts)
        return page

    async def DecideConflict(self, request: pb.DecideConflictRequest, call: Call) -> conflict_pb2.Conflict:
        state = conflict_pb2.Conflict.State.Name(request.state)
        async with begin(call) as tx:
            conflict = await decide_conflict(tx, request.id, state, request.reason, request.answer, etag=request.etag)
        made = conflicts.write(conflict)
        await add_sides(call, [made])
        return made
