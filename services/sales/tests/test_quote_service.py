"""Quotes through the RPCs: exact totals, revisions, approval, answers and expiry."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from crm.sales.v1 import sales_events_pb2 as events
from crm.sales.v1.quote_pb2 import Quote

from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import running
from crm_sales.service import service

from .seller import Seller, in_days

THIRTEEN = {"name": "x", "quantity": "1", "list_price": "0.35", "tax_code": "VAT13", "tax_rate": "13"}


@pytest.fixture
async def strict(
    database_factory: DatabaseFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Seller]:
    """An enterprise that lets nobody give more than 5 % without asking."""
    monkeypatch.setenv("CRM_QUOTE_FREE_DISCOUNT", "5")
    async with running(service, database_factory, tmp_path / "keys") as made:
        yield Seller(made)


async def test_the_server_computes_every_total(seller: Seller) -> None:
    quote = await seller.quote(header_discount_amount="5")
    assert [line.net for line in quote.lines] == ["53.97", "7.45", "2.33"]
    assert [line.header_discount for line in quote.lines] == ["4.23", "0.59", "0.18"]
    assert (quote.net_total.amount, quote.discount_total.amount, quote.total.amount) == ("63.75", "5", "58.75")
    assert [line.key for line in quote.lines] == ["1", "2", "3"]
    assert quote.number.startswith("Q-")


@pytest.mark.parametrize(("rounding", "tax"), [("PER_LINE", "0.15"), ("PER_DOCUMENT", "0.14")])
async def test_tax_is_rounded_as_the_quote_says(seller: Seller, rounding: str, tax: str) -> None:
    quote = await seller.quote(lines=[THIRTEEN] * 3, tax_rounding=rounding)
    assert quote.tax_total.amount == tax


async def test_a_total_computed_by_the_client_must_be_the_same(seller: Seller) -> None:
    refused = await seller.refused(
        "CreateQuote",
        quote={
            "name": "q",
            "currency": "CNY",
            "customer_id": str(uuid4()),
            "lines": [{"name": "x", "quantity": "3", "list_price": "19.99"}],
            "total": {"amount": "59.96", "currency": "CNY"},
        },
    )
    assert refused.reason == "QUOTE_TOTAL_DIFFERS"
    assert "59.96" in str(refused)
    assert "59.97" in str(refused)
    quote = await seller.quote(total={"amount": "63.75", "currency": "CNY"})
    assert quote.total.amount == "63.75"


async def test_a_line_takes_from_its_product_what_it_leaves_open(seller: Seller) -> None:
    product = await seller.do(
        "CreateProduct",
        product={
            "code": "DESK-1",
            "name": "升降桌",
            "unit": "张",
            "product_line": "furniture",
            "list_price": {"amount": "1999", "currency": "CNY"},
            "tax_code": "VAT13",
            "tax_rate": "13",
        },
    )
    quote = await seller.quote(lines=[{"product_id": product.id, "quantity": "2"}])
    [line] = quote.lines
    assert (line.name, line.list_price, line.tax_rate, line.product_line) == ("升降桌", "1999", "13", "furniture")
    assert quote.total.amount == "4517.74"
    change = {"id": product.id, "list_price": {"amount": "9", "currency": "CNY"}}
    await seller.do("UpdateProduct", product=change, update_mask={"paths": ["list_price"]})
    assert (await seller.do("GetQuote", id=quote.id)).total.amount == "4517.74"


async def test_every_wrong_line_is_named(seller: Seller) -> None:
    refused = await seller.refused(
        "CreateQuote",
        quote={
            "name": "q",
            "currency": "CNY",
            "customer_id": str(uuid4()),
            "lines": [{"name": "a", "quantity": "two", "list_price": "1"}, {"name": "b", "quantity": "1"}],
        },
    )
    assert "lines[0].quantity" in str(refused)
    assert "lines[1].list_price" in str(refused)


async def test_a_draft_is_edited_and_priced_again_and_a_sent_one_is_not(seller: Seller) -> None:
    quote = await seller.quote()
    change = {"id": quote.id, "etag": quote.etag, "header_discount_percent": "10"}
    edited = await seller.do("UpdateQuote", quote=change, update_mask={"paths": ["header_discount_percent"]})
    assert (edited.discount_total.amount, edited.total.amount) == ("6.38", "57.37")
    await seller.do("SendQuote", id=quote.id)
    change = {"id": quote.id, "note": "x"}
    refused = await seller.refused("UpdateQuote", quote=change, update_mask={"paths": ["note"]})
    assert refused.reason == "QUOTE_NOT_EDITABLE"


async def test_every_round_is_kept_and_one_is_current(seller: Seller) -> None:
    deal = await seller.opportunity()
    first = await seller.quote(opportunity_id=deal.id)
    await seller.do("SendQuote", id=first.id)
    second = await seller.do("ReviseQuote", id=first.id)
    assert (second.number, second.revision, second.state) == (f"{first.number}-r2", 2, Quote.DRAFT)
    assert (second.total, second.primary, second.previous_id) == (first.total, True, first.id)
    old = await seller.do("GetQuote", id=first.id)
    assert (old.state, old.current, old.primary, old.superseded_by_id) == (Quote.SUPERSEDED, False, False, second.id)
    chain = await seller.do("ListQuotes", filter=f'chain_id = "{first.chain_id}"', order_by="revision")
    assert [quote.revision for quote in chain.quotes] == [1, 2]
    assert [fact.quote.id for fact in await seller.events(events.QuoteSuperseded)] == [first.id]


async def test_an_older_revision_is_accepted_only_when_confirmed(seller: Seller) -> None:
    deal = await seller.opportunity()
    first = await seller.quote(opportunity_id=deal.id)
    await seller.do("SendQuote", id=first.id)
    second = await seller.do("ReviseQuote", id=first.id)
    await seller.do("SendQuote", id=second.id)
    assert (await seller.refused("AcceptQuote", id=first.id)).reason == "OLDER_REVISION"
    accepted = await seller.do("AcceptQuote", id=first.id, confirm_older=True)
    assert (accepted.state, accepted.primary, accepted.current) == (Quote.ACCEPTED, True, True)
    assert (await seller.do("GetQuote", id=second.id)).state == Quote.SUPERSEDED
    assert (await seller.refused("ReviseQuote", id=second.id)).reason == "CHAIN_ACCEPTED"
    assert (await seller.do("GetOpportunity", id=deal.id)).amount.amount == "63.75"


async def test_a_deal_has_one_primary_quote(seller: Seller) -> None:
    deal = await seller.opportunity()
    first, second = [await seller.quote(opportunity_id=deal.id) for _ in range(2)]
    assert (first.primary, second.primary) == (True, False)
    await seller.do("MakeQuotePrimary", id=second.id)
    assert not (await seller.do("GetQuote", id=first.id)).primary
    await seller.do("SendQuote", id=first.id)
    await seller.do("AcceptQuote", id=first.id)
    assert (await seller.do("GetOpportunity", id=deal.id)).amount.amount == "100000"


async def test_a_quote_expires_when_its_last_day_ends(seller: Seller) -> None:
    quote = await seller.quote(valid_until_date=in_days(1))
    await seller.do("SendQuote", id=quote.id)
    assert await seller.let_pass(0) == 0
    assert await seller.let_pass(2.1) == 1
    assert (await seller.do("GetQuote", id=quote.id)).state == Quote.EXPIRED
    [fact] = await seller.events(events.QuoteExpired)
    assert fact.quote.id == quote.id


async def test_an_answered_quote_does_not_expire(seller: Seller) -> None:
    quote = await seller.quote(valid_until_date=in_days(1))
    await seller.do("SendQuote", id=quote.id)
    await seller.do("DeclineQuote", id=quote.id, reason="太贵")
    assert await seller.let_pass(3) == 0
    [fact] = await seller.events(events.QuoteDeclined)
    assert fact.quote.state_reason == "太贵"


async def test_a_withdrawn_quote_is_answered_no_more(seller: Seller) -> None:
    quote = await seller.quote()
    await seller.do("WithdrawQuote", id=quote.id, reason="错误")
    assert (await seller.refused("AcceptQuote", id=quote.id)).reason == "QUOTE_NOT_IN_STATE"


async def test_a_large_discount_waits_for_approval(strict: Seller) -> None:
    seller = strict
    quote = await seller.quote()
    refused = await seller.refused("SendQuote", id=quote.id)
    assert (refused.reason, "above 5 %" in str(refused)) == ("QUOTE_NEEDS_APPROVAL", True)
    assert (await seller.do("SubmitQuote", id=quote.id)).state == Quote.IN_APPROVAL
    back = await seller.do("RejectQuote", id=quote.id, reason="毛利过低")
    assert (back.state, back.state_reason) == (Quote.DRAFT, "毛利过低")
    await seller.do("SubmitQuote", id=quote.id)
    approved = await seller.do("ApproveQuote", id=quote.id)
    assert (approved.state, approved.approver_id) == (Quote.APPROVED, seller.who.subject)
    assert (await seller.do("SendQuote", id=quote.id)).state == Quote.SENT


async def test_a_quote_needs_a_customer_or_a_deal(seller: Seller) -> None:
    refused = await seller.refused("CreateQuote", quote={"name": "q", "currency": "CNY"})
    assert "customer_id" in str(refused)
    deal = await seller.opportunity()
    refused = await seller.refused(
        "CreateQuote",
        quote={"name": "q", "currency": "CNY", "opportunity_id": deal.id, "customer_id": str(uuid4())},
    )
    assert "another customer" in str(refused)
