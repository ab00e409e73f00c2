"""Deals of the demo: products, competitors, and opportunities in every stage with their quotes, contracts and money."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import Random

from crm_local.demo.lead_flow import Converted
from crm_local.demo.staff import Person, Record, find, together

PRODUCTS = (
    ("TR-S100", "温湿度传感器 Temperature and humidity sensor", "sensor", "件", "280.00", "VAT13", "13"),
    ("TR-S300", "无线振动传感器 Wireless vibration sensor", "sensor", "件", "1260.00", "VAT13", "13"),
    ("TR-G20", "边缘网关 Edge gateway", "gateway", "台", "3980.00", "VAT13", "13"),
    ("TR-P1", "监控云平台年费 Monitoring platform, per year", "platform", "年", "36000.00", "VAT6", "6"),
    ("TR-C1", "校准服务 Calibration", "service", "次", "450.00", "VAT6", "6"),
)
QUANTITIES = {"件": (12, 20, 36, 60), "台": (2, 4, 8), "年": (1, 2, 3), "次": (10, 24, 40)}
COMPETITORS = (
    ("北辰仪表 Beichen Instruments", "价格低，渠道广 Cheap, many resellers", "无云平台 No platform"),
    ("Nordlog GmbH", "品牌强 Strong brand", "交期长，无本地服务 Slow delivery, no local service"),
)
PATHS = (
    "won paid",
    "negotiation",
    "lost price",
    "first_talk",
    "won part_paid",
    "proposal",
    "needs_analysis",
    "won overdue",
    "tender",
    "lost competitor",
    "contract_signing",
    "won delivered",
    "project_assessment",
    "proposal declined",
    "lost no_budget",
    "negotiation revised",
)
"""How deals go, in turn."""
ORDER = ("first_talk", "project_assessment", "needs_analysis", "proposal", "tender", "negotiation", "contract_signing")
QUOTED = ORDER[3:]


@dataclass(frozen=True, slots=True)
class Shop:
    """What every deal needs: the catalogue, who else sells, who confirms money, who is a dealer, and which day it is."""

    products: list[Record]
    competitors: list[Record]
    director: Person
    dealers: frozenset[str]
    today: date

    def day(self, ago: int) -> str:
        return (self.today - timedelta(days=ago)).isoformat()


def stock(boss: Person, director: Person, dealers: frozenset[str], today: date) -> Shop:
    """The catalogue and the competitors."""
    products = []
    for code, name, line, unit, price, tax_code, tax_rate in PRODUCTS:
        product = {
            "code": code,
            "name": name,
            "product_line": line,
            "unit": unit,
            "list_price": {"amount": price, "currency": "CNY"},
            "tax_code": tax_code,
            "tax_rate": tax_rate,
        }
        products.append(
            find(boss.client, "products", f'code = "{code}"') or boss.create("products", product, f"product {code}")
        )
    competitors = [
        find(boss.client, "competitors", f'name = "{name}"')
        or boss.create("competitors", {"name": name, "strengths": good, "weaknesses": bad}, f"competitor {number}")
        for number, (name, good, bad) in enumerate(COMPETITORS)
    ]
    return Shop(products, competitors, director, dealers, today)


def work_deals(staff: Mapping[str, Person], shop: Shop, converted: list[Converted]) -> None:
    """Every converted lead's deal goes its way; some customers buy a second time."""
    ordered = sorted(converted, key=lambda one: one.key)
    stories: list[Callable[[], None]] = [
        partial(_first_deal, staff[one.login], shop, one, path)
        for one, path in zip(ordered, PATHS * (len(ordered) // len(PATHS) + 1), strict=False)
    ]
    stories += [
        partial(_second_deal, staff[one.login], shop, one, path)
        for one, path in zip(ordered[::3], PATHS[::-1], strict=False)
    ]
    together(stories)


def _first_deal(person: Person, shop: Shop, one: Converted, path: str) -> None:
    deal = person.client.get("opportunities", str(one.lead["opportunity_id"]))
    dice = Random(one.key)  # noqa: S311 — the same deals every time
    expected = (shop.today + timedelta(days=dice.randrange(5, 120))).isoformat()
    if deal["state"] == "OPEN" and not deal["expected_close_date"]:
        person.client.update("opportunities", str(deal["id"]), {"expected_close_date": expected})
    _go(person, shop, deal, path, dice, f"deal {one.key}")


def _second_deal(person: Person, shop: Shop, one: Converted, path: str) -> None:
    step = f"again {one.key}"
    dice = Random(step)  # noqa: S311
    deal = {
        "name": "二期扩容 Second phase",
        "customer_id": one.lead["customer_id"],
        "contact_id": one.lead["contact_id"],
        "source": "old_customer",
        "discovery_date": shop.day(dice.randrange(60, 110)),
        "need": "新增楼层与门店的监测点位。More floors and shops.",
        "amount": {"amount": str(dice.randrange(10, 200) * 1000), "currency": "CNY"},
        "expected_close_date": (shop.today + timedelta(days=dice.randrange(1, 90))).isoformat(),
    }
    _go(person, shop, person.create("opportunities", deal, step), path, dice, step)


def _go(person: Person, shop: Shop, deal: Record, path: str, dice: Random, step: str) -> None:
    """Through the stages to where the path ends."""
    end, _, how = path.partition(" ")
    last = {"won": "contract_signing", "lost": dice.choice(ORDER[2:5])}.get(end, end)
    deal_id, ago = str(deal["id"]), dice.randrange(2, 80)
    for stage in [one for one in ORDER[1 : ORDER.index(last) + 1] if one == last or dice.random() < 0.3]:
        person.do("opportunities", deal_id, "moveStage", f"{step} {stage}", stage=stage)
    quote = _quote(person, shop, deal, how, dice, step) if last in QUOTED else None
    if end == "lost":
        rival = {"competitor_id": shop.competitors[dice.randrange(2)]["id"]} if how == "competitor" else {}
        day = shop.day(ago)
        person.do("opportunities", deal_id, "lose", step, reason=how, note="客户已通知。", close_date=day, **rival)
    elif end == "won" and quote is not None:
        person.do("quotes", str(quote["id"]), "accept", step)
        _contract(person, shop, str(quote["id"]), how, ago, step)
        person.do("opportunities", deal_id, "win", step, close_date=shop.day(ago))


def _quote(person: Person, shop: Shop, deal: Record, how: str, dice: Random, step: str) -> Record:
    """An offer, sent; revised or declined when the path says so."""
    lines = [
        {
            "product_id": product["id"],
            "quantity": str(dice.choice(QUANTITIES[product["unit"]])),
            "discount_percent": discount,
        }
        for product, discount in zip(dice.sample(shop.products, 3), ("0", "5", "12.5"), strict=True)
    ]
    quote = {
        "name": f"报价 Offer: {deal['name']}"[:200],
        "opportunity_id": deal["id"],
        "contact_id": deal["contact_id"],
        "valid_until_date": (shop.today + timedelta(days=30)).isoformat(),
        "currency": "CNY",
        "lines": lines,
        "header_discount_percent": str(dice.choice((0, 0, 3))),
    }
    made = person.create("quotes", quote, f"{step} quote")
    person.do("quotes", str(made["id"]), "send", f"{step} quote")
    if how == "revised":
        made = person.do("quotes", str(made["id"]), "revise", f"{step} quote")
        person.do("quotes", str(made["id"]), "send", f"{step} quote 2")
    elif how == "declined":
        person.do("quotes", str(made["id"]), "decline", f"{step} quote", reason="超出预算。Over budget.")
    return made


def _contract(person: Person, shop: Shop, quote_id: str, how: str, ago: int, step: str) -> None:
    """Signed ``ago`` days back, paid in two parts as far as the path says. For a dealer the director signs."""
    person = shop.director if person.id in shop.dealers else person
    ago = max(ago, 40) if how == "overdue" else ago
    plan = [
        {"name": "预付款 Advance", "percent": "30", "trigger": "ON_DATE", "due_date": shop.day(ago - 10)},
        {"name": "尾款 Balance", "percent": "70", "trigger": "AFTER_DELIVERY", "offset_days": 30},
    ]
    wanted = {"payment_plan": plan, "payment_method": "bank_transfer", "start_date": shop.day(ago)}
    contract = person.do("quotes", quote_id, "createContract", f"{step} contract", contract=wanted)
    contract_id = str(contract["id"])
    person.do("contracts", contract_id, "send", step)
    signed = {"our_sign_date": shop.day(ago), "their_sign_date": shop.day(ago)}
    person.do("contracts", contract_id, "sign", step, **signed)
    if how in {"overdue", "part_paid"} and ago < 8:
        return
    person.do("contracts", contract_id, "start", step)
    if how == "delivered":
        person.do("contracts", contract_id, "fulfill", step, fulfill_date=shop.day(ago // 2))
    for part in {"paid": (0, 1), "delivered": (0, 1), "part_paid": (0,)}.get(how, ()):
        paid = contract["payment_plan"][part]["planned_amount"]
        receipt = {
            "contract_id": contract_id,
            "amount": paid,
            "receive_date": shop.day(max(0, ago - 8 - part)),
            "method": "bank_transfer",
            "payer": f"客户账户 {contract['number']}",
            "reference": f"{contract['number']}-{part + 1}",
        }
        made = person.create("receipts", receipt, f"{step} receipt {part}")
        shop.director.do("receipts", str(made["id"]), "confirm", f"{step} receipt {part}")
