"""Which entity is which message, and how each is listed: the only place of this service that knows both sides."""

from collections.abc import Mapping as Row
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from crm.sales.v1 import (
    competitor_pb2,
    contract_pb2,
    opportunity_pb2,
    pipeline_pb2,
    plan_line_pb2,
    product_pb2,
    quote_pb2,
    receipt_pb2,
    task_pb2,
)
from crm.type.v1.money_pb2 import Money
from google.protobuf.json_format import ParseDict
from sqlalchemy import select

from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.mapping import Mapping, stored
from crm_kit.money import text
from crm_kit.resource import Resource
from crm_sales.domain.competitor import Competitor
from crm_sales.domain.contract import Contract
from crm_sales.domain.opportunity import Opportunity, weighted
from crm_sales.domain.pipeline import Pipeline
from crm_sales.domain.plan_line import PlanLine
from crm_sales.domain.product import Product
from crm_sales.domain.quote import Quote
from crm_sales.domain.receipt import Receipt
from crm_sales.domain.task import Task


def money(amount: Decimal | None, currency: str) -> Money | None:
    """An amount as the contract writes it; nothing when there is none."""
    return None if amount is None else Money(amount=text(amount), currency=currency)


def _weighted_amount(row: Any) -> dict[str, str] | None:
    amount = weighted(row.amount, row.probability, row.amount_currency)
    return None if amount is None else {"amount": text(amount), "currency": row.amount_currency}


def _payment_plan(row: Any) -> list[dict[str, Any]] | None:
    """The plan of a contract at hand; rows of a list carry none."""
    return [stored(plan_line.write(line)) for line in row.plan] if isinstance(row, Contract) else None


async def _with_payment_plan(call: Call, message: contract_pb2.Contract) -> None:
    """The plan lines of a contract the caller may see, in order."""
    columns, write = plan_line.page(())
    statement = select(*columns).where(PlanLine.contract_id == UUID(message.id)).order_by(PlanLine.position)
    async with call.db.connect() as connection:
        rows = await connection.execute(statement, execution_options=_OF_A_SEEN_CONTRACT)
        message.payment_plan.extend(write(row) for row in rows)


_OF_A_SEEN_CONTRACT = unscoped("whoever sees a contract sees what is to be paid")


pipeline = Mapping(Pipeline, pipeline_pb2.Pipeline)
product = Mapping(Product, product_pb2.Product)
competitor = Mapping(Competitor, competitor_pb2.Competitor)
opportunity = Mapping(Opportunity, opportunity_pb2.Opportunity, computed={"weighted_amount": _weighted_amount})
quote = Mapping(Quote, quote_pb2.Quote)
plan_line = Mapping(PlanLine, plan_line_pb2.PlanLine)
contract = Mapping(
    Contract, contract_pb2.Contract, computed={"payment_plan": _payment_plan}, details=_with_payment_plan
)
receipt = Mapping(Receipt, receipt_pb2.Receipt)
task = Mapping(Task, task_pb2.Task)

OWNED = ("owner_id", "unit_path", "create_time", "update_time")

