"""Two reports and a dashboard of them for the whole enterprise; everybody sees their own figures."""

from crm_local.demo.staff import Person, Record

BY_OWNER: Record = {
    "name": "商机金额：负责人 × 预计成交月 Deals by owner and month",
    "dataset": "deals",
    "rows": ["owner_id"],
    "columns": ["expected_close_date.month"],
    "measures": ["amount.sum"],
    "filter": "state = OPEN",
    "chart": "STACKED_BAR",
    "audience": "EVERYONE",
}
BY_SOURCE: Record = {
    "name": "线索来源 Leads by source",
    "dataset": "leads",
    "rows": ["source"],
    "measures": ["count"],
    "chart": "DONUT",
    "audience": "EVERYONE",
}


def share_dashboard(administrator: Person) -> None:
    """What everybody looks at first: deals by owner and month, leads by source."""
    reports = [
        administrator.create("report-definitions", record, f"own report on {record['dataset']}")
        for record in (BY_OWNER, BY_SOURCE)
    ]
    tiles = [{"report_definition_id": report["id"]} for report in reports]
    board = {"name": "销售看板 Sales board", "tiles": tiles, "audience": "EVERYONE"}
    administrator.create("dashboards", board, "dashboard")
