"""crm.service_desk.v1.CalendarService."""

from crm.service_desk.v1 import calendar_pb2
from crm.service_desk.v1 import calendar_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.tx import begin
from crm_service_desk import mappings
from crm_service_desk.domain.business_calendar import Calendar
from crm_service_desk.usecases.keep_calendar import create_calendar, delete_calendar, update_calendar

calendars = Resource(
    mappings.calendar, filters=("name", "time_zone", "is_default", "create_time", "update_time"), search=("name",)
)


class CalendarService:
    """Business calendars, by which SLA clocks count."""

    GetCalendar = calendars.get
    ListCalendars = calendars.list

    async def CreateCalendar(self, request: pb.CreateCalendarRequest, call: Call) -> calendar_pb2.Calendar:
        calendar = await calendars.read(call, request.calendar)
        async with begin(call) as tx:
            await create_calendar(tx, calendar)
        return calendars.write(calendar)

    async def UpdateCalendar(self, request: pb.UpdateCalendarRequest, call: Call) -> calendar_pb2.Calendar:
        values = await calendars.changes(call, request.calendar, request.update_mask.paths)
        async with begin(call) as tx:
            calendar = await tx.load(Calendar, request.calendar.id, etag=request.calendar.etag)
            await update_calendar(tx, calendar, calendars.apply(calendar, values))
        return calendars.write(calendar)

    async def DeleteCalendar(self, request: pb.DeleteCalendarRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_calendar(tx, await tx.load(Calendar, request.id, etag=request.etag))
        return Empty()
