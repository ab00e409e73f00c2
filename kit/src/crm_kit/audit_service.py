"""The RPCs over the trail of this service and the heads of its chain."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson
from crm.ops.v1 import audit_service_pb2 as pb
from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select, text, true

from crm_kit import filtering, restrictions
from crm_kit.access import subtree, unscoped
from crm_kit.audit_chain import COLUMNS, canonical, head_of
from crm_kit.audit_details import readable
from crm_kit.audit_trail import DIGEST, audit_entry, audit_head
from crm_kit.call import Call
from crm_kit.dead_letters import refuse_partial_view
from crm_kit.errors import InvalidArgument
from crm_kit.field_rules import unreadable
from crm_kit.filtering import Fields
from crm_kit.positions import position_of, token_of
from crm_kit.principal import Reach, Scope

DEFAULT_SIZE, LARGEST_SIZE = 50, 1_000
FIELDS = Fields.of_entity(
    audit_entry,
    ("action", "record_type", "record_id", "actor", "on_behalf_of", "cause_id", "unit_path", "time"),
)
ORDERS = {
    "": audit_entry.c.id.desc(),
    "id desc": audit_entry.c.id.desc(),
    "id": audit_entry.c.id.asc(),
    "chain_seq": audit_entry.c.chain_seq.asc(),
}
KEEPER = "identity"
"""The process that keeps everybody's heads."""
KEEP_HEAD = "crm.ops.v1.AuditKeeperService/KeepAuditHead"
PROOF = select(
    text(
        f"{COLUMNS}, {DIGEST} AS digest, chain_seq, hash, details IS NULL AND details_digest IS NOT NULL AS erased, "
        "CASE WHEN action = 'erase' THEN details::text END AS told"
    )
).select_from(audit_entry)
_COUNT = 10
"""Columns of ``COLUMNS``; the digest and the rest follow them."""


class AuditKeeper(Protocol):
    """Keeps copies of the heads of every service's chain; one process of the house does."""

    async def keep(self, call: Call, head: pb.AuditHead) -> None:
        """Keep a head; the same again changes nothing, another for a kept position is refused."""

    async def heads(self, call: Call, service: str, after_seq: int, most: int) -> Sequence[pb.AuditHead]:
        """Kept heads of a service, oldest first."""


class AuditService:
    """Reads the trail. ``keeper`` is there where heads of others are kept."""

    def __init__(self, service: str, keeper: AuditKeeper | None = None) -> None:
        self._service, self._keeper = service, keeper

    async def ListAuditEntries(self, request: pb.ListAuditEntriesRequest, call: Call) -> pb.ListAuditEntriesResponse:
        size = _size_of(request.page_size)
        if request.order_by not in ORDERS:
            raise InvalidArgument.of(
                "order_by",
                "UNKNOWN_ORDER",
                "Choose id, id desc or chain_seq.",
                "请选择 id、id desc 或 chain_seq。",
            )
        if request.canonical:
            # The bytes tell by their digest what masked details were, and a part of a chain proves nothing.
            refuse_partial_view(call)
        position = position_of(request.page_token, 1)
        statement, write = (PROOF, _proof) if request.canonical else (select(audit_entry), _entry)
        statement = _page(statement, request, call, None if position is None else int(position[0])).limit(size + 1)
        async with call.db.connect() as connection:
            rows = (await connection.execute(statement, execution_options=_options(call))).all()
        answer = pb.ListAuditEntriesResponse(audit_entries=[write(row, call) for row in rows[:size]])
        if len(rows) > size:
            last = rows[size - 1]
            answer.next_page_token = token_of(last.chain_seq if request.order_by == "chain_seq" else last.id)
        return answer

    async def ListAuditHeads(self, request: pb.ListAuditHeadsRequest, call: Call) -> pb.ListAuditHeadsResponse:
        refuse_partial_view(call)
        size = _size_of(request.page_size)
        position = position_of(request.page_token, 1)
        after = int(position[0]) if position else 0
        if request.kept_by == self._service and self._keeper is not None:
            heads = await self._keeper.heads(call, request.service, after, size + 1)
        elif request.kept_by in {"", self._service} and request.service == self._service:
            heads = await self._heads(call, after, size + 1)
        else:
            raise InvalidArgument.of(
                "kept_by",
                "UNKNOWN_KEEPER",
                f"Choose {request.service} itself or {KEEPER}.",
                f"请选择 {request.service} 自身或 {KEEPER}。",
            )
        answer = pb.ListAuditHeadsResponse(audit_heads=heads[:size])
        if len(heads) > size:
            answer.next_page_token = token_of(heads[size - 1].chain_seq)
        return answer

    async def _heads(self, call: Call, after: int, most: int) -> Sequence[pb.AuditHead]:
        columns = audit_head.c
        statement = select(audit_head).where(columns.chain_seq > after).order_by(columns.chain_seq).limit(most)
        async with call.db.connect() as connection:
            return [head_of(self._service, row) for row in (await connection.execute(statement)).all()]


