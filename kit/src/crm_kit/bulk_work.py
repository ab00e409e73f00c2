"""Bulk changes at work, piece by piece, with the rights their person has at each piece."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update

from crm_kit import bulk_changes
from crm_kit.bulk_changes import (
    ADD_RECORDS,
    CANCELLED,
    DONE,
    FAILED,
    JOB,
    REFUSED,
    WAITING,
    bulk_change,
    bulk_change_result,
)
from crm_kit.bulk_piece import RECORDS, Piece, Target, call_of
from crm_kit.bulk_verbs import Verb, Verbs
from crm_kit.call import Call
from crm_kit.errors import Error, FailedPrecondition, PrincipalOutdated
from crm_kit.failures import describe, is_infrastructure
from crm_kit.job_lease import LEASE_SECONDS
from crm_kit.jobs import Jobs, chunk
from crm_kit.present_rights import rights_now
from crm_kit.principal import Principal
from crm_kit.rpc.channels import Channels, RemoteError
from crm_kit.rpc.server import Endpoints
from crm_kit.tx import Tx

PERMISSION = "ops.bulk_change.create"
PAGE, MOST = 200, 10_000


class TooManyRecords(FailedPrecondition):
    """More came to match while it waited. Facts: most."""

    en = "More than {most} records match by now. Narrow the filter."
    zh = "现已匹配超过 {most} 条记录，请缩小筛选范围。"


class AccessLost(FailedPrecondition):
    """The person may not work here any more."""

    en = "The person may not sign in any more, or not for whom they acted."
    zh = "该用户已不能登录，或不再有权代为操作。"


class BulkWork:
    """The job of bulk changes, in any number of processes."""

    def __init__(self, endpoints: Endpoints, channels: Channels, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._endpoints, self._db, self._channels = endpoints, endpoints.db, channels
        self._verbs = Verbs(endpoints.methods)
        self.jobs = Jobs(self._db, lease_seconds=lease_seconds)
        self.jobs.on(JOB, permission=PERMISSION)(self.work)
        self.jobs.on_failed(JOB)(self._given_up)

    async def work(self, call: Call, id: UUID) -> None:
        """Begin or go on with one; the job calls it again after every interruption."""
        head = await self._head(id)
        if head.end_time is not None:
            return
        verb = self._verbs.find(head.resource, head.verb)
        body = None if head.undo_of_id is not None else verb.body(head.body)
        way = verb.undo
        otherwise = self._verbs.find(head.resource, way.otherwise) if way is not None and way.otherwise else None
        try:
            if head.start_time is None:
                await self._take_records(call, head, verb)
            while targets := await self._waiting(id):
                piece = Piece(id, self._endpoints, verb, otherwise, body, await self._person(call), targets)
                if await piece.work(call):
                    await self._end(call, id, CANCELLED)
                    return
        except AccessLost as lost:
            await self._refuse_rest(call, id, lost)
        except Error as refused:
            if is_infrastructure(refused) or isinstance(refused, PrincipalOutdated):
                raise
            await self._end(call, id, FAILED, describe(refused))
            return
        await self._end(call, id, DONE)

    async def _head(self, id: UUID) -> Row[Any]:
        async with self._db.connect() as connection:
            return (await connection.execute(select(bulk_change).where(bulk_change.c.id == id))).one()

    async def _waiting(self, id: UUID) -> list[Target]:
        results = bulk_change_result.c
        columns = (results.position, results.record_id, results.etag_before, results.wanted)
        waiting = select(*columns).where(results.bulk_change_id == id, results.state == WAITING)
        async with self._db.connect() as connection:
            rows = await connection.execute(waiting.order_by(results.position).limit(RECORDS))
            return [Target(*row) for row in rows]

    async def _person(self, call: Call) -> Principal:
        try:
            return await rights_now(self._channels, call.principal)
        except RemoteError as error:
            if error.final:
                raise AccessLost from error
            raise

    async def _take_records(self, call: Call, head: Row[Any], verb: Verb) -> None:
        """The records of a filter, as the person's own list shows them now."""
        ids = await self._matching(await self._person(call), head, verb) if head.all_matching else []
        async with chunk(call) as tx:
            if ids:
                await tx.session.execute(ADD_RECORDS, {"id": head.id, "record_ids": ids})
            counted = select(func.count()).where(bulk_change_result.c.bulk_change_id == head.id).scalar_subquery()
            begun = update(bulk_change).where(bulk_change.c.id == head.id)
            await tx.session.execute(begun.values(start_time=tx.now, record_count=counted))

    async def _matching(self, person: Principal, head: Row[Any], verb: Verb) -> list[UUID]:
        listing = verb.listing
        assert listing is not None, "it was refused when it was asked for"
        request: Any = listing.request_type(filter=head.filter, page_size=PAGE)
        if head.search:
            request.search = head.search
        if "fields" in request.DESCRIPTOR.fields_by_name:
            request.fields.paths.append("id")
        items = next(field.name for field in listing.descriptor.output_type.fields if field.is_repeated)
        ids: list[UUID] = []
        while True:
            call = call_of(self._endpoints, person, head.id)
            page: Any = await self._endpoints.act(listing.full_name, request, call)
            ids += [UUID(record.id) for record in getattr(page, items)]
            if len(ids) > MOST:
                raise TooManyRecords(most=MOST)
            if not page.next_page_token:
                return ids
            request.page_token = page.next_page_token

    async def _refuse_rest(self, call: Call, id: UUID, why: Error) -> None:
        results, columns = bulk_change_result.c, bulk_change.c
        waiting = (results.bulk_change_id == id) & (results.state == WAITING)
        said = {"state": REFUSED, "reason": why.reason, "en": why.text("en"), "zh": why.text("zh-CN")}
        refused = select(func.count()).where(results.bulk_change_id == id, results.state == REFUSED).scalar_subquery()
        async with chunk(call) as tx:
            await tx.session.execute(update(bulk_change_result).where(waiting).values(said))
            await tx.session.execute(update(bulk_change).where(columns.id == id).values(refused_count=refused))

    async def _end(self, call: Call, id: UUID, state: str, error: str = "") -> None:
        async with chunk(call) as tx:
            await bulk_changes.end(tx, id, state, error)

    async def _given_up(self, tx: Tx, id: UUID, error: str) -> None:
        await bulk_changes.end(tx, id, FAILED, error)
