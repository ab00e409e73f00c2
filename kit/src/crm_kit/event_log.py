"""The history a service announced and the changes of its records, readable: for people, and to fill gaps."""

import re
from collections.abc import Iterator
from datetime import UTC
from itertools import islice
from typing import Any
from uuid import UUID

from crm.ops.v1 import event_service_pb2 as pb
from crm.type.v1.event_batch_pb2 import EventBatch
from sqlalchemy import RowMapping, select, text
from sqlalchemy.exc import ProgrammingError

from crm_kit import digests, restrictions
from crm_kit.access import in_reach, unscoped
from crm_kit.announcements import BATCH_ITEMS
from crm_kit.audit_details import CHANGES, readable
from crm_kit.audit_trail import audit_entry
from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.dead_letters import refuse_partial_view
from crm_kit.errors import InvalidArgument, NotFound
from crm_kit.field_rules import Rules
from crm_kit.positions import position_of, size_of, token_of
from crm_kit.principal import Scope
from crm_kit.revealing import open_details

ALL_OF_IT = 1 << 31
RECORD_TYPE = re.compile(r"[a-z][a-z0-9_]{0,62}")


class EventService:
    """Reads the outbox and the trail of this service."""

    async def ListEvents(self, request: pb.ListEventsRequest, call: Call) -> pb.ListEventsResponse:
        refuse_partial_view(call)
        size = size_of(request.page_size)
        if request.from_end:
            return pb.ListEventsResponse(next_page_token=await _end(call.db, request))
        if request.aggregate_id:
            return await _history(call.db, request, size)
        return await _announced(call.db, request, size)

    async def DigestEvents(self, request: pb.DigestEventsRequest, call: Call) -> pb.DigestEventsResponse:
        refuse_partial_view(call)
        end = call.now - digests.SETTLED
        start = max(request.start_time.ToDatetime(UTC), digests.hour_of(call.now - digests.LOOKED_BACK))
        answer = pb.DigestEventsResponse()
        answer.end_time.FromDatetime(end)
        found = await digests.of_outbox(call.db, request.event_types, start, end)
        for hour, digest in sorted(found.items()):
            made = answer.digests.add(count=digest.events, hash_sum=digest.hash_sum)
            made.hour.FromDatetime(hour)
        return answer

    async def ListChanges(self, request: pb.ListChangesRequest, call: Call) -> pb.ListChangesResponse:
        record_id = _uuid("record_id", request.record_id)
        await _refuse_hidden(call, request.record_type, record_id)
        size = size_of(request.page_size)
        position = position_of(request.page_token, 1)
        statement = (
            select(audit_entry)
            .where(
                audit_entry.c.record_type == request.record_type,
                audit_entry.c.record_id == record_id,
                audit_entry.c.action.in_(CHANGES),
            )
            .order_by(audit_entry.c.id.desc())
            .limit(size + 1)
        )
        if position:
            statement = statement.where(audit_entry.c.id < int(position[0]))
        async with call.db.connect() as connection:
            rows = (await connection.execute(statement)).all()
        shown = rows[:size]
        details = await open_details(call.db, request.record_type, [row.details or {} for row in shown])
        rules = call.principal.field_rules
        changes = [_change(row, one, rules) for row, one in zip(shown, details, strict=True)]
        answer = pb.ListChangesResponse(changes=changes)
        if len(rows) > size:
            answer.next_page_token = token_of(rows[size - 1].id)
        return answer


async def _history(db: Database, request: pb.ListEventsRequest, size: int) -> pb.ListEventsResponse:
    """Events of one aggregate in order, those announced in batches among them."""
    aggregate_id = _uuid("aggregate_id", request.aggregate_id)
    position = position_of(request.page_token, 1)
    after = max(request.after_seq, int(position[0]) if position else 0)
    params = {"id": aggregate_id, "after": after, "type": request.event_type, "most": size + 1}
    async with db.connect() as connection:
        single = (await connection.execute(_OF_AGGREGATE, params)).mappings().all()
        batches = (await connection.execute(_BATCHES_OF_AGGREGATE, params)).mappings().all()
    events = [_event(row) for row in single]
    events += [e for row in batches for e in _items(row) if e.aggregate_id == str(aggregate_id) and e.event_seq > after]
    events.sort(key=lambda event: event.event_seq)
    answer = pb.ListEventsResponse(events=events[:size])
    if len(events) > size:
        answer.next_page_token = token_of(events[size - 1].event_seq)
    return answer


async def _announced(db: Database, request: pb.ListEventsRequest, size: int) -> pb.ListEventsResponse:
    """All events, oldest first; a page may end inside a batch."""
    position = position_of(request.page_token, 2)
    start = {"id": UUID(str(position[0])) if position else UUID(int=0), "type": request.event_type, "most": size + 1}
    done = int(position[1]) if position else 0
    async with db.connect() as connection:
        rows = (await connection.execute(_ALL, start | {"done": min(done, BATCH_ITEMS)})).mappings().all()
    answer = pb.ListEventsResponse()
    for row in rows:
        skip = done if position and row["event_id"] == start["id"] else 0
        events = _items(row, skip) if row["item_ids"] else iter([] if skip else [_event(row)])
        for number, event in enumerate(events, start=skip):
            if len(answer.events) == size:
                answer.next_page_token = token_of(str(row["event_id"]), number)
                return answer
            answer.events.append(event)
    return answer


