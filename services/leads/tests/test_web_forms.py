"""Forms on the web: what strangers send becomes leads like any other, and tells them nothing."""

import re
from typing import Any
from uuid import uuid4

import pytest
from crm.leads.v1 import leads_events_pb2 as events
from crm.leads.v1 import web_form_intake_service_pb2 as intake
from crm.leads.v1 import web_form_service_pb2 as pb
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.web_form_pb2 import WebForm, WebFormField
from crm.ops.v1 import custom_field_service_pb2 as custom
from google.protobuf.field_mask_pb2 import FieldMask

from crm_kit.principal import Principal, Scope
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody

from .house import EAST, HQ, a_pool, build, capture, decisions, get, listed, person

FORMS, INTAKE = "crm.leads.v1.WebFormService", "crm.leads.v1.WebFormIntakeService"
VISITORS = Principal("web-forms", kind="service", name="web-forms", grants=(("leads.web_form.submit", Scope.ALL),))
ANSWERS = {"name": "Ada Lovelace", "email": "ada@engines.example.com", "need": "an engine"}


def a_form(**facts: Any) -> WebForm:
    fields = [
        WebFormField(field="name", required=True, label_zh="您的姓名"),
        WebFormField(field="company"),
        WebFormField(field="email", required=True),
        WebFormField(field="need"),
    ]
    usual = {"name": "Website", "title_en": "Ask us", "consent_en": "You may call me.", "consent_zh": "同意联系我。"}
    return WebForm(**{**usual, "fields": fields, **facts})


async def made(leads: RunningService, who: Principal | None = None, **facts: Any) -> WebForm:
    request = pb.CreateWebFormRequest(web_form=a_form(**facts))
    return await leads.call(f"{FORMS}/CreateWebForm", request, who or person(HQ))


async def published(leads: RunningService, who: Principal | None = None, **facts: Any) -> WebForm:
    form = await made(leads, who, **facts)
    return await leads.call(f"{FORMS}/PublishWebForm", pb.PublishWebFormRequest(id=form.id), who or person(HQ))


async def shown(leads: RunningService, key: str, *, counted: bool = True) -> intake.PublicWebForm:
    return await leads.call(f"{INTAKE}/ShowWebForm", intake.ShowWebFormRequest(key=key, counted=counted), VISITORS)


async def send(leads: RunningService, form: WebForm, page_id: str = "", **facts: Any) -> None:
    page_id = page_id or uuid4().hex
    usual = {"key": form.key, "page_id": page_id, "consented": True, "language": "en", "answers": ANSWERS}
    request = intake.SubmitWebFormRequest(**{**usual, **facts})
    await leads.call(f"{INTAKE}/SubmitWebForm", request, VISITORS, **{"idempotency-key": page_id})


async def read(leads: RunningService, form: WebForm) -> WebForm:
    return await leads.call(f"{FORMS}/GetWebForm", pb.GetWebFormRequest(id=form.id), person(HQ))


def named(refused: pytest.ExceptionInfo[RemoteError]) -> list[str]:
    """The fields a refusal names, in order."""
    return re.findall(r"(?:attention: |; )(\S+): ", str(refused.value))


async def all_leads(leads: RunningService) -> list[Lead]:
    return list((await listed(leads, person(HQ))).leads)


@pytest.fixture(autouse=True)
async def house(leads: RunningService) -> None:
    await build(leads)
    await a_pool(leads, HQ)


async def test_a_draft_is_not_there_a_published_form_is_and_a_closed_one_says_so(leads: RunningService) -> None:
    form = await made(leads)
    with pytest.raises(RemoteError) as absent:
        await shown(leads, form.key)
    assert absent.value.reason == "NOT_FOUND"
    await leads.call(f"{FORMS}/PublishWebForm", pb.PublishWebFormRequest(id=form.id), person(HQ))
    page = await shown(leads, form.key)
    assert [(each.field, each.required) for each in page.fields] == [
        ("name", True),
        ("company", False),
        ("email", True),
        ("need", False),
    ]
    await leads.call(f"{FORMS}/CloseWebForm", pb.CloseWebFormRequest(id=form.id), person(HQ))
    with pytest.raises(RemoteError) as closed:
        await shown(leads, form.key)
    assert closed.value.reason == "WEB_FORM_CLOSED"
    kinds = [each.event_type.rpartition(".")[2] for each in await leads.announced()]
    assert [kind for kind in kinds if kind.startswith("WebForm")] == ["WebFormPublished", "WebFormClosed"]


