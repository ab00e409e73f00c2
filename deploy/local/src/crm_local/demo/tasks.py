"""What the demo's people have to do around today and what they said to customers lately."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from crm_local.demo.staff import Person, Record, find, key, together

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Plan:
    """Who does what, in how many days at which hour (None: in the course of the day)."""

    login: str
    subject: str
    kind: str
    days: int
    hour: int | None
    about: str = ""
    facts: Record = field(default_factory=dict)
    by: str = ""
    done: str = ""


HIGH: Record = {"priority": "HIGH"}
WEEKLY: Record = {"repeat_every": 1, "repeat_unit": "WEEK"}
MONTHLY: Record = {"repeat_every": 1, "repeat_unit": "MONTH"}

PLANS = (
    Plan("li.na", "电话跟进报价反馈 Call about the quote", "CALL", -2, 10, "opportunities", HIGH),
    Plan("li.na", "补充合同附件 Add the contract's annexes", "TO_DO", -1, None, "opportunities"),
    Plan("li.na", "拜访客户现场勘测 Site visit", "VISIT", 0, 14, "customers", HIGH),
    Plan("li.na", "发送产品资料 Send product sheets", "EMAIL", 0, 17, "customers"),
    Plan("li.na", "整理本周客户清单 This week's customers", "TO_DO", 0, None, "", WEEKLY),
    Plan("li.na", "方案评审会 Review of the proposal", "MEETING", 2, 10, "opportunities"),
    Plan("li.na", "回访试用情况 Ask how the trial goes", "CALL", 4, 15, "customers"),
    Plan("li.na", "核对回款进度 Check incoming payments", "TO_DO", 1, None, "customers", HIGH, "zhang.wei"),
    Plan(
        "li.na",
        "约总经理见面 Meet their general manager",
        "MEETING",
        -4,
        11,
        "customers",
        {},
        "",
        "已约下周三 Next week",
    ),
    Plan("zhang.wei", "审阅华东季度预测 Review the forecast", "TO_DO", 0, 16, "", HIGH),
    Plan("zhang.wei", "周例会 Weekly meeting", "MEETING", 1, 9, "", WEEKLY),
    Plan("zhang.wei", "陪访重点客户 Visit a key customer", "VISIT", 3, 14, "customers"),
    Plan("zhang.wei", "确认折扣申请 Decide on discounts", "TO_DO", -1, 18, ""),
    Plan("chen.jie", "确认交货日期 Confirm the delivery", "CALL", 0, 11, "opportunities"),
    Plan("chen.jie", "更新客户联系人 Bring contacts up to date", "TO_DO", 5, None, "customers"),
    Plan("chen.jie", "准备投标文件 Prepare the tender", "TO_DO", 2, 17, "opportunities", HIGH, "zhang.wei"),
    Plan("huang.lei", "催签合同 Remind them to sign", "CALL", -3, 15, "opportunities", HIGH),
    Plan("huang.lei", "演示云平台 Show the platform", "MEETING", 1, 10, "customers"),
    Plan("emma.clark", "Send the revised offer 发送修订报价", "EMAIL", 0, 15, "opportunities", HIGH),
    Plan("emma.clark", "Monthly call with the distributor 月度例会", "CALL", 6, 16, "customers", MONTHLY),
)

SAID = (
    ("li.na", "visit", 2, "看了样机，对精度满意。Saw the sample, liked its precision.", "寄报价 Send a quote", 5),
    ("li.na", "call", 6, "预算下月批复。The budget comes next month.", "", 0),
    ("chen.jie", "meeting", 3, "技术交流，需要接口文档。They want the interface documents.", "发送文档 Send them", 1),
    ("huang.lei", "call", 1, "合同在法务审核。The contract is with their lawyers.", "催办 Ask again", 3),
    (
        "emma.clark",
        "email",
        4,
        "Asked for references in food logistics. 索要食品物流案例。",
        "Two references 提供案例",
        2,
    ),
)
"""Who said what how many days ago to a customer of theirs, and what comes next in how many days."""


def log_follow_ups(staff: Mapping[str, Person], today: date) -> int:
    """Follow-ups with customers of people's own; answers how many."""
    together(partial(_log, staff[said[0]], said, number, today) for number, said in enumerate(SAID))
    return len(SAID)


def _log(owner: Person, said: tuple[str, str, int, str, str, int], number: int, today: date) -> None:
    _, kind, ago, note, next_step, in_days = said
    customer = _about(owner, "customers")
    if not customer:
        return
    at = datetime.combine(today - timedelta(days=ago), time(10), ZONE).astimezone(UTC)
    wanted = {"customer_id": customer["record_id"], "kind": kind, "direction": "outbound", "note": note}
    wanted["occur_time"] = at.isoformat()
    if next_step:
        wanted |= {"next_step": next_step, "next_time": (at + timedelta(days=ago + in_days)).isoformat()}
    owner.client.call("CreateFollowUp", {"follow_up": wanted}, key=key(f"follow-up {number}"))


def plan_tasks(staff: Mapping[str, Person], today: date) -> int:
    """Everybody's tasks, about customers and open deals of their own; answers how many."""
    stories: list[Callable[[], None]] = [
        partial(_plan, staff, plan, number, today) for number, plan in enumerate(PLANS)
    ]
    together(stories)
    return len(PLANS)


def _plan(staff: Mapping[str, Person], plan: Plan, number: int, today: date) -> None:
    owner = staff[plan.login]
    day = today + timedelta(days=plan.days)
    due = datetime.combine(day, time(plan.hour or 12), ZONE).astimezone(UTC)
    task = {
        "subject": plan.subject,
        "kind": plan.kind,
        "due_time": due.isoformat(),
        "all_day": plan.hour is None,
        # Has passed for all of them: no bell rings by the clock while somebody looks around.
        "remind_time": (due - timedelta(days=7)).isoformat(),
        "owner_id": owner.id,
        **plan.facts,
        **_about(owner, plan.about),
    }
    made = staff[plan.by or plan.login].create("tasks", task, f"task {number}")
    if plan.done:
        owner.do("tasks", str(made["id"]), "complete", f"task {number}", outcome=plan.done)


def _about(owner: Person, resource: str) -> Record:
    """The record a task is about: one of the owner's own."""
    if not resource:
        return {}
    still_open = " AND state = OPEN" if resource == "opportunities" else ""
    found = find(owner.client, resource, f'owner_id = "{owner.id}"{still_open}')
    kind = {"opportunities": "sales.opportunity", "customers": "customers.customer"}[resource]
    return {"record_type": kind, "record_id": found["id"]} if found else {}