async def _end(db: Database, request: pb.ListEventsRequest) -> str:
    """The token of the page that begins behind the newest event."""
    async with db.connect() as connection:
        if not request.aggregate_id:
            newest = (await connection.execute(_NEWEST)).scalar_one_or_none()
            # All of it is skipped, however many events a batch holds.
            return token_of(str(newest or UUID(int=0)), ALL_OF_IT if newest else 0)
        aggregate_id = _uuid("aggregate_id", request.aggregate_id)
        single = (await connection.execute(_NEWEST_OF_AGGREGATE, {"id": aggregate_id})).scalar_one_or_none()
        everything = {"id": aggregate_id, "type": ""}
        batches = (await connection.execute(_BATCHES_OF_AGGREGATE, everything)).mappings().all()
    positions = [e.event_seq for row in batches for e in _items(row) if e.aggregate_id == str(aggregate_id)]
    return token_of(max([single or 0, *positions]))


async def _refuse_hidden(call: Call, record_type: str, record_id: UUID) -> None:
    """NotFound unless the caller may see the record now; who may see all may also see what is gone."""
    everything = call.scope is Scope.ALL
    if everything and not call.principal.restrictions:
        return
    row = None
    if RECORD_TYPE.fullmatch(record_type):
        present = "" if everything else " AND pending_operation_id IS NULL AND delete_time IS NULL"
        statement = text(f'SELECT * FROM "{record_type}" WHERE id = :id{present}')  # noqa: S608 - a plain name, checked above
        try:
            async with call.db.connect() as connection:
                why = unscoped("whether the caller may see it is asked right after")
                found = await connection.execute(statement, {"id": record_id}, execution_options=why)
                one = found.mappings().one_or_none()
                row = None if one is None else dict(one)
        except ProgrammingError:
            # Not a table, or not one of records: to this caller it does not exist.
            row = None
    if row is None and everything:
        return
    if (
        row is None
        or not in_reach(call.principal, call.reach, row["owner_id"], row["unit_path"])
        or restrictions.hides(call.principal, record_type, row)
    ):
        raise NotFound(resource=record_type, id=record_id)


def _items(row: RowMapping, skip: int = 0) -> Iterator[pb.Event]:
    for item in islice(EventBatch.FromString(row["payload"]).items, skip, None):
        yield _event(
            {
                **row,
                "event_id": item.event_id,
                "aggregate_id": item.aggregate_id,
                "event_seq": item.event_seq,
                "payload": item.payload,
            }
        )


def _event(row: RowMapping | dict[str, Any]) -> pb.Event:
    made = pb.Event(
        event_id=str(row["event_id"]),
        event_type=row["event_type"],
        aggregate_type=row["aggregate_type"],
        aggregate_id=str(row["aggregate_id"]),
        event_seq=row["event_seq"],
        actor=row["actor"],
        traceparent=row["traceparent"],
        unit_path=row["unit_path"],
        payload=row["payload"],
    )
    made.occur_time.FromDatetime(row["occurred_at"])
    if row["published_at"] is not None:
        made.publish_time.FromDatetime(row["published_at"])
    return made


def _change(row: Any, details: dict[str, Any], rules: Rules) -> pb.Change:
    made = pb.Change(
        id=row.id,
        record_type=row.record_type,
        record_id=str(row.record_id),
        action=row.action,
        actor=row.actor,
        cause_id=row.cause_id,
    )
    made.fields.update(readable(rules, row.record_type, row.action, details))
    made.change_time.FromDatetime(row.time)
    return made


def _uuid(field: str, value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise InvalidArgument.of(field, "NOT_A_UUID", "Give a UUID.", "请填写 UUID。") from error


_COLUMNS = (
    "event_id, event_type, aggregate_type, aggregate_id, event_seq, actor, unit_path, traceparent, payload, occurred_at, "
    "published_at, item_ids"
)
_OF_AGGREGATE = text(f"""
    SELECT {_COLUMNS} FROM outbox WHERE aggregate_id = :id AND event_seq > :after AND item_ids IS NULL
      AND (CAST(:type AS text) = '' OR event_type = CAST(:type AS text)) ORDER BY event_seq LIMIT :most
""")  # noqa: S608 - constants
_BATCHES_OF_AGGREGATE = text(f"""
    SELECT {_COLUMNS} FROM outbox WHERE item_ids @> ARRAY[CAST(:id AS uuid)]
      AND (CAST(:type AS text) = '' OR event_type = CAST(:type AS text)) ORDER BY event_id
""")  # noqa: S608 - constants
# A row may be a batch of hundreds: only those are read whole that the page has room for.
_ALL = text(f"""
    SELECT {_COLUMNS} FROM outbox WHERE event_id IN (
        SELECT event_id FROM (
            SELECT event_id, sum(held) OVER (ORDER BY event_id) - held AS before FROM (
                SELECT event_id, coalesce(cardinality(item_ids), 1) AS held FROM outbox WHERE event_id >= :id
                  AND (CAST(:type AS text) = '' OR event_type = CAST(:type AS text)) ORDER BY event_id LIMIT :most
            ) AS rows
        ) AS counted WHERE before < CAST(:most AS integer) + CAST(:done AS integer)
    ) ORDER BY event_id
""")  # noqa: S608 - constants
_NEWEST = text("SELECT event_id FROM outbox ORDER BY event_id DESC LIMIT 1")
_NEWEST_OF_AGGREGATE = text("""
    SELECT event_seq FROM outbox WHERE aggregate_id = :id AND item_ids IS NULL ORDER BY event_seq DESC LIMIT 1
""")
