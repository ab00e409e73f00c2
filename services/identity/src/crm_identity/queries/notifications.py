"""What a person was told, page by page, and how much of it is unread."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from crm_identity.domain.notification import UNREAD_SHOWN, NotificationGone, notification
from crm_kit import paging
from crm_kit.call import Call
from crm_kit.filtering import Fields, where

FIELDS = Fields.of_entity(notification, ["id", "kind", "record_type", "record_id", "actor", "create_time", "read_time"])


async def one_notification(call: Call, owner_id: UUID, notification_id: str) -> Row[Any]:
    """NotificationGone when there is none of this id for the person."""
    try:
        key = UUID(notification_id)
    except ValueError as error:
        raise NotificationGone(resource="notification", id=notification_id) from error
    statement = select(notification).where(notification.c.owner_id == owner_id, notification.c.id == key)
    async with call.db.connect() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise NotificationGone(resource="notification", id=notification_id)
    return row


async def list_notifications(
    call: Call, owner_id: UUID, *, filter: str, order_by: str, page_size: int, page_token: str, unread: bool
) -> tuple[Sequence[Row[Any]], str, int]:
    """One page, newest first unless ordered otherwise; the token of the next; and how many are unread, up to 100."""
    binding = paging.query_hash("notifications", filter, "unread" if unread else "", str(owner_id))
    page = paging.page(order_by or "create_time desc", page_size, page_token, FIELDS, binding)
    mine = notification.c.owner_id == owner_id
    waiting = notification.c.read_time.is_(None)
    statement = select(notification, *page.columns).where(mine)
    for clause in (where(filter, FIELDS, call.now), page.after, waiting if unread else None):
        if clause is not None:
            statement = statement.where(clause)
    some = select(notification.c.id).where(mine, waiting).limit(UNREAD_SHOWN).subquery()
    async with call.db.connect() as connection:
        rows = (await connection.execute(statement.order_by(*page.order_by).limit(page.limit))).all()
        count = (await connection.execute(select(func.count()).select_from(some))).scalar_one()
    token = page.token_for(rows[page.size - 1][len(notification.c) :]) if len(rows) > page.size else ""
    return rows[: page.size], token, int(count)
