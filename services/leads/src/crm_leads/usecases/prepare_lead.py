"""Steps 2, 3 and 6 of intake: what a submission says is normalised, checked and weighed (domain rules 2.2, 2.7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.filtering import grams, search_text
from crm_kit.recognition import hints, plain
from crm_leads.domain import normalise, scoring
from crm_leads.domain.lead import Lead
from crm_leads.domain.matching.blocking import block_keys
from crm_leads.domain.matching.organisations import own_domain
from crm_leads.domain.matching.record import MatchRecord
from crm_leads.domain.validation import Submission, ValidationPolicy, validate

CONTACT_FIELDS = frozenset(
    {
        "name",
        "company",
        "phone",
        "email",
        "other_phones",
        "other_emails",
        "open_id",
        "credit_code",
        "website",
        "address",
        "city",
        "postal_code",
        "province",
        "country_code",
    }
)
SENIOR = (
    "chief",
    "ceo",
    "cto",
    "cfo",
    "coo",
    "director",
    "head",
    "vp",
    "president",
    "owner",
    "founder",
    "总",
    "董事",
    "经理",
    "主任",
    "创始人",
    "负责人",
    "厂长",
)
MATCHED_CUSTOM_FIELDS = ("birth_date", "birth_place", "occupation", "middle_names")


def prepare_lead(lead: Lead, now: datetime, policy: ValidationPolicy | None = None) -> None:
    """Normalise, check and score a lead in place; InvalidArgument names every field that refuses it."""
    normalise_lead(lead)
    checked = validate(facts_to_check(lead), policy or ValidationPolicy())
    if not checked.accepted:
        raise InvalidArgument(
            [Violation(found.field, found.reason, found.en, found.zh) for found in checked.refused_by]
        )
    lead.verdicts = [{"field": v.field, "verdict": v.verdict.value, "reason": v.reason} for v in checked.verdicts]
    index_lead(lead)
    score_lead(lead, now)


def score_lead(lead: Lead, now: datetime, touch_times: tuple[datetime, ...] = ()) -> None:
    """Weigh the lead again after anything that counts has changed."""
    found = scoring.score(facts_to_score(lead, touch_times), now)
    lead.score, lead.grade = found.value, found.grade
    lead.score_reasons = [{"rule": reason.rule, "points": reason.points} for reason in found.because]


def index_lead(lead: Lead) -> None:
    """Keep what matching and search look at in step with the revealed lead; what sealed values add comes on storing."""
    lead.match_keys = block_keys(match_record(lead))
    reached = hints((lead.phone, *lead.other_phones, lead.email, *lead.other_emails))
    texts = [lead.name, lead.company, lead.number, *reached]
    lead.search_text, lead.search_grams = search_text(*texts), grams(*texts)


def intent_of(lead: Lead) -> dict[str, Any]:
    """The interest a submission expresses, as the lead keeps it."""
    facts = {
        "product_line": lead.product_line,
        "campaign_id": str(lead.campaign_id or ""),
        "need": lead.need,
        "channel": lead.channel,
        "express_time": lead.create_time.isoformat().replace("+00:00", "Z"),
    }
    return {name: value for name, value in facts.items() if value}


def intent_key(product_line: str, campaign_id: object, region: str) -> tuple[str, str, str]:
    """What makes two interests the same one."""
    return product_line.casefold(), str(campaign_id or ""), region.casefold()


def intent_keys(lead: Lead) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        intent_key(intent.get("product_line", ""), intent.get("campaign_id", ""), lead.province)
        for intent in lead.intents
    )


def match_record(lead: Lead) -> MatchRecord:
    """The lead as matching sees it."""
    return MatchRecord(
        id=str(lead.id or ""),
        name=lead.name,
        company=lead.company,
        phones=tuple(p for p in (lead.phone, *lead.other_phones) if p),
        emails=tuple(e for e in (lead.email, *lead.other_emails) if e),
        address=lead.address,
        city=lead.city,
        postal_code=lead.postal_code,
        province=lead.province,
        country_code=lead.country_code,
        credit_code=lead.credit_code,
        open_id=lead.open_id,
        website=lead.website,
        channel=lead.channel,
        campaign_id=str(lead.campaign_id or ""),
        unit_path=lead.unit_path,
        create_time=lead.create_time,
        **_matched_custom(lead.custom_fields),
    )


def record_of(facts: Mapping[str, Any]) -> MatchRecord:
    """What a query found, be it a customer, a contact or a lead, as matching sees it."""
    custom = facts.get("custom_fields") or {}
    return MatchRecord(
        id=str(facts["id"]),
        name=facts["name"],
        company=facts["company"],
        phones=tuple(phone for phone in (facts["phone"], *facts.get("other_phones", ())) if phone),
        emails=tuple(email for email in (facts["email"], *facts.get("other_emails", ())) if email),
        city=facts["city"],
        postal_code=facts["postal_code"],
        address=facts["address"],
        province=facts.get("province", ""),
        country_code=facts.get("country_code", ""),
        credit_code=facts.get("credit_code", ""),
        open_id=facts.get("open_id", ""),
        website=facts.get("website", ""),
        unit_path=facts["unit_path"],
        **_matched_custom(custom),
    )


def _matched_custom(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(values[name]) for name in MATCHED_CUSTOM_FIELDS if values.get(name)}


def normalise_lead(lead: Lead) -> None:
    """Every text in the one stored form."""
    for field in ("name", "company", "job_title", "city", "province", "address", "website", "need", "product_line"):
        setattr(lead, field, normalise.text(getattr(lead, field)))
    lead.country_code = lead.country_code.upper()
    lead.phone = normalise.phone(lead.phone, lead.country_code or "CN").stored if lead.phone else ""
    lead.email = normalise.email(lead.email).stored if lead.email else ""
    lead.credit_code = lead.credit_code.upper().replace(" ", "")
    lead.tags = sorted({normalise.text(tag) for tag in lead.tags} - {""})


def facts_to_check(lead: Lead) -> Submission:
    return Submission(
        name=lead.name,
        company=lead.company,
        phone=lead.phone,
        email=lead.email,
        open_id=lead.open_id,
        credit_code=lead.credit_code,
        country_code=lead.country_code,
        postal_code=lead.postal_code,
        website=lead.website,
    )


def facts_to_score(lead: Lead, touch_times: tuple[datetime, ...]) -> scoring.Facts:
    bad = sum(1 for verdict in lead.verdicts if verdict["verdict"] != "ok")
    title = lead.job_title.casefold()
    return scoring.Facts(
        has_name=bool(lead.name),
        has_company=bool(lead.company),
        has_phone=bool(lead.phone),
        has_email=bool(lead.email),
        company_email=bool(lead.email and own_domain(plain(lead.email))),
        has_credit_code=bool(lead.credit_code),
        has_need=bool(lead.need),
        has_product_line=bool(lead.product_line),
        senior_title=any(word in title for word in SENIOR),
        suspicious_fields=bad,
        intent_count=lead.intent_count,
        from_referral=lead.source == "referral",
        touch_times=touch_times,
    )
