"""Contact data in the one form that is stored, compared and counted: NFKC text, E.164 phones, addresses and codes [L8].

Single values here; whole columns of an import in `normalise_columns.py`, with the same answers.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import email_validator
import phonenumbers
import rphonenumbers
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from crm_kit.recognition import numbers

_SPACES = re.compile(r"\s+")
CONTROL = r"[\x00-\x08\x0e-\x1f\x7f\u200b-\u200d\u2060\ufeff]"
_CONTROL = re.compile(CONTROL)
# Mobile ranges of the Chinese numbering plan without the few that only a longer prefix decides.
CN_MOBILE = r"(?:\+?86|0086)?(1(?:[38]\d|4[57]|[59][0-35-9]|6[2567]|7[0-35-8])\d{8})"
_CN_MOBILE = re.compile(CN_MOBILE)
_PHONE_NOISE = re.compile(r"[\s\-().·]+")
_EXTENSION = re.compile(r"(?:;ext=|转|分机|ext\.?|x)\s*(\d{1,7})$", re.IGNORECASE)
# Addresses of this shape are valid under every reading of RFC 5321; everything else is left to email-validator.
PLAIN_EMAIL = (
    r"^[A-Za-z0-9_+\-]+(?:\.[A-Za-z0-9_+\-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}$"
)
_PLAIN_EMAIL = re.compile(PLAIN_EMAIL)
# Names that RFC 2606 and RFC 6761 keep from ever being delivered.
RESERVED_DOMAINS = r"(?:^|\.)(?:test|invalid|localhost|local|onion|arpa|example)$"
_RESERVED_DOMAINS = re.compile(RESERVED_DOMAINS)
OPEN_ID = r"^[A-Za-z0-9_-]{20,64}$"
MAX_LOCAL_PART = 64
MAX_EMAIL = 254


def text(raw: str | None) -> str:
    """NFKC, control and zero-width characters dropped, trimmed, runs of white space as one space."""
    if not raw:
        return ""
    return _SPACES.sub(" ", _CONTROL.sub("", unicodedata.normalize("NFKC", raw))).strip()


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number: `e164` is empty when the number is not valid in its country, `fault` then says why."""

    raw: str
    e164: str = ""
    extension: str = ""
    fault: str = ""

    @property
    def stored(self) -> str:
        """What the lead keeps: E.164 once valid, as given otherwise."""
        return self.e164 or self.raw


@lru_cache(maxsize=65536)
def phone(raw: str, country: str = "CN") -> Phone:
    """Read one number; `country` is the ISO 3166 code that numbers without a country code belong to.

    Faults: NOT_A_NUMBER, TOO_SHORT, TOO_LONG, LOCAL_ONLY, NOT_IN_NUMBERING_PLAN, UNKNOWN_COUNTRY_CODE.
    """
    kept = text(raw)
    if not kept:
        return Phone(raw="")
    number, extension = kept, ""
    if tail := _EXTENSION.search(kept):
        number, extension = kept[: tail.start()].rstrip(" ,;"), tail.group(1)
    mobile = _CN_MOBILE.fullmatch(_PHONE_NOISE.sub("", number))
    if mobile and (country == "CN" or number.startswith("+86")):
        return Phone(kept, f"+86{mobile.group(1)}", extension)
    e164 = _valid_e164(number, country)
    return Phone(kept, e164, extension) if e164 else _second_opinion(kept, number, extension, country)


def _valid_e164(number: str, country: str) -> str:
    try:
        parsed = rphonenumbers.parse(number, country)
    except rphonenumbers.NumberParseException:
        return ""
    valid = rphonenumbers.is_valid_number(parsed)
    return str(rphonenumbers.format_number(parsed, rphonenumbers.PhoneNumberFormat.E164)) if valid else ""


def _second_opinion(kept: str, number: str, extension: str, country: str) -> Phone:
    # The fast library carries an older numbering plan: before a number is refused, the current one is asked.
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException as refused:
        return Phone(kept, extension=extension, fault=_PARSE_FAULTS.get(refused.error_type, "NOT_A_NUMBER"))
    if phonenumbers.is_valid_number(parsed):
        return Phone(kept, phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), extension)
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return Phone(kept, extension=extension, fault=_POSSIBLE_FAULTS.get(reason, "NOT_IN_NUMBERING_PLAN"))


