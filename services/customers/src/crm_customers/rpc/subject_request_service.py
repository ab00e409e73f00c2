"""crm.customers.v1.SubjectRequestService."""

from crm.customers.v1 import subject_request_pb2
from crm.customers.v1 import subject_request_service_pb2 as pb
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.wrappers_pb2 import StringValue

from crm_customers import mappings
from crm_customers.domain.subject_request import State
from crm_customers.usecases.discover_subject import DiscoverSubject
from crm_customers.usecases.export_subject import download_export
from crm_customers.usecases.start_request import StartRequest
from crm_customers.usecases.take_in_request import change_request, end_request, take_in_request
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin

FILTERS = (
    "number",
    "kind",
    "state",
    "legal_basis",
    "receive_time",
    "due_time",
    "overdue",
    "end_time",
    "officer_id",
    "create_time",
)

requests = Resource(mappings.subject_request, filters=FILTERS)


class SubjectRequestService:
    """What persons ask about their data."""

    GetSubjectRequest = requests.get
    ListSubjectRequests = requests.list

    def __init__(self, discover: DiscoverSubject, start: StartRequest) -> None:
        self._discover, self._start = discover, start

    async def CreateSubjectRequest(
        self, request: pb.CreateSubjectRequestRequest, call: Call
    ) -> subject_request_pb2.SubjectRequest:
        entered = await requests.read(call, request.subject_request)
        async with begin(call) as tx:
            made = await take_in_request(tx, entered)
        return requests.write(made)

    async def UpdateSubjectRequest(
        self, request: pb.UpdateSubjectRequestRequest, call: Call
    ) -> subject_request_pb2.SubjectRequest:
        message = request.subject_request
        values = await requests.changes(call, message, request.update_mask.paths)
        async with begin(call) as tx:
            changed = await change_request(tx, message.id, message.etag, lambda found: requests.apply(found, values))
        return requests.write(changed)

    async def DiscoverSubjectRequest(
        self, request: pb.DiscoverSubjectRequestRequest, call: Call
    ) -> subject_request_pb2.SubjectRequest:
        return requests.write(await self._discover(request.id, request.etag, call))

    async def StartSubjectRequest(
        self, request: pb.StartSubjectRequestRequest, call: Call
    ) -> subject_request_pb2.SubjectRequest:
        await self._start(request, call)
        return await requests.find(call, request.id)

    async def CancelSubjectRequest(
        self, request: pb.CancelSubjectRequestRequest, call: Call
    ) -> subject_request_pb2.SubjectRequest:
        async with begin(call) as tx:
            ended = await end_request(tx, request.id, request.etag, State.CANCELLED, request.reason)
        return requests.write(ended)

    async def RefuseSubjectRequest(
        self, request: pb.RefuseSubjectRequestRequest, call: Call
    ) -> subject_request_pb2.SubjectRequest:
        async with begin(call) as tx:
            ended = await end_request(tx, request.id, request.etag, State.REFUSED, request.reason)
        return requests.write(ended)

    async def DownloadSubjectExport(self, request: pb.DownloadSubjectExportRequest, call: Call) -> HttpBody:
        found = await requests.find(call, request.id)
        answer = HttpBody(content_type="application/json", data=await download_export(call, found))
        answer.extensions.add().Pack(StringValue(value=f"{found.number}.json"))
        return answer

    async def ReplayErasures(self, request: pb.ReplayErasuresRequest, call: Call) -> pb.ReplayErasuresResponse:
        return await self._start.replay(request, call)
