"""Reports about where deals end: what is expected to close, and how often deals are won."""
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
    by,
    counted,
    money,
    month_of_day,
    number,
    ratio,
    share,
)


def _forecast(grouping: Grouping) -> str:
    def of(*categories: str) -> str:
        named = ", ".join(f"'{category}'" for category in categories)
        return f"coalesce(sum(amount) FILTER (WHERE category IN ({named})), 0)"

    return f"""
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.currency, f.amount,
         CASE WHEN f.state = 'WON' THEN 'CLOSED' ELSE f.forecast_category END AS category
  FROM deals f {grouping.join}
  WHERE f.state <> 'LOST' AND f.amount IS NOT NULL AND {OF_CURRENCY}
    AND CASE f.state WHEN 'WON' THEN f.close_date ELSE f.expected_close_date END >= :from_date
    AND CASE f.state WHEN 'WON' THEN f.close_date ELSE f.expected_close_date END < :to_date)
SELECT GROUPING(k), coalesce(k, ''), coalesce(l, ''), currency, {of("PIPELINE")}, {of("BEST_CASE")}, {of("COMMIT")},
       {of("CLOSED")}, {of("PIPELINE", "BEST_CASE", "COMMIT")}, {of("BEST_CASE", "COMMIT", "CLOSED")},
       {of("COMMIT", "CLOSED")}
FROM facts GROUP BY GROUPING SETS ((k, l, currency), (currency))
ORDER BY 1, 2, 3, 4"""


def _win_rate(grouping: Grouping) -> str:
    won, lost = "count(*) FILTER (WHERE won)", "count(*) FILTER (WHERE NOT won)"
    won_value, value = "coalesce(sum(amount) FILTER (WHERE won), 0)", "sum(amount)"
    days = "(close_date - CAST(create_time AT TIME ZONE :time_zone AS date))"
    # A deal entered after it was won tells nothing about how long winning took.
    timed = f"FILTER (WHERE won AND {days} >= 0)"
    return f"""
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.currency, f.amount, f.state = 'WON' AS won, f.close_date,
         f.create_time
  FROM deals f {grouping.join}
  WHERE f.state IN ('WON', 'LOST') AND f.close_date >= :from_date AND f.close_date < :to_date AND {OF_CURRENCY})
SELECT GROUPING(k), coalesce(k, ''), coalesce(l, ''), currency, {won}, {lost}, {share(won, "count(*)")},
       CASE WHEN currency IS NOT NULL THEN {won_value} END,
       CASE WHEN currency IS NOT NULL THEN coalesce({value} FILTER (WHERE NOT won), 0) END,
       CASE WHEN currency IS NOT NULL THEN {share(won_value, value)} END,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY {days}) {timed},
       round(avg({days}) {timed}, 1), count(*) FILTER (WHERE won AND {days} < 0)
FROM facts GROUP BY GROUPING SETS ((k, l, currency), (currency), ())
ORDER BY 1, 2, 3, 4"""


REPORTS = (
    Report(
        "forecast",
        Words("Forecast by category", "销售预测（按类别）"),
        Words(
            "Deals expected in the period by how far their owners stand for them, and deals won in it. Lost and omitted "
            "ones count nowhere. Commit view = commit + closed; best view = best case + commit + closed.",
            "期间内预计成交的商机按预测类别统计，加上期间内赢单；输单与不计入的不统计。承诺视图 = 承诺 + 已成交；"
            "最佳视图 = 最佳 + 承诺 + 已成交。",
        ),
        ("deals",),
        (
            CURRENCY,
            money("pipeline", "Pipeline", "跟进中"),
            money("best_case", "Best case", "最佳"),
            money("commit", "Commit", "承诺"),
            money("closed", "Closed", "已成交"),
            money("open", "Open", "未关闭合计"),
            money("best_view", "Best view", "最佳视图"),
            money("commit_view", "Commit view", "承诺视图"),
        ),
        _forecast,
        (UNGROUPED, OWNER, UNIT),
    ),
    Report(
        "win_rate",
        Words("Win rate", "赢单率"),
        Words(
            "Of the deals closed in the period, the share that was won, by count and by value; open deals never count. "
            "Cycle days run from the day a deal was entered to the day it was won; deals entered later than they were won "
            "have no known cycle and are counted aside. The total without currency counts all deals.",
            "期间内关闭的商机中赢单的占比（按数量与金额）；未关闭商机不计入。周期为录入日到赢单日的天数；赢单后才补录的商机"
            "周期未知，单独计数。无币种的合计行统计全部商机。",
        ),
        ("deals",),
        (
            CURRENCY,
            counted("won", "Won", "赢单数"),
            counted("lost", "Lost", "输单数"),
            ratio("win_rate", "Win rate", "赢单率"),
            money("won_value", "Won value", "赢单金额"),
            money("lost_value", "Lost value", "输单金额"),
            ratio("win_rate_value", "Win rate by value", "金额赢单率"),
            number("cycle_median", "Cycle, median", "周期中位数", "days"),
            number("cycle_mean", "Cycle, mean", "周期均值", "days"),
            counted("cycle_unknown", "Cycle unknown", "周期未知数"),
        ),
        _win_rate,
        (
            UNGROUPED,
            OWNER,
            UNIT,
            by("source", "Source", "来源"),
            by("loss_reason", "Loss reason", "输单原因"),
            month_of_day("f.close_date"),
        ),
    ),
)
