"""Placing a customer under another, and everything below it with it (domain rule 3.3, C3)."""

from sqlalchemy import Uuid, bindparam, func, update
from sqlalchemy.dialects.postgresql import ARRAY

from crm_customers import queries
from crm_customers.domain.customer import Customer
from crm_customers.domain.hierarchy import MOST_LEVELS, lineage
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx


async def place_customer(tx: Tx, customer: Customer) -> None:
    """Follow ``parent_id``: the customer and all below it learn who is above them. The tree must be held for moving."""
    before = list(customer.ancestor_ids)
    above = []
    if customer.parent_id is not None:
        parent = await queries.parent(tx, customer.parent_id)
        if parent is None:
            raise InvalidArgument.of(
                "parent_id",
                "NOT_FOUND",
                "There is no such customer, or you may not see it.",
                "该客户不存在，或您无权查看。",
            )
        below = await queries.levels_below(tx, customer.id) if customer.id else 0
        above = lineage(customer.id, customer.parent_id, parent.ancestor_ids, below)
    customer.ancestor_ids = above
    if customer.id and above != before:
        await _move_those_below(tx, customer, len(before))


async def _move_those_below(tx: Tx, customer: Customer, levels_before: int) -> None:
    """Each keeps what stands between the customer and itself, and gets the new line above the customer."""
    table = Customer.__table__
    kept = table.c.ancestor_ids[levels_before + 1 : MOST_LEVELS]
    above = bindparam("above", customer.ancestor_ids, ARRAY(Uuid()))
    statement = (
        update(Customer)
        .where(Customer.ancestor_ids.contains([customer.id]))
        .values(ancestor_ids=func.array_cat(above, kept))
        .execution_options(**unscoped("who is above a customer is true for everybody"), synchronize_session=False)
    )
    await tx.session.execute(statement)
