"""Keep what others told about the leads and deals of campaigns, for the results; the newest state replaces the older."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, delete
from sqlalchemy.dialects.postgresql import insert

from crm_kit.tx import Tx
from crm_marketing.domain.campaign_facts import campaign_lead, campaign_opportunity


async def keep_leads(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Leads by their campaign; one that names none any more is forgotten."""
    await _keep(tx, campaign_lead, "lead_id", rows)


async def keep_opportunities(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Deals by their campaign; one that names none any more is forgotten."""
    await _keep(tx, campaign_opportunity, "opportunity_id", rows)


async def _keep(tx: Tx, table: Table, key: str, rows: Sequence[dict[str, Any]]) -> None:
    named = [row for row in rows if row["campaign_id"] is not None]
    nameless = [row[key] for row in rows if row["campaign_id"] is None]
    if nameless:
        await tx.session.execute(delete(table).where(table.c[key].in_(nameless)))
    if named:
        statement = insert(table)
        newer = {column.name: statement.excluded[column.name] for column in table.c if column.name != key}
        await tx.session.execute(statement.on_conflict_do_update(index_elements=[key], set_=newer), named)
