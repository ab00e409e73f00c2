"""What is wrong with a submission's contact data, field by field, and whether anybody could still be reached [L8]."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers

from crm_leads.domain import normalise
from crm_leads.domain.validation_findings import FINDINGS, Verdict


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    """What checking one field found; `reason` is blank when it is ok, else a code of `FINDINGS`."""

    field: str
    verdict: Verdict
    reason: str = ""

    @property
    def en(self) -> str:
        """What is wrong and what to do, in English."""
        return FINDINGS[self.field, self.reason].en if self.reason else ""

    @property
    def zh(self) -> str:
        """What is wrong and what to do, in Chinese."""
        return FINDINGS[self.field, self.reason].zh if self.reason else ""


@dataclass(frozen=True, slots=True)
class ValidationPolicy:
    """What a channel or an import insists on. `refuse` names the fields whose invalid value refuses the lead.

    `require_reach` off admits lists without phones or e-mails, such as a register of organisations to be enriched.
    """

    country: str = "CN"
    require_reach: bool = True
    refuse: frozenset[str] = frozenset({"phone", "open_id"})
    open_id_pattern: str = normalise.OPEN_ID


@dataclass(frozen=True, slots=True)
class Submission:
    """The fields that are checked, normalised texts; blank means not given."""

    name: str = ""
    company: str = ""
    phone: str = ""
    email: str = ""
    open_id: str = ""
    credit_code: str = ""
    country_code: str = ""
    postal_code: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True)
class Validation:
    """Verdicts of the fields given, and those of them that refuse the lead."""

    verdicts: tuple[FieldVerdict, ...]
    refused_by: tuple[FieldVerdict, ...]

    @property
    def accepted(self) -> bool:
        """Whether the lead may enter; a refused one is kept with its reasons and can be repaired."""
        return not self.refused_by


def validate(submission: Submission, policy: ValidationPolicy) -> Validation:
    """Check every field that is given, and that somebody can be reached and named at all."""
    country = submission.country_code if re.fullmatch("[A-Z]{2}", submission.country_code) else policy.country
    faults = {
        "phone": normalise.phone(submission.phone, country).fault,
        "email": normalise.email(submission.email).fault,
        "open_id": normalise.open_id_fault(submission.open_id, policy.open_id_pattern),
        "credit_code": normalise.credit_code(submission.credit_code).fault,
    }
    return judge(submission, faults, policy)


def judge(submission: Submission, faults: dict[str, str], policy: ValidationPolicy) -> Validation:
    """The same from faults that normalisation found already, as an import does for whole columns."""
    verdicts = tuple(_verdicts(submission, faults, policy))
    refused = [found for found in verdicts if found.verdict is Verdict.INVALID and _refuses(found, policy)]
    return Validation(verdicts, tuple(refused))


def usable_reach(verdicts: tuple[FieldVerdict, ...]) -> bool:
    """At least one of phone, e-mail and platform id is given and not invalid."""
    return any(found.field in REACH and found.verdict is not Verdict.INVALID for found in verdicts)


REACH = frozenset({"phone", "email", "open_id"})
WHOLE = "contact"
"""Field name of findings about the submission as a whole."""


def _refuses(found: FieldVerdict, policy: ValidationPolicy) -> bool:
    return found.field in policy.refuse or found.field == WHOLE


def _verdicts(submission: Submission, faults: dict[str, str], policy: ValidationPolicy) -> Iterator[FieldVerdict]:
    found = []
    for field in (
        "name",
        "company",
        "phone",
        "email",
        "open_id",
        "credit_code",
        "country_code",
        "postal_code",
        "website",
    ):
        value = getattr(submission, field)
        if value:
            reason = faults.get(field, "") or _suspicion(field, value, submission.country_code or policy.country)
            found.append(FieldVerdict(field, FINDINGS[field, reason].verdict if reason else Verdict.OK, reason))
    yield from found
    if not (submission.name or submission.company):
        yield FieldVerdict(WHOLE, Verdict.INVALID, "NOBODY_NAMED")
    if policy.require_reach and not usable_reach(tuple(found)):
        yield FieldVerdict(WHOLE, Verdict.INVALID, "NO_USABLE_REACH")


_PLACEHOLDER_NAMES_LIST = """
test tester testing asdf qwerty foo foobar none null na n/a nil unknown anonymous xxx aaa abc 测试 无 未知 匿名 不详 暂无 某某
"""
_PLACEHOLDER_NAMES = frozenset(_PLACEHOLDER_NAMES_LIST.split())
_REPEATED_DIGITS = re.compile(r"(\d)\1{6,}$")
_MISTYPED_HOSTS = re.compile(
    r"@(?:gmial|gmai|gamil|gnail|gmail\.co|hotmial|hotmai|outlok|yaho|qq\.con|163\.con|126\.con)\.?(?:com|con|cn)?$|\.con$"
)
_DISPOSABLE_LIST = """
mailinator.com guerrillamail.com 10minutemail.com tempmail.com temp-mail.org yopmail.com trashmail.com sharklasers.com
getnada.com dispostable.com maildrop.cc throwawaymail.com
"""
_DISPOSABLE = frozenset(_DISPOSABLE_LIST.split())
_WEBSITE = re.compile(r"^(?:https?://)?[^\s/@.]+(?:\.[^\s/@.]+)+(?:[/?#].*)?$", re.IGNORECASE)


def _suspicion(field: str, value: str, country: str) -> str:
    checks = {
        "name": _name_suspicion,
        "company": _name_suspicion,
        "phone": _phone_suspicion,
        "email": _email_suspicion,
    }
    if field in checks:
        return checks[field](value)
    if field == "country_code" and value not in phonenumbers.SUPPORTED_REGIONS:
        return "NOT_A_COUNTRY"
    if field == "postal_code" and country == "CN" and not re.fullmatch(r"\d{6}", value):
        return "NOT_SIX_DIGITS"
    return "NOT_A_HOST" if field == "website" and not _WEBSITE.match(value) else ""


def _name_suspicion(value: str) -> str:
    if value.lower() in _PLACEHOLDER_NAMES:
        return "PLACEHOLDER"
    return "" if any(sign.isalpha() for sign in value) else "NO_LETTERS"


def _phone_suspicion(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    return "PLACEHOLDER" if _REPEATED_DIGITS.search(digits) or digits.endswith("12345678") else ""


def _email_suspicion(value: str) -> str:
    lower = value.lower()
    if _MISTYPED_HOSTS.search(lower):
        return "MISTYPED_HOST"
    return "DISPOSABLE" if lower.rpartition("@")[2] in _DISPOSABLE else ""
