"""Reports about deals: the open pipeline, how it moved, and how often deals are won."""
# ruff: noqa: S608 - put together from constants of these files; what people type is bound

from crm_reporting.domain.reports.report import (
    CURRENCY,
    OWNER,
    UNGROUPED,
    UNIT,
    Grouping,
    Parameter,
    Report,
    Words,
    by,
    counted,
    money,
    month_of_day,
    number,
    ratio,
    share,
    words,
)

OF_CURRENCY = "(:currency = '' OR f.currency = :currency)"


def _by_stage(grouping: Grouping) -> str:
    return f"""
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown or "''"} AS l, f.stage, f.pipeline_id, f.currency, f.deal_count, f.amount,
         f.weighted
  FROM pipeline f {grouping.join}
  WHERE f.deal_count > 0 AND {OF_CURRENCY}
    AND (:pipeline_id = '' OR CAST(f.pipeline_id AS text) = :pipeline_id)),
sums AS (
  SELECT GROUPING(k) AS total, k, l, pipeline_id, stage, currency, sum(deal_count) AS deals, sum(amount) AS amount,
         sum(weighted) AS weighted
  FROM facts GROUP BY GROUPING SETS ((k, l, pipeline_id, stage, currency), (currency)))
SELECT s.total, coalesce(k, ''), coalesce(l, ''), coalesce(d.pipeline_name, ''), coalesce(s.stage, ''),
       coalesce(CASE :language WHEN 'zh-CN' THEN d.name_zh ELSE d.name_en END, ''), s.currency, s.deals, s.amount,
       s.weighted
FROM sums s LEFT JOIN stage_dim d ON d.pipeline_id = s.pipeline_id AND d.code = s.stage
ORDER BY 1, k, l, d.pipeline_name, s.pipeline_id, d.position, s.stage, s.currency"""


STEPS = (
    ("open_start", 1, "+"),
    ("new", 2, "+"),
    ("reopened", 3, "+"),
    ("moved_in", 4, "+"),
    ("increased", 5, "+"),
    ("decreased", 6, "-"),
    ("moved_out", 7, "-"),
    ("won", 8, "-"),
    ("lost", 9, "-"),
    ("open_end", 10, "="),
)
_STEP_ROWS = ", ".join(f"({position}, '{step}', '{sign}')" for step, position, sign in STEPS)


def _waterfall(grouping: Grouping) -> str:
    """A deal counts while it is open, has an amount and is expected inside the window of close dates."""
    return f"""
versions AS (
  SELECT v.*, (:close_from = '' OR v.expected_close_date >= CAST(nullif(:close_from, '') AS date))
          AND (:close_to = '' OR v.expected_close_date < CAST(nullif(:close_to, '') AS date)) AS inside
  FROM deal_versions v),
counted AS (
  SELECT f.*, {grouping.key} AS k, {grouping.shown or "''"} AS l FROM versions f {grouping.join}
  WHERE f.state = 'OPEN' AND f.amount IS NOT NULL AND f.inside AND {OF_CURRENCY}),
entered AS (SELECT * FROM counted WHERE valid_from >= :from_time AND valid_from < :to_time),
left_off AS (SELECT * FROM counted WHERE valid_to >= :from_time AND valid_to < :to_time),
changes AS (
  SELECT coalesce(e.k, o.k) AS k, coalesce(e.l, o.l) AS l, coalesce(e.currency, o.currency) AS currency,
         coalesce(e.amount, 0) - coalesce(o.amount, 0) AS change,
         CASE WHEN o.opportunity_id IS NOT NULL AND e.opportunity_id IS NOT NULL
                THEN CASE WHEN e.amount >= o.amount THEN 'increased' ELSE 'decreased' END
              WHEN e.first THEN 'new'
              WHEN earlier.state IN ('WON', 'LOST') THEN 'reopened'
              WHEN earlier.state = 'OPEN' AND earlier.amount IS NULL AND earlier.inside THEN 'increased'
              WHEN e.opportunity_id IS NOT NULL THEN 'moved_in'
              WHEN later.state = 'WON' THEN 'won'
              WHEN later.state = 'LOST' THEN 'lost'
              WHEN later.amount IS NULL AND later.inside THEN 'decreased'
              ELSE 'moved_out' END AS step
  FROM entered e
  FULL JOIN left_off o ON o.opportunity_id = e.opportunity_id AND o.next_seq = e.event_seq
       AND o.currency = e.currency AND o.k = e.k
  LEFT JOIN versions earlier ON earlier.opportunity_id = e.opportunity_id AND earlier.next_seq = e.event_seq
  LEFT JOIN versions later ON later.opportunity_id = o.opportunity_id AND later.event_seq = o.next_seq),
entries AS (
  SELECT k, l, currency, 'open_start' AS step, amount FROM counted
  WHERE valid_from < :from_time AND (valid_to IS NULL OR valid_to >= :from_time)
  UNION ALL
  SELECT k, l, currency, step, abs(change) FROM changes WHERE change <> 0
  UNION ALL
  SELECT k, l, currency, 'open_end', amount FROM counted
  WHERE valid_from < :to_time AND (valid_to IS NULL OR valid_to >= :to_time)),
bridges AS (SELECT DISTINCT k, l, currency FROM entries),
answers AS (
  SELECT 0 AS total, b.k, b.l, b.currency, s.position, s.step, s.sign, count(e.step) AS n,
         coalesce(sum(e.amount), 0) AS amount
  FROM bridges b CROSS JOIN (VALUES {_STEP_ROWS}) s (position, step, sign)
  LEFT JOIN entries e ON e.k = b.k AND e.l = b.l AND e.currency = b.currency AND e.step = s.step
  GROUP BY b.k, b.l, b.currency, s.position, s.step, s.sign
  UNION ALL
  SELECT 1, '', '', e.currency, 0, 'difference', '=', 0,
       sum(CASE s.sign WHEN '+' THEN e.amount ELSE -e.amount END)
  FROM entries e JOIN (VALUES {_STEP_ROWS}) s (position, step, sign) ON s.step = e.step
  GROUP BY e.currency)
SELECT total, k, l, currency, step, sign, n, amount FROM answers ORDER BY total, k, l, currency, position"""


