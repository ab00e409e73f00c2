"""The states of a lead, and what is said when one of them forbids a transition (domain rule 2.1)."""

from enum import StrEnum

from crm_kit.errors import FailedPrecondition


class State(StrEnum):
    """Where a lead is in its life; the contract describes each value."""

    RECEIVED = "RECEIVED"
    REJECTED = "REJECTED"
    POOLED = "POOLED"
    ASSIGNED = "ASSIGNED"
    WORKING = "WORKING"
    QUALIFIED = "QUALIFIED"
    CONVERTING = "CONVERTING"
    CONVERTED = "CONVERTED"
    DISQUALIFIED = "DISQUALIFIED"
    OVERWRITTEN = "OVERWRITTEN"
    MERGED = "MERGED"
    DUPLICATE_CLOSED = "DUPLICATE_CLOSED"
    HELD = "HELD"
    OFFERED = "OFFERED"
    UNPLACED = "UNPLACED"


OPEN = frozenset({State.POOLED, State.ASSIGNED, State.WORKING, State.QUALIFIED, State.OFFERED, State.UNPLACED})
"""States in which a repeat submission joins the lead."""
OWNED = frozenset({State.ASSIGNED, State.WORKING, State.QUALIFIED})
"""States that count towards a person's holding limit."""
MERGEABLE = frozenset({*OWNED, State.POOLED, State.UNPLACED, State.DISQUALIFIED})
"""States in which a lead may be merged into another; a converted one may only be the one that goes on."""

DISQUALIFY_REASONS = ("fake", "unreachable", "no_need", "no_budget", "competitor", "out_of_area", "other")

STATES_ZH: dict[str, str] = {
    State.RECEIVED: "待处理",
    State.REJECTED: "已拒绝",
    State.POOLED: "公海中",
    State.ASSIGNED: "已分配",
    State.WORKING: "跟进中",
    State.QUALIFIED: "已确认",
    State.CONVERTING: "转化中",
    State.CONVERTED: "已转化",
    State.DISQUALIFIED: "已关闭",
    State.OVERWRITTEN: "已被覆盖",
    State.MERGED: "已合并",
    State.DUPLICATE_CLOSED: "重复关闭",
    State.HELD: "撞单待裁",
    State.OFFERED: "待接收",
    State.UNPLACED: "待人工分发",
}
WANTED_ZH = {
    "rejected": "拒绝",
    "claimed": "领取",
    "assigned": "分配",
    "released": "退回",
    "recycled": "回收",
    "qualified": "确认",
    "disqualified": "关闭",
    "reopened": "重新打开",
    "converted": "转化",
    "returned": "恢复",
    "overwritten": "覆盖",
    "distributed": "分发",
    "accepted": "接收",
    "refused": "拒收",
    "decided": "裁定",
    "merged": "合并",
}


class LeadStateForbids(FailedPrecondition):
    """The transition is not possible from the lead's state. Facts: id, state, wanted."""

    en = "A lead that is {state} cannot be {wanted}."
    zh = "{state_zh}的线索不能{wanted_zh}。"

    def text(self, language: str) -> str:
        if language != "zh-CN":
            return super().text(language)
        state, wanted = str(self.facts["state"]), str(self.facts["wanted"])
        return self.zh.format(state_zh=STATES_ZH.get(state, state), wanted_zh=WANTED_ZH.get(wanted, wanted))


class LeadAlreadyClaimed(FailedPrecondition):
    """Somebody was faster. Facts: id."""

    en = "Somebody else has claimed this lead. Choose another."
    zh = "该线索已被他人领取，请选择其他线索。"


class SubmissionRefused(FailedPrecondition):
    """The party was found to be fake before."""

    en = "This contact has been closed as fake more than once. Ask an administrator to reopen it."
    zh = "该联系人已多次被判定为虚假，请联系管理员重新打开。"
