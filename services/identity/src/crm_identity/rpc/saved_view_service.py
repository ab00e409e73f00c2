"""crm.identity.v1.SavedViewService."""

from crm.identity.v1 import saved_view_pb2
from crm.identity.v1 import saved_view_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.saved_view import SavedView
from crm_identity.usecases.manage_saved_views import create_saved_view, delete_saved_view, update_saved_view
from crm_kit.audience import usable
from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.ids import parse_id
from crm_kit.resource import Resource
from crm_kit.tx import begin

saved_views = Resource(
    mappings.saved_view,
    filters=("resource", "name", "audience", "owner_id", "unit_path", "create_time", "update_time"),
)


class SavedViewService:
    """Views of lists."""

    async def CreateSavedView(self, request: pb.CreateSavedViewRequest, call: Call) -> saved_view_pb2.SavedView:
        view = await saved_views.read(call, request.saved_view)
        async with begin(call) as tx:
            await create_saved_view(tx, view)
        return saved_views.write(view)

    async def GetSavedView(self, request: pb.GetSavedViewRequest, call: Call) -> saved_view_pb2.SavedView:
        key = parse_id(saved_views.entity, request.id)
        page = await self._page(pb.ListSavedViewsRequest(filter=f'id = "{key}"'), call)
        if not page.saved_views:
            raise NotFound(resource="saved_view", id=request.id)
        return page.saved_views[0]

    async def ListSavedViews(self, request: pb.ListSavedViewsRequest, call: Call) -> pb.ListSavedViewsResponse:
        return await self._page(request, call)

    async def UpdateSavedView(self, request: pb.UpdateSavedViewRequest, call: Call) -> saved_view_pb2.SavedView:
        message = request.saved_view
        values = await saved_views.changes(call, message, request.update_mask.paths)
        async with begin(call) as tx:
            view = await update_saved_view(tx, message.id, message.etag, lambda kept: saved_views.apply(kept, values))
        return saved_views.write(view)

    async def DeleteSavedView(self, request: pb.DeleteSavedViewRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_saved_view(tx, request.id, request.etag)
        return Empty()

    async def _page(self, request: pb.ListSavedViewsRequest, call: Call) -> pb.ListSavedViewsResponse:
        page: pb.ListSavedViewsResponse = await saved_views.page(
            request, call, usable(call.principal, SavedView.__table__.c), parent=call.principal.subject
        )
        return page