def _win_rate(grouping: Grouping) -> str:
    won, lost = "count(*) FILTER (WHERE won)", "count(*) FILTER (WHERE NOT won)"
    won_value, value = "coalesce(sum(amount) FILTER (WHERE won), 0)", "sum(amount)"
    days = "(close_date - CAST(create_time AT TIME ZONE :time_zone AS date))"
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
       percentile_cont(0.5) WITHIN GROUP (ORDER BY {days}) FILTER (WHERE won),
       round(avg({days}) FILTER (WHERE won), 1)
FROM facts GROUP BY GROUPING SETS ((k, l, currency), (currency), ())
ORDER BY 1, 2, 3, 4"""


REPORTS = (
    Report(
        "pipeline_by_stage",
        Words("Pipeline by stage", "销售漏斗（按阶段）"),
        Words(
            "The open deals now: how many, what they are worth, and that weighted by probability, rounded per deal and "
            "then added up. Each currency by itself.",
            "当前未关闭的商机：数量、金额与加权金额（逐单取整后相加）；各币种分别统计。",
        ),
        ("pipeline",),
        (
            words("pipeline", "Pipeline", "销售流程"),
            words("stage", "Stage", "阶段"),
            words("stage_name", "Stage name", "阶段名称"),
            CURRENCY,
            counted("deals", "Deals", "商机数"),
            money("value", "Value", "金额"),
            money("weighted", "Weighted", "加权金额"),
        ),
        _by_stage,
        (UNGROUPED, UNIT, OWNER),
        (Parameter("pipeline_id", "id", Words("Only this pipeline", "仅此销售流程")),),
        uses_period=False,
    ),
    Report(
        "pipeline_waterfall",
        Words("Pipeline waterfall", "商机金额变动（瀑布）"),
        Words(
            "How the open pipeline of the first day became that of the last: start + new + reopened + moved in + increased "
            "− decreased − moved out − won − lost = end. With a window of close dates only deals expected in it count; "
            "moving the day, the owner or the currency moves them in or out. The total is the difference: always 0.",
            "期初 + 新增 + 重开 + 移入 + 增加 − 减少 − 移出 − 赢单 − 输单 = 期末。设定预计成交日窗口时只计窗口内商机，"
            "改期、转移或改币种即移入或移出。合计为差额，恒为 0。",
        ),
        ("deal_versions",),
        (
            CURRENCY,
            words("step", "Step", "项目"),
            words("sign", "Sign", "符号"),
            counted("changes", "Changes", "笔数"),
            money("amount", "Amount", "金额"),
        ),
        _waterfall,
        (UNGROUPED, UNIT, OWNER),
        (
            Parameter("close_from", "date", Words("Deals expected from this day on", "预计成交日起")),
            Parameter("close_to", "date", Words("Deals expected before this day", "预计成交日止（不含）")),
        ),
    ),
    Report(
        "win_rate",
        Words("Win rate", "赢单率"),
        Words(
            "Of the deals closed in the period, the share that was won, by count and by value; open deals never count. "
            "Cycle days run from creation to the winning day. The total without currency counts all deals.",
            "期间内关闭的商机中赢单的占比（按数量与金额）；未关闭商机不计入。周期为创建到赢单的天数。无币种的合计行统计全部商机。",
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
