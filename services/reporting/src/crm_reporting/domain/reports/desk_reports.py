"""Reports about service: what customers ask, whether promises are kept, how satisfied they are."""
# ruff: noqa: S608 - put together from constants of these files; what people type is bound

from crm_reporting.domain.reports.report import (
    OWNER,
    UNGROUPED,
    UNIT,
    Grouping,
    Report,
    Words,
    by,
    counted,
    month,
    number,
    ratio,
    share,
    words,
)

SHOWN_FROM = 5
"""Ratings of fewer customers are hidden, so that nobody is recognised."""


def _sla(grouping: Grouping) -> str:
    met, late = "count(*) FILTER (WHERE how = 'MET')", "count(*) FILTER (WHERE how = 'MET_LATE')"
    breached = "count(*) FILTER (WHERE how = 'BREACHED')"
    return f"""
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.target,
         CASE WHEN f.state IN ('MET', 'MET_LATE') THEN f.state
              WHEN f.state LIKE 'BREACHED%' OR f.due_time <= :now THEN 'BREACHED' ELSE 'OPEN' END AS how,
         f.breach_cause = 'retarget' AS retargeted
  FROM sla f {grouping.join}
  WHERE f.due_time >= :from_time AND f.due_time < :to_time AND f.state <> 'CANCELLED' AND f.breach_cause <> 'carried')
SELECT GROUPING(target), coalesce(k, ''), coalesce(l, ''), coalesce(target, ''), {met}, {late}, {breached},
       {share(met, f"({met} + {late} + {breached})")},
       count(*) FILTER (WHERE how = 'OPEN'), count(*) FILTER (WHERE retargeted AND how <> 'OPEN')
FROM facts GROUP BY GROUPING SETS ((k, l, target), ())
ORDER BY 1, 2, 3, 4"""


def _csat(grouping: Grouping) -> str:
    return f"""
records AS (
  SELECT answer_time AS at, owner_id, unit_path, score, channel, CAST(NULL AS boolean) AS answered FROM surveys
  UNION ALL
  SELECT t.resolve_time, t.resolver_id, t.unit_path, NULL, '', s.id IS NOT NULL
  FROM tickets t LEFT JOIN surveys s ON s.ticket_id = t.id WHERE t.resolve_time IS NOT NULL),
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.score, f.answered
  FROM records f {grouping.join} WHERE f.at >= :from_time AND f.at < :to_time),
sums AS (
  SELECT GROUPING(k) AS total, k, l, count(score) AS n, count(*) FILTER (WHERE score >= 4) AS satisfied,
         sum(score) AS points, count(answered) AS asked, count(*) FILTER (WHERE answered) AS answered
  FROM facts GROUP BY GROUPING SETS ((k, l), ())),
guarded AS (
  SELECT s.*, s.n >= {SHOWN_FROM} AND (s.total = 0 OR hidden = 0 OR hidden >= {SHOWN_FROM}) AS shown
  FROM sums s CROSS JOIN (SELECT coalesce(sum(n) FILTER (WHERE n < {SHOWN_FROM}), 0) AS hidden FROM sums
                          WHERE total = 0) h)
SELECT total, coalesce(k, ''), coalesce(l, ''), n, asked, {share("answered", "asked")},
       CASE WHEN shown THEN {share("satisfied", "n")} END, CASE WHEN shown THEN round(CAST(points AS numeric) / n, 2) END
FROM guarded ORDER BY 1, 2, 3"""


def _tickets(grouping: Grouping) -> str:
    resolved = "count(resolve_time)"
    hours = "extract(epoch FROM resolve_time - create_time) / 3600"
    return f"""
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.*
  FROM tickets f {grouping.join}
  WHERE f.create_time >= :from_time AND f.create_time < :to_time AND f.state <> 'CANCELLED')
SELECT GROUPING(k), coalesce(k, ''), coalesce(l, ''), count(*),
       count(*) FILTER (WHERE state NOT IN ('RESOLVED', 'CLOSED')), {resolved},
       {share("count(*) FILTER (WHERE resolve_time IS NOT NULL AND reopen_count > 0)", resolved)},
       round(CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY {hours}) AS numeric), 1),
       round(CAST(percentile_cont(0.9) WITHIN GROUP (ORDER BY {hours}) AS numeric), 1)
FROM facts GROUP BY GROUPING SETS ((k, l), ())
ORDER BY 1, 2, 3"""


KIND = by("kind", "Kind", "类型")
PRIORITY = by("priority", "Priority", "优先级")

REPORTS = (
    Report(
        "sla",
        Words("Promises kept (SLA)", "服务承诺达成（SLA）"),
        Words(
            "Promises that fell due in the period: kept, kept late, broken. The rate is kept in time of all three; those "
            "open and not yet due are shown aside. A cycle that was late only because an earlier one used up its time "
            "counts with that one; broken by a changed target is shown, nobody was slow.",
            "期间内到期的服务承诺：按时、超时完成、未完成；达成率 = 按时 ÷ 三者之和，未到期的不计入。"
            "因前一周期耗尽时限而超时的周期只计一次；因改目标而超时的单独列示。",
        ),
        ("sla",),
        (
            words("target", "Promise", "承诺"),
            counted("met", "Met", "按时"),
            counted("met_late", "Met late", "超时完成"),
            counted("breached", "Breached", "未完成"),
            ratio("met_rate", "Met rate", "达成率"),
            counted("open", "Open, not due", "未到期"),
            counted("retargeted", "Of these by a changed target", "其中因改目标"),
        ),
        _sla,
        (UNGROUPED, UNIT, OWNER, KIND, PRIORITY, month("f.due_time")),
    ),
    Report(
        "csat",
        Words("Satisfaction (CSAT)", "满意度（CSAT）"),
        Words(
            f"Answers given in the period: the share of 4 and 5, and the mean. Hidden below {SHOWN_FROM} answers. The "
            "response rate is of the tickets resolved in the period. By owner: the agent who resolved the ticket.",
            f"期间内的评价：4–5 分占比与均值，不足 {SHOWN_FROM} 个时隐藏；回复率以期间内解决的工单为基数；按负责人即解决人。",
        ),
        ("surveys", "tickets"),
        (
            counted("answers", "Answers", "评价数"),
            counted("resolved", "Tickets resolved", "解决工单数"),
            ratio("response_rate", "Response rate", "回复率"),
            ratio("csat", "Satisfied", "满意率"),
            number("mean_score", "Mean score", "平均分", ""),
        ),
        _csat,
        (UNGROUPED, UNIT, OWNER, month("f.at")),
    ),
    Report(
        "tickets_by_kind",
        Words("Tickets by kind", "工单统计"),
        Words(
            "Tickets opened in the period: how many are still open, how many were resolved, the share of those that was "
            "opened again, and the hours to resolving, calendar time.",
            "期间内创建的工单：未解决数、已解决数、重开率及解决用时（自然小时）。",
        ),
        ("tickets",),
        (
            counted("tickets", "Tickets", "工单数"),
            counted("open", "Open", "未解决"),
            counted("resolved", "Resolved", "已解决"),
            ratio("reopen_rate", "Reopen rate", "重开率"),
            number("resolve_p50", "Hours to resolve, p50", "解决用时 p50", "hours"),
            number("resolve_p90", "Hours to resolve, p90", "解决用时 p90", "hours"),
        ),
        _tickets,
        (KIND, PRIORITY, by("channel", "Channel", "渠道"), UNIT, OWNER, month("f.create_time")),
    ),
)
