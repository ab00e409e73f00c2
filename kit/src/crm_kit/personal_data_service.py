"""crm.ops.v1.PersonalDataService, the same in every service, over what its composition root declares."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from crm.ops.v1 import personal_data_service_pb2 as pb
from sqlalchemy import LargeBinary, select

from crm_kit.call import Call
from crm_kit.erasure import destroy_keys, erase
from crm_kit.errors import InvalidArgument
from crm_kit.holdings import MOST_IDS, WHY, held
from crm_kit.personal_data import RECORD, Holding, PersonalData, Subjects
from crm_kit.personal_matches import contact_points, matches
from crm_kit.revealing import open_rows
from crm_kit.sealing import sealed_columns
from crm_kit.tx import Tx, begin

MOST_SUBJECTS = 100
_TECHNICAL = frozenset({"search_text", "search_grams", "match_keys", "version", "event_seq", "pending_operation_id"})


class PersonalDataService:
    """Finds, hands out and erases what one service holds of a person. Its callers are other services."""

    def __init__(self, service: str, data: PersonalData) -> None:
        self._service, self._data = service, data

    async def FindPersonalData(self, request: pb.FindPersonalDataRequest, call: Call) -> pb.FindPersonalDataResponse:
        subjects = _subjects(request.subjects, request.record_ids)
        points: dict[str, list[str]] = {}
        for point in request.contact_points:
            points.setdefault(point.kind, []).append(point.value)
        async with begin(call) as tx:
            all_held = await held(tx, self._data.holdings, subjects)
            return pb.FindPersonalDataResponse(
                findings=[finding for one in all_held for finding in one.findings(self._service)],
                matches=await matches(tx, self._data.persons, subjects, points),
                contact_points=await contact_points(tx, self._data.persons, subjects),
                record_ids=sorted({str(id) for one in all_held for id in one.ids}),
            )

    async def ExportPersonalData(
        self, request: pb.ExportPersonalDataRequest, call: Call
    ) -> pb.ExportPersonalDataResponse:
        subjects = _subjects(request.subjects, request.record_ids)
        position = int(request.page_token or 0)
        holdings = [holding for holding in self._data.holdings if holding.exported]
        if position >= len(holdings):
            return pb.ExportPersonalDataResponse()
        async with begin(call) as tx:
            found = await held(tx, self._data.holdings, subjects)
            records = {*subjects.get(RECORD, ()), *(id for one in found for id in one.ids)}
            rows = await _rows(tx, holdings[position], {**subjects, RECORD: sorted(records)})
        following = position + 1
        return pb.ExportPersonalDataResponse(
            records=[
                pb.PersonalRecord(
                    record_type=holdings[position].table.name, content=orjson.dumps(row, default=str).decode()
                )
                for row in rows
            ],
            next_page_token=str(following) if following < len(holdings) else "",
        )

    async def ErasePersonalData(self, request: pb.ErasePersonalDataRequest, call: Call) -> pb.ErasePersonalDataResponse:
        subjects, operation_id = _subjects(request.subjects, request.record_ids), UUID(request.operation_id)
        if request.phase == pb.ErasePersonalDataRequest.KEYS:
            await destroy_keys(call, operation_id, subjects)
            return pb.ErasePersonalDataResponse()
        if request.phase != pb.ErasePersonalDataRequest.RECORDS:
            raise InvalidArgument.of("phase", "REQUIRED", "Say which part to erase.", "请指定删除阶段。")
        found = await erase(call, self._service, self._data, operation_id, subjects, request.reason)
        return pb.ErasePersonalDataResponse(findings=found)


async def _rows(tx: Tx, holding: Holding, subjects: Subjects) -> list[dict[str, Any]]:
    """The rows as stored, without what only serves machines, opened."""
    columns = [
        column
        for column in holding.table.c
        if column.name not in _TECHNICAL and "index_of" not in column.info and not isinstance(column.type, LargeBinary)
    ]
    asked = select(*columns).where(holding.mine(subjects)).limit(MOST_IDS)
    # Names that SQL knows are texts of a kind of their own, which JSON refuses.
    names = [str(column.name) for column in columns]
    found = await tx.session.execute(asked.execution_options(**WHY))
    rows = [dict(zip(names, row, strict=True)) for row in found]
    if sealed_columns(holding.table):
        await open_rows(tx.call.db, rows, lambda _: holding.table)
    return rows


def _subjects(records: Sequence[pb.SubjectRecord], record_ids: Iterable[str]) -> Subjects:
    if not 0 < len(records) <= MOST_SUBJECTS:
        raise InvalidArgument.of(
            "subjects", "WRONG_NUMBER", "Name 1 to 100 records of the person.", "请指定 1 到 100 条该个人的记录。"
        )
    found: dict[str, list[UUID]] = {RECORD: [UUID(id) for id in record_ids]}
    for record in records:
        found.setdefault(record.resource, []).append(UUID(record.id))
    return found
