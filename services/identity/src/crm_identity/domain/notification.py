"""What people are told without asking (通知): a kind and a record, told in words when somebody reads it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid, text

from crm_identity.domain.record import Record
from crm_kit.errors import NotFound

KEPT = timedelta(days=90)
STALE = timedelta(days=1)
"""What happened longer ago is no news: an event that was late, or a first start that reads the past."""
MOST_ALONE = 5
"""More of one kind at once are told as one."""
UNREAD_SHOWN = 100

notification = Table(
    "notification",
    Record.metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("record_type", Text, nullable=False),
    Column("record_id", Uuid),
    Column("record_count", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    # What it is told for, once: an event or a promise of a cycle
    Column("cause", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("read_time", DateTime(timezone=True)),
    Index("uq_notification_cause", "owner_id", "cause", unique=True),
    Index("ix_notification_owner", "owner_id", text("create_time DESC"), text("id DESC")),
    Index("ix_notification_unread", "owner_id", postgresql_where=text("read_time IS NULL")),
    Index("ix_notification_create_time", "create_time"),
)
"""No aggregate: nobody edits it, nobody but its owner sees it, and it is no fact about the business to be audited."""


class Wording(NamedTuple):
    """The sentences of a kind, for one record and for ``{count}`` of them."""

    en: str
    en_many: str
    zh: str
    zh_many: str


WORDINGS: dict[str, Wording] = {
    "lead_assigned": Wording(
        "A lead was assigned to you.",
        "{count} leads were assigned to you.",
        "有一条线索分配给您。",
        "有 {count} 条线索分配给您。",
    ),
    "lead_offered": Wording(
        "A lead was offered to your unit; somebody has to accept it.",
        "{count} leads were offered to your unit; somebody has to accept them.",
        "有一条线索派给本单位，等待接受。",
        "有 {count} 条线索派给本单位，等待接受。",
    ),
    "conflict_opened": Wording(
        "Two units claim one party; a decision is wanted.",
        "{count} parties are claimed by two units each; decisions are wanted.",
        "有一起撞单等待裁定。",
        "有 {count} 起撞单等待裁定。",
    ),
    "conflict_decided": Wording(
        "The conflict about your lead was decided.",
        "{count} conflicts about your leads were decided.",
        "您线索的撞单已裁定。",
        "您的 {count} 起撞单已裁定。",
    ),
    "ticket_assigned": Wording(
        "A ticket was assigned to you.",
        "{count} tickets were assigned to you.",
        "有一个工单分配给您。",
        "有 {count} 个工单分配给您。",
    ),
    "ticket_answered": Wording(
        "The customer answered on your ticket.",
        "Customers answered on {count} of your tickets.",
        "客户回复了您的工单。",
        "客户回复了您的 {count} 个工单。",
    ),
    "sla_breached": Wording(
        "A promised time of a ticket has passed.",
        "Promised times of {count} tickets have passed.",
        "有一个工单超过承诺时限。",
        "有 {count} 个工单超过承诺时限。",
    ),
    "knowledge_stale": Wording(
        "A knowledge article you keep is due for review.",
        "{count} knowledge articles you keep are due for review.",
        "您维护的一篇知识文章需要复核。",
        "您维护的 {count} 篇知识文章需要复核。",
    ),
    "payment_overdue": Wording(
        "A payment of your contract is overdue.",
        "{count} payments of your contracts are overdue.",
        "您的合同有一笔款项逾期。",
        "您的合同有 {count} 笔款项逾期。",
    ),
    "records_received": Wording(
        "Records of a colleague were handed over to you.",
        "Records of {count} colleagues were handed over to you.",
        "一位同事的记录已移交给您。",
        "{count} 位同事的记录已移交给您。",
    ),
    "task_assigned": Wording(
        "A task was assigned to you.",
        "{count} tasks were assigned to you.",
        "有一项任务指派给您。",
        "有 {count} 项任务指派给您。",
    ),
    "task_due": Wording(
        "One of your tasks is due.",
        "{count} of your tasks are due.",
        "您有一项任务到期。",
        "您有 {count} 项任务到期。",
    ),
    "events_dead": Wording(
        "A service could not process an event and waits for a decision: see System status.",
        "{count} services could not process events and wait for decisions: see System status.",
        "有服务无法处理事件，等待处置，请查看运行状态。",
        "有 {count} 个服务无法处理事件，等待处置，请查看运行状态。",
    ),
    "events_late": Wording(
        "Events of a service have waited for more than ten minutes: see System status.",
        "Events of {count} services have waited for more than ten minutes: see System status.",
        "有服务的事件积压超过十分钟，请查看运行状态。",
        "有 {count} 个服务的事件积压超过十分钟，请查看运行状态。",
    ),
    "operation_stuck": Wording(
        "An operation is stuck and locks its records until somebody decides: see System status.",
        "Operations of {count} services are stuck and lock their records: see System status.",
        "有操作卡住并锁定相关记录，等待处置，请查看运行状态。",
        "有 {count} 个服务的操作卡住并锁定相关记录，请查看运行状态。",
    ),
    "backup_old": Wording(
        "The newest backup is older than 26 hours: its output says why, crm-local backup tries again.",
        "Backups were missed {count} times, the newest is older than 26 hours: crm-local backup tries again.",
        "最近一次备份已超过 26 小时，请检查备份任务并重新执行 crm-local backup。",
        "已 {count} 次未按时备份，最近一次已超过 26 小时，请重新执行 crm-local backup。",
    ),
}
"""Every kind there is, and how it is told."""


class NotificationGone(NotFound):
    """There is none of this id for this person: never made, another's, or older than 90 days. Facts: resource, id."""


@dataclass(frozen=True, slots=True)
class News:
    """Somebody is to be told of a record. ``cause`` is the same for what must not be told twice."""

    owner_id: UUID
    kind: str
    record_type: str
    record_id: UUID | None
    actor: str
    cause: str
    record_count: int = 1


def worded(kind: str, count: int, language: str) -> str:
    """The sentence in a language; another one than Chinese is told in English."""
    wording = WORDINGS[kind]
    chinese = language.startswith("zh")
    if count == 1:
        return wording.zh if chinese else wording.en
    return (wording.zh_many if chinese else wording.en_many).format(count=count)


def gathered(news: list[News]) -> list[News]:
    """The same news, of which many of one kind for one person are told as one; nobody is told of what they did."""
    groups: dict[tuple[UUID, str], list[News]] = {}
    for one in news:
        if one.actor != f"user:{one.owner_id}":
            groups.setdefault((one.owner_id, one.kind), []).append(one)
    told: list[News] = []
    for (owner_id, kind), group in groups.items():
        if len(group) <= MOST_ALONE:
            told += group
            continue
        first = min(group, key=lambda one: one.cause)
        actors = {one.actor for one in group}
        actor = first.actor if len(actors) == 1 else ""
        told.append(News(owner_id, kind, first.record_type, None, actor, f"many:{first.cause}", len(group)))
    return told
