"""Reads that are more than a list."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, exists, func, select
from sqlalchemy.orm.attributes import set_committed_value

from crm_kit import paging
from crm_kit.access import scoped, unscoped, visible
from crm_kit.call import Call
from crm_kit.errors import NotFound
from crm_kit.filtering import Fields
from crm_kit.loading import Choice
from crm_kit.tx import Tx, parse_id
from crm_sales.domain.competitor import Competitor
from crm_sales.domain.contract import LIVE, Contract
from crm_sales.domain.contract_amendment import contract_amendment
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.pipeline import Pipeline, pipeline_version
from crm_sales.domain.plan_line import PlanLine
from crm_sales.domain.product import Product
from crm_sales.domain.quote import Quote
from crm_sales.domain.receipt import Receipt
from crm_sales.domain.record import Record
from crm_sales.domain.stage_stay import stage_stay
from crm_sales.domain.stages import Status

R = TypeVar("R", bound=Record)

FOLLOWS = unscoped("what was done to one record follows through to those it belongs to, whoever may see them")
SAME_FOR_ALL = unscoped("stages, products and competitors are the same for every seller")
FACTS = unscoped("a rule asks whether something exists, not whether the caller may see it")

_PIPELINE = Choice(
    Pipeline,
    Pipeline.id == bindparam("id"),
    Pipeline.delete_time.is_(None),
    why="stages are the same for all",
    lock="share",
)
_DEFAULT_PIPELINE = Choice(
    Pipeline,
    Pipeline.is_default.is_(True),
    Pipeline.delete_time.is_(None),
    why="stages are the same for all",
    lock="share",
)
_HALF_MADE_DEAL = Choice(
    Opportunity,
    Opportunity.pending_operation_id == bindparam("operation_id"),
    why="the operation that made it is the one that sees it",
)

STAY_FIELDS = Fields.of_entity(stage_stay, ["id"])
AMENDMENT_FIELDS = Fields.of_entity(contract_amendment, ["id"])
VERSION_FIELDS = Fields.of_entity(pipeline_version, ["id"])


async def related(tx: Tx, entity: type[R], id: UUID) -> R:
    """The record another one belongs to, locked."""
    statement = select(entity).where(entity.id == id).with_for_update()
    return (await tx.session.execute(statement, execution_options={**FOLLOWS, "populate_existing": True})).scalar_one()


async def pipeline_of(tx: Tx, pipeline_id: UUID | None) -> Pipeline:
    """The pipeline, or the default one; its stages do not change until the transaction ends."""
    found = await (tx.find(_DEFAULT_PIPELINE) if pipeline_id is None else tx.find(_PIPELINE, id=pipeline_id))
    if found is None:
        raise NotFound(resource="pipeline", id=pipeline_id or "default")
    return found


async def default_pipeline(tx: Tx) -> Pipeline | None:
    """The default pipeline, locked."""
    statement = select(Pipeline).where(Pipeline.is_default, Pipeline.delete_time.is_(None)).with_for_update()
    return (await tx.session.execute(statement, execution_options=SAME_FOR_ALL)).scalar_one_or_none()


async def open_deals_by_stage(tx: Tx, pipeline_id: UUID) -> dict[str, int]:
    """How many open deals are in each stage of a pipeline, half-made ones included."""
    statement = (
        select(Opportunity.stage, func.count())
        .where(Opportunity.pipeline_id == pipeline_id, Opportunity.state == Status.OPEN)
        .group_by(Opportunity.stage)
    )
    return {row[0]: row[1] for row in await tx.session.execute(statement, execution_options=FACTS)}


async def competitor_exists(tx: Tx, id: UUID) -> bool:
    wanted = exists().where(Competitor.id == id, Competitor.delete_time.is_(None))
    return bool((await tx.session.execute(select(wanted), execution_options=SAME_FOR_ALL)).scalar_one())


async def has_accepted_quote(tx: Tx, opportunity_id: UUID) -> bool:
    wanted = exists().where(Quote.opportunity_id == opportunity_id, Quote.state == "ACCEPTED")
    return bool((await tx.session.execute(select(wanted), execution_options=FACTS)).scalar_one())


async def has_signed_contract(tx: Tx, opportunity_id: UUID) -> bool:
    wanted = exists().where(Contract.opportunity_id == opportunity_id, Contract.state.in_(LIVE))
    return bool((await tx.session.execute(select(wanted), execution_options=FACTS)).scalar_one())


async def products_by_id(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Product]:
    """Products, removed ones included: old quotes still name them."""
    if not ids:
        return {}
    statement = select(Product).where(Product.id.in_(ids))
    found = (await tx.session.execute(statement, execution_options=SAME_FOR_ALL)).scalars()
    return {product.id: product for product in found}


async def chain_of(tx: Tx, quote: Quote) -> list[Quote]:
    """All revisions of a quote, first to newest, locked."""
    statement = select(Quote).where(Quote.chain_id == quote.chain_id).order_by(Quote.revision).with_for_update()
    return list((await tx.session.execute(statement, execution_options=FOLLOWS)).scalars())


async def primary_quote(tx: Tx, opportunity_id: UUID) -> Quote | None:
    statement = select(Quote).where(Quote.opportunity_id == opportunity_id, Quote.primary).with_for_update()
    return (await tx.session.execute(statement, execution_options=FOLLOWS)).scalar_one_or_none()


async def has_primary_quote(tx: Tx, opportunity_id: UUID) -> bool:
    wanted = exists().where(Quote.opportunity_id == opportunity_id, Quote.primary)
    return bool((await tx.session.execute(select(wanted), execution_options=FACTS)).scalar_one())


async def contract_of_quote(tx: Tx, quote_id: UUID) -> Contract | None:
    statement = select(Contract).where(Contract.quote_id == quote_id, Contract.state != "VOIDED")
    return (await tx.session.execute(statement, execution_options=FACTS)).scalar_one_or_none()


async def load_contract(tx: Tx, id: UUID | str, *, etag: str = "") -> Contract:
    """A contract the caller may see, locked, with its plan."""
    return await with_plan(tx, await tx.load(Contract, id, etag=etag))


async def with_plan(tx: Tx, contract: Contract) -> Contract:
    """The contract with its plan lines, locked, in order."""
    statement = (
        select(PlanLine).where(PlanLine.contract_id == contract.id).order_by(PlanLine.position).with_for_update()
    )
    lines = (await tx.session.execute(statement, execution_options=FOLLOWS)).scalars().all()
    set_committed_value(contract, "plan", list(lines))
    return contract


async def contract_of_line(call: Call, line_id: str) -> UUID:
    """The contract of a plan line the caller may see."""
    statement = select(PlanLine.contract_id).where(PlanLine.id == parse_id(PlanLine, line_id), visible(call, PlanLine))
    async with call.db.connect() as connection:
        found: UUID | None = (await connection.execute(statement, execution_options=scoped(call))).scalar_one_or_none()
    if found is None:
        raise NotFound(resource="plan_line", id=line_id)
    return found


async def plan_line_unlocked(tx: Tx, line_id: UUID) -> PlanLine:
    """A plan line without its lock: the contract's is taken first, always, so that two never wait for each other."""
    statement = select(PlanLine).where(PlanLine.id == line_id)
    return (await tx.session.execute(statement, execution_options=FOLLOWS)).scalar_one()


