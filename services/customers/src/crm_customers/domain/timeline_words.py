"""The words of the timeline: what kind and facts of an entry say, in English and in Chinese."""

from collections.abc import Mapping

LONGEST_SUMMARY = 500

FACTS = (
    "number",
    "name",
    "subject",
    "from",
    "to",
    "channel",
    "outcome",
    "stage",
    "amount",
    "due_date",
    "score",
    "reason",
    "note",
)
"""The facts an entry may carry, in the order in which a summary tells them."""

MOMENTS: dict[str, tuple[str, str]] = {
    "call": ("call", "电话"),
    "email": ("e-mail", "邮件"),
    "sms": ("SMS", "短信"),
    "visit": ("visit", "拜访"),
    "chat": ("chat", "在线沟通"),
    "social": ("social media", "社交媒体"),
    "meeting": ("meeting", "会议"),
    "other": ("contact", "联系"),
    "reply": ("reply", "回复"),
    "message": ("message", "留言"),
}
"""Contact moments; the direction is told with them."""

HAPPENINGS: dict[str, tuple[str, str]] = {
    "customer_created": ("Customer created", "新建客户"),
    "phase_changed": ("Phase changed", "阶段变更"),
    "lead_converted": ("Lead converted", "线索转化"),
    "submission_attached": ("Interest shown again", "再次提交意向"),
    "opportunity_created": ("Opportunity opened", "新建商机"),
    "opportunity_stage_changed": ("Opportunity moved", "商机阶段变更"),
    "opportunity_won": ("Opportunity won", "商机赢单"),
    "opportunity_lost": ("Opportunity lost", "商机输单"),
    "opportunity_reopened": ("Opportunity reopened", "商机重新打开"),
    "quote_sent": ("Quote sent", "发送报价"),
    "quote_accepted": ("Quote accepted", "接受报价"),
    "quote_declined": ("Quote declined", "拒绝报价"),
    "quote_expired": ("Quote expired", "报价过期"),
    "quote_withdrawn": ("Quote withdrawn", "撤回报价"),
    "contract_sent": ("Contract sent for signature", "合同送签"),
    "contract_signed": ("Contract signed", "合同签订"),
    "contract_amended": ("Contract amended", "合同变更"),
    "contract_started": ("Delivery began", "合同开始执行"),
    "contract_fulfilled": ("Contract fulfilled", "合同履行完毕"),
    "contract_voided": ("Contract voided", "合同作废"),
    "contract_terminated": ("Contract terminated", "合同终止"),
    "contract_expired": ("Contract expired", "合同到期"),
    "payment_received": ("Payment received", "收到回款"),
    "payment_reversed": ("Payment reversed", "回款冲销"),
    "payment_overdue": ("Payment overdue", "回款逾期"),
    "payment_settled": ("Payment settled", "回款结清"),
    "payment_written_off": ("Payment written off", "回款核销"),
    "task_completed": ("Task completed", "任务完成"),
    "ticket_opened": ("Ticket opened", "新建工单"),
    "complaint_opened": ("Complaint", "客户投诉"),
    "ticket_assigned": ("Ticket assigned", "工单分派"),
    "ticket_state_changed": ("Ticket updated", "工单状态变更"),
    "ticket_resolved": ("Ticket resolved", "工单解决"),
    "ticket_reopened": ("Ticket reopened", "工单重新打开"),
    "ticket_closed": ("Ticket closed", "工单关闭"),
    "survey_answered": ("Satisfaction rated", "满意度评价"),
}

CODES: dict[str, tuple[str, str]] = {
    "PRESALE": ("presale", "售前跟踪"),
    "EXECUTING": ("executing", "合同执行"),
    "AFTER_SALE": ("after sale", "售后服务"),
    "EXPIRED": ("expired", "合同期满"),
    "NEW": ("new", "新建"),
    "OPEN": ("open", "处理中"),
    "PENDING_CUSTOMER": ("waiting for the customer", "等待客户"),
    "PENDING_THIRD_PARTY": ("waiting for a third party", "等待第三方"),
    "ON_HOLD": ("on hold", "挂起"),
    "RESOLVED": ("resolved", "已解决"),
    "CLOSED": ("closed", "已关闭"),
    "CANCELLED": ("cancelled", "已取消"),
    "interested": ("interested", "有意向"),
    "no_answer": ("no answer", "无人接听"),
    "wrong_number": ("wrong number", "号码错误"),
    "price": ("price", "价格"),
    "product": ("product", "产品"),
    "service": ("service", "服务"),
    "relationship": ("relationship", "客户关系"),
    "no_budget": ("no budget", "无预算"),
    "no_decision": ("no decision", "未决策"),
    "competitor": ("competitor", "竞争对手"),
}
CODED = frozenset({"from", "to", "outcome", "reason"})
"""Facts that may hold one of ``CODES``."""


def summary(kind: str, direction: str, facts: Mapping[str, str], language: str) -> str:
    """One line of at most 500 characters in the language."""
    chinese = language == "zh-CN"
    told = {name: _fact(name, facts[name], chinese=chinese) for name in FACTS if facts.get(name)}
    if "from" in told and "to" in told:
        told["from"] += f" → {told.pop('to')}"
    line = _headline(kind, direction, chinese=chinese)
    if told:
        line += ("：" if chinese else ": ") + " · ".join(told.values())
    return line if len(line) <= LONGEST_SUMMARY else line[: LONGEST_SUMMARY - 1] + "…"


def _headline(kind: str, direction: str, *, chinese: bool) -> str:
    if kind in HAPPENINGS:
        return HAPPENINGS[kind][chinese]
    en, zh = MOMENTS.get(kind, (kind, kind))
    if chinese:
        return {"inbound": "客户发起·", "outbound": "我方发起·"}.get(direction, "") + zh
    line = en + {"inbound": " from the customer", "outbound": " to the customer"}.get(direction, "")
    return line[:1].upper() + line[1:]


def _fact(name: str, value: str, *, chinese: bool) -> str:
    one_line = " ".join(value.split())
    return CODES[value][chinese] if name in CODED and value in CODES else one_line
