"""The first start: headquarters and an administrator, so that somebody can sign in."""

from sqlalchemy import select

from crm_identity.domain.unit import Unit
from crm_identity.domain.user import User
from crm_identity.usecases.manage_units import create_unit
from crm_identity.usecases.manage_users import create_user
from crm_kit.access import unscoped
from crm_kit.call import Call
from crm_kit.tx import begin


async def bootstrap(call: Call, password: str) -> None:
    """Nothing when there is a unit already or no password was given."""
    if not password:
        return
    async with begin(call) as tx:
        why = unscoped("an empty house has nobody who could see")
        if (await tx.session.execute(select(Unit.id).limit(1).execution_options(**why))).first() is not None:
            return
        headquarters = await create_unit(tx, Unit(name="Headquarters 总部", code="hq", kind="HQ"))
        await tx.session.flush()
        admin = User(login="admin", display_name="Administrator", unit_id=headquarters.id, roles=["administrator"])
        await create_user(tx, admin, password)
