"""Submit, approve, send, accept, decline, withdraw, expire: a quote on its way to the customer and back."""

from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.tx import Tx
from crm_sales import queries
from crm_sales.domain.days import day_end, local_day
from crm_sales.domain.policy import SalesPolicy
from crm_sales.domain.quote import Quote
from crm_sales.usecases.draft_quote import EXPIRY, supersede
from crm_sales.usecases.note_dealing import note_dealing


async def submit_quote(tx: Tx, quote_id: str, policy: SalesPolicy, *, etag: str = "") -> Quote:
    """Ask for approval, which is given at once within the free discount."""
    quote = await tx.load(Quote, quote_id, etag=etag)
    quote.submit(policy.free_discount)
    return quote


async def approve_quote(tx: Tx, quote_id: str, *, etag: str = "") -> Quote:
    """Who may approve stands for the discount."""
    quote = await tx.load(Quote, quote_id, etag=etag)
    quote.approve(tx.principal.user_id)
    return quote


async def reject_quote(tx: Tx, quote_id: str, *, reason: str, etag: str = "") -> Quote:
    """Back to its author."""
    quote = await tx.load(Quote, quote_id, etag=etag)
    quote.reject(reason)
    return quote


async def send_quote(tx: Tx, quote_id: str, policy: SalesPolicy, *, etag: str = "") -> Quote:
    """It is with the customer; at the end of its last valid day it expires by itself."""
    quote = await tx.load(Quote, quote_id, etag=etag)
    quote.send(policy.free_discount, tx.now, local_day(tx.now, quote.time_zone))
    if quote.valid_until_date is not None:
        await tx.schedule(EXPIRY, quote.id, day_end(quote.valid_until_date, quote.time_zone))
    tx.publish(quote, events.QuoteSent())
    await note_dealing(tx, quote.opportunity_id)
    return quote


async def accept_quote(tx: Tx, quote_id: str, *, confirm_older: bool = False, etag: str = "") -> Quote:
    """The customer's yes; the primary quote says what the deal is worth."""
    quote = await tx.load(Quote, quote_id, etag=etag)
    chain = await queries.chain_of(tx, quote)
    newest = quote.accept(chain, tx.now, confirm_older=confirm_older)
    if newest is not None:
        was_primary = newest.primary
        await supersede(tx, newest, quote)
        quote.primary = was_primary
    await tx.cancel_timer(EXPIRY, quote.id)
    tx.publish(quote, events.QuoteAccepted())
    worth = quote.total if quote.primary else None
    await note_dealing(tx, quote.opportunity_id, worth=worth, currency=quote.currency)
    return quote


async def decline_quote(tx: Tx, quote_id: str, *, reason: str = "", etag: str = "") -> Quote:
    """The customer's no, and why."""
    quote = await tx.load(Quote, quote_id, etag=etag)
    quote.decline(reason, tx.now)
    await tx.cancel_timer(EXPIRY, quote.id)
    tx.publish(quote, events.QuoteDeclined())
    await note_dealing(tx, quote.opportunity_id)
    return quote


async def withdraw_quote(tx: Tx, quote_id: str, *, reason: str = "", etag: str = "") -> Quote:
    """We take it back before the customer answered."""
    quote = await tx.load(Quote, quote_id, etag=etag)
    quote.withdraw(reason)
    await tx.cancel_timer(EXPIRY, quote.id)
    tx.publish(quote, events.QuoteWithdrawn())
    return quote


async def expire_quote(tx: Tx, quote_id: UUID) -> None:
    """Its last valid day is over."""
    quote = await queries.related(tx, Quote, quote_id)
    if quote.expire():
        tx.publish(quote, events.QuoteExpired())
