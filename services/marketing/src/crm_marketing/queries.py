"""Reads that are more than a list."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Text, exists, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_kit import paging
from crm_kit.access import scoped, unscoped, visible
from crm_kit.call import Call
from crm_kit.filtering import Fields
from crm_kit.tx import Tx
from crm_marketing.domain.campaign import CLOSED, Campaign
from crm_marketing.domain.campaign_cost import campaign_cost
from crm_marketing.domain.campaign_facts import campaign_lead, campaign_opportunity
from crm_marketing.domain.campaign_member import CampaignMember, Status
from crm_marketing.domain.person import known_conversion
from crm_marketing.domain.results import Results

COST_FIELDS = Fields.of_entity(campaign_cost, ["id"])
TREE_LOCK = "campaign tree"
ONE_TREE = unscoped("a circle is a circle, whoever may see its parts")
RESULTS = unscoped("results are counts of a campaign the caller may see; the people behind them stay hidden")
SAME_PERSON = unscoped("who is the same person does not depend on who asks")


async def hold_tree(tx: Tx) -> None:
    """Two moves at once could each be right and together make a circle; so they take turns."""
    await tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(TREE_LOCK, text("0")))))


async def may_use(tx: Tx, campaign_id: UUID, *, open_only: bool = False) -> bool:
    """Whether there is such a campaign and the caller may see it; and whether it is not closed."""
    clauses = [Campaign.id == campaign_id, visible(tx.call, Campaign)]
    if open_only:
        clauses.append(Campaign.state.not_in(CLOSED))
    found = await tx.session.execute(select(exists().where(*clauses)), execution_options=scoped(tx.call))
    return bool(found.scalar_one())


async def ancestors(tx: Tx, campaign_id: UUID) -> list[UUID]:
    """The campaign and all above it, nearest first."""
    table = Campaign.__table__.c
    start = select(table.id, table.parent_id, literal(0).label("level")).where(table.id == campaign_id)
    line = start.cte("line", recursive=True)
    above = select(table.id, table.parent_id, line.c.level + 1).where(table.id == line.c.parent_id)
    line = line.union_all(above)
    found = await tx.session.execute(select(line.c.id).order_by(line.c.level), execution_options=ONE_TREE)
    return list(found.scalars())


async def levels_below(tx: Tx, campaign_id: UUID) -> int:
    """How many levels of parts hang below the campaign."""
    table = Campaign.__table__.c
    tree = select(table.id, literal(0).label("level")).where(table.id == campaign_id).cte("tree", recursive=True)
    parts = select(table.id, tree.c.level + 1).where(table.parent_id == tree.c.id, table.delete_time.is_(None))
    tree = tree.union_all(parts)
    deepest = await tx.session.execute(select(func.max(tree.c.level)), execution_options=ONE_TREE)
    return deepest.scalar_one() or 0


async def cost_by_reference(tx: Tx, campaign_id: UUID, reference: str) -> Row[Any] | None:
    """The cost recorded under a reference."""
    mine = (campaign_cost.c.campaign_id == campaign_id, campaign_cost.c.external_reference == reference)
    return (await tx.session.execute(select(campaign_cost).where(*mine))).one_or_none()


async def list_costs(call: Call, campaign_id: str, page_size: int, page_token: str) -> tuple[list[Row[Any]], str]:
    """One page of the costs of a campaign, newest first, and the token of the next."""
    binding = paging.query_hash("campaign_cost", campaign_id)
    page = paging.page("id desc", page_size, page_token, COST_FIELDS, binding)
    statement = select(campaign_cost).where(campaign_cost.c.campaign_id == UUID(campaign_id)).order_by(*page.order_by)
    if page.after is not None:
        statement = statement.where(page.after)
    async with call.db.connect() as connection:
        rows = list((await connection.execute(statement.limit(page.limit))).all())
    token = page.token_for([rows[page.size - 1].id]) if len(rows) > page.size else ""
    return rows[: page.size], token


async def hold_leads(tx: Tx, leads: Iterable[UUID]) -> None:
    """Nothing is written about these leads by two at once: else a touch could miss the conversion that runs beside it."""
    names = func.unnest(literal(sorted(f"lead {lead}" for lead in leads), ARRAY(Text))).column_valued("name")
    await tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(names, text("0")))))


async def conversion(tx: Tx, lead_id: UUID | None) -> Row[Any] | None:
    """What the lead became, if it was converted; that does not change until the transaction ends."""
    if lead_id is None:
        return None
    await hold_leads(tx, [lead_id])
    found = await tx.session.execute(select(known_conversion).where(known_conversion.c.lead_id == lead_id))
    return found.one_or_none()


async def member(tx: Tx, campaign_id: UUID, person_key: str) -> CampaignMember | None:
    """The person's membership in a campaign."""
    statement = select(CampaignMember).where(
        CampaignMember.campaign_id == campaign_id,
        CampaignMember.person_key == person_key,
        CampaignMember.delete_time.is_(None),
    )
    return (await tx.session.execute(statement, execution_options=SAME_PERSON)).scalar_one_or_none()


