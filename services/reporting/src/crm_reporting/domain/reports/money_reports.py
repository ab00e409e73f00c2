"""Reports about money: what was won, signed and received, and what is still to come in."""
# ruff: noqa: S608 - put together from constants of these files; what people type is bound

from crm_reporting.domain.reports.report import (
    CURRENCY,
    OF_CURRENCY,
    OWNER,
    UNGROUPED,
    UNIT,
    Grouping,
    Report,
    Words,
    counted,
    money,
    month_of_day,
)

SIGNED = "('SIGNED', 'EXECUTING', 'FULFILLED', 'ARCHIVED', 'TERMINATED', 'EXPIRED')"
MONTHS = """
  UNION ALL
  SELECT CAST(m AS date), currency, NULL, '', NULL, NULL, NULL
  FROM generate_series(date_trunc('month', CAST(:from_date AS timestamp)), CAST(:to_date AS timestamp) - interval '1 day',
                       interval '1 month') m
  CROSS JOIN (SELECT currency FROM deals UNION SELECT currency FROM contracts UNION SELECT currency FROM receipts) c"""
"""Months without business are shown as 0."""


def _revenue(grouping: Grouping) -> str:
    return f"""
records AS (
  SELECT close_date AS day, currency, owner_id, unit_path, amount AS won, CAST(NULL AS numeric) AS signed,
         CAST(NULL AS numeric) AS received
  FROM deals WHERE state = 'WON' AND close_date >= :from_date AND close_date < :to_date
  UNION ALL
  SELECT sign_date, currency, owner_id, unit_path, NULL, amount, NULL
  FROM contracts WHERE state IN {SIGNED} AND sign_date >= :from_date AND sign_date < :to_date
  UNION ALL
  SELECT receive_date, currency, owner_id, unit_path, NULL, NULL, amount
  FROM receipts WHERE state = 'CONFIRMED' AND receive_date >= :from_date AND receive_date < :to_date
  {MONTHS if grouping.name == "month" else ""}),
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.currency, f.won, f.signed, f.received
  FROM records f {grouping.join} WHERE f.currency <> '' AND {OF_CURRENCY})
SELECT GROUPING(k), coalesce(k, ''), coalesce(l, ''), currency, count(won), coalesce(sum(won), 0), count(signed),
       coalesce(sum(signed), 0), count(received), coalesce(sum(received), 0)
FROM facts GROUP BY GROUPING SETS ((k, l, currency), (currency))
ORDER BY 1, 2, 3, 4"""


def _receivables(grouping: Grouping) -> str:
    return f"""
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.currency, f.open, :today - f.due_date AS late
  FROM plan_lines f {grouping.join}
  WHERE f.open > 0 AND f.state IN ('PENDING', 'PART_PAID', 'OVERDUE') AND {OF_CURRENCY})
SELECT GROUPING(k), coalesce(k, ''), coalesce(l, ''), currency, count(*), sum(open),
       coalesce(sum(open) FILTER (WHERE late IS NULL OR late <= 0), 0),
       coalesce(sum(open) FILTER (WHERE late BETWEEN 1 AND 30), 0),
       coalesce(sum(open) FILTER (WHERE late BETWEEN 31 AND 60), 0),
       coalesce(sum(open) FILTER (WHERE late BETWEEN 61 AND 90), 0),
       coalesce(sum(open) FILTER (WHERE late > 90), 0)
FROM facts GROUP BY GROUPING SETS ((k, l, currency), (currency))
ORDER BY 1, 2, 3, 4"""


REPORTS = (
    Report(
        "revenue",
        Words("Revenue", "业绩（赢单、签约、回款）"),
        Words(
            "Deals won by their closing day, contracts by the day both had signed (at their present value), receipts "
            "confirmed by the day they arrived. Each currency by itself.",
            "按成交日统计赢单，按双方签署日统计合同（现值），按到账日统计已确认回款；各币种分别统计。",
        ),
        ("deals", "contracts", "receipts"),
        (
            CURRENCY,
            counted("won_deals", "Deals won", "赢单数"),
            money("won", "Won", "赢单金额"),
            counted("signed_contracts", "Contracts signed", "签约数"),
            money("signed", "Signed", "签约金额"),
            counted("receipts", "Receipts", "回款笔数"),
            money("received", "Received", "回款金额"),
        ),
        _revenue,
        (month_of_day("f.day"), UNIT, OWNER),
    ),
    Report(
        "receivables",
        Words("Receivables by age", "应收账龄"),
        Words(
            "What is open now on payments that are promised and not paid, by days past the due day in the report's zone.",
            "当前应收未收金额，按报表时区内超过应收日的天数分段。",
        ),
        ("plan_lines",),
        (
            CURRENCY,
            counted("lines", "Payments", "回款行数"),
            money("open", "Open", "未收金额"),
            money("not_due", "Not due", "未到期"),
            money("days_1_30", "1–30 days", "逾期 1–30 天"),
            money("days_31_60", "31–60 days", "逾期 31–60 天"),
            money("days_61_90", "61–90 days", "逾期 61–90 天"),
            money("over_90", "Over 90 days", "逾期 90 天以上"),
        ),
        _receivables,
        (
            UNGROUPED,
            UNIT,
            OWNER,
            Grouping("customer", Words("Customer", "客户"), "coalesce(CAST(f.customer_id AS text), '')"),
        ),
        uses_period=False,
    ),
)
