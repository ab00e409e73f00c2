"""A stranger's answers become a lead, like any other submission; the stranger learns nothing but that they were taken."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from crm.leads.v1 import lead_pb2
from crm.leads.v1.web_form_intake_service_pb2 import SubmitWebFormResponse

from crm_kit.call import Call
from crm_kit.custom_fields import CustomField
from crm_kit.errors import InvalidArgument, NotFound, Violation
from crm_kit.ids import parse_id
from crm_kit.principal import Scope
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.lead import Lead
from crm_leads.domain.validation import WHOLE, ValidationPolicy, validate
from crm_leads.domain.web_form import CUSTOM, State, WebForm, WebFormClosed, web_form_submission
from crm_leads.usecases.capture_lead import capture_lead
from crm_leads.usecases.prepare_lead import facts_to_check, normalise_lead

CAPTURE = "leads.lead.create"
CHANNEL = "web_form"
LINES = ("name", "company", "job_title", "province", "city", "product_line")
"""Fields in which no address belongs: what is advertised there is spam."""
CHECKED = ("name", "company", "phone", "email", "country_code", "postal_code", "website")
LONGEST_ANSWER, LONGEST_LINE = 5_000, 200


class Visit(NamedTuple):
    """On which page a visitor answered, whether they agreed, in which language they read and how they came."""

    page_id: str
    consented: bool
    language: str
    referrer: str
    utm: Mapping[str, str]


class LinkInName(InvalidArgument):
    """An address on the web stands where a name belongs."""


async def open_form(call: Call, key: str) -> WebForm:
    """The published form of an address; NotFound, or WebFormClosed."""
    form = await queries.form_of_key(call, key)
    if form is None or form.state == State.DRAFT:
        raise NotFound(resource="web_form", id=key)
    if form.state != State.PUBLISHED:
        raise WebFormClosed
    return form


async def preview_form(call: Call, id: str) -> WebForm:
    """The form as the caller, one of the house, may read it, whatever its state."""
    form = await queries.form_seen(call.as_principal(call.principal, "leads.web_form.get"), parse_id(WebForm, id))
    if form is None:
        raise NotFound(resource="web_form", id=id)
    return form


def submitter(call: Call, form: WebForm) -> Call:
    """The call with the rights of forms: to bring leads to the form's unit and to recognise those that are there."""
    path = form.target_unit_path or form.unit_path
    grants = ((CAPTURE, Scope.SUBTREE), ("leads.lead.get", Scope.SUBTREE))
    return call.as_principal(replace(call.principal, unit_path=path, grants=grants), CAPTURE)


def answered(
    form: WebForm, definitions: Sequence[CustomField], answers: Mapping[str, str], visit: Visit
) -> lead_pb2.Lead:
    """The lead that the answers describe; InvalidArgument names each question that is answered wrongly. What the form
    does not ask is left out.
    """
    known = {CUSTOM + each.name for each in definitions}
    lead = lead_pb2.Lead(
        channel=form.channel or CHANNEL,
        source=form.source or form.name,
        campaign_id=str(form.campaign_id or ""),
        external_id=f"{form.key}:{visit.page_id}",
    )
    wrong: list[Violation] = []
    if not visit.consented:
        wrong.append(Violation("consent", "REQUIRED", "Please agree to this to go on.", "请先同意此条款。"))
    spam = False
    for asked in form.fields:
        name = str(asked["field"])
        value = answers.get(name, "").strip()
        if name.startswith(CUSTOM) and name not in known:
            continue
        if len(value) > (LONGEST_ANSWER if name in {"need", "address"} or name.startswith(CUSTOM) else LONGEST_LINE):
            wrong.append(Violation(name, "TOO_LONG", "This is too long.", "内容过长。"))
        elif not value and asked.get("required"):
            wrong.append(Violation(name, "REQUIRED", "Fill this in.", "请填写此项。"))
        elif name in LINES and _has_link(value):
            spam = True
            wrong.append(Violation(name, "LINK", "No web addresses here.", "此处不能填写网址。"))
        elif value and name.startswith(CUSTOM):
            lead.custom_fields[name.removeprefix(CUSTOM)] = value
        elif value:
            setattr(lead, name, value)
    wrong += _unusable(lead, {each.field for each in wrong})
    if wrong:
        raise (LinkInName if spam else InvalidArgument)(wrong)
    return lead


def _unusable(lead: lead_pb2.Lead, known: Collection[str]) -> Iterator[Violation]:
    """What capturing would refuse besides, so that a visitor is told everything at once; and an e-mail nobody can write to:
    who typed it is still there to mend it.
    """
    probe = Lead(**{name: getattr(lead, name) for name in CHECKED})
    normalise_lead(probe)
    policy = ValidationPolicy(refuse=ValidationPolicy().refuse | {"email"})
    for found in validate(facts_to_check(probe), policy).refused_by:
        if found.field not in known and not (known and found.field == WHOLE):
            yield Violation(found.field, found.reason, found.en, found.zh)


async def submit_web_form(tx: Tx, form: WebForm, lead: Lead, visit: Visit) -> Lead:
    """Capture it as every submission is captured, and keep what was agreed to."""
    lead.unit_path = form.target_unit_path or form.unit_path
    holder = await capture_lead(tx, lead)
    kept: dict[str, Any] = {
        "id": tx.new_id(),
        "web_form_id": form.id,
        "web_form_name": form.name,
        "lead_id": holder.id,
        "consent_text": form.told("consent", visit.language),
        "language": visit.language,
        "referrer": visit.referrer,
        "submit_time": tx.now,
        **visit.utm,
    }
    tx.insert(web_form_submission, kept)
    await queries.count(tx.session, form.id, "submitted")
    tx.answer_with(SubmitWebFormResponse())
    return holder


def _has_link(value: str) -> bool:
    text = value.casefold()
    return "://" in text or "www." in text or "<a " in text
