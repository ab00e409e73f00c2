"""Roles that follow the groups of a company's directory: they come with a membership and go with it.

Which group gives which role is a list of the identity provider, made by whoever may connect one; a directory only says
who is in a group. It reaches people of the unit of its key and below, and never gives the administrator's role.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import Text, Uuid, all_, column, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from crm_identity.domain.identity_provider import ADMINISTRATOR, IdentityProvider
from crm_identity.domain.team import DirectoryKeepsTeam, Team
from crm_identity.domain.user import User
from crm_kit.access import unscoped
from crm_kit.handover import carry_state
from crm_kit.outbox import BatchItem
from crm_kit.tx import Tx

Given = Mapping[UUID, frozenset[str]]
"""Roles by user, of those who have any from a group."""

_WHY = unscoped("a directory's groups cross units, and what they give is bound to the unit of its key")


async def claim_for_directory(tx: Tx, team: Team) -> None:
    """A directory keeps what it makes or changes; a team it keeps is changed by nobody else."""
    caller = await _directory_of_caller(tx)
    if team.provider_id is not None and team.provider_id != caller and await _is_connected(tx, team.provider_id):
        raise DirectoryKeepsTeam(name=team.name)
    team.provider_id = caller


async def given_by_groups(tx: Tx, user_ids: Collection[UUID]) -> Given:
    """What these users have through groups at this moment of the transaction.

    Changes of groups come one after the other: who left their last two at once would otherwise keep the role of both.
    """
    await tx.session.execute(_ONE_AT_A_TIME)
    await tx.session.flush()
    rows = await tx.session.execute(_GIVEN, {"ids": list(user_ids), "never": ADMINISTRATOR}, execution_options=_WHY)
    return {row.id: frozenset(row.roles) for row in rows}


async def members_of(tx: Tx, provider: IdentityProvider) -> list[UUID]:
    """Everybody in a group that the provider's directory keeps."""
    rows = await tx.session.execute(_MEMBERS, {"id": provider.id}, execution_options=_WHY)
    return list(rows.scalars())


async def follow_groups(tx: Tx, before: Given, user_ids: Collection[UUID]) -> list[UUID]:
    """Give and take what differs from ``before``; answers whose roles changed. What people gave by hand stays."""
    now = await given_by_groups(tx, user_ids)
    changes = [
        {"id": str(user_id), "lost": sorted(had - has), "gained": sorted(has - had)}
        for user_id in user_ids
        if (had := before.get(user_id, frozenset())) != (has := now.get(user_id, frozenset()))
    ]
    if not changes:
        return []
    rows = (await tx.session.execute(_given_and_taken(tx, changes), execution_options=_WHY)).all()
    facts = []
    for row in rows:
        fact = events.UserUpdated()
        carry_state(fact, User, row)
        facts.append(BatchItem(row.id, row.event_seq, fact, row.unit_path))
    await tx.publish_many("user_account", facts)
    return [row.id for row in rows]


async def _directory_of_caller(tx: Tx) -> UUID | None:
    if tx.principal.kind != "key":
        return None
    mine = select(IdentityProvider.id).where(
        IdentityProvider.directory_key_id == UUID(tx.principal.session_id), IdentityProvider.delete_time.is_(None)
    )
    return (await tx.session.execute(mine.execution_options(**_WHY))).scalar_one_or_none()


async def _is_connected(tx: Tx, provider_id: UUID) -> bool:
    connected = select(IdentityProvider.id).where(
        IdentityProvider.id == provider_id,
        IdentityProvider.directory_key_id.is_not(None),
        IdentityProvider.delete_time.is_(None),
    )
    return (await tx.session.execute(connected.execution_options(**_WHY))).first() is not None


def _given_and_taken(tx: Tx, changes: Sequence[Mapping[str, object]]) -> Any:
    """One statement for all: what stays keeps its order, what is new comes behind."""
    users = User.__table__.c
    columns = (column("id", Uuid()), column("lost", ARRAY(Text())), column("gained", ARRAY(Text())))
    change = func.jsonb_to_recordset(literal(changes, JSONB())).table_valued(*columns, name="change")
    change = change.render_derived(with_types=True)
    held = func.unnest(users.roles).table_valued("role", with_ordinality="place", name="held").render_derived()
    fresh = func.unnest(change.c.gained).table_valued("role", name="fresh").render_derived()
    kept = select(func.array_agg(aggregate_order_by(held.c.role, held.c.place))).where(
        held.c.role != all_(change.c.lost)
    )
    added = select(func.array_agg(fresh.c.role)).where(fresh.c.role != all_(users.roles))
    roles = [
        func.coalesce(each.correlate(User.__table__, change).scalar_subquery(), literal([], ARRAY(Text())))
        for each in (kept, added)
    ]
    return (
        update(User.__table__)  # type: ignore[arg-type]
        .where(users.id == change.c.id, users.delete_time.is_(None))
        .values(
            roles=func.array_cat(*roles),
            version=users.version + 1,
            event_seq=users.event_seq + 1,
            update_time=tx.now,
        )
        .returning(*users)
    )


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('crm_identity.directory_roles'))")
_GIVEN = text("""
    SELECT u.id, array_agg(DISTINCT r.code) AS roles
    FROM user_account u
    JOIN team t ON t.member_ids @> ARRAY[u.id] AND t.delete_time IS NULL
    JOIN identity_provider p ON p.id = t.provider_id AND p.delete_time IS NULL
    JOIN api_key k ON k.id = p.directory_key_id AND starts_with(u.unit_path, k.unit_path)
    CROSS JOIN LATERAL jsonb_to_recordset(p.group_roles) AS g ("group" text, role text)
    JOIN role r ON r.code = g.role AND r.delete_time IS NULL
    WHERE u.id = ANY(CAST(:ids AS uuid[])) AND g.role <> CAST(:never AS text) AND g."group" IN (t.name, t.external_id)
    GROUP BY u.id
""")
_MEMBERS = text("""
    SELECT DISTINCT m.id FROM team t CROSS JOIN LATERAL unnest(t.member_ids) AS m (id)
    WHERE t.provider_id = :id AND t.delete_time IS NULL
""")
