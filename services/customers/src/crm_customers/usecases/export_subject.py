"""Access: everything all services hold of a person, as one file for the officer, sealed and kept for 7 days (8.8)."""

import hashlib
from uuid import UUID

import orjson
from crm.customers.v1 import customers_events_pb2 as events
from crm.customers.v1.subject_request_pb2 import SubjectRequest as Message
from crm.ops.v1 import personal_data_service_pb2 as pb
from sqlalchemy import delete, select

from crm_customers.domain.subject_export import FILE_PLACE, subject_export
from crm_customers.domain.subject_request import EXPORT_KEPT, Kind, State, SubjectExportGone, SubjectRequest
from crm_customers.usecases.ask_services import Services
from crm_customers.usecases.discover_subject import findings_in, ids_in
from crm_customers.usecases.take_in_request import DUE
from crm_kit import audit
from crm_kit.call import Call
from crm_kit.privacy import seal_file
from crm_kit.revealing import open_file
from crm_kit.saga import Plan, Run, Step
from crm_kit.subject_keys import needed
from crm_kit.tx import Tx, begin

KIND = "subject_access"
PERMISSION = "customers.subject_request.start"
EXPIRE = "subject_request.export_expire"


class ExportSubject:
    """Knows the steps of an access."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def plan(self) -> Plan:
        """Collecting may be repeated; the file of the last time counts."""
        return Plan(KIND, PERMISSION, [Step("records.collect", self._collect)], _give_back)

    async def _collect(self, run: Run) -> None:
        async with begin(run.call) as tx:
            request = await tx.load(SubjectRequest, run.input["request_id"])
            subjects = [pb.SubjectRecord(**one) for one in request.subjects]
        found = await self._services.find(run.call, pb.FindPersonalDataRequest(subjects=subjects))
        asked = pb.ExportPersonalDataRequest(subjects=subjects, record_ids=ids_in(found))
        records = await self._services.export(run.call, asked)
        said = {
            service: [{"record_type": one.record_type, **orjson.loads(one.content)} for one in theirs]
            for service, theirs in records.items()
        }
        count = sum(map(len, records.values()))
        async with begin(run.call) as tx:
            request = await tx.load(SubjectRequest, run.input["request_id"])
            if request.state == State.DONE:
                return
            content = orjson.dumps(
                {"request": request.number, "made": tx.now.isoformat(), "services": said}, option=orjson.OPT_INDENT_2
            )
            request.complete(tx.now)
            request.findings = findings_in(found)
            request.digest = hashlib.sha256(content).hexdigest()
            request.export_expire_time = tx.now + EXPORT_KEPT
            _keep(tx, request.id, content)
            await tx.cancel_timer(DUE, request.id)
            await tx.schedule(EXPIRE, request.id, request.export_expire_time)
            audit.note(tx, "export", "subject_request", request.id, details={"records": count})
            kind = Message.Kind.Value(request.kind)
            tx.publish(request, events.SubjectRequestCompleted(number=request.number, kind=kind))


async def download_export(call: Call, request: Message) -> bytes:
    """The file; SubjectExportGone when there is none. Every time leaves an entry in the trail."""
    kept = select(subject_export.c.file_id, subject_export.c.content).where(
        subject_export.c.request_id == UUID(request.id)
    )
    async with call.db.connect() as connection:
        row = (await connection.execute(kept)).one_or_none()
    over = row is not None and call.now >= request.export_expire_time.ToDatetime(tzinfo=call.now.tzinfo)
    if row is None or over or request.kind != Message.Kind.Value(Kind.ACCESS):
        raise SubjectExportGone(number=request.number)
    content = await open_file(call.db, row.file_id, FILE_PLACE, row.content)
    audit.note(call, "read", "subject_request", UUID(request.id), details={"fields": ["export"], "bytes": len(content)})
    return content


async def expire_export(tx: Tx, request_id: UUID) -> None:
    """Its time is up: the file goes, and its key, so that no backup has it either."""
    gone = delete(subject_export).where(subject_export.c.request_id == request_id).returning(subject_export.c.file_id)
    file_ids = list((await tx.session.execute(gone)).scalars())
    await needed(tx.call.db.subjects).destroy(file_ids, tx.now, tx.fetch)


def _keep(tx: Tx, request_id: UUID, content: bytes) -> None:
    file_id = tx.new_id()
    row = {"request_id": request_id, "file_id": file_id, "content": seal_file(tx, file_id, FILE_PLACE, content)}
    tx.insert(subject_export, {**row, "create_time": tx.now})


async def _give_back(run: Run, why: str) -> None:
    async with begin(run.call) as tx:
        (await tx.load(SubjectRequest, run.input["request_id"])).give_back(why)
