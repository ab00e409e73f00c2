"""Identity providers are made, changed and removed; what they know of us is kept sealed."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import select

from crm_identity.domain.api_key import ApiKey
from crm_identity.domain.identity_provider import IdentityProvider
from crm_identity.domain.role import Role
from crm_identity.domain.unit import Unit
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.directory_roles import Given, follow_groups, given_by_groups, members_of
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.secret_box import SecretBox
from crm_kit.tx import Tx

MOST_NAMED = 1_000
"""Users an event names whose rights changed; of more, everybody is told to ask again."""


async def create_identity_provider(tx: Tx, provider: IdentityProvider, client_secret: str, box: SecretBox) -> None:
    """A new way to sign in."""
    await _check(tx, provider)
    provider.id = tx.new_id()
    _seal(provider, client_secret, box)
    tx.add(provider)


async def update_identity_provider(
    tx: Tx,
    provider: IdentityProvider,
    change: Callable[[IdentityProvider], object],
    client_secret: str | None,
    box: SecretBox,
) -> None:
    """A provider after ``change``; ``client_secret`` is None when it stays. Roles follow what its groups give now."""
    members = await members_of(tx, provider)
    given = await given_by_groups(tx, members)
    change(provider)
    await _check(tx, provider)
    if client_secret is not None:
        _seal(provider, client_secret, box)
    await _roles_follow(tx, provider, given, members)


async def delete_identity_provider(tx: Tx, provider_id: str, etag: str) -> None:
    """Nobody signs in with it any more, and what its groups gave is taken away."""
    provider = await tx.load(IdentityProvider, provider_id, etag=etag)
    members = await members_of(tx, provider)
    given = await given_by_groups(tx, members)
    provider.delete_time = tx.now
    await _roles_follow(tx, provider, given, members)


async def _roles_follow(tx: Tx, provider: IdentityProvider, given: Given, members: Sequence[UUID]) -> None:
    changed = await follow_groups(tx, given, members)
    if len(changed) > MOST_NAMED:
        await access_changed(tx, provider, everybody=True)
    else:
        await access_changed(tx, provider, *changed)


def _seal(provider: IdentityProvider, client_secret: str, box: SecretBox) -> None:
    sealed = box.seal(client_secret.encode(), provider.place_of_secret) if client_secret else b""
    provider.client_secret_sealed = sealed


async def _check(tx: Tx, provider: IdentityProvider) -> None:
    wrong = provider.faults()
    named = {
        "group_roles": {one.get("role", "") for one in provider.group_roles},
        "default_roles": set(provider.default_roles),
    }
    why = unscoped("whether a role or a unit exists is no secret to whoever may connect a provider")
    known = set((await tx.session.execute(select(Role.code).execution_options(**why))).scalars())
    for field, roles in named.items():
        for role in sorted(roles - known):
            wrong.append(
                Violation(field, "UNKNOWN_ROLE", f"There is no role {role[:60]!r}.", f"没有角色“{role[:60]}”。")
            )
    if provider.directory_key_id is not None:
        usable = select(ApiKey.id).where(
            ApiKey.id == provider.directory_key_id, ApiKey.user_id.is_(None), ApiKey.revoke_time.is_(None)
        )
        if (await tx.session.execute(usable.execution_options(**why))).first() is None:
            en, zh = "There is no such key of a unit, or it was revoked.", "没有该组织密钥，或已被撤销。"
            wrong.append(Violation("directory_key_id", "UNKNOWN_KEY", en, zh))
    if provider.default_unit_id is not None:
        statement = select(Unit.id).where(Unit.id == provider.default_unit_id, Unit.delete_time.is_(None))
        if (await tx.session.execute(statement.execution_options(**why))).first() is None:
            wrong.append(Violation("default_unit_id", "UNKNOWN_UNIT", "There is no such unit.", "没有该组织。"))
    if wrong:
        raise InvalidArgument(wrong)
