"""crm.leads.v1.WebFormIntakeService: what the gateway asks for visitors."""

from collections.abc import Iterator, Sequence
from typing import Any

from crm.leads.v1 import web_form_intake_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.custom_fields import CustomField
from crm_kit.errors import InvalidArgument
from crm_kit.tx import begin
from crm_leads import queries
from crm_leads.domain.lead_states import SubmissionRefused
from crm_leads.domain.web_form import CUSTOM, LANGUAGES, WebForm
from crm_leads.rpc.lead_service import leads
from crm_leads.usecases.capture_lead import SubmittedBefore
from crm_leads.usecases.manage_web_forms import public_facts
from crm_leads.usecases.submit_web_form import (
    LinkInName,
    Visit,
    answered,
    open_form,
    preview_form,
    submit_web_form,
    submitter,
)

Kind = pb.PublicWebForm.Field.Kind
KINDS = {"need": Kind.LINES, "phone": Kind.PHONE, "email": Kind.EMAIL, "website": Kind.WEBSITE, "address": Kind.LINES}
CUSTOM_KINDS = {
    "TYPE_TEXT": Kind.LINE,
    "TYPE_NUMBER": Kind.NUMBER,
    "TYPE_BOOLEAN": Kind.TICK,
    "TYPE_DATE": Kind.DAY,
    "TYPE_CHOICE": Kind.CHOICE,
}
UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
LONGEST_MARK, LONGEST_REFERRER, LONGEST_PAGE_ID = 200, 500, 64


class WebFormIntakeService:
    """Forms as visitors meet them."""

    async def ShowWebForm(self, request: pb.ShowWebFormRequest, call: Call) -> pb.PublicWebForm:
        if request.preview_id:
            form = await preview_form(call, request.preview_id)
        else:
            form = await open_form(call, request.key)
        if request.counted:
            await queries.count_once(call, form.id, "shown")
        asked = _questions(form, await call.db.custom_fields.of("lead"))
        return pb.PublicWebForm(fields=asked, **public_facts(form))

    async def SubmitWebForm(self, request: pb.SubmitWebFormRequest, call: Call) -> pb.SubmitWebFormResponse:
        form = await open_form(call, request.key)
        visit = _visit(request)
        acting = submitter(call, form)
        try:
            message = answered(form, await call.db.custom_fields.of("lead"), request.answers, visit)
            lead = await leads.read(acting, message)
            async with begin(acting) as tx:
                await submit_web_form(tx, form, lead, visit)
        except LinkInName:
            await queries.count_once(call, form.id, "refused")
            raise
        except (SubmissionRefused, SubmittedBefore):
            # Whoever hears that would know that the house knows them.
            await queries.count_once(call, form.id, "refused")
        return pb.SubmitWebFormResponse()

    async def CountSpam(self, request: pb.CountSpamRequest, call: Call) -> pb.CountSpamResponse:
        form = await open_form(call, request.key)
        await queries.count_once(call, form.id, "refused")
        return pb.CountSpamResponse()


def _visit(request: pb.SubmitWebFormRequest) -> Visit:
    if not 0 < len(request.page_id) <= LONGEST_PAGE_ID:
        en, zh = f"Send 1 to {LONGEST_PAGE_ID} characters.", f"请提供 1 到 {LONGEST_PAGE_ID} 个字符。"
        raise InvalidArgument.of("page_id", "BAD_LENGTH", en, zh)
    language = request.language if request.language in LANGUAGES else LANGUAGES[0]
    marks = {name: _clean(getattr(request, name), LONGEST_MARK) for name in UTM}
    referrer = _clean(request.referrer, LONGEST_REFERRER)
    return Visit(request.page_id, request.consented, language, referrer, marks)


def _clean(text: str, most: int) -> str:
    return "".join(sign for sign in text if sign.isprintable())[:most]


def _questions(form: WebForm, definitions: Sequence[CustomField]) -> Iterator[Any]:
    """The fields as they are asked; one that the enterprise has hidden since is left out."""
    custom = {CUSTOM + each.name: each for each in definitions}
    for asked in form.fields:
        name = asked["field"]
        known = custom.get(name)
        if name.startswith(CUSTOM) and known is None:
            continue
        yield pb.PublicWebForm.Field(
            field=name,
            kind=KINDS.get(name, Kind.LINE) if known is None else CUSTOM_KINDS[known.type],
            label_en=asked.get("label_en") or ("" if known is None else known.label_en or known.name),
            label_zh=asked.get("label_zh") or ("" if known is None else known.label_zh or known.name),
            help_en=asked.get("help_en", ""),
            help_zh=asked.get("help_zh", ""),
            required=bool(asked.get("required")) or (known is not None and known.required),
            options=() if known is None else known.options,
        )
