"""Tell people: each once per cause, unless they do not want to be told of such things."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, delete, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from crm_identity.domain.notification import KEPT, STALE, News, gathered, notification
from crm_identity.mappings import notification_message
from crm_kit.outbox import BatchItem
from crm_kit.tx import Tx

CLEARED_AT_ONCE = 1_000


async def notify(tx: Tx, occur_time: datetime, news: Sequence[News]) -> None:
    """Keep the news for everybody who still works here, and announce it; what is over its 90 days goes."""
    told = gathered(list(news)) if occur_time > tx.now - STALE else []
    if not told:
        return
    rows = (
        await tx.session.execute(
            _INSERT,
            {
                "ids": [tx.new_id() for _ in told],
                "owner_ids": [one.owner_id for one in told],
                "kinds": [one.kind for one in told],
                "record_types": [one.record_type for one in told],
                "record_ids": [one.record_id for one in told],
                "record_counts": [one.record_count for one in told],
                "actors": [one.actor for one in told],
                "causes": [one.cause for one in told],
                "now": tx.now,
            },
        )
    ).all()
    paths: dict[UUID, str] = {row.owner_id: row.unit_path for row in rows}
    items = [
        BatchItem(row.id, 1, events.NotificationCreated(notification=notification_message(row)), paths[row.owner_id])
        for row in rows
    ]
    await tx.publish_many("notification", items)
    over = select(notification.c.id).where(notification.c.create_time < tx.now - KEPT).limit(CLEARED_AT_ONCE)
    await tx.session.execute(delete(notification).where(notification.c.id == func.any(over.scalar_subquery())))


# The nearest level that names any kinds counts: the person, then units upwards, then the enterprise.
_INSERT = text("""
    WITH told AS (
        INSERT INTO notification
            (id, owner_id, kind, record_type, record_id, record_count, actor, cause, create_time)
        SELECT n.id, n.owner_id, n.kind, n.record_type, n.record_id, n.record_count, n.actor, n.cause, :now
          FROM unnest(:ids, :owner_ids, :kinds, :record_types, :record_ids, :record_counts, :actors, :causes)
            AS n (id, owner_id, kind, record_type, record_id, record_count, actor, cause)
          JOIN user_account u ON u.id = n.owner_id AND NOT u.disabled AND u.delete_time IS NULL
          LEFT JOIN LATERAL (
            SELECT f.muted_notifications AS kinds
              FROM preferences f LEFT JOIN unit a ON f.holder = 'unit:' || a.id
             WHERE f.muted_notifications <> '{}'
               AND (f.holder IN ('enterprise', 'user:' || u.id) OR starts_with(u.unit_path, a.path))
             ORDER BY f.holder = 'user:' || u.id DESC, length(a.path) DESC NULLS LAST
             LIMIT 1) muted ON true
         WHERE n.kind <> ALL(coalesce(muted.kinds, '{}'))
            ON CONFLICT (owner_id, cause) DO NOTHING
        RETURNING *
    )
    SELECT told.*, u.unit_path FROM told JOIN user_account u ON u.id = told.owner_id ORDER BY told.id
""").bindparams(
    bindparam("ids", type_=ARRAY(Uuid())),
    bindparam("owner_ids", type_=ARRAY(Uuid())),
    bindparam("kinds", type_=ARRAY(Text())),
    bindparam("record_types", type_=ARRAY(Text())),
    bindparam("record_ids", type_=ARRAY(Uuid())),
    bindparam("record_counts", type_=ARRAY(Integer())),
    bindparam("actors", type_=ARRAY(Text())),
    bindparam("causes", type_=ARRAY(Text())),
    bindparam("now", type_=DateTime(timezone=True)),
)