async def test_a_form_that_could_make_no_lead_is_not_published(leads: RunningService) -> None:
    form = await made(leads, title_en="", consent_en="", consent_zh="", fields=[WebFormField(field="need")])
    with pytest.raises(RemoteError) as refused:
        await leads.call(f"{FORMS}/PublishWebForm", pb.PublishWebFormRequest(id=form.id), person(HQ))
    assert named(refused) == ["title_zh", "consent_zh", "fields", "fields"]


async def test_a_published_form_stays_one_that_can_be_published(leads: RunningService) -> None:
    form = await published(leads)
    change = WebForm(id=form.id, consent_en="", consent_zh="")
    mask = FieldMask(paths=["consent_en", "consent_zh"])
    with pytest.raises(RemoteError) as refused:
        await leads.call(
            f"{FORMS}/UpdateWebForm", pb.UpdateWebFormRequest(web_form=change, update_mask=mask), person(HQ)
        )
    assert named(refused) == ["consent_zh"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"fields": [WebFormField(field="owner_id")]}, "fields[0].field"),
        ({"fields": [WebFormField(field="custom_fields.unheard_of")]}, "fields[0].field"),
        ({"fields": [WebFormField(field="name"), WebFormField(field="name")]}, "fields[1].field"),
        ({"allowed_origins": ["https://a.example; script-src *"]}, "allowed_origins[0]"),
        ({"allowed_origins": ["*"]}, "allowed_origins[0]"),
        ({"allowed_origins": ["https://a.example/path"]}, "allowed_origins[0]"),
        ({"default_language": "fr"}, "default_language"),
        ({"target_unit_path": "east"}, "target_unit_path"),
        ({"title_en": "x" * 201}, "title_en"),
    ],
)
async def test_what_a_form_may_not_say_is_named(leads: RunningService, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(RemoteError) as refused:
        await made(leads, **facts)
    assert named(refused) == [field]


async def test_a_form_sends_leads_no_further_than_its_maker_reaches(leads: RunningService) -> None:
    with pytest.raises(RemoteError) as refused:
        await made(leads, person(EAST), target_unit_path=HQ)
    assert named(refused) == ["target_unit_path"]


async def test_what_a_stranger_sends_is_captured_like_any_other_submission(leads: RunningService) -> None:
    campaign = str(uuid4())
    form = await published(leads, campaign_id=campaign)
    await send(leads, form, referrer="https://search.example/", utm_medium="cpc")
    [lead] = await all_leads(leads)
    assert (lead.name, lead.email, lead.need) == ("Ada Lovelace", "ada@engines.example.com", "an engine")
    assert (lead.channel, lead.source, lead.campaign_id) == ("web_form", "Website", campaign)
    assert (lead.state, lead.unit_path, lead.score > 0) == (Lead.POOLED, HQ, True)
    assert [each.kind for each in await decisions(leads, person(HQ), lead.id)] == ["submission"]
    assert len(await leads.announced(events.LeadCaptured)) == 1
    asked = pb.ListWebFormSubmissionsRequest(lead_id=lead.id)
    [kept] = (await leads.call(f"{FORMS}/ListWebFormSubmissions", asked, person(HQ))).submissions
    assert (kept.web_form_id, kept.web_form_name, kept.lead_id) == (form.id, "Website", lead.id)
    assert (kept.consent_text, kept.language) == ("You may call me.", "en")
    assert (kept.referrer, kept.utm_medium) == ("https://search.example/", "cpc")


async def test_submissions_are_shown_to_who_may_see_the_lead(leads: RunningService) -> None:
    form = await published(leads)
    await send(leads, form)
    [lead] = await all_leads(leads)
    asked = pb.ListWebFormSubmissionsRequest(lead_id=lead.id)
    with pytest.raises(RemoteError) as hidden:
        await leads.call(f"{FORMS}/ListWebFormSubmissions", asked, person(EAST))
    assert hidden.value.reason == "NOT_FOUND"


async def test_leads_go_to_the_unit_the_form_names(leads: RunningService) -> None:
    await send(leads, await published(leads, target_unit_path=EAST))
    [lead] = await all_leads(leads)
    assert lead.unit_path == EAST


async def test_one_page_makes_one_lead_however_often_it_is_sent(leads: RunningService) -> None:
    form, page_id = await published(leads), uuid4().hex
    for _ in range(3):
        await send(leads, form, page_id)
    assert len(await all_leads(leads)) == 1
    assert (await read(leads, form)).submitted_count == 1


async def test_a_page_that_was_sent_cannot_be_sent_with_other_answers(leads: RunningService) -> None:
    form, page_id = await published(leads), uuid4().hex
    await send(leads, form, page_id)
    with pytest.raises(RemoteError) as reused:
        await send(leads, form, page_id, answers={**ANSWERS, "name": "Another"})
    assert reused.value.reason == "IDEMPOTENCY_KEY_REUSED"


async def test_every_wrong_answer_is_named_in_the_language_of_the_page(leads: RunningService) -> None:
    form = await published(leads)
    with pytest.raises(RemoteError) as refused:
        await send(leads, form, answers={"email": "x" * 300}, consented=False)
    assert named(refused) == ["consent", "name", "email"]
    assert await all_leads(leads) == []


async def test_an_address_nobody_can_write_to_is_mended_by_who_typed_it(leads: RunningService) -> None:
    form = await published(leads)
    with pytest.raises(RemoteError) as refused:
        await send(leads, form, answers={**ANSWERS, "email": "ada@"}, consented=False)
    assert named(refused) == ["consent", "email"]


async def test_what_the_form_does_not_ask_is_left_out(leads: RunningService) -> None:
    form = await published(leads)
    more = {"owner_id": str(uuid4()), "state": "CONVERTED", "job_title": "CEO", "custom_fields.vip": "true"}
    await send(leads, form, answers={**ANSWERS, **more})
    [lead] = await all_leads(leads)
    assert (lead.owner_id, lead.state, lead.job_title, dict(lead.custom_fields)) == ("", Lead.POOLED, "", {})


@pytest.mark.parametrize("name", ["Win at https://x.example", "www.x.example", "<A href=x>"])
async def test_a_web_address_as_a_name_is_refused_and_counted(leads: RunningService, name: str) -> None:
    form = await published(leads)
    with pytest.raises(RemoteError) as refused:
        await send(leads, form, answers={**ANSWERS, "name": name})
    assert named(refused) == ["name"]
    assert ((await read(leads, form)).refused_count, await all_leads(leads)) == (1, [])


async def test_a_stranger_we_know_is_answered_like_one_we_do_not(leads: RunningService) -> None:
    form = await published(leads)
    known = await capture(leads, person(HQ), name="Ada Lovelace", email="ada@engines.example.com", phone="")
    await send(leads, form)
    await send(leads, form)
    joined = await get(leads, person(HQ), known.id)
    assert joined.intent_count == 3
    assert [lead.id for lead in await all_leads(leads)] == [known.id]


async def test_shown_sent_and_refused_are_counted_without_a_new_version(leads: RunningService) -> None:
    form = await published(leads)
    for counted in (True, True, False):
        await shown(leads, form.key, counted=counted)
    await send(leads, form)
    await leads.call(f"{INTAKE}/CountSpam", intake.CountSpamRequest(key=form.key), VISITORS)
    found = await read(leads, form)
    assert (found.shown_count, found.submitted_count, found.refused_count) == (2, 1, 1)
    assert found.etag == form.etag
    [in_list] = (await leads.call(f"{FORMS}/ListWebForms", pb.ListWebFormsRequest(), person(HQ))).web_forms
    assert in_list == found


async def test_the_enterprises_own_fields_are_asked_by_their_kind_and_stored(leads: RunningService) -> None:
    field = custom.CustomField(
        service="leads", resource="lead", name="seats", label_en="Seats", type=custom.CustomField.TYPE_NUMBER
    )
    request = custom.CreateCustomFieldRequest(custom_field=field)
    await leads.call("crm.ops.v1.CustomFieldService/CreateCustomField", request, somebody())
    fields = [*a_form().fields, WebFormField(field="custom_fields.seats")]
    form = await published(leads, fields=fields)
    asked = (await shown(leads, form.key)).fields[-1]
    assert (asked.label_en, asked.kind) == ("Seats", intake.PublicWebForm.Field.NUMBER)
    await send(leads, form, answers={**ANSWERS, "custom_fields.seats": "12"})
    [lead] = await all_leads(leads)
    assert dict(lead.custom_fields) == {"seats": 12}
    with pytest.raises(RemoteError) as refused:
        await send(leads, form, answers={**ANSWERS, "custom_fields.seats": "a dozen"})
    assert named(refused) == ["custom_fields.seats"]


async def test_only_the_gateway_speaks_for_visitors(leads: RunningService) -> None:
    form = await published(leads)
    request = intake.ShowWebFormRequest(key=form.key)
    with pytest.raises(RemoteError) as refused:
        await leads.call(f"{INTAKE}/ShowWebForm", request, VISITORS, caller="marketing")
    assert refused.value.reason == "PERMISSION_DENIED"