async def members_of(tx: Tx, person_keys: Sequence[str]) -> list[CampaignMember]:
    """All memberships of these people, locked in the order of their ids."""
    statement = (
        select(CampaignMember)
        .where(CampaignMember.person_key.in_(person_keys), CampaignMember.delete_time.is_(None))
        .order_by(CampaignMember.id)
        .with_for_update()
    )
    options = {**SAME_PERSON, "populate_existing": True}
    return list((await tx.session.execute(statement, execution_options=options)).scalars())


async def members_by_id(tx: Tx, ids: Sequence[UUID]) -> list[CampaignMember]:
    """These memberships, also those joined to another, locked in the order of their ids."""
    statement = select(CampaignMember).where(CampaignMember.id.in_(ids)).order_by(CampaignMember.id).with_for_update()
    options = {**SAME_PERSON, "populate_existing": True}
    return list((await tx.session.execute(statement, execution_options=options)).scalars())


async def results(call: Call, campaign_id: str, *, include_parts: bool) -> Results:
    """Counts and sums of a campaign the caller may see. Each table is counted by itself: a join would repeat the cost."""
    async with call.db.connect() as connection:
        costs = await _costs(connection, call, UUID(campaign_id), include_parts=include_parts)
        ids = [row.id for row in costs]
        people = await _members(connection, CampaignMember.campaign_id.in_(ids))
        leads = (
            await connection.execute(
                select(func.count().label("captured"), func.count().filter(campaign_lead.c.valid).label("valid")).where(
                    campaign_lead.c.campaign_id.in_(ids)
                )
            )
        ).one()
        deals = campaign_opportunity.c
        sums = (
            await connection.execute(
                select(
                    deals.state,
                    deals.currency,
                    func.count().label("deals"),
                    func.count(deals.amount).label("known"),
                    func.sum(deals.amount).label("amount"),
                )
                .where(deals.campaign_id.in_(ids))
                .group_by(deals.state, deals.currency)
            )
        ).all()
    won = [row for row in sums if row.state == "WON"]
    cost: dict[str, Any] = {}
    for row in costs:
        if row.currency:
            cost[row.currency] = cost.get(row.currency, 0) + row.actual_cost
    return Results(
        campaign_count=len(ids),
        reached=people.reached,
        responded=people.responded,
        leads=leads.captured,
        valid_leads=leads.valid,
        opportunities=sum(row.deals for row in sums),
        won=sum(row.deals for row in won),
        won_without_amount=sum(row.deals - row.known for row in won),
        revenue={row.currency: row.amount for row in won if row.known},
        cost=cost,
    )


async def _costs(connection: AsyncConnection, call: Call, campaign_id: UUID, *, include_parts: bool) -> Sequence[Any]:
    """The campaign and, if wanted, the visible parts below visible parts, each once with its own cost."""
    table = Campaign.__table__.c
    columns = (table.id, table.currency, table.actual_cost)
    wanted = select(*columns).where(table.id == campaign_id, visible(call, Campaign))
    if include_parts:
        tree = wanted.cte(recursive=True)
        parts = select(*columns).where(table.parent_id == tree.c.id, visible(call, Campaign))
        wanted = select(tree.union(parts))
    return (await connection.execute(wanted, execution_options=scoped(call))).all()


async def _members(connection: AsyncConnection, of: ColumnElement[bool]) -> Any:
    person = CampaignMember.person_key.distinct()
    statement = select(
        func.count(person).filter(CampaignMember.status != Status.TARGET).label("reached"),
        func.count(person).filter(CampaignMember.responded).label("responded"),
    ).where(of, CampaignMember.delete_time.is_(None))
    return (await connection.execute(statement, execution_options=RESULTS)).one()
