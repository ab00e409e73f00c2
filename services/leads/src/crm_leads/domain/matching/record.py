"""What matching looks at: one normalised record, and the derived attributes that rules name."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from crm_leads.domain.matching.addresses import street
from crm_leads.domain.matching.organisations import company_key, company_words, own_domain
from crm_leads.domain.matching.person_names import fold, person_name
from crm_leads.domain.normalise import email_key, text

PHONE_DIGITS = 7
"""Trailing digits by which phones are compared: enough to identify, few enough to forgive a missing area code."""


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """A lead, customer or contact as matching sees it: normalised texts, phones in E.164, e-mail keys; blank is unknown.

    `birth_date` (ISO), `birth_place`, `occupation` and `middle_names` are no lead fields: they come from custom fields
    of those names, when the company keeps them.
    """

    id: str = ""
    name: str = ""
    company: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    address: str = ""
    city: str = ""
    postal_code: str = ""
    province: str = ""
    country_code: str = ""
    credit_code: str = ""
    open_id: str = ""
    website: str = ""
    birth_date: str = ""
    birth_place: str = ""
    occupation: str = ""
    middle_names: str = ""
    channel: str = ""
    campaign_id: str = ""
    unit_path: str = ""
    create_time: datetime | None = None

    @classmethod
    def of(cls, fields: Mapping[str, Any], custom_fields: Mapping[str, Any] | None = None) -> "MatchRecord":
        """From the fields of a lead by name, normalised already: a row of an import or of the table."""
        known = {name: fields[name] for name in _LEAD_FIELDS if fields.get(name)}
        known |= {name: text(str(value)) for name in _CUSTOM_FIELDS if (value := (custom_fields or {}).get(name))}
        phones = (fields.get("phone"), *(fields.get("other_phones") or ()))
        emails = (fields.get("email"), *(fields.get("other_emails") or ()))
        return cls(
            **known,
            phones=tuple(phone for phone in phones if phone),
            emails=tuple(email_key(address) for address in emails if address),
        )


_CUSTOM_FIELDS = ("birth_date", "birth_place", "occupation", "middle_names")
_LEAD_FIELDS = tuple(
    field.name for field in dataclass_fields(MatchRecord) if field.name not in {"phones", "emails", *_CUSTOM_FIELDS}
)


@lru_cache(maxsize=131072)
def phone_tail(phone: str) -> str:
    """Digits by which two phones are compared; blank when there are too few to tell anybody apart."""
    digits = re.sub(r"\D", "", phone)
    return digits[-PHONE_DIGITS:] if len(digits) >= PHONE_DIGITS else ""


def worded_email(address: str) -> bool:
    """Whether an address may be mistyped into another. Where digits make half of the local part or more (QQ numbers,
    phones, serial numbers), one digit off is somebody else's account.
    """
    local, _, _ = address.partition("@")
    return 2 * sum(sign.isdigit() for sign in local) < len(local)


def _house_and_street(record: MatchRecord) -> str:
    parts = street(record.address)
    return f"{parts.number} {parts.name}" if parts.number and parts.name else ""


def postal_area(postal_code: str) -> str:
    """The outward half of a British code, all but the last two signs of the others."""
    outward, _, inward = postal_code.lower().partition(" ")
    return outward if inward else outward[:-2]


def _domains(record: MatchRecord) -> tuple[str, ...]:
    found = (own_domain(value) for value in (*record.emails, record.website) if value)
    return tuple({domain for domain in found if domain})


def _date_part(at: int) -> Callable[[MatchRecord], str]:
    def part(record: MatchRecord) -> str:
        parts = record.birth_date.split("-")
        return parts[at] if len(parts) == 3 else ""

    return part


SINGLE: dict[str, Callable[[MatchRecord], str]] = {
    "company": lambda record: company_key(record.company) if record.company else "",
    "house_and_street": _house_and_street,
    "house": lambda record: street(record.address).number if record.address else "",
    "street": lambda record: street(record.address).name if record.address else "",
    "street_side": lambda record: street(record.address).side if record.address else "",
    "city": lambda record: fold(record.city),
    "postal_code": lambda record: record.postal_code.replace(" ", "").lower(),
    "postal_area": lambda record: postal_area(record.postal_code),
    "credit_code": lambda record: record.credit_code,
    "open_id": lambda record: record.open_id,
    "birth_date": lambda record: record.birth_date,
    "birth_year": _date_part(0),
    "birth_month": _date_part(1),
    "birth_day": _date_part(2),
    "birth_place": lambda record: fold(record.birth_place),
    "occupation": lambda record: fold(record.occupation),
    "channel": lambda record: record.channel,
    "campaign_id": lambda record: record.campaign_id,
    "unit_path": lambda record: record.unit_path,
}
"""Attributes with one value, by the name rules use; `given`, `family` and the first `email`, if made of words, by the table."""

MULTIPLE: dict[str, Callable[[MatchRecord], tuple[str, ...]]] = {
    "phones": lambda record: tuple(phone_tail(value) for value in record.phones),
    "emails": lambda record: tuple(value.lower() for value in record.emails),
    "email_locals": lambda record: tuple(value.lower().partition("@")[0] for value in record.emails),
    "domains": _domains,
    "company_words": lambda record: company_words(record.company) if record.company else (),
    "middle_names": lambda record: (*person_name(record.name).middle, *fold(record.middle_names).split()),
}
"""Attributes with several values."""
