"""crm.leads.v1.LeadImportService."""

import asyncio

from crm.leads.v1 import lead_import_pb2
from crm.leads.v1 import lead_import_service_pb2 as pb
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.json_format import ParseDict
from google.protobuf.wrappers_pb2 import StringValue

from crm_kit.call import Call
from crm_kit.mapping import timestamp
from crm_kit.resource import Resource
from crm_kit.tx import begin
from crm_leads import mappings
from crm_leads.domain.csv_file import read_csv
from crm_leads.queries import import_errors, list_import_rows
from crm_leads.usecases.start_lead_import import cancel_lead_import, start_lead_import
from crm_leads.usecases.upload_lead_file import upload_lead_file

imports = Resource(mappings.lead_import, filters=("state", "filename", "dry_run", "owner_id", "create_time"))


class LeadImportService:
    """Imports of leads from files."""

    GetLeadImport = imports.get
    ListLeadImports = imports.list

    async def UploadLeadFile(self, request: pb.UploadLeadFileRequest, call: Call) -> lead_import_pb2.LeadFile:
        found = await asyncio.to_thread(read_csv, request.content)
        async with begin(call) as tx:
            key, facts = await upload_lead_file(tx, request.filename, request.content, found)
            answer = lead_import_pb2.LeadFile(id=str(key), filename=request.filename, create_time=timestamp(call.now))
            return tx.answer_with(ParseDict(facts, answer))

    async def CreateLeadImport(self, request: pb.CreateLeadImportRequest, call: Call) -> lead_import_pb2.LeadImport:
        job = await imports.read(call, request.lead_import)
        custom = [definition.name for definition in await call.db.custom_fields.of("lead")]
        async with begin(call) as tx:
            await start_lead_import(tx, job, custom)
        return imports.write(job)

    async def CancelLeadImport(self, request: pb.CancelLeadImportRequest, call: Call) -> lead_import_pb2.LeadImport:
        async with begin(call) as tx:
            job = await cancel_lead_import(tx, request.id)
        return imports.write(job)

    async def ListLeadImportRows(
        self, request: pb.ListLeadImportRowsRequest, call: Call
    ) -> pb.ListLeadImportRowsResponse:
        await imports.find(call, request.import_id)
        rows, token = await list_import_rows(
            call, request.import_id, request.verdict, request.page_size, request.page_token
        )
        return pb.ListLeadImportRowsResponse(rows=mappings.import_rows(rows, call.language), next_page_token=token)

    async def DownloadLeadImportErrors(self, request: pb.DownloadLeadImportErrorsRequest, call: Call) -> HttpBody:
        job = await imports.find(call, request.id)
        content, encoding = await import_errors(call, job.file_id, job.id)
        answer = HttpBody(content_type=f"text/csv; charset={encoding}", data=content)
        answer.extensions.add().Pack(StringValue(value=f"errors-{job.filename}"))
        return answer
