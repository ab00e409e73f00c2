"""Reports about leads: where they stand, how far they came, where they come from, how soon somebody answers."""
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

VALID = "f.state NOT IN ('REJECTED', 'DISQUALIFIED', 'DUPLICATE_CLOSED', 'MERGED', 'OVERWRITTEN')"
PRESENT = "f.state <> 'MERGED'"
"""What a person merged into another lead is that lead, and no second one."""
IN_PERIOD = "f.capture_time >= :from_time AND f.capture_time < :to_time"
CAMPAIGN = Grouping(
    "campaign", Words("Campaign", "活动"), "coalesce(CAST(f.campaign_id AS text), '')", "coalesce(c.name, '')",
    "LEFT JOIN campaigns c ON c.id = f.campaign_id",
)  # fmt: skip
WAYS = (by("source", "Source", "来源"), by("channel", "Channel", "渠道"), UNIT, OWNER, month("f.capture_time"))
LEAD_STAGES = "(VALUES (1, 'captured'), (2, 'assigned'), (3, 'touched'), (4, 'qualified'), (5, 'converted'))"


def _snapshot(grouping: Grouping) -> str:
    return f"""
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.state FROM leads f {grouping.join}
  WHERE NOT f.attached AND {PRESENT}),
grouped AS (
  SELECT f.k, f.l, s.position, s.stage, count(*) FILTER (WHERE f.state = ANY (s.states)) AS n
  FROM (VALUES (1, 'unassigned', ARRAY['RECEIVED', 'POOLED']), (2, 'assigned', ARRAY['ASSIGNED']),
               (3, 'touched', ARRAY['WORKING']), (4, 'qualified', ARRAY['QUALIFIED', 'CONVERTING']),
               (5, 'converted', ARRAY['CONVERTED']), (6, 'disqualified', ARRAY['DISQUALIFIED']),
               (7, 'invalid', ARRAY['REJECTED', 'OVERWRITTEN', 'MERGED', 'DUPLICATE_CLOSED'])) s (position, stage, states)
  LEFT JOIN facts f ON true GROUP BY f.k, f.l, s.position, s.stage)
SELECT 0, coalesce(k, ''), coalesce(l, ''), stage, n, {share("n", "sum(n) OVER (PARTITION BY k, l)")}
FROM grouped ORDER BY k, l, position"""


def _cohort(grouping: Grouping) -> str:
    return f"""
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l,
         CASE WHEN f.convert_time IS NOT NULL THEN 5 WHEN f.qualify_time IS NOT NULL THEN 4
              WHEN f.touch_time IS NOT NULL THEN 3 WHEN f.assign_time IS NOT NULL THEN 2 ELSE 1 END AS furthest
  FROM leads f {grouping.join} WHERE NOT f.attached AND {PRESENT} AND {IN_PERIOD}),
reached AS (
  SELECT f.k, f.l, s.position, s.stage, count(*) FILTER (WHERE f.furthest >= s.position) AS n
  FROM {LEAD_STAGES} s (position, stage) LEFT JOIN facts f ON true GROUP BY f.k, f.l, s.position, s.stage)
SELECT 0, coalesce(k, ''), coalesce(l, ''), stage, n,
       {share("n", "first_value(n) OVER way")}, {share("n", "lag(n) OVER way")}
FROM reached WINDOW way AS (PARTITION BY k, l ORDER BY position)
ORDER BY k, l, position"""


def _sources(grouping: Grouping) -> str:
    return f"""
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.attached,
         {VALID} AS valid,
         coalesce(f.qualify_time, f.convert_time) IS NOT NULL AS qualified, f.convert_time IS NOT NULL AS converted
  FROM leads f {grouping.join} WHERE {PRESENT} AND {IN_PERIOD})
SELECT GROUPING(k), coalesce(k, ''), coalesce(l, ''),
       count(*) FILTER (WHERE NOT attached), count(*) FILTER (WHERE attached),
       count(*) FILTER (WHERE valid AND NOT attached),
       {share("count(*) FILTER (WHERE valid AND NOT attached)", "count(*) FILTER (WHERE NOT attached)")},
       count(*) FILTER (WHERE qualified), count(*) FILTER (WHERE converted),
       {share("count(*) FILTER (WHERE converted)", "count(*) FILTER (WHERE NOT attached)")}
FROM facts GROUP BY GROUPING SETS ((k, l), ())
ORDER BY 1, 4 DESC, 2"""


