"""Administrators keep calendars; what was counted by old hours stays counted."""

from sqlalchemy import insert

from crm_kit.errors import FailedPrecondition
from crm_kit.tx import Tx
from crm_service_desk import queries
from crm_service_desk.domain.business_calendar import HOURS_FIELDS, Calendar, calendar_revision
from crm_service_desk.domain.working_hours import check_opens

REPLAN_CALENDAR = "calendar.replan"


class CalendarInUse(FailedPrecondition):
    """A calendar that something counts by stays. Facts: used_by."""

    en = "This calendar is used by {used_by}. Choose another there first."
    zh = "该日历正被 {used_by} 使用，请先在那里更换日历。"


class DefaultStays(FailedPrecondition):
    """There is always a default."""

    en = "There must be a default. Make another one the default instead."
    zh = "必须有一个默认项，请先将另一项设为默认。"


async def create_calendar(tx: Tx, calendar: Calendar) -> Calendar:
    """A new calendar in its first revision."""
    check_opens(calendar.hours, tx.now)
    if calendar.is_default:
        await _retire_default(tx)
    tx.add(calendar)
    await tx.session.flush()
    await _keep_revision(tx, calendar)
    return calendar


async def update_calendar(tx: Tx, calendar: Calendar, changed: set[str]) -> Calendar:
    """Other hours make a new revision, by which open tickets count from now on. It has the new values already."""
    if "is_default" in changed:
        await _become_default(tx, calendar)
    if changed & HOURS_FIELDS:
        check_opens(calendar.hours, tx.now)
        calendar.revision += 1
        await _keep_revision(tx, calendar)
        await tx.schedule(REPLAN_CALENDAR, calendar.id, tx.now)
    return calendar


async def delete_calendar(tx: Tx, calendar: Calendar) -> None:
    """Tickets that count by it go on doing so; nothing new may name it."""
    if calendar.is_default:
        raise DefaultStays
    policies = await queries.policies_counting_by(tx, calendar.id)
    if policies:
        raise CalendarInUse(used_by=", ".join(policies))
    calendar.delete_time = tx.now


async def _become_default(tx: Tx, calendar: Calendar) -> None:
    if not calendar.is_default:
        raise DefaultStays
    calendar.is_default = False
    await _retire_default(tx)
    calendar.is_default = True


async def _retire_default(tx: Tx) -> None:
    """Written before the new default is, because the database allows only one at any time.

    Tickets that counted by the former one because it was the default follow the new one.
    """
    former = await queries.calendar_of(tx, None)
    former.is_default = False
    await tx.session.flush()
    await tx.schedule(REPLAN_CALENDAR, former.id, tx.now)


async def _keep_revision(tx: Tx, calendar: Calendar) -> None:
    await tx.session.execute(
        insert(calendar_revision).values(
            calendar_id=calendar.id,
            revision=calendar.revision,
            time_zone=calendar.time_zone,
            weekly=calendar.weekly,
            overrides=calendar.overrides,
            create_time=tx.now,
        )
    )
