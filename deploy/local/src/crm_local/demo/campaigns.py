"""Campaigns of the demo, with what they may cost and what they did cost."""

from datetime import date, timedelta

from crm_local.demo.staff import Person, Record, find

EXPO, ONLINE = "工业物联网博览会 Industrial IoT Expo", "搜索推广 Search advertising"


def run_campaigns(marketer: Person, today: date) -> tuple[str, str]:
    """An exhibition that is over and an advertisement that runs; answers their ids."""

    def day(ago: int) -> str:
        return (today - timedelta(days=ago)).isoformat()

    expo: Record = {
        "name": EXPO,
        "kind": "exhibition",
        "channel": "offline",
        "place": "上海 Shanghai",
        "audience": "冷链、制药、食品企业 Cold chain, pharma and food companies",
        "start_date": day(24),
        "end_date": day(21),
        "currency": "CNY",
        "goals": [{"metric": "leads", "target": "150"}, {"metric": "revenue", "target": "800000"}],
        "budget_lines": [
            {"category": "booth", "planned": "120000"},
            {"category": "travel", "planned": "30000"},
            {"category": "gifts", "planned": "15000"},
        ],
    }
    online: Record = {
        "name": ONLINE,
        "kind": "advertising",
        "channel": "search",
        "start_date": day(60),
        "end_date": day(-30),
        "currency": "CNY",
        "goals": [{"metric": "valid_leads", "target": "120"}],
        "budget_lines": [{"category": "advertising", "planned": "80000"}],
    }
    expo_id = _open(marketer, expo)
    for category, amount, ago in (("booth", "118000", 23), ("gifts", "9800", 24), ("travel", "26350.50", 20)):
        _spend(marketer, expo_id, category, amount, day(ago))
    marketer.do("campaigns", expo_id, "finish", "expo")
    online_id = _open(marketer, online)
    for ago in (45, 15):
        _spend(marketer, online_id, "advertising", "21500", day(ago))
    return expo_id, online_id


def _open(marketer: Person, campaign: Record) -> str:
    """Drafted, agreed and begun."""
    found = find(marketer.client, "campaigns", f'name = "{campaign["name"]}"')
    made = found or marketer.create("campaigns", campaign, f"campaign {campaign['kind']}")
    for verb in ("plan", "start"):
        marketer.do("campaigns", str(made["id"]), verb, f"campaign {campaign['kind']}")
    return str(made["id"])


def _spend(marketer: Person, campaign_id: str, category: str, amount: str, day: str) -> None:
    cost = {"category": category, "amount": {"amount": amount, "currency": "CNY"}, "cost_date": day}
    reference = f"demo-{category}-{day}"
    marketer.do("campaigns", campaign_id, "recordCost", reference, external_reference=reference, **cost)