pipelines = Resource(pipeline, filters=["name", "is_default", "create_time", "update_time"])
products = Resource(
    product,
    filters=[
        "code",
        "name",
        "product_line",
        "unit",
        "list_price",
        "list_price_currency",
        "tax_code",
        "tax_rate",
        "retired",
        "create_time",
        "update_time",
    ],
    search=["code", "name"],
)
competitors = Resource(competitor, filters=["name", "website", "create_time", "update_time"], search=["name"])
opportunities = Resource(
    opportunity,
    filters=[
        "number",
        "name",
        "state",
        "customer_id",
        "contact_id",
        "lead_id",
        "campaign_id",
        "source",
        "discovery_date",
        "amount",
        "amount_currency",
        "expected_close_date",
        "probability",
        "forecast_category",
        "pipeline_id",
        "stage",
        "stage_enter_time",
        "last_activity_time",
        "rot_time",
        "last_open_stage",
        "loss_reason",
        "competitor_id",
        "close_date",
        "reopen_count",
        "close_date_push_count",
        "close_date_push_days",
        "amount_change_count",
        "territory_id",
        "assigned_territory_code",
        "tags",
        *OWNED,
    ],
    search=["number", "name"],
)
quotes = Resource(
    quote,
    filters=[
        "number",
        "name",
        "state",
        "customer_id",
        "contact_id",
        "opportunity_id",
        "quote_date",
        "valid_until_date",
        "chain_id",
        "revision",
        "current",
        "primary",
        "currency",
        "total",
        "discount_rate",
        "send_time",
        "answer_time",
        *OWNED,
    ],
    search=["number", "name"],
)
contracts = Resource(
    contract,
    filters=[
        "number",
        "name",
        "state",
        "customer_id",
        "contact_id",
        "opportunity_id",
        "quote_id",
        "currency",
        "amount",
        "paid_amount",
        "open_amount",
        "delivery_date",
        "start_date",
        "end_date",
        "effective_date",
        *OWNED,
    ],
    search=["number", "name"],
)
plan_lines = Resource(
    plan_line,
    filters=[
        "contract_id",
        "customer_id",
        "position",
        "name",
        "state",
        "trigger",
        "due_date",
        "currency",
        "planned_amount",
        "paid_amount",
        "open_amount",
        "pay_time",
        *OWNED,
    ],
    search=["name"],
)
receipts = Resource(
    receipt,
    filters=[
        "number",
        "state",
        "contract_id",
        "customer_id",
        "amount",
        "amount_currency",
        "settled_amount",
        "advance_amount",
        "receive_date",
        "method",
        "payer",
        "reference",
        "confirm_time",
        *OWNED,
    ],
    search=["number", "payer", "reference"],
)
tasks = Resource(
    task,
    filters=[
        "number",
        "subject",
        "kind",
        "priority",
        "state",
        "due_time",
        "all_day",
        "original_due_time",
        "remind_time",
        "record_type",
        "record_id",
        "customer_id",
        "complete_time",
        "completed_late",
        "creator_id",
        *OWNED,
    ],
    search=["number", "subject"],
)


def stage_stay(row: Row[str, Any], now: datetime) -> opportunity_pb2.StageStay:
    """A row of the stage history; a stay that lasts is counted up to now."""
    until = row["leave_time"] or now
    day = row["expected_close_date"]
    return opportunity_pb2.StageStay(
        id=str(row["id"]),
        opportunity_id=str(row["opportunity_id"]),
        from_pipeline_id=str(row["from_pipeline_id"] or ""),
        from_stage=row["from_stage"],
        pipeline_id=str(row["pipeline_id"]),
        stage=row["stage"],
        enter_time=row["enter_time"],
        leave_time=row["leave_time"],
        duration_seconds=int((until - row["enter_time"]).total_seconds()),
        amount=money(row["amount"], row["amount_currency"]),
        probability=row["probability"],
        expected_close_date=day.isoformat() if day else "",
        actor_id=row["actor_id"],
        note=row["note"],
    )


def amendment(row: Row[str, Any]) -> contract_pb2.ContractAmendment:
    """A row of the change orders."""
    return contract_pb2.ContractAmendment(
        id=str(row["id"]),
        contract_id=str(row["contract_id"]),
        number=row["number"],
        value_change=money(row["value_change"], row["currency"]),
        amount=money(row["amount"], row["currency"]),
        reason=row["reason"],
        sign_date=row["sign_date"].isoformat(),
        actor_id=row["actor_id"],
        create_time=row["create_time"],
    )


def pipeline_version(row: Row[str, Any]) -> pipeline_pb2.PipelineVersion:
    """A row of the stages as they were."""
    message = pipeline_pb2.PipelineVersion(
        pipeline_id=str(row["pipeline_id"]), stage_version=row["stage_version"], create_time=row["create_time"]
    )
    for stage in row["stages"]:
        ParseDict(stage, message.stages.add())
    return message
