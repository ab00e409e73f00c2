"""Reading a company's name: the words that name it, without its legal form, and the domain that is its own."""

import re
from functools import lru_cache

from crm_leads.domain.matching.person_names import fold

_WORD = re.compile(r"[^\W_]+")
_LEGAL_WORDS_LIST = """
ltd limited inc incorporated corp corporation co company llc llp lp plc gmbh mbh ag kg kgaa ohg ug se sa sas sarl srl
spa sl bv nv ab as asa oy oyj aps pty pvt private pte bhd sdn kk pjsc jsc ooo oao zao pao holding holdings group
aktiengesellschaft gesellschaft the and of for
"""
_LEGAL_WORDS = frozenset(_LEGAL_WORDS_LIST.split())
_DOTTED = re.compile(r"\b(?:[a-z]\.){2,}")
_HAN_FORMS = re.compile(
    r"(?:股份有限公司|有限责任公司|集团有限公司|有限公司|控股集团|控股|集团|总公司|分公司|公司|有限合伙|合伙企业|工作室|股份)+"
)
# Only before a name that stands without it: `北京银行` and `上海银行` are two banks.
_HAN_REGION = re.compile(
    r"^(?:中国|北京|上海|天津|重庆|深圳|广州|杭州|南京|苏州|成都|武汉|西安|青岛|厦门|宁波|无锡|长沙|郑州|合肥|济南|"
    r"[一-鿿]{2,3}(?:省|市|自治区|区|县))+市?(?=[一-鿿]{4,})"
)
_HAN = re.compile(r"[㐀-䶿一-鿿]")
# Mailboxes at these hosts say nothing about the company.
_FREE_MAIL_LIST = """
gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.co.uk ymail.com icloud.com me.com
mac.com aol.com gmx.com gmx.de gmx.net web.de t-online.de mail.ru yandex.ru yandex.com proton.me protonmail.com
zoho.com mail.com qq.com foxmail.com 163.com 126.com yeah.net 139.com 189.cn sina.com sina.cn sohu.com aliyun.com
tom.com 21cn.com vip.qq.com vip.163.com naver.com hanmail.net daum.net orange.fr free.fr laposte.net wanadoo.fr
libero.it btinternet.com comcast.net verizon.net att.net
"""
FREE_MAIL = frozenset(_FREE_MAIL_LIST.split())


@lru_cache(maxsize=131072)
def company_words(raw: str, *, without_region: bool = True) -> tuple[str, ...]:
    """Words that name the company, in order: legal forms and punctuation gone; Chinese names as pairs of characters."""
    folded = _DOTTED.sub(lambda dotted: dotted.group().replace(".", ""), fold(raw)).replace("'", "").replace("’", "")
    if _HAN.search(folded):
        return _han_words(folded, without_region=without_region)
    words = [word for word in _WORD.findall(folded) if word not in _LEGAL_WORDS]
    return tuple(words or _WORD.findall(folded))


@lru_cache(maxsize=131072)
def company_key(raw: str, *, without_region: bool = True) -> str:
    """One string for all spellings of a company: `Siemens AG` and `SIEMENS` give `siemens`; empty when blank."""
    if _HAN.search(raw):
        return _han_core(fold(raw), without_region=without_region)
    return "".join(company_words(raw, without_region=without_region))


def _han_core(folded: str, *, without_region: bool) -> str:
    plain = "".join(_WORD.findall(folded))
    core = _HAN_FORMS.sub("", plain) or plain
    return _HAN_REGION.sub("", core) if without_region else core


def _han_words(folded: str, *, without_region: bool) -> tuple[str, ...]:
    core = _han_core(folded, without_region=without_region)
    # Chinese does not mark words: neighbouring characters overlap like words do.
    return tuple(core[at : at + 2] for at in range(max(1, len(core) - 1)))


@lru_cache(maxsize=131072)
def own_domain(email_or_website: str) -> str:
    """Domain that belongs to one organisation, without `www`; empty for free mail and for no domain."""
    host = email_or_website.lower().rpartition("@")[2]
    host = re.sub(r"^[a-z]+://", "", host).partition("/")[0].partition(":")[0].removeprefix("www.")
    return "" if "." not in host or host in FREE_MAIL else host
