"""Datasets around customers: who they are, what they ask for, and what was done to win them."""

from crm_reporting.domain.datasets import values
from crm_reporting.domain.datasets.dataset import (
    BELONGING,
    CUSTOMER,
    Dataset,
    code,
    currency,
    day,
    money,
    number,
    person,
    text,
    time,
)
from crm_reporting.domain.reports.report import Words

DATASETS = (
    Dataset(
        "customers",
        Words("Customers", "客户"),
        (
            code("type", "Type", "类型", values.CUSTOMER_TYPES),
            code("phase", "Phase", "阶段", values.CUSTOMER_PHASES),
            text("source", "Source", "来源"),
            time("create_time", "Created", "创建时间"),
            *BELONGING,
        ),
        ("create_time.month",),
        only="NOT f.deleted",
    ),
    Dataset(
        "tickets",
        Words("Tickets", "工单"),
        (
            code("state", "State", "状态", values.TICKET_STATES),
            code("kind", "Kind", "类型", values.TICKET_KINDS),
            code("priority", "Priority", "优先级", values.TICKET_PRIORITIES),
            code("channel", "Channel", "渠道", values.TICKET_CHANNELS),
            time("create_time", "Created", "创建时间"),
            time("first_response_time", "First response", "首次响应时间"),
            time("resolve_time", "Solved", "解决时间"),
            time("close_time", "Closed", "关闭时间"),
            number("reopen_count", "Reopened", "重开次数"),
            person("resolver_id", "Solved by", "解决人"),
            CUSTOMER,
            *BELONGING,
        ),
        ("create_time.week",),
        ("kind",),
    ),
    Dataset(
        "campaigns",
        Words("Campaigns", "营销活动"),
        (
            text("name", "Name", "名称"),
            code("state", "State", "状态", values.CAMPAIGN_STATES),
            money("budget", "Budget", "预算"),
            money("cost", "Cost", "实际费用", "actual_cost"),
            currency("currency"),
            day("start_date", "Start", "开始日"),
            day("end_date", "End", "结束日"),
            *BELONGING,
        ),
        ("name",),
        (),
        ("budget.sum", "cost.sum"),
        only="f.state <> 'DELETED'",
    ),
)