def _proof(row: Any, _: Call) -> pb.AuditEntry:
    """What the chain is recomputed from. The entry itself is in the bytes: saying it twice would double the page."""
    seq, hash, erased, told = row[_COUNT + 1 :]
    return pb.AuditEntry(
        chain_seq=seq or 0,
        hash=hash or b"",
        canonical=canonical(seq or 0, row[: _COUNT + 1]),
        erased=erased,
        details=told or "",
    )


def _entry(row: Any, call: Call) -> pb.AuditEntry:
    made = pb.AuditEntry(
        id=row.id,
        action=row.action,
        record_type=row.record_type,
        record_id="" if row.record_id is None else str(row.record_id),
        actor=row.actor,
        on_behalf_of=row.on_behalf_of,
        cause_id=row.cause_id,
        address=row.address,
        unit_path=row.unit_path,
        chain_seq=row.chain_seq or 0,
        hash=row.hash or b"",
        erased=row.details_digest is not None,
    )
    if row.details is not None:
        shown = readable(call.principal.field_rules, row.record_type, row.action, row.details)
        made.details = orjson.dumps(shown).decode()
    made.time.FromDatetime(row.time)
    return made


def _page(statement: Select[Any], request: pb.ListAuditEntriesRequest, call: Call, after: int | None) -> Select[Any]:
    columns = audit_entry.c
    hidden = unreadable(call.principal.field_rules, pb.AuditEntry.DESCRIPTOR, FIELDS)
    clauses = [_visible(call), filtering.where(request.filter, FIELDS, call.now, unreadable=hidden)]
    if request.order_by == "chain_seq":
        clauses.append(columns.chain_seq > (after or 0))
    elif after is not None:
        clauses.append(columns.id > after if request.order_by == "id" else columns.id < after)
    return statement.where(*[clause for clause in clauses if clause is not None]).order_by(ORDERS[request.order_by])


def _options(call: Call) -> Mapping[str, Any]:
    """The trail is no record and needs none; which records are withheld is asked of the records themselves."""
    return unscoped("whether an entry's record is withheld") if call.principal.restrictions else {}


def _visible(call: Call) -> ColumnElement[bool]:
    """Entries about records of the units the caller may audit, but for records that are withheld; of a scope of one's own,
    what one did oneself.
    """
    columns, reaches = audit_entry.c, call.reach
    told = restrictions.untold(call.principal, columns.record_type, columns.record_id)
    if any(reach.scope is Scope.ALL for reach in reaches):
        return and_(true(), *told)
    departed = [not_(subtree(path, columns.unit_path)) for path in call.principal.departed]
    return and_(or_(false(), *[_reached(call, reach) for reach in reaches]), *departed, *told)


def _reached(call: Call, reach: Reach) -> ColumnElement[bool]:
    columns = audit_entry.c
    if reach.scope is Scope.SUBTREE:
        return subtree(reach.unit_path, columns.unit_path)
    if reach.scope is Scope.UNIT:
        return columns.unit_path == reach.unit_path
    return columns.actor == call.principal.actor


def _size_of(page_size: int) -> int:
    if page_size < 0:
        raise InvalidArgument.of(
            "page_size", "PAGE_SIZE_NEGATIVE", f"Ask for 1 to {LARGEST_SIZE}.", f"请填写 1 到 {LARGEST_SIZE}。"
        )
    return min(page_size or DEFAULT_SIZE, LARGEST_SIZE)
