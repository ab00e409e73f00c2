"""A caller's rights as the contract answers them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from crm.identity.v1 import preferences_pb2, restriction_rule_pb2, role_pb2, user_pb2
from crm.identity.v1 import session_service_pb2 as pb

from crm_identity import mappings
from crm_identity.domain.assembly import Person, Rights, assemble, assemble_key, assemble_partner
from crm_identity.domain.caller import Caller
from crm_identity.domain.delegation import DelegationMissing
from crm_identity.domain.grants import Grants
from crm_identity.queries.access_facts import Known, house_now, known
from crm_identity.queries.contract import contract
from crm_identity.queries.unit_preferences import preferences_of_unit
from crm_kit.call import Call
from crm_kit.errors import Unauthenticated


async def current_user(call: Call, caller: Caller, on_behalf_of: str) -> pb.CurrentUser:
    """Who the caller is with everything that follows; DelegationMissing when nobody of that id has lent anything."""
    if caller.user_id is None:
        return await _partner(call, caller, on_behalf_of)
    delegator_id = _delegator_id(on_behalf_of)
    found = await known(call, *{caller.user_id, *((delegator_id,) if delegator_id else ())})
    mine = found.get(caller.user_id)
    if mine is None or mine.person.disabled:
        raise Unauthenticated
    if caller.api_key_id:
        if on_behalf_of:
            raise DelegationMissing(permission=f"act for {on_behalf_of}")
        rights = assemble_key(mine.person, mine.house, contract(), caller.grants)
    else:
        rights = _of_user(mine, found, delegator_id, on_behalf_of)
    user: user_pb2.User = mappings.user.write(mine.row)
    user.language = mine.preferences["language"]
    answer = _answer(rights, user, caller, mine.epoch)
    answer.preferences.CopyFrom(effective_preferences(f"user:{user.id}", mine.preferences))
    return answer


def effective_preferences(holder: str, values: Mapping[str, Any]) -> preferences_pb2.Preferences:
    """What counts, every field with a value."""
    said = {name: value for name, value in values.items() if name != "console"}
    message = preferences_pb2.Preferences(holder=holder, **said)
    message.console.update(values["console"])
    return message


def _of_user(mine: Known, found: Mapping[UUID, Known], delegator_id: UUID | None, on_behalf_of: str) -> Rights:
    if not on_behalf_of:
        return assemble(mine.person, mine.house, contract())
    lender = found.get(delegator_id) if delegator_id else None
    if lender is None:
        raise DelegationMissing(permission=f"act for {on_behalf_of}")
    delegator: Person = lender.person
    return assemble(mine.person, lender.house, contract(), delegator)


async def _partner(call: Call, caller: Caller, on_behalf_of: str) -> pb.CurrentUser:
    if on_behalf_of:
        raise DelegationMissing(permission=f"act for {on_behalf_of}")
    house, epoch = await house_now(call)
    values = await preferences_of_unit(call, caller.unit_path)
    user = user_pb2.User(display_name=caller.name, unit_path=caller.unit_path, language=values["language"])
    answer = _answer(assemble_partner(caller.unit_path, caller.grants, house), user, caller, epoch)
    answer.preferences.CopyFrom(effective_preferences("", values))
    return answer


def _answer(rights: Rights, user: user_pb2.User, caller: Caller, epoch: int) -> pb.CurrentUser:
    return pb.CurrentUser(
        user=user,
        kind="key" if caller.api_key_id else "user",
        api_key_id=caller.api_key_id,
        session_id=caller.session_id,
        unit_path=rights.unit_path,
        grants=_grants(rights.grants),
        positions=[pb.PositionGrants(unit_path=path, grants=_grants(grants)) for path, grants in rights.positions],
        team_ids=rights.team_ids,
        territory_ids=rights.territory_ids,
        read_only_territory_ids=rights.read_only_territory_ids,
        field_rules=[
            role_pb2.FieldRule(
                field=rule.field, read=role_pb2.FieldRule.Read.Value(rule.read), read_only=rule.read_only
            )
            for rule in rights.field_rules
        ],
        restrictions=[
            restriction_rule_pb2.Restriction(
                rule_id=one.rule_id, resource=one.resource, filter=one.filter, binds_owner=one.binds_owner
            )
            for one in rights.restrictions
        ],
        disabled_modules=rights.disabled_modules,
        departed_paths=rights.departed_paths,
        on_behalf_of=rights.on_behalf_of,
        delegator_ids=rights.delegator_ids,
        epoch=epoch,
    )


def _grants(grants: Grants) -> list[role_pb2.Grant]:
    return [role_pb2.Grant(permission=pattern, scope=scope.name.lower()) for pattern, scope in grants]


def _delegator_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
