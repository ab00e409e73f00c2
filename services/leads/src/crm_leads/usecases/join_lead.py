"""A submission joins an older lead: what it adds, and what it may not touch (domain rule 2.4)."""

from datetime import datetime

from crm_leads.domain.lead import Lead
from crm_leads.usecases.prepare_lead import index_lead, intent_key, intent_keys, score_lead

FILLED = (
    "name",
    "company",
    "job_title",
    "open_id",
    "credit_code",
    "country_code",
    "province",
    "city",
    "postal_code",
    "address",
    "website",
    "need",
    "product_line",
    "source",
)
"""Blank fields of the survivor that a submission may fill; nothing it says replaces what is there."""


def count_on(survivor: Lead, newer: Lead, now: datetime, touches: tuple[datetime, ...], *, news: bool) -> None:
    """Merge (线索合并): blanks are filled, lists united, interest counted; owner, protection and SLA stay.

    ``news`` is False for a repeat inside the quiet window, which is only counted.
    """
    survivor.intent_count += 1
    if news:
        absorb(survivor, newer)
    score_lead(survivor, now, touches)


def reopen_with(closed: Lead, newer: Lead, now: datetime, touches: tuple[datetime, ...]) -> None:
    """A closed lead comes back with what the submission says now."""
    closed.reopen()
    closed.intent_count += 1
    absorb(closed, newer)
    closed.source = newer.source or closed.source
    score_lead(closed, now, touches)


def absorb(survivor: Lead, newer: Lead) -> None:
    """What a merge adds to the survivor."""
    for field in FILLED:
        if not getattr(survivor, field):
            setattr(survivor, field, getattr(newer, field))
    survivor.phone, survivor.other_phones = _united(
        survivor.phone, survivor.other_phones, newer.phone, newer.other_phones
    )
    survivor.email, survivor.other_emails = _united(
        survivor.email, survivor.other_emails, newer.email, newer.other_emails
    )
    survivor.tags = sorted({*survivor.tags, *newer.tags})
    survivor.opt_outs = sorted({*survivor.opt_outs, *newer.opt_outs})
    survivor.custom_fields = {**newer.custom_fields, **survivor.custom_fields}
    if intent_key(newer.product_line, newer.campaign_id, newer.province) not in intent_keys(survivor):
        survivor.intents = [*survivor.intents, *newer.intents]
    index_lead(survivor)


def _united(first: str, others: list[str], newer: str, newer_others: list[str]) -> tuple[str, list[str]]:
    """First value and the others, each once, in the order they became known."""
    known = [value for value in dict.fromkeys([first, *others, newer, *newer_others]) if value]
    return (known[0], known[1:]) if known else ("", [])