_PARSE_FAULTS = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "UNKNOWN_COUNTRY_CODE",
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: "TOO_SHORT",
    phonenumbers.NumberParseException.TOO_SHORT_NSN: "TOO_SHORT",
    phonenumbers.NumberParseException.TOO_LONG: "TOO_LONG",
}
_POSSIBLE_FAULTS = {
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "LOCAL_ONLY",
    phonenumbers.ValidationResult.TOO_SHORT: "TOO_SHORT",
    phonenumbers.ValidationResult.TOO_LONG: "TOO_LONG",
}


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address: `address` keeps the local part as given, `key` recognises the same mailbox."""

    raw: str
    address: str = ""
    key: str = ""
    fault: str = ""

    @property
    def stored(self) -> str:
        """What the lead keeps: domain in lower case once valid, as given otherwise."""
        return self.address or self.raw


@lru_cache(maxsize=65536)
def email(raw: str) -> Email:
    """Read one address without asking the DNS. Faults: NOT_AN_ADDRESS, TOO_LONG, NOT_DELIVERABLE (reserved domain)."""
    kept = text(raw).removeprefix("mailto:")
    if not kept:
        return Email(raw="")
    if _PLAIN_EMAIL.fullmatch(kept) and len(kept) <= MAX_EMAIL and kept.index("@") <= MAX_LOCAL_PART:
        local, domain = kept.rsplit("@", 1)
        address = f"{local}@{domain.lower()}"
        if not domain.lower().startswith("xn--") and ".xn--" not in domain.lower():
            return _deliverable(kept, address)
    try:
        seen = email_validator.validate_email(
            kept,
            check_deliverability=False,
            allow_quoted_local=True,
            allow_domain_literal=True,
            test_environment=True,
            strict=True,
        )
    except email_validator.EmailNotValidError as refused:
        return Email(
            kept, key=_loose_email_key(kept), fault="TOO_LONG" if "too long" in str(refused) else "NOT_AN_ADDRESS"
        )
    return _deliverable(kept, seen.normalized)


def _deliverable(raw: str, address: str) -> Email:
    fault = "NOT_DELIVERABLE" if _RESERVED_DOMAINS.search(address.rsplit("@", 1)[1]) else ""
    return Email(raw, address, email_key(address), fault)


def email_key(address: str) -> str:
    """The mailbox behind an address: everything lower case, `+tag` of the local part dropped."""
    local, at, domain = address.rpartition("@")
    plain = local.partition("+")[0] or local
    return f"{plain}{at}{domain}".lower()


def _loose_email_key(raw: str) -> str:
    # A mistyped address still tells two submissions of one person from those of two.
    return email_key(raw.replace(" ", ""))


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A unified social credit code or VAT number: upper case, no separators; `fault` CHECK_DIGIT or NOT_A_CODE."""

    code: str = ""
    fault: str = ""


def credit_code(raw: str) -> CreditCode:
    """Read a code: 18 characters are checked as a Chinese USCC, with its check digit; others pass as VAT by shape."""
    code = re.sub(r"[\s\-.]", "", text(raw)).upper()
    if not code:
        return CreditCode()
    if len(code) == 18:
        try:
            return CreditCode(uscc.validate(code))
        except ValidationError as refused:
            return CreditCode(code, "CHECK_DIGIT" if type(refused).__name__ == "InvalidChecksum" else "NOT_A_CODE")
    if re.fullmatch(r"[A-Z]{2}[0-9A-Z]{2,13}", code) or re.fullmatch(r"[0-9]{8,15}", code):
        return CreditCode(code)
    return CreditCode(code, "NOT_A_CODE")


def open_id_fault(open_id: str, pattern: str = OPEN_ID) -> str:
    """MALFORMED when a platform id does not look like the ids that platform issues."""
    return "" if not open_id or re.fullmatch(pattern, open_id) else "MALFORMED"


PHONES = numbers(lambda raw: phone(raw).stored)
"""How telephone numbers are recognised once they are sealed."""