async def twin_receipt(tx: Tx, receipt: Receipt) -> Receipt | None:
    """Another receipt of the unit with the same payer, amount, day and reference that was not refused or reversed."""
    statement = select(Receipt).where(
        Receipt.unit_path == receipt.unit_path,
        Receipt.payer == receipt.payer,
        Receipt.amount == receipt.amount,
        Receipt.amount_currency == receipt.amount_currency,
        Receipt.receive_date == receipt.receive_date,
        Receipt.reference == receipt.reference,
        Receipt.state.in_(["RECORDED", "CONFIRMED"]),
        Receipt.id != receipt.id,
    )
    return (await tx.session.execute(statement, execution_options=FACTS)).scalars().first()


async def amendments_so_far(tx: Tx, contract_id: UUID) -> int:
    statement = select(func.count()).where(contract_amendment.c.contract_id == contract_id)
    return int((await tx.session.execute(statement)).scalar_one())


async def half_made_deal(tx: Tx, operation_id: UUID) -> Opportunity | None:
    """The deal an operation made and has not confirmed, locked."""
    return await tx.find(_HALF_MADE_DEAL, operation_id=operation_id)


async def page_of(
    call: Call, table: Table, fields: Fields, belongs: ColumnElement[bool], parent: str, request: Any
) -> tuple[list[Any], str]:
    """One page of child rows, newest first, as mappings; and the token of the next."""
    page = paging.page("id desc", request.page_size, request.page_token, fields, f"{table.name}:{parent}")
    statement = select(table, *page.columns).where(belongs).order_by(*page.order_by).limit(page.limit)
    if page.after is not None:
        statement = statement.where(page.after)
    async with call.db.connect() as connection:
        rows = (await connection.execute(statement)).all()
    token = page.token_for(rows[page.size - 1][len(table.c) :]) if len(rows) > page.size else ""
    return [row._mapping for row in rows[: page.size]], token  # noqa: SLF001 - SQLAlchemy's documented row view
