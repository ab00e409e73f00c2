"""People mark what they were told as read, or as not read yet."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update

from crm_identity.domain.notification import NotificationGone, notification
from crm_identity.usecases.refuse_escalation import refuse_in_anothers_name
from crm_kit.errors import Unauthenticated
from crm_kit.principal import Principal
from crm_kit.tx import Tx


def owner_of(principal: Principal) -> UUID:
    """Whose notifications the caller sees: their own, and not in another's name."""
    refuse_in_anothers_name(principal)
    if principal.user_id is None:
        raise Unauthenticated
    return principal.user_id


async def mark(tx: Tx, notification_id: str, *, read: bool) -> Row[Any]:
    """One of the caller's own; the first reading counts. NotificationGone when there is none."""
    which = _own(tx.principal, notification_id)
    unread = notification.c.read_time.is_(None)
    change = update(notification).where(*which, unread if read else ~unread).values(read_time=tx.now if read else None)
    await tx.session.execute(change)
    row = (await tx.session.execute(select(notification).where(*which))).one_or_none()
    if row is None:
        raise NotificationGone(resource="notification", id=notification_id)
    return row


async def mark_all(tx: Tx, until: datetime) -> int:
    """Everything of the caller made up to this moment; how many were unread."""
    columns = notification.c
    mine = (columns.owner_id == owner_of(tx.principal), columns.read_time.is_(None), columns.create_time <= until)
    done = await tx.session.execute(update(notification).where(*mine).values(read_time=tx.now).returning(columns.id))
    return len(done.all())


def _own(principal: Principal, notification_id: str) -> tuple[Any, ...]:
    try:
        key = UUID(notification_id)
    except ValueError as error:
        raise NotificationGone(resource="notification", id=notification_id) from error
    return notification.c.owner_id == owner_of(principal), notification.c.id == key
