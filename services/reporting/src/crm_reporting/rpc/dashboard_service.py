"""crm.reporting.v1.DashboardService."""

from crm.reporting.v1 import dashboard_pb2
from crm.reporting.v1 import dashboard_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_kit.audience import usable
from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.ids import parse_id
from crm_kit.resource import Resource
from crm_kit.tx import begin
from crm_reporting import mappings
from crm_reporting.domain.dashboard import Dashboard
from crm_reporting.usecases.keep_definitions import dashboards as kept

dashboards = Resource(
    mappings.dashboard, filters=("name", "audience", "owner_id", "unit_path", "create_time", "update_time")
)


class DashboardService:
    """Boards of reports."""

    async def CreateDashboard(self, request: pb.CreateDashboardRequest, call: Call) -> dashboard_pb2.Dashboard:
        dashboard = await dashboards.read(call, request.dashboard)
        async with begin(call) as tx:
            await kept.add(tx, dashboard)
        return dashboards.write(dashboard)

    async def GetDashboard(self, request: pb.GetDashboardRequest, call: Call) -> dashboard_pb2.Dashboard:
        key = parse_id(dashboards.entity, request.id)
        page = await self._page(pb.ListDashboardsRequest(filter=f'id = "{key}"'), call)
        if not page.dashboards:
            raise NotFound(resource="dashboard", id=request.id)
        return page.dashboards[0]

    async def ListDashboards(self, request: pb.ListDashboardsRequest, call: Call) -> pb.ListDashboardsResponse:
        return await self._page(request, call)

    async def UpdateDashboard(self, request: pb.UpdateDashboardRequest, call: Call) -> dashboard_pb2.Dashboard:
        message = request.dashboard
        values = await dashboards.changes(call, message, request.update_mask.paths)
        async with begin(call) as tx:
            changed = await kept.change(tx, message.id, message.etag, lambda one: dashboards.apply(one, values))
        return dashboards.write(changed)

    async def DeleteDashboard(self, request: pb.DeleteDashboardRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await kept.remove(tx, request.id, request.etag)
        return Empty()

    async def _page(self, request: pb.ListDashboardsRequest, call: Call) -> pb.ListDashboardsResponse:
        mine = usable(call.principal, Dashboard.__table__.c)
        page: pb.ListDashboardsResponse = await dashboards.page(request, call, mine, parent=call.principal.subject)
        return page
