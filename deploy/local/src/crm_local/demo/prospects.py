"""People and organisations that do not exist, in Chinese and in English: the same ones at every load."""

import csv
import io
from dataclasses import astuple, dataclass, replace
from random import Random

_SURNAMES = (
    "王 Wang,李 Li,张 Zhang,刘 Liu,陈 Chen,杨 Yang,赵 Zhao,黄 Huang,周 Zhou,吴 Wu,徐 Xu,孙 Sun,"
    "胡 Hu,朱 Zhu,高 Gao,林 Lin,何 He,郭 Guo,马 Ma,罗 Luo,梁 Liang,宋 Song,郑 Zheng,谢 Xie"
)
_GIVEN = (
    "伟 Wei,芳 Fang,娜 Na,敏 Min,静 Jing,丽 Li,强 Qiang,磊 Lei,军 Jun,洋 Yang,勇 Yong,艳 Yan,"
    "杰 Jie,娟 Juan,涛 Tao,明 Ming,超 Chao,秀英 Xiuying,霞 Xia,平 Ping,建国 Jianguo,婷婷 Tingting,晓明 Xiaoming,"
    "雨欣 Yuxin,子涵 Zihan,浩然 Haoran,思远 Siyuan,佳怡 Jiayi,文博 Wenbo,梦琪 Mengqi"
)
_BRANDS = (
    "远航 Yuanhang,星河 Xinghe,瑞丰 Ruifeng,德润 Derun,联创 Lianchuang,华宇 Huayu,天成 Tiancheng,"
    "鼎盛 Dingsheng,博雅 Boya,金桥 Jinqiao,海润 Hairun,宏图 Hongtu,新禾 Xinhe,锦程 Jincheng,恒信 Hengxin,云峰 Yunfeng,"
    "东方红 Dongfanghong,康泰 Kangtai,绿洲 Luzhou,睿思 Ruisi,凯歌 Kaige,百川 Baichuan,明德 Mingde,启航 Qihang"
)
SURNAMES, GIVEN, BRANDS = (dict(pair.split() for pair in text.split(",")) for text in (_SURNAMES, _GIVEN, _BRANDS))
"""Chinese characters with their pinyin."""
FOREIGN = (
    "Ada Lambert",
    "Oliver Braun",
    "Mia Schneider",
    "Noah Tan",
    "Sofia Rossi",
    "Liam Murphy",
    "Hannah Weber",
    "Lucas Martin",
    "Grace Lim",
    "Ethan Ng",
    "Clara Dubois",
    "Jonas Fischer",
    "Priya Nair",
    "Daniel Wong",
    "Isla Fraser",
)
TRADES = (
    ("物流", "Logistics"),
    ("冷链", "Cold Chain"),
    ("制药", "Pharma"),
    ("食品", "Foods"),
    ("置业", "Properties"),
    ("机电", "Electric"),
    ("医院", "Hospital"),
    ("数据", "Data Centres"),
)
PLACES = (
    ("上海", "上海", 34),
    ("浙江", "杭州", 16),
    ("江苏", "苏州", 10),
    ("江苏", "南京", 6),
    ("广东", "广州", 16),
    ("广东", "深圳", 16),
    ("广西", "南宁", 3),
    ("北京", "北京", 6),
)
"""Province, city, weight."""
ABROAD = (("SG", "Singapore", "+65 9"), ("DE", "München", "+49 151 2"), ("GB", "Manchester", "+44 7400 "))
DIGITS = {"SG": 7, "DE": 7, "GB": 6}
TITLES = ("采购经理", "总经理", "设备主管", "信息总监", "运营经理", "工程师", "Facility Manager", "CTO")
LINES = ("sensor", "gateway", "platform", "service")
NEEDS = {
    "sensor": ("冷库温湿度监测，约 {n} 个点位", "Temperature logging for {n} cold rooms", "车间振动监测 {n} 台设备"),
    "gateway": ("{n} 个门店的数据采集网关", "Gateways for {n} sites, LTE backup needed", "旧网关替换 {n} 台"),
    "platform": (
        "集团级监控平台，{n} 个账号",
        "Fleet dashboard for {n} users, on premises",
        "与现有 ERP 对接，{n} 个接口",
    ),
    "service": ("年度校准服务 {n} 次", "Calibration contract, {n} devices", "{n} 个站点的运维外包"),
}
HEADINGS = ("姓名", "公司", "职位", "手机", "邮箱", "国家", "省份", "城市", "来源", "需求", "意向产品", "标签")


