"""Who of a unit may do something there: whom to tell of what waits for the unit and for nobody in it."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select

from crm_identity.domain.explanation import explain, of_record
from crm_identity.domain.user import User
from crm_identity.queries.access_history import house_at, people_at
from crm_kit.access import unscoped
from crm_kit.principal import Scope
from crm_kit.tx import Tx

MOST = 500
_WHY = unscoped("the house tells those whom it concerns")


async def people_who_may(tx: Tx, permission: str, unit_paths: Collection[str]) -> Mapping[str, list[UUID]]:
    """By unit, those placed in it whose rights reach all of it and not only what is their own; of at most 500 people.

    From whom a restriction rule hides records of the resource is told of none of them: which it hides is not known here.
    """
    found: dict[str, list[UUID]] = {path: [] for path in unit_paths}
    if not found:
        return found
    placed = select(User.id).where(User.unit_path.in_(found), User.delete_time.is_(None), User.disabled.is_(False))
    ids = (await tx.session.execute(placed.order_by(User.id).limit(MOST).execution_options(**_WHY))).scalars().all()
    connection = await tx.session.connection()
    house = await house_at(connection, tx.now)
    people = await people_at(connection, ids, tx.now)
    for person in people.persons:
        if any(rule.resource == permission.rpartition(".")[0] for rule in house.restricting(person)):
            continue
        verdict = explain(person, people.delegators, house, permission)
        if of_record(verdict, person, None, person.unit_path).scope >= Scope.UNIT:
            found[person.unit_path].append(person.id)
    return found
