"""Assign: somebody puts a customer into territories by hand, beside or in place of what rules say (domain rule 1.8)."""

from collections.abc import Sequence

from crm.customers.v1 import customers_events_pb2 as events

from crm_customers.domain.customer import Customer
from crm_customers.domain.territories import known_territories
from crm_customers.usecases.align_customers import align_known
from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx

MOST = 20


async def assign_territories(tx: Tx, id: str, codes: Sequence[str], *, excluded: bool, etag: str = "") -> Customer:
    """The customer, where it lies from now on; InvalidArgument for codes the model in force does not have."""
    wanted = sorted(set(codes))
    if len(wanted) > MOST:
        en, zh = f"At most {MOST} territories by hand.", f"手工指定最多 {MOST} 个区域。"
        raise InvalidArgument.of("territory_codes", "TOO_MANY", en, zh)
    customer = await tx.load(Customer, id, etag=etag)
    # Codes of an earlier model, which have no effect now, may stay and may be taken back.
    new = [code for code in wanted if code not in customer.assigned_territory_codes]
    if unknown := sorted(set(new) - await known_territories.codes_in_force(tx, new)):
        named = ", ".join(unknown)[:200]
        en, zh = f"The model in force has no territory {named}.", f"生效的区域模型中没有区域 {named}。"
        raise InvalidArgument.of("territory_codes", "NOT_FOUND", en, zh)
    customer.assigned_territory_codes, customer.territory_excluded = wanted, excluded
    tx.publish(customer, events.CustomerUpdated())
    await tx.session.flush()
    await align_known(tx, [customer.id])
    await tx.session.refresh(customer)
    return customer
