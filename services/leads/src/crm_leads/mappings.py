"""Which entity is which message: the only place of this service that knows both."""

from collections.abc import Sequence
from typing import Any

from crm.leads.v1 import (
    conflict_pb2,
    decision_pb2,
    distribution_rule_pb2,
    lead_import_pb2,
    lead_merge_pb2,
    lead_pb2,
    pool_pb2,
    touch_pb2,
    web_form_pb2,
)
from google.protobuf.json_format import ParseDict

from crm_kit.mapping import Mapping, timestamp
from crm_leads.domain.conflict import Conflict
from crm_leads.domain.distribution import DistributionRule
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_import import LeadImport
from crm_leads.domain.lead_merge import LeadMerge
from crm_leads.domain.pool import Pool
from crm_leads.domain.touch import Touch
from crm_leads.domain.web_form import WebForm

lead = Mapping(Lead, lead_pb2.Lead)
touch = Mapping(Touch, touch_pb2.Touch)
pool = Mapping(Pool, pool_pb2.Pool)
distribution_rule = Mapping(DistributionRule, distribution_rule_pb2.DistributionRule)
conflict = Mapping(Conflict, conflict_pb2.Conflict, computed={"submitter": lambda _: None, "holder": lambda _: None})
"""The sides are asked for when somebody looks."""
lead_import = Mapping(LeadImport, lead_import_pb2.LeadImport)
lead_merge = Mapping(LeadMerge, lead_merge_pb2.LeadMerge)
web_form = Mapping(
    WebForm,
    web_form_pb2.WebForm,
    computed=dict.fromkeys(("shown_count", "submitted_count", "refused_count"), lambda _: None),
)
"""The counts are apart from the form, and asked for when somebody looks."""


def decisions(rows: Sequence[Any]) -> list[decision_pb2.Decision]:
    """Rows of the decision table as messages."""
    made = []
    for row in rows:
        message = decision_pb2.Decision(
            id=str(row.id),
            lead_id=str(row.lead_id),
            kind=row.kind,
            outcome=row.outcome,
            rule=row.rule,
            runner_up=row.runner_up,
            decide_time=row.decide_time,
        )
        ParseDict(row.inputs, message.inputs)
        made.append(message)
    return made


def import_rows(rows: Sequence[Any], language: str) -> list[lead_import_pb2.LeadImportRow]:
    """Rows of an import's verdicts as messages in the reader's language."""
    return [
        lead_import_pb2.LeadImportRow(
            line=row.line,
            verdict=row.verdict,
            subject_id=str(row.subject_id or ""),
            field=row.field,
            reason=row.reason,
            message=row.message_zh if language == "zh-CN" else row.message_en,
        )
        for row in rows
    ]


def web_form_submissions(rows: Sequence[Any]) -> list[web_form_pb2.WebFormSubmission]:
    """Rows of what was sent through forms as messages."""
    return [
        web_form_pb2.WebFormSubmission(
            id=str(row.id),
            web_form_id=str(row.web_form_id),
            web_form_name=row.web_form_name,
            lead_id=str(row.lead_id),
            consent_text=row.consent_text,
            language=row.language,
            referrer=row.referrer,
            utm_source=row.utm_source,
            utm_medium=row.utm_medium,
            utm_campaign=row.utm_campaign,
            utm_content=row.utm_content,
            utm_term=row.utm_term,
            submit_time=timestamp(row.submit_time),
        )
        for row in rows
    ]
