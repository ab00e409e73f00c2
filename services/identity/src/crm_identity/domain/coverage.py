"""Nobody gives what they do not have: whether one set of rights reaches as far as another, everywhere.

Compared over every permission and every ruled field of the contract, so that neither a pattern nor a role without
masks gets past.
"""

from collections.abc import Sequence

from crm_identity.domain.assembly import Places
from crm_identity.domain.contract import Contract, matches_field
from crm_identity.domain.field_rules import FieldRule, RoleFacts, Verdict, verdict
from crm_identity.domain.grants import scope_of
from crm_kit.errors import PermissionDenied
from crm_kit.principal import Principal, Scope


class WiderThanYourOwn(PermissionDenied):
    """Privilege escalation. Facts: permission (or field), scope, unit_path."""

    en = "This would give {permission} with scope {scope} from {unit_path}, which reaches further than your own rights."
    zh = "这将授予 {unit_path} 范围 {scope} 的权限 {permission}，超出了您自己的权限。"


def places_of_caller(principal: Principal) -> Places:
    """What the caller may do, by the unit it counts from."""
    own: Places = {principal.unit_path: principal.grants}
    for path, grants in principal.positions:
        own[path] = (*own.get(path, ()), *grants)
    return own


def refuse_wider(given: Places, own: Places, contract: Contract) -> None:
    """Raise WiderThanYourOwn for the first permission given beyond one's own."""
    for permission in contract.permissions:
        mine = [(path, scope_of(grants, permission)) for path, grants in own.items()]
        for path, grants in given.items():
            scope = scope_of(grants, permission)
            if scope is not Scope.NONE and not any(covers(at, reach, path, scope) for at, reach in mine):
                raise WiderThanYourOwn(permission=permission, scope=scope.name.lower(), unit_path=path)


def covers(path: str, scope: Scope, other_path: str, other_scope: Scope) -> bool:
    """Whether a scope counted from one unit holds all that another holds. Own counts as own anywhere inside."""
    if scope is Scope.ALL:
        return True
    if scope is Scope.SUBTREE:
        return other_scope <= Scope.SUBTREE and other_path.startswith(path)
    return other_scope <= scope and other_path == path


def refuse_clearer(roles: Sequence[RoleFacts], rules: Sequence[FieldRule], contract: Contract) -> None:
    """Raise WiderThanYourOwn for the first field the roles show or open more than ``rules``, the giver's merged ones."""
    if not rules:
        return
    for field in contract.fields:
        mine = [Verdict(rule.read, rule.read_only) for rule in rules if matches_field(rule.field, field)]
        theirs = verdict(roles, field, contract)
        if mine and theirs is not None and not all(theirs.within(one) for one in mine):
            shown = theirs.read.lower() + ("" if theirs.read_only else ", writable")
            raise WiderThanYourOwn(permission=f"{field.resource}.{field.name}", scope=shown, unit_path="/")


def wherever_held(role: RoleFacts, root: str) -> Places:
    """What a role would give at worst: anybody may be given it anywhere, so it counts from headquarters down."""
    return {root: tuple((pattern, max(scope, Scope.SUBTREE)) for pattern, scope in role.grants)}
