"""crm.leads.v1.WebFormService."""

from typing import Any

from crm.leads.v1 import web_form_pb2
from crm.leads.v1 import web_form_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_kit.call import Call
from crm_kit.resource import Resource, read_one
from crm_kit.tx import begin
from crm_leads import mappings, queries
from crm_leads.domain.web_form import WebForm
from crm_leads.usecases import manage_web_forms

web_forms = Resource(
    mappings.web_form,
    filters=(
        "name",
        "state",
        "campaign_id",
        "channel",
        "source",
        "target_unit_path",
        "owner_id",
        "unit_path",
        "publish_time",
        "create_time",
    ),
)
COUNTS = {"shown_count", "submitted_count", "refused_count"}


class WebFormService:
    """Forms on the web and what came of them."""

    async def CreateWebForm(self, request: pb.CreateWebFormRequest, call: Call) -> web_form_pb2.WebForm:
        form = await web_forms.read(call, request.web_form)
        async with begin(call) as tx:
            await manage_web_forms.draft_web_form(tx, form)
        return web_forms.write(form)

    async def GetWebForm(self, request: pb.GetWebFormRequest, call: Call) -> web_form_pb2.WebForm:
        form = await web_forms.find(call, request.id)
        await queries.add_counts(call, [form])
        return form

    async def ListWebForms(self, request: pb.ListWebFormsRequest, call: Call) -> Any:
        page = await web_forms.list(request, call)
        if not request.fields.paths or COUNTS & set(request.fields.paths):
            await queries.add_counts(call, page.web_forms)
        return page

    async def UpdateWebForm(self, request: pb.UpdateWebFormRequest, call: Call) -> web_form_pb2.WebForm:
        values = await web_forms.changes(call, request.web_form, request.update_mask.paths)
        async with begin(call) as tx:
            form = await tx.load(WebForm, request.web_form.id, etag=request.web_form.etag)
            await manage_web_forms.edit_web_form(tx, form, web_forms.apply(form, values))
        return await _counted(call, form)

    async def DeleteWebForm(self, request: pb.DeleteWebFormRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await manage_web_forms.remove_web_form(tx, request.id, etag=request.etag)
        return Empty()

    async def PublishWebForm(self, request: pb.PublishWebFormRequest, call: Call) -> web_form_pb2.WebForm:
        async with begin(call) as tx:
            form = await manage_web_forms.publish_web_form(tx, request.id, etag=request.etag)
        return await _counted(call, form)

    async def CloseWebForm(self, request: pb.CloseWebFormRequest, call: Call) -> web_form_pb2.WebForm:
        async with begin(call) as tx:
            form = await manage_web_forms.close_web_form(tx, request.id, etag=request.etag)
        return await _counted(call, form)

    async def ListWebFormSubmissions(
        self, request: pb.ListWebFormSubmissionsRequest, call: Call
    ) -> pb.ListWebFormSubmissionsResponse:
        lead = await read_one(call, mappings.lead.full_name, request.lead_id)
        rows, token = await queries.submissions_of(call, lead.id, request.page_size, request.page_token)
        made = mappings.web_form_submissions(rows)
        return pb.ListWebFormSubmissionsResponse(submissions=made, next_page_token=token)


async def _counted(call: Call, form: WebForm) -> web_form_pb2.WebForm:
    made = web_forms.write(form)
    await queries.add_counts(call, [made])
    return made
