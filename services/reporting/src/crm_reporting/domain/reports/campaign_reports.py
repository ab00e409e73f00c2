"""Reports about marketing: what campaigns brought, and whether it was worth the cost."""
# ruff: noqa: S608 - put together from constants of these files; what people type is bound

from crm_reporting.domain.reports.lead_reports import PRESENT, VALID
from crm_reporting.domain.reports.report import CURRENCY, Grouping, Report, Words, counted, money, ratio, share

CAMPAIGN = Grouping("campaign", Words("Campaign", "活动"), "CAST(f.id AS text)", "f.name")


def _roi(grouping: Grouping) -> str:
    """Cost comes once from the campaign: leads and deals are summed up before they meet it."""
    return f"""
responses AS (
  SELECT f.campaign_id, count(*) FILTER (WHERE NOT f.attached) AS leads,
         count(*) FILTER (WHERE NOT f.attached AND {VALID}) AS valid
  FROM leads f WHERE f.campaign_id IS NOT NULL AND {PRESENT} GROUP BY f.campaign_id),
business AS (
  SELECT campaign_id, currency, count(*) AS deals, count(*) FILTER (WHERE state = 'WON') AS won,
         coalesce(sum(amount) FILTER (WHERE state = 'WON'), 0) AS revenue
  FROM deals WHERE campaign_id IS NOT NULL GROUP BY campaign_id, currency),
entries AS (
  SELECT f.id AS campaign_id, f.currency, r.leads, r.valid, 0 AS deals, 0 AS won, CAST(0 AS numeric) AS revenue,
         f.cost
  FROM campaigns f LEFT JOIN responses r ON r.campaign_id = f.id
  UNION ALL
  SELECT campaign_id, currency, 0, 0, deals, won, revenue, CAST(NULL AS numeric) FROM business),
facts AS (
  SELECT {grouping.key} AS k, {grouping.shown} AS l, e.*
  FROM entries e JOIN campaigns f ON f.id = e.campaign_id
  WHERE f.state <> 'DELETED' AND (:currency = '' OR e.currency = :currency))
SELECT GROUPING(k), coalesce(k, ''), coalesce(l, ''), currency, coalesce(sum(leads), 0), coalesce(sum(valid), 0),
       sum(deals), sum(won), sum(revenue), coalesce(sum(cost), 0), {share("sum(revenue) - sum(cost)", "sum(cost)")}
FROM facts GROUP BY GROUPING SETS ((k, l, currency), (currency))
ORDER BY 1, 3, 2, 4"""


REPORTS = (
    Report(
        "campaign_roi",
        Words("Campaign return", "活动投资回报"),
        Words(
            "What each campaign brought so far: its leads, the deals that name it, what was won, and (won − cost) ÷ cost. "
            "Blank when nothing was spent. Won money in another currency than the cost stands in a row of its own.",
            "各活动迄今的成果：线索、关联商机、赢单金额与投资回报率（(赢单 − 成本) ÷ 成本）；无成本时为空。"
            "与成本币种不同的赢单金额单独成行。",
        ),
        ("campaigns", "leads", "deals"),
        (
            CURRENCY,
            counted("leads", "Leads", "线索数"),
            counted("valid", "Valid leads", "有效线索"),
            counted("deals", "Deals", "商机数"),
            counted("won_deals", "Deals won", "赢单数"),
            money("won", "Won", "赢单金额"),
            money("cost", "Cost", "成本"),
            ratio("roi", "Return", "投资回报率"),
        ),
        _roi,
        (CAMPAIGN,),
        uses_period=False,
    ),
)
