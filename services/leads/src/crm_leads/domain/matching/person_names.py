"""Reading a person's name into parts that compare across spelling, order, script and nickname."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin

from crm_leads.domain.matching.nicknames import FORMAL_NAMES

_HAN = re.compile(r"[㐀-䶿一-鿿]")
_HAN_NAME = re.compile(r"^[㐀-䶿一-鿿·]{1,12}$")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# A title says how to address somebody, not who it is; a suffix such as `1st baronet` is written or left out at will.
_TITLES_LIST = """
mr mrs ms miss mx dr prof professor sir dame lady lord madam rev reverend rt hon right honourable capt captain col
colonel major gen general lt sgt herr frau dott ing mag jr sr ii iii iv esq phd md mba mp bt bart baronet baron
baroness earl countess count duke duchess viscount viscountess marquess marquis knight of the and 1st 2nd 3rd 4th 5th
6th 7th 8th 9th 10th 11th 12th 13th 14th 15th
"""
_TITLES = frozenset(_TITLES_LIST.split())
_PARTICLES_LIST = """
de del della der den van von zu du da dos di la le el al bin ibn ap ab fitz st saint ter ten
"""
_PARTICLES = frozenset(_PARTICLES_LIST.split())
_HAN_TITLES = ("先生", "女士", "小姐", "经理", "总监", "老师", "主任", "博士", "教授", "总")
_COMPOUND_SURNAMES_LIST = """
欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台
皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐
呼延 百里 东郭 南门 西门 轩辕
"""
_COMPOUND_SURNAMES = frozenset(_COMPOUND_SURNAMES_LIST.split())
_PINYIN_SURNAMES_LIST = """
wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he lin gao luo zheng liang xie song tang deng han
feng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lu ding ren lu yao shen cui zhong tan fan
jin shi liao jia xia fu fang bai zou meng xiong qin qiu hou yan xue yin lei duan hao kong shao mao chang wan gu lai
kang ouyang sima zhuge shangguan situ
"""
_PINYIN_SURNAMES = frozenset(_PINYIN_SURNAMES_LIST.split())
_SYLLABLE = re.compile(
    r"(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|"
    r"ui|un|uo|a|e|i|o|u|v)"
)
_GIVEN_SYLLABLES = re.compile(rf"(?:{_SYLLABLE.pattern}){{1,2}}")


@dataclass(frozen=True, slots=True)
class PersonName:
    """Folded parts of a name; a single word is `given` because nobody can tell which it is."""

    given: str = ""
    family: str = ""
    middle: tuple[str, ...] = ()


@lru_cache(maxsize=131072)
def person_name(raw: str) -> PersonName:
    """Parts of a name in Latin or Chinese script: `王小明`, `Wang Xiaoming` and `Wang Xiao Ming` read alike."""
    if _HAN.search(raw):
        return _han_name(raw)
    folded = fold(raw)
    head, comma, tail = folded.partition(",")
    words = _words(folded)
    # `Smith, John` is family name first; with more before the comma it is an apposition: `Tom Smith, 1st Baron …`.
    if comma and len(_WORD.findall(head)) == 1 and tail.strip() and _words(tail):
        words = [*_words(tail), *_words(head)]
    if not words:
        return PersonName()
    if len(words) == 1:
        return PersonName(words[0])
    if _reads_as_pinyin(words):
        return PersonName("".join(words[1:]), words[0])
    return PersonName(words[0], words[-1], tuple(words[1:-1]))


def fold(raw: str) -> str:
    """Lower case without accents: `Siôn` and `sion` are the same word."""
    return raw.lower() if raw.isascii() else _fold(raw)


@lru_cache(maxsize=131072)
def _fold(raw: str) -> str:
    spread = unicodedata.normalize("NFKD", raw.replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return "".join(sign for sign in spread if not unicodedata.combining(sign)).lower()


def _words(folded: str) -> list[str]:
    found = [word.replace("'", "").replace("’", "") for word in _WORD.findall(folded)]
    kept = [word for word in found if word not in _TITLES]
    while len(kept) > 2 and kept[-1] in _PARTICLES:
        kept.pop()
    return kept or [word for word in found if not word[0].isdigit()]


def _reads_as_pinyin(words: list[str]) -> bool:
    if words[0] not in _PINYIN_SURNAMES or words[-1] in _PINYIN_SURNAMES or len(words) > 3:
        return False
    return all(_GIVEN_SYLLABLES.fullmatch(word) for word in words[1:])


def _han_name(raw: str) -> PersonName:
    name = re.sub(r"[\s,()]+", "", raw)
    for title in _HAN_TITLES:
        if len(name) > len(title) and name.endswith(title):
            name = name.removesuffix(title)
            break
    if not _HAN_NAME.match(name):
        return PersonName(fold(raw))
    if "·" in name:
        parts = ["".join(lazy_pinyin(part)) for part in name.split("·") if part]
        return PersonName(parts[0], parts[-1] if len(parts) > 1 else "", tuple(parts[1:-1]))
    at = 2 if name[:2] in _COMPOUND_SURNAMES and len(name) > 2 else 1
    surname = "".join(lazy_pinyin(name[:at]))
    return PersonName("".join(lazy_pinyin(name[at:])), surname) if name[at:] else PersonName(surname)


def formal_names(word: str) -> tuple[str, ...]:
    """The names a word can stand for, itself when it is no known nickname."""
    return FORMAL_NAMES.get(word, (word,))


def heard(name: PersonName) -> list[str]:
    """How the words of a name sound, sorted, for block keys; pinyin as written, for it has few sounds and many bearers."""
    words = [word for word in (name.given, name.family) if len(word) > 1]
    if name.family in _PINYIN_SURNAMES and _GIVEN_SYLLABLES.fullmatch(name.given):
        return sorted(words)
    return sorted({sound(formal_names(word)[0]) for word in words})


_SOUNDS = {
    sign: code for code, signs in enumerate(("aeiouyhw", "bpfv", "ckgjqsxz", "dt", "l", "mn", "r")) for sign in signs
}


@lru_cache(maxsize=131072)
def sound(word: str) -> str:
    """Consonant skeleton of at most four sounds, for block keys: `Griffiths` and `Grifiths` share one."""
    codes: list[int] = []
    for at, sign in enumerate(word):
        code = _SOUNDS.get(sign, 9)
        if at == 0 or (code and (not codes or codes[-1] != code)):
            codes.append(code)
    return "".join(map(str, codes[:4]))
