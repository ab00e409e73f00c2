"""Work that goes on in somebody's name acts with the rights the person has then, which identity knows."""

from collections.abc import Iterable

from crm.identity.v1 import access_service_pb2 as pb
from crm.identity.v1.role_pb2 import Grant
from crm.identity.v1.session_service_pb2 import CurrentUser

from crm_kit.field_rules import FieldRule, Read
from crm_kit.principal import Grants, Position, Principal, Restriction, Scope, system
from crm_kit.rpc.channels import Channels

IDENTITY = "identity"
"""The process that knows everybody's rights; every house has one."""
RIGHTS = "crm.identity.v1.AccessService/GetRights"


async def rights_now(channels: Channels, principal: Principal) -> Principal:
    """The same person with the rights of now; RemoteError when the person may not work here, or not for another, any more."""
    request = pb.GetRightsRequest(user_id=principal.subject, on_behalf_of=principal.on_behalf_of)
    asking = system("service", "rights")
    return principal_from(await channels.call(IDENTITY, RIGHTS, request, CurrentUser, principal=asking))


def principal_from(current: CurrentUser) -> Principal:
    """The principal of whom identity tells."""
    user = current.user
    return Principal(
        # A partner's key is nobody but itself.
        subject=user.id or current.api_key_id,
        kind=current.kind or "user",
        name=user.display_name,
        unit_path=current.unit_path or user.unit_path,
        grants=_grants(current.grants),
        positions=tuple(Position(one.unit_path, _grants(one.grants)) for one in current.positions),
        teams=tuple(current.team_ids),
        territories=tuple(current.territory_ids),
        read_only_territories=tuple(current.read_only_territory_ids),
        field_rules=tuple(
            FieldRule(rule.field, Read(max(rule.read, Read.FULL)), rule.read_only) for rule in current.field_rules
        ),
        restrictions=tuple(
            Restriction(one.rule_id, one.resource, one.filter, one.binds_owner) for one in current.restrictions
        ),
        disabled=tuple(current.disabled_modules),
        departed=tuple(current.departed_paths),
        on_behalf_of=current.on_behalf_of,
        roles=tuple(user.roles),
        language=user.language or "en",
        session_id=current.session_id or current.api_key_id,
        epoch=current.epoch,
    )


def _grants(grants: Iterable[Grant]) -> Grants:
    return tuple((grant.permission, Scope[grant.scope.upper()]) for grant in grants)
