"""Which entity is which message."""

from crm.reporting.v1 import dashboard_pb2, report_definition_pb2

from crm_kit.mapping import Mapping
from crm_reporting.domain.dashboard import Dashboard
from crm_reporting.domain.report_definition import ReportDefinition

report_definition = Mapping(ReportDefinition, report_definition_pb2.ReportDefinition)
dashboard = Mapping(Dashboard, dashboard_pb2.Dashboard)
