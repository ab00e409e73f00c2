"""Further posts are given and ended; both count within seconds, and at their times without anybody's doing."""

from crm_identity.domain.assembly import Post
from crm_identity.domain.position import Position
from crm_identity.domain.role import unknown_roles
from crm_identity.domain.unit import Unit
from crm_identity.domain.user import User
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.refuse_escalation import codes_of_roles, refuse_giving_more, refuse_in_anothers_name
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx


async def create_position(tx: Tx, position: Position) -> Position:
    """A further post of a user in a unit of the caller's scope, with no more rights than the caller has there."""
    await _check(tx, position)
    why = unscoped("a post may be given to people of other units; where it counts is what is scoped")
    holder = await tx.session.get(User, position.user_id, execution_options=why)
    if holder is None or holder.delete_time is not None:
        raise InvalidArgument.of("user_id", "NOT_FOUND", "There is no such user.", "没有该用户。")
    position.owner_id = position.user_id
    await _place(tx, position)
    tx.add(position)
    await access_changed(tx, position, position.user_id)
    return position


async def update_position(tx: Tx, position: Position, changed: set[str]) -> Position:
    """A changed post, measured anew against the caller's rights."""
    refuse_in_anothers_name(tx.principal)
    if not changed:
        return position
    await _check(tx, position)
    await _place(tx, position)
    tx.check_scope(position)
    await access_changed(tx, position, position.user_id)
    return position


async def delete_position(tx: Tx, position_id: str, etag: str) -> None:
    """The post ends now."""
    position = await tx.load(Position, position_id, etag=etag)
    refuse_in_anothers_name(tx.principal)
    position.delete_time = tx.now
    await access_changed(tx, position, position.user_id)


async def _check(tx: Tx, position: Position) -> None:
    position.check(tx.now)
    wrong = unknown_roles("roles", position.roles, await codes_of_roles(tx))
    if wrong:
        raise InvalidArgument(wrong)


async def _place(tx: Tx, position: Position) -> None:
    position.unit_path = (await tx.load(Unit, position.unit_id)).path
    await refuse_giving_more(tx, [Post(position.unit_path, tuple(position.roles))])
