"""The RPCs of bulk changes; every service answers for its own records."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm.ops.v1 import bulk_change_service_pb2 as pb
from crm.ops.v1.bulk_change_pb2 import BulkChange, BulkChangeResult
from crm.type.v1.count_pb2 import COUNT_MODE_EXACT
from google.protobuf.json_format import MessageToDict
from sqlalchemy import ColumnElement, Row, func, insert, select, text, true, update

from crm_kit import bulk_changes, jobs
from crm_kit.audit import note
from crm_kit.bulk_change_answers import bulk_change_message, names_of, result_message
from crm_kit.bulk_change_requests import (
    MOST_MATCHING,
    MOST_OPEN,
    BulkChangeEnded,
    NotUndoable,
    OnlyPeopleChangeMany,
    TooManyBulkChanges,
    ids_of,
)
from crm_kit.bulk_changes import (
    ADD_RECORDS,
    CANCELLED,
    JOB,
    OPEN,
    QUEUED,
    bulk_change,
    bulk_change_result,
    is_undoable,
)
from crm_kit.bulk_verbs import Verb, Verbs
from crm_kit.call import Call, refusal_of
from crm_kit.errors import InvalidArgument, NotFound, PermissionDenied
from crm_kit.positions import position_of, size_of, token_of
from crm_kit.principal import Principal, Scope
from crm_kit.saga_log import freeze
from crm_kit.tx import Tx, begin

if TYPE_CHECKING:
    from crm_kit.rpc.server import Endpoints

RECORD_TYPE = "bulk_change"
_UNDO_ROWS = text("""
    INSERT INTO bulk_change_result (bulk_change_id, position, record_id, etag_before, wanted)
    SELECT :id, position, record_id, etag_after, former FROM bulk_change_result
    WHERE bulk_change_id = :undone AND state = 'CHANGED' AND former IS NOT NULL
""")


class BulkChangeService:
    """Bulk changes of this service's records."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._endpoints: Endpoints
        self._verbs: Verbs

    def act_through(self, endpoints: "Endpoints") -> None:
        """The RPCs through which it sees what its callers see."""
        self._endpoints, self._verbs = endpoints, Verbs(endpoints.methods)

    async def CreateBulkChange(self, request: pb.CreateBulkChangeRequest, call: Call) -> BulkChange:
        asked = request.bulk_change
        verb = self._allowed(asked, call.principal)
        body = MessageToDict(asked.body)
        await verb.read(body, call)
        ids = ids_of(asked)
        if asked.all_matching:
            await self._refuse_too_many(asked, verb, call)
        row = {
            "resource": verb.resource,
            "verb": verb.name,
            "body": body,
            "filter": asked.filter,
            "search": asked.search,
            "all_matching": asked.all_matching,
            "has_undo": verb.undo is not None,
            "record_count": len(ids),
        }
        async with begin(call) as tx:
            id = await _store(tx, row)
            await tx.session.execute(ADD_RECORDS, {"id": id, "record_ids": ids})
            return await self._begun(tx, id)

    async def GetBulkChange(self, request: pb.GetBulkChangeRequest, call: Call) -> BulkChange:
        return self._write(await _find(call, request.id), call)

    async def ListBulkChanges(self, request: pb.ListBulkChangesRequest, call: Call) -> pb.ListBulkChangesResponse:
        size, position = size_of(request.page_size), position_of(request.page_token, 1)
        statement = select(bulk_change).where(_visible(call)).order_by(bulk_change.c.id.desc()).limit(size + 1)
        if request.open:
            statement = statement.where(bulk_change.c.state.in_(OPEN))
        if request.own:
            statement = statement.where(bulk_change.c.creator_id == call.principal.subject)
        if position:
            statement = statement.where(bulk_change.c.id < UUID(str(position[0])))
        async with call.db.connect() as connection:
            rows = (await connection.execute(statement)).all()
        token = token_of(str(rows[size - 1].id)) if len(rows) > size else ""
        shown = [self._write(row, call) for row in rows[:size]]
        return pb.ListBulkChangesResponse(bulk_changes=shown, next_page_token=token)

    async def CancelBulkChange(self, request: pb.CancelBulkChangeRequest, call: Call) -> BulkChange:
        async with begin(call) as tx:
            row = await _locked(tx, request.id)
            if row.state not in OPEN:
                raise BulkChangeEnded
            if row.state == QUEUED:
                await jobs.cancel(tx.session, JOB, row.id)
                await bulk_changes.end(tx, row.id, CANCELLED)
            else:
                # The worker stops after the records in its hands, whose results it has yet to write down.
                asked = update(bulk_change).where(bulk_change.c.id == row.id).values(cancel_requested=True)
                await tx.session.execute(asked)
            note(tx, "update", RECORD_TYPE, row.id, details={"cancel_requested": {"old": False, "new": True}})
            return await self._answer(tx, row.id)

    async def UndoBulkChange(self, request: pb.UndoBulkChangeRequest, call: Call) -> BulkChange:
        async with begin(call) as tx:
            row = await _locked(tx, request.id)
            if row.creator_id != call.principal.subject:
                raise PermissionDenied(permission=f"{call.permission} (own)")
            if not is_undoable(row, tx.now):
                raise NotUndoable
            verb = self._verbs.find(row.resource, row.verb)
            assert verb.undo is not None, "it would not be undoable"
            back = self._verbs.find(row.resource, verb.undo.verb)
            if call.principal.scope(back.method.permission) is Scope.NONE:
                raise refusal_of(call.principal, back.method.permission)
            made = {"resource": row.resource, "verb": back.name, "body": {}, "has_undo": False, "undo_of_id": row.id}
            id = await _store(tx, made)
            await tx.session.execute(_UNDO_ROWS, {"id": id, "undone": row.id})
            counted = select(func.count()).where(bulk_change_result.c.bulk_change_id == id).scalar_subquery()
            await tx.session.execute(update(bulk_change).where(bulk_change.c.id == id).values(record_count=counted))
            await tx.session.execute(update(bulk_change).where(bulk_change.c.id == row.id).values(undone_by_id=id))
            return await self._begun(tx, id)

    async def ListBulkChangeResults(
        self, request: pb.ListBulkChangeResultsRequest, call: Call
    ) -> pb.ListBulkChangeResultsResponse:
        row = await _find(call, request.id)
        size, position = size_of(request.page_size), position_of(request.page_token, 1)
        results = bulk_change_result.c
        statement = select(bulk_change_result).where(results.bulk_change_id == row.id).order_by(results.position)
        if request.state:
            statement = statement.where(results.state == BulkChangeResult.State.Name(request.state))
        if position:
            statement = statement.where(results.position > int(position[0]))
        async with call.db.connect() as connection:
            found = (await connection.execute(statement.limit(size + 1))).all()
        shown = found[:size]
        names = await names_of(self._verbs.find(row.resource, row.verb), [one.record_id for one in shown], call)
        token = token_of(shown[-1].position) if len(found) > size else ""
        return pb.ListBulkChangeResultsResponse(
            results=[result_message(one, names.get(str(one.record_id), ""), call.language) for one in shown],
            next_page_token=token,
        )

    def _allowed(self, asked: BulkChange, principal: Principal) -> Verb:
        if principal.kind != "user":
            raise OnlyPeopleChangeMany(permission="ops.bulk_change.create")
        verb = self._verbs.find(asked.resource, asked.verb)
        if principal.scope(verb.method.permission) is Scope.NONE:
            raise refusal_of(principal, verb.method.permission)
        return verb

    async def _refuse_too_many(self, asked: BulkChange, verb: Verb, call: Call) -> None:
        """Ask the list itself, which refuses a filter that it cannot read and counts what the caller sees."""
        listing = verb.listing
        if listing is None or "count" not in listing.descriptor.input_type.fields_by_name:
            en, zh = f"Name the {verb.resource} by their ids.", f"{verb.resource} 只能按 ID 指定。"
            raise InvalidArgument.of("all_matching", "NOT_COUNTABLE", en, zh)
        request: Any = listing.request_type(filter=asked.filter, page_size=1, count=COUNT_MODE_EXACT)
        if asked.search:
            request.search = asked.search
        seeing = call.as_principal(call.principal, listing.permission)
        seeing.idempotency = None
        page: Any = await self._endpoints.act(listing.full_name, request, seeing)
        if page.total_size > MOST_MATCHING:
            en = f"{page.total_size:,} records match; at most {MOST_MATCHING:,} are changed at once. Narrow the filter."
            zh = f"共匹配 {page.total_size:,} 条记录，一次最多处理 {MOST_MATCHING:,} 条，请缩小筛选范围。"
            raise InvalidArgument.of("filter", "TOO_MANY_RECORDS", en, zh)
        if page.total_size == 0:
            raise InvalidArgument.of("filter", "NO_RECORDS", "No record matches.", "没有匹配的记录。")

    async def _begun(self, tx: Tx, id: UUID) -> BulkChange:
        await bulk_changes.start_next(tx, tx.principal.subject)
        return await self._answer(tx, id)

    def _write(self, row: Row[Any], call: Call) -> BulkChange:
        return bulk_change_message(self._service, row, call)

    async def _answer(self, tx: Tx, id: UUID) -> BulkChange:
        row = (await tx.session.execute(select(bulk_change).where(bulk_change.c.id == id))).one()
        answer = self._write(row, tx.call)
        tx.answer_with(answer)
        return answer


