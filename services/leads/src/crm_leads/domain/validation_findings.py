"""Every reason a field can be questioned for: its verdict, and what the sender can do, in English and Chinese."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`ok` can be used, `suspicious` can be used but deserves a look, `invalid` cannot be used."""

    OK = "ok"
    SUSPICIOUS = "suspicious"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict a reason stands for, and its message in both languages."""

    verdict: Verdict
    en: str
    zh: str


_INVALID, _SUSPICIOUS = Verdict.INVALID, Verdict.SUSPICIOUS

FINDINGS: dict[tuple[str, str], Finding] = {
    ("phone", "NOT_A_NUMBER"): Finding(
        _INVALID,
        "Phone is not a number: give digits, with +country code for foreign numbers.",
        "电话不是号码：请填写数字，国外号码加 + 国家码。",
    ),
    ("phone", "TOO_SHORT"): Finding(
        _INVALID, "Phone has too few digits: check that it is complete.", "电话位数不足：请检查号码是否完整。"
    ),
    ("phone", "TOO_LONG"): Finding(
        _INVALID, "Phone has too many digits: give one number per field.", "电话位数过多：每个字段只填一个号码。"
    ),
    ("phone", "NOT_IN_NUMBERING_PLAN"): Finding(
        _INVALID,
        "No such number exists in its country: check area code and digits.",
        "该国家没有这样的号码：请检查区号和数字。",
    ),
    ("phone", "UNKNOWN_COUNTRY_CODE"): Finding(
        _INVALID,
        "Country code of the phone does not exist: correct the digits after +.",
        "电话的国家码不存在：请更正 + 后的数字。",
    ),
    ("phone", "LOCAL_ONLY"): Finding(
        _SUSPICIOUS,
        "Phone lacks its area code: add it so that the number can be dialled.",
        "电话缺少区号：请补充后才能拨打。",
    ),
    ("phone", "PLACEHOLDER"): Finding(
        _SUSPICIOUS, "Phone looks made up: confirm it with the person.", "电话像是随意填写的：请与本人核实。"
    ),
    ("email", "NOT_AN_ADDRESS"): Finding(
        _INVALID,
        "E-mail is not an address: it must read like name@company.com.",
        "邮箱格式错误：应形如 name@company.com。",
    ),
    ("email", "TOO_LONG"): Finding(
        _INVALID,
        "E-mail is longer than mail servers accept (64 before @, 254 in all).",
        "邮箱过长：@ 前最多 64 个字符，总共最多 254 个。",
    ),
    ("email", "NOT_DELIVERABLE"): Finding(
        _INVALID,
        "E-mail domain is reserved and never delivered: ask for another address.",
        "邮箱域名为保留域名，无法投递：请索取其他邮箱。",
    ),
    ("email", "MISTYPED_HOST"): Finding(
        _SUSPICIOUS,
        "E-mail host looks mistyped: compare with gmail.com, qq.com, 163.com and the like.",
        "邮箱域名疑似拼写错误：请对照 gmail.com、qq.com、163.com 等。",
    ),
    ("email", "DISPOSABLE"): Finding(
        _SUSPICIOUS,
        "E-mail is a throw-away address: ask for a lasting one.",
        "邮箱为一次性邮箱：请索取长期使用的邮箱。",
    ),
    ("open_id", "MALFORMED"): Finding(
        _INVALID,
        "Platform id does not look like ids of its platform: send it unchanged.",
        "平台标识不符合该平台的格式：请原样传入。",
    ),
    ("credit_code", "CHECK_DIGIT"): Finding(
        _INVALID,
        "Credit code fails its check digit: a character is wrong or swapped.",
        "统一社会信用代码校验位错误：有字符写错或颠倒。",
    ),
    ("credit_code", "NOT_A_CODE"): Finding(
        _SUSPICIOUS,
        "Not a known form of credit code or VAT number: check it against the licence.",
        "不是已知的信用代码或税号格式：请对照营业执照。",
    ),
    ("country_code", "NOT_A_COUNTRY"): Finding(
        _INVALID,
        "Country is not an ISO 3166 code: use two letters such as CN or DE.",
        "国家不是 ISO 3166 代码：请用两个字母，如 CN、DE。",
    ),
    ("postal_code", "NOT_SIX_DIGITS"): Finding(
        _SUSPICIOUS, "Chinese postal codes have six digits: check it.", "中国邮政编码为六位数字：请检查。"
    ),
    ("website", "NOT_A_HOST"): Finding(
        _SUSPICIOUS, "Website is not an address such as www.company.com.", "网站不是有效网址，应形如 www.company.com。"
    ),
    ("name", "PLACEHOLDER"): Finding(
        _SUSPICIOUS, "Name is a placeholder: ask for the real one.", "姓名为占位内容：请索取真实姓名。"
    ),
    ("name", "NO_LETTERS"): Finding(
        _SUSPICIOUS, "Name has no letters: check the column mapping.", "姓名中没有文字：请检查列映射。"
    ),
    ("company", "PLACEHOLDER"): Finding(
        _SUSPICIOUS, "Company is a placeholder: ask for the real one.", "公司为占位内容：请索取真实名称。"
    ),
    ("company", "NO_LETTERS"): Finding(
        _SUSPICIOUS, "Company has no letters: check the column mapping.", "公司名称中没有文字：请检查列映射。"
    ),
    ("contact", "NO_USABLE_REACH"): Finding(
        _INVALID,
        "Nobody can be reached: give a valid phone, e-mail or platform id.",
        "无法联系：请至少提供一个有效的电话、邮箱或平台标识。",
    ),
    ("contact", "NOBODY_NAMED"): Finding(
        _INVALID, "Neither person nor company is named: give at least one.", "没有姓名也没有公司名称：请至少填写一项。"
    ),
}
"""By field and reason code; `contact` stands for the submission as a whole."""