def _first_response(grouping: Grouping) -> str:
    seconds = "extract(epoch FROM answered_at - asked_at)"
    return f"""
records AS (
  SELECT 'lead' AS subject, capture_time AS asked_at, touch_time AS answered_at, owner_id, unit_path
  FROM leads f WHERE NOT f.attached AND {PRESENT}
  UNION ALL
  SELECT 'ticket', create_time, first_response_time, owner_id, unit_path FROM tickets),
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.subject, f.asked_at, f.answered_at
  FROM records f {grouping.join} WHERE f.asked_at >= :from_time AND f.asked_at < :to_time)
SELECT 0, k, l, subject, count(*), count(answered_at), {share("count(answered_at)", "count(*)")},
       round(CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY {seconds}) AS numeric), 0),
       round(CAST(percentile_cont(0.9) WITHIN GROUP (ORDER BY {seconds}) AS numeric), 0)
FROM facts GROUP BY k, l, subject
ORDER BY k, l, subject"""


REPORTS = (
    Report(
        "lead_funnel_snapshot",
        Words("Lead funnel, now", "线索漏斗（当前）"),
        Words(
            "How many leads are in each stage now. Submissions of known customers are not leads.",
            "当前各阶段的线索数；已有客户的提交不计为线索。",
        ),
        ("leads",),
        (words("stage", "Stage", "阶段"), counted("leads", "Leads", "线索数"), ratio("share", "Share", "占比")),
        _snapshot,
        (UNGROUPED, *WAYS[:4]),
        uses_period=False,
    ),
    Report(
        "lead_funnel_cohort",
        Words("Lead funnel, by capture", "线索漏斗（按获取批次）"),
        Words(
            "Of the leads captured in the period, how many ever reached each stage or one beyond it; skipping a stage "
            "counts as reaching it.",
            "期间内获取的线索中，曾到达各阶段（或更后阶段）的数量；跳过的阶段视为到达。",
        ),
        ("leads",),
        (
            words("stage", "Stage", "阶段"),
            counted("reached", "Reached", "到达数"),
            ratio("share", "Of captured", "占获取数"),
            ratio("step_rate", "Of the stage before", "阶段转化率"),
        ),
        _cohort,
        (UNGROUPED, *WAYS),
    ),
    Report(
        "lead_sources",
        Words("Lead sources", "线索来源分析"),
        Words(
            "Leads captured in the period by where they came from: how many are valid (not rejected, disqualified "
            "or closed as a repeat) and how many became customers.",
            "期间内获取的线索按来源统计：有效（未被拒绝、判为无效或作为重复关闭）与转化为客户的数量及比率。",
        ),
        ("leads", "campaigns"),
        (
            counted("leads", "Leads", "线索数"),
            counted("repeats", "Of known customers", "老客户提交"),
            counted("valid", "Valid", "有效数"),
            ratio("valid_rate", "Valid rate", "有效率"),
            counted("qualified", "Qualified", "合格数"),
            counted("converted", "Converted", "转化数"),
            ratio("conversion_rate", "Conversion rate", "转化率"),
        ),
        _sources,
        (*WAYS, CAMPAIGN),
    ),
    Report(
        "first_response",
        Words("First response", "首次响应时间"),
        Words(
            "From a lead's capture to its first touch, and from a ticket's opening to the first public reply, in calendar "
            "seconds: half are answered within p50, nine of ten within p90. Unanswered ones have no time.",
            "线索从获取到首次跟进、工单从创建到首次公开回复的自然时间（秒）：p50 与 p90；未响应的不计时。",
        ),
        ("leads", "tickets"),
        (
            words("subject", "Subject", "对象"),
            counted("asked", "Asked", "请求数"),
            counted("answered", "Answered", "已响应"),
            ratio("answered_rate", "Answered rate", "响应率"),
            number("p50", "p50", "p50", "seconds"),
            number("p90", "p90", "p90", "seconds"),
        ),
        _first_response,
        (UNGROUPED, UNIT, OWNER, month("f.asked_at")),
    ),
)
