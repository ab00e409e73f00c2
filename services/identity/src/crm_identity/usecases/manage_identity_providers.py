"""Identity providers are made and changed; what they know of us is kept sealed."""

from sqlalchemy import select

from crm_identity.domain.identity_provider import IdentityProvider
from crm_identity.domain.role import Role
from crm_identity.domain.unit import Unit
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.secret_box import SecretBox
from crm_kit.tx import Tx


async def create_identity_provider(tx: Tx, provider: IdentityProvider, client_secret: str, box: SecretBox) -> None:
    """A new way to sign in."""
    await _check(tx, provider)
    provider.id = tx.new_id()
    _seal(provider, client_secret, box)
    tx.add(provider)


async def update_identity_provider(
    tx: Tx, provider: IdentityProvider, client_secret: str | None, box: SecretBox
) -> None:
    """Changed facts; ``client_secret`` is None when it stays."""
    await _check(tx, provider)
    if client_secret is not None:
        _seal(provider, client_secret, box)


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
    if provider.default_unit_id is not None:
        statement = select(Unit.id).where(Unit.id == provider.default_unit_id, Unit.delete_time.is_(None))
        if (await tx.session.execute(statement.execution_options(**why))).first() is None:
            wrong.append(Violation("default_unit_id", "UNKNOWN_UNIT", "There is no such unit.", "没有该组织。"))
    if wrong:
        raise InvalidArgument(wrong)
