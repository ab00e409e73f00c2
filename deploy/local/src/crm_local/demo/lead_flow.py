"""Leads of the demo: pools and rules, files imported, leads claimed, followed up, qualified, converted or closed."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from zlib import crc32

from crm_local.demo.people import EAST, HANGZHOU, HQ, SHANGHAI, SHENZHEN, SOUTH
from crm_local.demo.prospects import as_csv, prospects
from crm_local.demo.staff import Person, Record, find, together

POOLS = (
    (HQ, "总部公海 Headquarters pool", 0, 0),
    (EAST, "华东公海 East China pool", 20, 60),
    (SHANGHAI, "上海公海 Shanghai pool", 40, 80),
    (SOUTH, "华南公海 South China pool", 30, 60),
    (HANGZHOU, "杭州经销商公海 Hangzhou dealer pool", 25, 40),
    (SHENZHEN, "深圳经销商公海 Shenzhen dealer pool", 25, 40),
)
"""Unit, name, claims a day, open leads a person may hold."""
CLAIMS = (
    ("li.na", SHANGHAI, 18),
    ("chen.jie", SHANGHAI, 14),
    ("huang.lei", SOUTH, 12),
    ("liu.yang", HANGZHOU, 10),
    ("lin.tao", SHENZHEN, 10),
)
"""Who takes how many from which pool."""
CLOSED_FOR = ("no_need", "unreachable", "no_budget", "competitor", "fake", "out_of_area")
TALKS = (
    ("call", "interested", "客户有明确需求，约下周演示。Clear need, demo next week."),
    ("call", "call_back", "请周四下午再联系。Call back on Thursday."),
    ("visit", "interested", "现场看了冷库，点位图已拿到。Saw the cold rooms, got the plan."),
    ("email", "sent_material", "已发送产品手册。Sent the brochure."),
    ("chat", "interested", "微信沟通了预算范围。Talked about the budget."),
)
DISPUTED = {
    "name": "何志强",
    "company": "苏杭冷链物流有限公司",
    "phone": "+8613757100886",
    "email": "he.zhiqiang@suhang-coldchain.example.com",
    "province": "浙江",
    "city": "杭州",
    "country_code": "CN",
    "product_line": "sensor",
}
"""A customer with branches in both cities asks both dealers."""
IMPORT_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Converted:
    """A lead that became business, and whose it is."""

    login: str
    lead: Record

    @property
    def key(self) -> str:
        return str(self.lead["number"]) + str(self.lead["unit_path"])


def set_rules(boss: Person, ids: Mapping[str, str]) -> None:
    """Pools with their limits, and the ordered rules that place new leads."""
    for unit, name, daily, holding in POOLS:
        pool = {
            "name": name,
            "unit_path": unit,
            "daily_claim_limit": daily,
            "holding_limit": holding,
            "cooldown_days": 7,
            "protect_days": 15,
            "touch_protect_days": 15,
            "max_protect_days": 90,
            "recycle_days": 30,
            "time_zone": "Asia/Shanghai",
            "is_default": True,
        }
        boss.create("pools", pool, f"pool {unit}")
    sellers = [ids["li.na"], ids["chen.jie"]]
    overseas = [ids["emma.clark"], ids["huang.lei"]]
    rules: tuple[Record, ...] = (
        {
            "name": "大客户轮流 Key accounts in turn",
            "filter": 'tags:"vip" AND country_code = "CN"',
            "method": "ROUND_ROBIN",
            "target_unit_path": SHANGHAI,
            "member_ids": sellers,
            "member_capacity": 60,
        },
        {
            "name": "海外线索 Overseas",
            "filter": 'country_code != "CN"',
            "method": "LEAST_OPEN",
            "target_unit_path": SOUTH,
            "member_ids": overseas,
            "member_capacity": 40,
        },
        {"name": "上海 Shanghai", "filter": 'province = "上海"', "method": "POOL", "target_unit_path": SHANGHAI},
        {"name": "浙江 Zhejiang", "filter": 'province = "浙江"', "method": "POOL", "target_unit_path": HANGZHOU},
        {"name": "深圳 Shenzhen", "filter": 'city = "深圳"', "method": "POOL", "target_unit_path": SHENZHEN},
        {
            "name": "华南 South China",
            "filter": 'province = "广东" OR province = "广西"',
            "method": "POOL",
            "target_unit_path": SOUTH,
        },
        {"name": "华东其他 Rest of East", "filter": 'province = "江苏"', "method": "POOL", "target_unit_path": EAST},
    )
    for position, rule in enumerate(rules, start=1):
        boss.create("distribution-rules", {**rule, "position": position * 10}, f"rule {position}")


def import_file(marketer: Person, name: str, rows: int, sources: tuple[str, ...], campaign_id: str) -> Record:
    """Upload and import one file, once; answers the finished import."""
    job = find(marketer.client, "lead-imports", f'filename = "{name}" AND state != CANCELLED AND state != FAILED')
    if job is None:
        uploaded = marketer.client.upload("UploadLeadFile", as_csv(prospects(rows, sources, name)), filename=name)
        job = marketer.client.create("lead-imports", {"file_id": uploaded["id"], "campaign_id": campaign_id})
    deadline = time.monotonic() + IMPORT_PATIENCE
    while job["state"] not in {"DONE", "CANCELLED", "FAILED"}:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the import of {name} stands at {job['processed_count']} of {job['row_count']} rows")
        time.sleep(0.2)
        job = marketer.client.get("lead-imports", str(job["id"]))
    if job["state"] != "DONE":
        raise RuntimeError(f"the import of {name} ended {job['state']}: {job['error']}")
    return job


def work_leads(boss: Person, staff: Mapping[str, Person], import_ids: list[str]) -> list[Converted]:
    """Everybody claims, calls, closes and converts their share; answers what was converted."""
    imported = " OR ".join(f'import_id = "{one}"' for one in import_ids)
    # Shuffled, so that everybody has leads of every campaign; the same way at every load.
    found = sorted(boss.client.list("leads", filter=imported), key=lambda lead: crc32(lead["number"].encode()))
    shares = dict(_shares(found))
    together(partial(_claim, staff[login], share) for login, share in shares.items())
    claimed = {lead["id"] for share in shares.values() for lead in share}
    by_id = {person.id: login for login, person in staff.items()}
    for lead in found:
        login = by_id.get(str(lead["owner_id"]), "")
        if login and lead["id"] not in claimed:
            shares.setdefault(login, []).append(lead)
    stories: list[Callable[[], Converted | None]] = [
        partial(_follow_up, staff[login], login, lead) for login, share in shares.items() for lead in share
    ]
    return [done for done in together(stories) if done is not None]


def dispute(first: Person, second: Person) -> None:
    """Two dealers and one party: the first works on it, the second is told until when it is protected; an arbiter of
    headquarters has the rest.
    """
    lead = {**DISPUTED, "need": "深圳仓 60 个温度点位。60 measuring points in Shenzhen."}
    taken = first.create("leads", {**lead, "external_id": "demo-dispute-1"}, "dispute first")
    first.do("leads", str(taken["id"]), "claim", "dispute")
    lead = {**DISPUTED, "need": "杭州仓温湿度监控。Monitoring for the Hangzhou store."}
    second.create("leads", {**lead, "external_id": "demo-dispute-2"}, "dispute second")


def _shares(found: list[Record]) -> Iterator[tuple[str, list[Record]]]:
    """By what the import placed where, not by who owns it now: a repeated load must share out as the first one did."""
    pooled = [lead for lead in found if "vip" not in lead["tags"] and lead["country_code"] == "CN"]
    for login, unit, count in CLAIMS:
        share = [lead for lead in pooled if lead["unit_path"] == unit][:count]
        pooled = [lead for lead in pooled if lead not in share]
        yield login, share


def _claim(person: Person, share: list[Record]) -> None:
    """In one request; who has a lead already is told so and nothing changes."""
    free = [lead["id"] for lead in share if lead["state"] == "POOLED"]
    if free:
        person.client.call("ClaimLeads", {"ids": free, "best_effort": True})


def _follow_up(person: Person, login: str, lead: Record) -> Converted | None:
    """What becomes of a lead: two of eight are converted, others are closed, given back or wait."""
    step = f"lead {lead['unit_path']}{lead['number']}"
    dice = Random(step)  # noqa: S311 — the same fate every time
    lead_id, fate = str(lead["id"]), dice.randrange(8)
    if fate == 7:
        return None
    for count in range(1 + (fate < 2)):
        kind, outcome, note = dice.choice(TALKS)
        touch: Record = {"lead_id": lead_id, "kind": kind, "direction": "outbound", "outcome": outcome, "note": note}
        if kind == "call":
            touch["duration_seconds"] = dice.randrange(40, 900)
        person.create("touches", touch, f"{step} touch {count}")
    if fate == 6:
        person.do("leads", lead_id, "disqualify", step, reason=dice.choice(CLOSED_FOR))
    elif fate == 5:
        person.do("leads", lead_id, "release", step, reason="客户在其他区域。The customer sits elsewhere.")
    elif fate < 4:
        person.do("leads", lead_id, "qualify", step)
    if fate > 1:
        return None
    amount = str(dice.randrange(20, 600) * 1000)
    done = person.do(
        "leads",
        lead_id,
        "convert",
        step,
        expected_amount=amount,
        currency="CNY" if lead["country_code"] == "CN" else "USD",
        duplicate_reason="同名不同客户。Another customer of the same name.",
    )
    return Converted(login, done)
