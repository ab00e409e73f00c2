"""The predefined reports, in the order of the customer's way."""

from crm_reporting.domain.reports import (
    campaign_reports,
    closing_reports,
    deal_reports,
    desk_reports,
    lead_reports,
    money_reports,
)
from crm_reporting.domain.reports.report import RESOURCES, SOURCES, Grouping, Parameter, Report, Words

CATALOGUE: dict[str, Report] = {
    report.name: report
    for module in (lead_reports, deal_reports, closing_reports, money_reports, desk_reports, campaign_reports)
    for report in module.REPORTS
}

__all__ = ["CATALOGUE", "RESOURCES", "SOURCES", "Grouping", "Parameter", "Report", "Words"]
