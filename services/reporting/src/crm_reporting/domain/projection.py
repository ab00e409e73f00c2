"""Everything that is built from events, and how far each source is counted in."""

from sqlalchemy import BigInteger, Column, DateTime, Table, Text

from crm_reporting.domain import deal_facts, desk_facts, lead_facts, money_facts, party_facts
from crm_reporting.domain.record import Record

source_position = Table(
    "source_position",
    Record.metadata,
    Column("service", Text, primary_key=True),
    Column("fresh_as_of", DateTime(timezone=True), nullable=False),
    Column("applied_seq", BigInteger, nullable=False),
)
"""Per producing service: when its latest applied event happened, and how many were applied."""

PROJECTION: tuple[Table, ...] = (
    lead_facts.lead_fact,
    deal_facts.opportunity_fact,
    deal_facts.opportunity_version,
    deal_facts.pipeline_rollup,
    deal_facts.stage_dim,
    money_facts.contract_fact,
    money_facts.plan_line_fact,
    money_facts.receipt_fact,
    desk_facts.ticket_fact,
    desk_facts.sla_fact,
    desk_facts.survey_fact,
    party_facts.customer_fact,
    party_facts.campaign_fact,
    party_facts.unit_dim,
    party_facts.user_dim,
    source_position,
)
"""What a rebuild makes anew."""
