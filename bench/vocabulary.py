"""Names and companies the generated records are put together from, with what search and matching keep of each."""

import random
from collections.abc import Iterator

from crm_kit.filtering import grams, search_text
from crm_leads.domain.lead import Lead
from crm_leads.usecases.prepare_lead import index_lead

SEED = 19
NAMES = 40_000
COMPANIES = 20_000
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "明华丽强伟芳娜敏静秀英杰磊洋艳勇军涛超霞平刚桂兰玉萍红建国文辉春梅雪飞鹏宇浩然佳怡欣悦子涵梓萱雨桐思远志诚海燕晓东"
)
CITIES = ["上海", "北京", "深圳", "广州", "杭州", "南京", "苏州", "成都", "武汉", "西安"]
TRADES = ["科技", "机械", "电子", "贸易", "物流", "医疗", "教育", "食品", "化工", "能源"]
FIRST = [
    "Anna",
    "James",
    "Maria",
    "Robert",
    "Linda",
    "Thomas",
    "Nora",
    "Oscar",
    "Paula",
    "Victor",
    "Alice",
    "Henry",
    "Sofia",
    "Lukas",
    "Emily",
    "Felix",
    "Grace",
    "Hugo",
]
ONSETS = [
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "pr",
    "qu",
    "r",
    "s",
    "sch",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
]
VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ie", "ou"]
CODAS = ["", "", "", "l", "m", "n", "r", "s", "t", "ck", "ng", "rd", "sk", "ld", "x"]
FORMS = ["Systems Ltd", "Industries GmbH", "Trading Co", "Logistics BV", "Foods Inc"]


def names() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Name, folded name as the search column holds it, its pairs of characters, its match keys; half of them Chinese."""
    choose = random.Random(SEED)
    for number in range(NAMES):
        chinese = choose.choice(SURNAMES) + choose.choice(GIVEN) + choose.choice(GIVEN)
        name = f"{choose.choice(FIRST)} {word(choose)}" if number % 2 else chinese
        yield name, search_text(name), grams(name), _keys(Lead(name=name))


def companies() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """The same of companies."""
    choose = random.Random(SEED + 1)
    for number in range(COMPANIES):
        if number % 2:
            company = f"{word(choose)} {word(choose)} {choose.choice(FORMS)}"
        else:
            brand = "".join(choose.choice(GIVEN) for _ in range(3))
            company = f"{choose.choice(CITIES)}{brand}{choose.choice(TRADES)}有限公司"
        yield company, search_text(company), grams(company), _keys(Lead(company=company))


def word(choose: random.Random) -> str:
    """A pronounceable name nobody has."""
    syllables = (choose.choice(part) for _ in range(choose.choice((2, 2, 3))) for part in (ONSETS, VOWELS, CODAS))
    return "".join(syllables).capitalize()


def _keys(lead: Lead) -> list[str]:
    index_lead(lead)
    return lead.match_keys
