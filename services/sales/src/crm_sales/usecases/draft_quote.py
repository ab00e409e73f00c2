"""Draft, edit and revise quotes: every round is kept."""

from datetime import date
from typing import Any

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.errors import InvalidArgument
from crm_kit.money import ZERO
from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain.days import known_zone, local_day
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.quote import ChainAccepted, Quote, revision_number
from crm_sales.mappings import quotes
from crm_sales.usecases.price_quote import ClientTotal, price_quote

EXPIRY = "quote_expiry"
AMOUNTS = ("header_discount_amount", "header_discount_percent", "freight", "freight_tax_rate")
COPIED = (
    "name",
    "customer_id",
    "contact_id",
    "opportunity_id",
    "valid_until_date",
    "time_zone",
    "note",
    "chain_id",
    "currency",
    "prices_include_tax",
    "tax_rounding",
    "header_discount_amount",
    "header_discount_percent",
    "freight",
    "freight_tax_rate",
    "owner_id",
    "unit_path",
)


async def draft_quote(tx: Tx, quote: Quote, policy: SalesPolicy, expected: ClientTotal | None) -> Quote:
    """Keep a new quote with its totals; the first of a deal is the deal's primary one."""
    await _belongs(tx, quote)
    quote.time_zone = known_zone(quote.time_zone or policy.time_zone)
    quote.tax_rounding = quote.tax_rounding or policy.tax_rounding.value
    quote.quote_date = quote.quote_date or local_day(tx.now, quote.time_zone)
    _check_days(quote.quote_date, quote.valid_until_date)
    await price_quote(tx, quote, expected)
    quote.id = quote.chain_id = tx.new_id()
    quote.owner_id = tx.principal.user_id
    quote.number = await tx.number("Q", quote.unit_path)
    return tx.add(quote)


async def edit_quote(
    tx: Tx, quote: Quote, values: dict[str, Any], policy: SalesPolicy, expected: ClientTotal | None
) -> Quote:
    """Change a draft and price it again."""
    quote.need_editable()
    values = {name: ZERO if name in AMOUNTS and value is None else value for name, value in values.items()}
    for name, default in (("time_zone", policy.time_zone), ("tax_rounding", policy.tax_rounding.value)):
        if values.get(name) == "":
            values[name] = default
    quotes.apply(quote, values)
    known_zone(quote.time_zone)
    quote.quote_date = quote.quote_date or local_day(tx.now, quote.time_zone)
    _check_days(quote.quote_date, quote.valid_until_date)
    return await price_quote(tx, quote, expected)


async def revise_quote(tx: Tx, quote_id: str, *, etag: str = "") -> Quote:
    """Copy a quote into a new draft, which is the chain's current revision from now on."""
    quote = await tx.load(Quote, quote_id, etag=etag)
    quote.need("IN_APPROVAL", "APPROVED", "SENT", "DECLINED", "EXPIRED", "WITHDRAWN", "SUPERSEDED")
    chain = await queries.chain_of(tx, quote)
    for other in chain:
        if other.state == "ACCEPTED":
            raise ChainAccepted(number=other.number)
    present = next(other for other in chain if other.current)
    revised = Quote(
        **{name: getattr(quote, name) for name in COPIED},
        lines=[dict(line) for line in quote.lines],
        id=tx.new_id(),
        number=revision_number(chain[0].number, chain[-1].revision + 1),
        revision=chain[-1].revision + 1,
        previous_id=quote.id,
        quote_date=local_day(tx.now, quote.time_zone),
        primary=present.primary,
    )
    await price_quote(tx, revised)
    await supersede(tx, present, revised)
    return tx.add(revised)


async def make_primary(tx: Tx, quote_id: str, *, etag: str = "") -> Quote:
    """Of the quotes of a deal, this one stands for it."""
    quote = await tx.load(Quote, quote_id, etag=etag)
    if quote.opportunity_id is None:
        raise InvalidArgument.of(
            "id", "NO_OPPORTUNITY", "The quote belongs to no deal.", "该报价未关联商机，不能设为主报价。"
        )
    present = await queries.primary_quote(tx, quote.opportunity_id)
    if present is not None and present.id != quote.id:
        present.primary = False
        # Before the new one is written: there may not be two for an instant.
        await tx.session.flush()
    quote.primary = True
    return quote


async def supersede(tx: Tx, old: Quote, new: Quote) -> None:
    """The old revision gives way, as primary quote too."""
    before = old.state
    old.supersede(new)
    old.primary = False
    await tx.cancel_timer(EXPIRY, old.id)
    if old.state != before:
        tx.publish(old, events.QuoteSuperseded())
    await tx.session.flush()


async def _belongs(tx: Tx, quote: Quote) -> None:
    if quote.opportunity_id is not None:
        deal = await tx.load(Opportunity, quote.opportunity_id)
        quote.customer_id = quote.customer_id or deal.customer_id
        quote.contact_id = quote.contact_id or deal.contact_id
        quote.unit_path = deal.unit_path
        if quote.customer_id != deal.customer_id:
            raise InvalidArgument.of(
                "customer_id", "OTHER_CUSTOMER", "The deal is with another customer.", "该商机属于另一客户。"
            )
        quote.primary = not await queries.has_primary_quote(tx, deal.id)
    elif quote.customer_id is None:
        raise InvalidArgument.of("customer_id", "REQUIRED", "Name the customer or the deal.", "请填写客户或所属商机。")


def _check_days(quote_date: date, valid_until: date | None) -> None:
    if valid_until is not None and valid_until < quote_date:
        raise InvalidArgument.of(
            "valid_until_date",
            "BEFORE_QUOTE_DATE",
            f"Give {quote_date.isoformat()} or later.",
            f"请填写 {quote_date.isoformat()} 或之后的日期。",
        )