@dataclass(frozen=True, slots=True)
class Prospect:
    """One row of a file of leads, in the order of ``HEADINGS``."""

    name: str
    company: str
    title: str
    phone: str
    email: str
    country: str
    province: str
    city: str
    source: str
    need: str
    product_line: str
    tags: str = ""


def prospects(count: int, sources: tuple[str, ...], seed: str) -> list[Prospect]:
    """``count`` rows, of which one in 25 repeats an earlier one in other words, and one in 60 has a wrong number."""
    dice = Random(seed)  # noqa: S311 — a demo wants the same people every time, not secrets
    made: list[Prospect] = []
    for number in range(count):
        if number % 25 == 24:
            made.append(_again(made[dice.randrange(number)], dice))
        else:
            one = _abroad(dice, sources) if dice.random() < 0.08 else _at_home(dice, sources)
            made.append(replace(one, phone="123") if number % 60 == 59 else one)
    return made


def as_csv(rows: list[Prospect]) -> bytes:
    """The file, in UTF-8 with Chinese headings."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows(astuple(row) for row in rows)
    return text.getvalue().encode()


def _at_home(dice: Random, sources: tuple[str, ...]) -> Prospect:
    surname, given = dice.choice(list(SURNAMES)), dice.choice(list(GIVEN))
    brand, trade = dice.choice(list(BRANDS)), dice.choice(TRADES)
    province, city, _ = dice.choices(PLACES, [weight for *_, weight in PLACES])[0]
    # One in six speaks for nobody but themselves: they become person customers.
    alone = dice.random() < 0.16
    mailbox = f"{GIVEN[given]}.{SURNAMES[surname]}{dice.randrange(100)}".lower()
    return Prospect(
        surname + given,
        "" if alone else f"{city}{brand}{trade[0]}{'' if trade[0] == '医院' else '有限公司'}",
        "" if alone else dice.choice(TITLES[:6]),
        f"1{dice.choice((38, 39, 36, 58, 86, 77))}{dice.randrange(10_000_000, 99_999_999)}",
        f"{mailbox}@{'mail' if alone else _host(brand, trade)}.example.com" if dice.random() < 0.8 else "",
        "CN",
        province,
        city,
        *_interest(dice, sources),
    )


def _abroad(dice: Random, sources: tuple[str, ...]) -> Prospect:
    name, (country, city, prefix) = dice.choice(FOREIGN), dice.choice(ABROAD)
    brand, trade = dice.choice(list(BRANDS)), dice.choice(TRADES)
    rest = "".join(str(dice.randrange(10)) for _ in range(DIGITS[country]))
    source, need, line, tags = _interest(dice, sources)
    return Prospect(
        name,
        f"{BRANDS[brand]} {trade[1]} {dice.choice(('Ltd', 'Group', 'Holdings'))}",
        dice.choice(TITLES[6:]),
        prefix + rest,
        f"{name.lower().replace(' ', '.')}@{_host(brand, trade)}-{country.lower()}.example.com",
        country,
        "",
        city,
        source,
        need,
        line,
        tags,
    )


def _again(earlier: Prospect, dice: Random) -> Prospect:
    """The same person asks again, about something else, and writes the number in another way."""
    line = dice.choice(LINES)
    phone = f"+86 {earlier.phone}" if earlier.country == "CN" and len(earlier.phone) == 11 else earlier.phone
    return replace(earlier, phone=phone, product_line=line, need=_need(dice, line))


def _interest(dice: Random, sources: tuple[str, ...]) -> tuple[str, str, str, str]:
    line = dice.choice(LINES)
    tags = "vip" if dice.random() < 0.05 else ""
    return dice.choice(sources), _need(dice, line), line, tags


def _need(dice: Random, line: str) -> str:
    return dice.choice(NEEDS[line]).format(n=dice.randrange(4, 80))


def _host(brand: str, trade: tuple[str, str]) -> str:
    return f"{BRANDS[brand]}-{trade[1].split()[0]}".lower()
