"""The life of a quote and of its chain (domain rule 4.5)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from crm_sales.domain import quote as rules
from crm_sales.domain.quote import Quote, revision_number

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 2)
LIMIT = Decimal(20)


def a_quote(id: int = 1, **facts: object) -> Quote:
    return Quote(**{"id": UUID(int=id), "number": f"Q-{id}", "currency": "CNY", "lines": [{"key": "1"}], **facts})  # type: ignore[arg-type]


def test_a_discount_within_the_limit_needs_nobody() -> None:
    quote = a_quote(discount_rate=Decimal(20))
    quote.submit(LIMIT)
    assert quote.state == "APPROVED"


def test_a_discount_beyond_the_limit_waits_for_approval() -> None:
    quote = a_quote(discount_rate=Decimal("20.01"))
    with pytest.raises(rules.QuoteNeedsApproval):
        quote.send(LIMIT, NOW, TODAY)
    quote.submit(LIMIT)
    assert quote.state == "IN_APPROVAL"
    quote.approve(UUID(int=5))
    quote.send(LIMIT, NOW, TODAY)
    assert (quote.state, quote.send_time) == ("SENT", NOW)


def test_a_refused_quote_is_a_draft_again() -> None:
    quote = a_quote(discount_rate=Decimal(50))
    quote.submit(LIMIT)
    quote.reject("毛利过低")
    assert (quote.state, quote.state_reason) == ("DRAFT", "毛利过低")
    quote.need_editable()


def test_a_sent_quote_is_not_edited() -> None:
    quote = a_quote()
    quote.send(None, NOW, TODAY)
    with pytest.raises(rules.QuoteNotEditable):
        quote.need_editable()


def test_an_empty_quote_and_one_out_of_date_are_not_sent() -> None:
    with pytest.raises(rules.QuoteEmpty):
        a_quote(lines=[]).send(None, NOW, TODAY)
    with pytest.raises(rules.QuoteOutOfDate):
        a_quote(valid_until_date=TODAY - timedelta(days=1)).send(None, NOW, TODAY)
    a_quote(valid_until_date=TODAY).send(None, NOW, TODAY)


def test_accepting_an_older_revision_needs_confirming_and_supersedes_the_current_one() -> None:
    old = a_quote(1, state="SUPERSEDED", current=False)
    new = a_quote(2, state="SENT", revision=2)
    with pytest.raises(rules.OlderRevision):
        old.accept([old, new], NOW, confirm_older=False)
    assert old.accept([old, new], NOW, confirm_older=True) is new
    new.supersede(old)
    assert (old.state, old.current, new.state, new.current, new.superseded_by_id) == (
        "ACCEPTED",
        True,
        "SUPERSEDED",
        False,
        old.id,
    )


def test_only_one_revision_of_a_chain_is_accepted() -> None:
    old = a_quote(1, state="ACCEPTED", current=False)
    new = a_quote(2, state="SENT", revision=2)
    with pytest.raises(rules.ChainAccepted):
        new.accept([old, new], NOW, confirm_older=False)


def test_a_declined_quote_stays_declined_when_it_is_revised() -> None:
    quote = a_quote(state="DECLINED")
    quote.supersede(a_quote(2))
    assert (quote.state, quote.current) == ("DECLINED", False)


def test_only_a_quote_that_waits_for_the_customer_expires() -> None:
    waiting, answered = a_quote(state="SENT"), a_quote(state="ACCEPTED")
    assert waiting.expire()
    assert not answered.expire()
    assert (waiting.state, answered.state) == ("EXPIRED", "ACCEPTED")


def test_revisions_are_numbered_from_the_first() -> None:
    assert revision_number("Q-2026-000123", 1) == "Q-2026-000123"
    assert revision_number("Q-2026-000123-r2", 3) == "Q-2026-000123-r3"