async def _store(tx: Tx, values: dict[str, Any]) -> UUID:
    """A new one that waits, if the person has not too many; the person's others stand still until the transaction ends."""
    creator_id, columns = tx.principal.subject, bulk_change.c
    await bulk_changes.lock_creator(tx, creator_id)
    mine = select(func.count()).where(columns.creator_id == creator_id, columns.state.in_(OPEN))
    held = (await tx.session.execute(mine)).scalar_one()
    if held >= MOST_OPEN:
        raise TooManyBulkChanges(open=held)
    id = tx.new_id()
    row = {
        **values,
        "id": id,
        "state": QUEUED,
        "creator_id": creator_id,
        "principal": freeze(tx.principal),
        "create_time": tx.now,
    }
    await tx.session.execute(insert(bulk_change).values(row))
    about = {name: str(values[name]) for name in ("resource", "verb")}
    note(tx, "insert", RECORD_TYPE, id, details=about)
    return id


def _visible(call: Call) -> ColumnElement[bool]:
    """One's own; everybody's for who may see all."""
    return true() if call.scope is Scope.ALL else bulk_change.c.creator_id == call.principal.subject


async def _find(call: Call, wanted: str) -> Row[Any]:
    async with call.db.connect() as connection:
        found = (await connection.execute(select(bulk_change).where(_named(wanted), _visible(call)))).one_or_none()
    if found is None:
        raise NotFound(resource=RECORD_TYPE, id=wanted)
    return found


async def _locked(tx: Tx, wanted: str) -> Row[Any]:
    await bulk_changes.lock_creator(tx, (await _find(tx.call, wanted)).creator_id)
    statement = select(bulk_change).where(_named(wanted)).with_for_update()
    return (await tx.session.execute(statement)).one()


def _named(wanted: str) -> ColumnElement[bool]:
    try:
        return bulk_change.c.id == UUID(wanted)
    except ValueError:
        raise NotFound(resource=RECORD_TYPE, id=wanted) from None
