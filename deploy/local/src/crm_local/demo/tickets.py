"""Customer service of the demo: promises, and tickets of every kind from the first word to the rating."""

from collections.abc import Callable, Mapping
from functools import partial

from crm_local.demo.lead_flow import Converted
from crm_local.demo.staff import Person, Record, find, together

AROUND_THE_CLOCK = "7×24 热线 Hotline around the clock"
DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
MATTERS = (
    ("ENQUIRY", "NORMAL", "email", "校准证书在哪里下载？ Where do I find the calibration certificate?", "answered"),
    ("REPAIR", "HIGH", "phone", "3 号冷库传感器离线 Sensor in cold room 3 is offline", "repaired"),
    ("COMPLAINT", "HIGH", "phone", "安装迟到两天 Installation came two days late", "compensated"),
    ("ENQUIRY", "LOW", "web", "API 如何导出历史数据？ How to export history by API?", "answered"),
    ("REPAIR", "URGENT", "chat", "网关无法联网，报警中断 Gateway offline, no alarms", "replaced"),
    ("COMPLAINT", "NORMAL", "email", "发票抬头错误 Wrong name on the invoice", "refunded"),
    ("REPAIR", "NORMAL", "visit", "显示屏读数偏高 Display reads too high", "repaired"),
)
ENDINGS = ("closed", "resolved", "waiting", "open", "resolved", "new", "cancelled", "resolved", "reopened", "hotline")
RATINGS = ((5, "响应很快，谢谢！ Fast, thank you!"), (4, ""), (2, "等了太久。 Waited too long."), (5, ""), (3, ""))


def promise(boss: Person) -> None:
    """A calendar without closing hours, and the policy of the hotline: an answer within a minute."""
    calendar = find(boss.client, "calendars", f'name = "{AROUND_THE_CLOCK}"')
    if calendar is None:
        hours = [{"weekday": day, "start": "00:00", "end": "24:00"} for day in DAYS]
        wanted = {"name": AROUND_THE_CLOCK, "time_zone": "Asia/Shanghai", "weekly": hours}
        calendar = boss.create("calendars", wanted, "calendar")
    targets = [
        {"priority": "URGENT", "first_response_minutes": 1, "next_response_minutes": 15, "resolution_minutes": 240},
        {"priority": "HIGH", "first_response_minutes": 30, "next_response_minutes": 60, "resolution_minutes": 480},
    ]
    policy = {
        "name": AROUND_THE_CLOCK,
        "position": 10,
        "filter": 'channel = "chat" OR channel = "phone"',
        "calendar_id": calendar["id"],
        "targets": targets,
        "close_after_minutes": 2880,
        "reopen_days": 14,
    }
    if find(boss.client, "sla-policies", f'name = "{AROUND_THE_CLOCK}"') is None:
        boss.create("sla-policies", policy, "policy")


def work_tickets(agents: list[Person], converted: list[Converted], count: int) -> None:
    """``count`` requests of customers, each with its own end."""
    ordered = sorted(converted, key=lambda one: one.key)
    stories: list[Callable[[], None]] = [
        partial(_serve, agents[number % len(agents)], ordered[number % len(ordered)].lead, number)
        for number in range(count)
    ]
    together(stories)


def _serve(agent: Person, lead: Mapping[str, object], number: int) -> None:
    kind, priority, channel, subject, code = MATTERS[number % len(MATTERS)]
    ending, step = ENDINGS[number % len(ENDINGS)], f"ticket {number}"
    if ending == "hotline":
        kind, priority, channel, subject, code = MATTERS[4]
    wanted: Record = {
        "kind": kind,
        "priority": priority,
        "channel": channel,
        "subject": subject,
        "description": f"{subject}\n请尽快处理，谢谢。 Please look into it.",
        "customer_id": lead["customer_id"],
        "contact_id": lead["contact_id"],
    }
    ticket_id = str(agent.create("tickets", wanted, step)["id"])
    if ending in {"new", "hotline"}:
        # Nobody answers: the hotline's promise is broken a minute later.
        return
    agent.do("tickets", ticket_id, "assign", step, owner_id=agent.id)
    if ending == "cancelled":
        agent.do("tickets", ticket_id, "cancel", step, reason="重复来电。 Called twice.")
        return
    agent.do("tickets", ticket_id, "addNote", step, body="设备在保修期内。 Still under warranty.")
    waits = ending == "waiting"
    reply = "您好，我们已收到，请提供设备序列号。 Hello, please tell us the serial number."
    agent.do("tickets", ticket_id, "reply", step, body=reply, await_customer=waits)
    if ending in {"waiting", "open"}:
        return
    said = {"body": "序列号 TR-S100-00417。 Serial number attached.", "external_id": f"demo-{number}"}
    agent.do("tickets", ticket_id, "recordCustomerMessage", step, **said)
    cause = {"root_cause": "内部交接遗漏。 Lost in handover."} if kind == "COMPLAINT" else {}
    words = "问题已解决并回访确认。 Solved and confirmed by phone."
    agent.do("tickets", ticket_id, "resolve", step, resolution_code=code, resolution=words, **cause)
    if ending == "reopened":
        agent.do("tickets", ticket_id, "reopen", step, reason="客户再次来电。 The customer called again.")
        return
    score, comment = RATINGS[number % len(RATINGS)]
    answer = {"ticket_id": ticket_id, "score": score, "comment": comment, "channel": "web"}
    agent.create("survey-answers", answer, f"{step} answer")
    if ending == "closed":
        agent.do("tickets", ticket_id, "close", step)
