"""Contact data in the one form that is stored and compared: NFKC text, E.164 phones, lower-case e-mail domains."""

import re
import unicodedata
from dataclasses import dataclass

import email_validator
import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult
from stdnum.cn import uscc

from crm_kit.errors import Violation
from crm_kit.recognition import numbers

_SPACES = re.compile(r"\s+")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b-\u200d\u2060\ufeff]")
_EXTENSION = re.compile(r"(?:;ext=|转|分机|ext\.?|x)\s*(\d{1,7})$", re.IGNORECASE)
DEFAULT_COUNTRY = "CN"
USCC_LENGTH = 18


@dataclass(frozen=True, slots=True)
class Checked:
    """A value as it is stored; with a ``fault`` it is as given and cannot be used."""

    value: str
    fault: str = ""


FAULTS: dict[str, tuple[str, str]] = {
    "NOT_A_NUMBER": (
        "This is no phone number: give digits, with +country code for foreign numbers.",
        "电话不是号码：请填写数字，国外号码加 + 国家码。",
    ),
    "TOO_SHORT": ("Too few digits: check that the number is complete.", "电话位数不足：请检查号码是否完整。"),
    "TOO_LONG": ("Too many digits: give one number per field.", "电话位数过多：每个字段只填一个号码。"),
    "NOT_IN_NUMBERING_PLAN": (
        "No such number exists in its country: check area code and digits.",
        "该国家没有这样的号码：请检查区号和数字。",
    ),
    "NOT_AN_ADDRESS": (
        "This is no e-mail address: it must read like name@company.com.",
        "邮箱格式错误：应形如 name@company.com。",
    ),
    "CHECK_DIGIT": (
        "The credit code fails its check digit: a character is wrong or swapped.",
        "统一社会信用代码校验位错误：有字符写错或颠倒。",
    ),
    "NOT_A_COUNTRY": (
        "This is no ISO 3166 code: use two letters such as CN or DE.",
        "国家不是 ISO 3166 代码：请用两个字母，如 CN、DE。",
    ),
}


def violation(field: str, fault: str) -> Violation:
    """The refusal of a field for one of ``FAULTS``."""
    return Violation(field, fault, *FAULTS[fault])


def text(raw: str) -> str:
    """Control and zero-width characters dropped, full width as half width, single spaces."""
    return _SPACES.sub(" ", _CONTROL.sub("", unicodedata.normalize("NFKC", raw))).strip()


def lines(raw: str) -> str:
    """The same, keeping the lines of a longer text."""
    return "\n".join(text(line) for line in raw.splitlines()).strip()


def phone(raw: str, country: str = "") -> Checked:
    """One number; ``country`` is where numbers without a country code belong, China unless given.

    E.164 once valid, with ``;ext=`` when it has an extension. A local number without area code is kept as given.
    """
    kept = text(raw)
    if not kept:
        return Checked("")
    number, extension = kept, ""
    if tail := _EXTENSION.search(kept):
        number, extension = kept[: tail.start()].rstrip(" ,;"), f";ext={tail.group(1)}"
    try:
        parsed = phonenumbers.parse(number, country or DEFAULT_COUNTRY)
    except phonenumbers.NumberParseException:
        return Checked(kept, "NOT_A_NUMBER")
    if phonenumbers.is_valid_number(parsed):
        return Checked(phonenumbers.format_number(parsed, PhoneNumberFormat.E164) + extension)
    why = phonenumbers.is_possible_number_with_reason(parsed)
    if why == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return Checked(kept)
    lengths = {ValidationResult.TOO_SHORT: "TOO_SHORT", ValidationResult.TOO_LONG: "TOO_LONG"}
    return Checked(kept, lengths.get(why, "NOT_IN_NUMBERING_PLAN"))


def email(raw: str) -> Checked:
    """One address, its domain in lower case; nobody is asked whether it exists."""
    kept = text(raw).removeprefix("mailto:")
    if not kept:
        return Checked("")
    try:
        seen = email_validator.validate_email(kept, check_deliverability=False, test_environment=True)
    except email_validator.EmailNotValidError:
        return Checked(kept, "NOT_AN_ADDRESS")
    return Checked(seen.normalized)


def credit_code(raw: str) -> Checked:
    """Upper case without separators; 18 characters are a Chinese code and must fit their check digit."""
    code = re.sub(r"[\s\-.]", "", text(raw)).upper()
    wrong = len(code) == USCC_LENGTH and not uscc.is_valid(code)
    return Checked(code, "CHECK_DIGIT" if wrong else "")


def country_code(raw: str) -> Checked:
    """ISO 3166-1 alpha-2."""
    code = text(raw).upper()
    return Checked(code, "" if not code or code in phonenumbers.SUPPORTED_REGIONS else "NOT_A_COUNTRY")


PHONES = numbers(lambda raw: phone(raw).value)
"""How telephone numbers are recognised once they are sealed."""
