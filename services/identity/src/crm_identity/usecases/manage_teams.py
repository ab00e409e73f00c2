"""Teams are formed and changed; whoever joins or leaves one sees other records within seconds."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select

from crm_identity.domain.team import Team
from crm_identity.domain.unit import Unit
from crm_identity.domain.user import User
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.directory_roles import claim_for_directory, follow_groups, given_by_groups
from crm_identity.usecases.refuse_escalation import refuse_in_anothers_name
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument
from crm_kit.tx import Tx


async def create_team(tx: Tx, team: Team) -> Team:
    """A new team kept by a unit of the caller's scope."""
    before = await given_by_groups(tx, team.member_ids)
    await claim_for_directory(tx, team)
    await _complete(tx, team, joined=set(team.member_ids))
    tx.add(team)
    await follow_groups(tx, before, team.member_ids)
    await access_changed(tx, team, *team.member_ids)
    return team


async def update_team(tx: Tx, team: Team, change: Callable[[Team], object]) -> Team:
    """A team after ``change``."""
    before = set(team.member_ids)
    given = await given_by_groups(tx, before)
    await claim_for_directory(tx, team)
    change(team)
    now = set(team.member_ids)
    await _complete(tx, team, joined=now - before)
    tx.check_scope(team)
    others = await follow_groups(tx, given, now | before)
    await access_changed(tx, team, *((now ^ before) | set(others)))
    return team


async def delete_team(tx: Tx, team_id: str, etag: str) -> None:
    """What was shared with the team is shared with nobody through it any more."""
    team = await tx.load(Team, team_id, etag=etag)
    refuse_in_anothers_name(tx.principal)
    given = await given_by_groups(tx, team.member_ids)
    await claim_for_directory(tx, team)
    team.delete_time = tx.now
    await follow_groups(tx, given, team.member_ids)
    await access_changed(tx, team, *team.member_ids)


async def _complete(tx: Tx, team: Team, joined: set[UUID]) -> None:
    refuse_in_anothers_name(tx.principal)
    team.set_members(team.member_ids)
    team.unit_path = (await tx.load(Unit, team.unit_id)).path
    known = select(User.id).where(User.id.in_(joined), User.delete_time.is_(None))
    why = unscoped("a team crosses units, so its members need not be in sight of whoever keeps it")
    missing = joined - set((await tx.session.execute(known.execution_options(**why))).scalars())
    if missing:
        named = ", ".join(sorted(map(str, missing))[:5])
        en, zh = f"There are no users {named}.", f"没有用户 {named}。"
        raise InvalidArgument.of("member_ids", "NOT_FOUND", en, zh)
