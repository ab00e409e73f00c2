"""Reports about the open pipeline: what it is worth, and how it moved."""
# ruff: noqa: S608 - put together from constants of these files; what people type is bound

from crm_reporting.domain.reports.report import (
    CURRENCY,
    OF_CURRENCY,
    OWNER,
    UNGROUPED,
    UNIT,
    Grouping,
    Parameter,
    Report,
    Words,
    counted,
    money,
    words,
)


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
  FROM deal_versions v
  WHERE v.valid_from < :to_time AND (v.valid_to IS NULL OR v.valid_to >= :from_time)
    AND (v.state = 'OPEN' OR v.valid_from >= :from_time OR v.valid_to IS NOT NULL)),
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
)
