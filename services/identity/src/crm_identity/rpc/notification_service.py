"""crm.identity.v1.NotificationService."""

from datetime import UTC

from crm.identity.v1 import notification_pb2
from crm.identity.v1 import notification_service_pb2 as pb

from crm_identity.mappings import notification_message
from crm_identity.queries.notifications import list_notifications, one_notification
from crm_identity.usecases.read_notifications import mark, mark_all, owner_of
from crm_kit.call import Call
from crm_kit.tx import begin


class NotificationService:
    """What the caller should know of."""

    async def GetNotification(self, request: pb.GetNotificationRequest, call: Call) -> notification_pb2.Notification:
        row = await one_notification(call, owner_of(call.principal), request.id)
        return notification_message(row, call.language)

    async def ListNotifications(self, request: pb.ListNotificationsRequest, call: Call) -> pb.ListNotificationsResponse:
        rows, token, unread = await list_notifications(
            call,
            owner_of(call.principal),
            filter=request.filter,
            order_by=request.order_by,
            page_size=request.page_size,
            page_token=request.page_token,
            unread=request.unread,
        )
        told = [notification_message(row, call.language) for row in rows]
        return pb.ListNotificationsResponse(notifications=told, next_page_token=token, unread_count=unread)

    async def ReadNotification(self, request: pb.ReadNotificationRequest, call: Call) -> notification_pb2.Notification:
        async with begin(call) as tx:
            row = await mark(tx, request.id, read=True)
            return tx.answer_with(notification_message(row, call.language))

    async def UnreadNotification(
        self, request: pb.UnreadNotificationRequest, call: Call
    ) -> notification_pb2.Notification:
        async with begin(call) as tx:
            row = await mark(tx, request.id, read=False)
            return tx.answer_with(notification_message(row, call.language))

    async def ReadAllNotifications(
        self, request: pb.ReadAllNotificationsRequest, call: Call
    ) -> pb.ReadAllNotificationsResponse:
        until = request.until_time.ToDatetime(UTC) if request.HasField("until_time") else call.now
        async with begin(call) as tx:
            return tx.answer_with(pb.ReadAllNotificationsResponse(read_count=await mark_all(tx, until)))
