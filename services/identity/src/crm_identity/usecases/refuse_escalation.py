"""Nobody gives, and nobody takes over, more than they have; and not in somebody else's name."""

from collections.abc import Sequence

from sqlalchemy import func, select

from crm_identity.domain.assembly import Post
from crm_identity.domain.coverage import places_of_caller, refuse_clearer, refuse_wider
from crm_identity.domain.delegation import NotInAnothersName
from crm_identity.domain.field_rules import ADMINISTRATOR, FieldRule, RoleFacts
from crm_identity.domain.grants import widest
from crm_identity.domain.position import Position
from crm_identity.domain.role import Role
from crm_identity.domain.user import LastAdministrator, User
from crm_identity.queries.access_history import house_at
from crm_identity.queries.contract import contract
from crm_kit.access import unscoped
from crm_kit.principal import Principal
from crm_kit.tx import Tx


def refuse_in_anothers_name(principal: Principal) -> None:
    """What was lent is not given on: it would outlive the delegation."""
    if principal.on_behalf_of:
        raise NotInAnothersName(permission="")


async def refuse_giving_more(tx: Tx, posts: Sequence[Post]) -> None:
    """Roles in units may be given by whoever has all they grant there, and sees all they show."""
    refuse_in_anothers_name(tx.principal)
    house = await house_at(await tx.session.connection(), tx.now)
    given = [(post.unit_path, house.roles_of(post.roles)) for post in posts]
    refuse_roles(tx.principal, given)


def refuse_roles(principal: Principal, given: Sequence[tuple[str, Sequence[RoleFacts]]]) -> None:
    """The same for roles at hand, by the unit they would count from."""
    places = {path: widest(grant for role in roles for grant in role.grants) for path, roles in given}
    refuse_wider(places, places_of_caller(principal), contract())
    rules = [FieldRule(rule.field, rule.read.name, rule.read_only) for rule in principal.field_rules]
    refuse_clearer([role for _, roles in given for role in roles], rules, contract())


async def refuse_changing_wider(tx: Tx, user: User) -> None:
    """Password, login, roles and the like of somebody may be changed by whoever has all that person has."""
    refuse_in_anothers_name(tx.principal)
    if user.id == tx.principal.user_id:
        return
    held = select(Position.unit_path, Position.roles).where(Position.user_id == user.id, Position.delete_time.is_(None))
    why = unscoped("a person's positions count, wherever they are")
    rows = (await tx.session.execute(held.execution_options(**why))).all()
    posts = [Post(user.unit_path, tuple(user.roles)), *(Post(row.unit_path, tuple(row.roles)) for row in rows)]
    await refuse_giving_more(tx, posts)


async def require_administrator(tx: Tx, user: User) -> None:
    """After this change somebody enabled must still be administrator; checked one change at a time."""
    why = unscoped("whether an administrator is left concerns the whole enterprise")
    gate = select(Role.id).where(Role.code == ADMINISTRATOR).with_for_update()
    await tx.session.execute(gate.execution_options(**why))
    await tx.session.flush()
    left = select(func.count()).where(
        User.roles.contains([ADMINISTRATOR]), User.disabled.is_(False), User.delete_time.is_(None)
    )
    if not (await tx.session.execute(left.execution_options(**why))).scalar_one():
        raise LastAdministrator(login=user.login)


async def codes_of_roles(tx: Tx) -> list[str]:
    """Every role there is."""
    return sorted((await house_at(await tx.session.connection(), tx.now)).roles)
