"""crm.identity.v1.AccessService."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crm.identity.v1 import access_service_pb2 as pb
from crm.identity.v1.restriction_rule_pb2 import Restriction
from crm.identity.v1.session_service_pb2 import CurrentUser
from sqlalchemy import ColumnElement, select, tuple_

from crm_identity.domain.assembly import Person
from crm_identity.domain.caller import Caller
from crm_identity.domain.explanation import Explained, Hiding, Reason, all_permissions, explain, of_record
from crm_identity.domain.user import User
from crm_identity.queries.access_history import house_at, people_at
from crm_identity.queries.contract import contract
from crm_identity.rpc.current_user import current_user
from crm_kit.access import scoped, visible
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument, NotFound
from crm_kit.positions import position_of, size_of, token_of
from crm_kit.principal import Scope
from crm_kit.tx import parse_id

BATCH = 500
"""Users looked at together while a page fills."""


class AccessService:
    """Why somebody may or may not. Whoever asks learns about the users their own scope shows."""

    async def ExplainPermission(self, request: pb.ExplainPermissionRequest, call: Call) -> pb.PermissionVerdict:
        _require_known(request.permission)
        user_id, moment = await _visible_user(call, request.user_id), _moment(request, call)
        async with call.db.connect() as connection:
            house = await house_at(connection, moment)
            people = await people_at(connection, [user_id], moment)
        person = _only(people.persons, user_id)
        return _verdict(explain(person, people.delegators, house, request.permission), call)

    async def ListUserPermissions(
        self, request: pb.ListUserPermissionsRequest, call: Call
    ) -> pb.ListUserPermissionsResponse:
        user_id, moment = await _visible_user(call, request.user_id), _moment(request, call)
        async with call.db.connect() as connection:
            house = await house_at(connection, moment)
            people = await people_at(connection, [user_id], moment)
        person = _only(people.persons, user_id)
        found = all_permissions(person, people.delegators, house, contract())
        return pb.ListUserPermissionsResponse(permissions=[_verdict(each, call) for each in found])

    async def ListRestrictions(self, request: pb.ListRestrictionsRequest, call: Call) -> pb.ListRestrictionsResponse:
        async with call.db.connect() as connection:
            house = await house_at(connection, _moment(request, call))
        return pb.ListRestrictionsResponse(
            restrictions=[
                Restriction(rule_id=rule.id, resource=rule.resource, filter=rule.filter, binds_owner=rule.binds_owner)
                for rule in house.restrictions
                if rule.resource == request.resource
            ]
        )

    async def GetRights(self, request: pb.GetRightsRequest, call: Call) -> CurrentUser:
        return await current_user(call, Caller(parse_id(User, request.user_id)), request.on_behalf_of)

    async def ListUsersWithAccess(
        self, request: pb.ListUsersWithAccessRequest, call: Call
    ) -> pb.ListUsersWithAccessResponse:
        _require_known(request.permission)
        size, moment = size_of(request.page_size), _moment(request, call)
        owner = parse_id(User, request.owner_id) if request.owner_id else None
        one = await _visible_user(call, request.user_id) if request.user_id else None
        position = position_of(request.page_token, 2)
        answer = pb.ListUsersWithAccessResponse()
        async with call.db.connect() as connection:
            house = await house_at(connection, moment)
            while True:
                rows = (await connection.execute(_batch(call, one, position), execution_options=scoped(call))).all()
                names = {row.id: row.display_name for row in rows}
                people = await people_at(connection, list(names), moment)
                hiding = Hiding(frozenset(request.restriction_rule_ids), house, people.delegators)
                for person in people.persons:
                    verdict = explain(person, people.delegators, house, request.permission)
                    verdict = of_record(verdict, person, owner, request.unit_path, hiding)
                    if not verdict.allowed and one is None:
                        continue
                    if len(answer.users) == size:
                        last = answer.users[-1]
                        answer.next_page_token = token_of(last.display_name, last.user_id)
                        return answer
                    answer.users.append(_user_access(person, names[person.id], verdict, call))
                if len(rows) < BATCH:
                    return answer
                position = [rows[-1].display_name, str(rows[-1].id)]


def _batch(call: Call, one: UUID | None, position: list[str | int] | None) -> Any:
    columns = User.__table__.c
    conditions: list[ColumnElement[bool]] = [visible(call, User, deleted=True)]
    if one is not None:
        conditions.append(columns.id == one)
    if position is not None:
        conditions.append(tuple_(columns.display_name, columns.id) > tuple_(str(position[0]), UUID(str(position[1]))))
    names = (columns.display_name, columns.id)
    return select(columns.id, columns.display_name).where(*conditions).order_by(*names).limit(BATCH)


async def _visible_user(call: Call, user_id: str) -> UUID:
    """The id of a user the caller may ask about, one who has left included; else NotFound."""
    key = parse_id(User, user_id)
    statement = select(User.__table__.c.id).where(User.__table__.c.id == key, visible(call, User, deleted=True))
    async with call.db.connect() as connection:
        if (await connection.execute(statement, execution_options=scoped(call))).first() is None:
            raise NotFound(resource=User.__tablename__, id=user_id)
    return key


def _only(persons: tuple[Person, ...], user_id: UUID) -> Person:
    if not persons:
        raise NotFound(resource=User.__tablename__, id=user_id)
    return persons[0]


def _moment(request: Any, call: Call) -> datetime:
    if not request.HasField("as_of"):
        return call.now
    moment: datetime = request.as_of.ToDatetime(tzinfo=UTC)
    if moment > call.now:
        raise InvalidArgument.of("as_of", "IN_THE_FUTURE", "Choose a moment up to now.", "请选择不晚于当前的时间。")
    return moment


def _require_known(permission: str) -> None:
    if permission not in contract().permissions:
        en = f"There is no permission {permission[:100]}. /v1/permissions lists them all."
        zh = f"没有权限 {permission[:100]}，全部权限见 /v1/permissions。"
        raise InvalidArgument.of("permission", "UNKNOWN_PERMISSION", en, zh)


def _verdict(explained: Explained, call: Call) -> pb.PermissionVerdict:
    return pb.PermissionVerdict(
        permission=explained.permission,
        allowed=explained.allowed,
        scope=explained.scope.name.lower(),
        reasons=_told(explained, call),
    )


def _told(explained: Explained, call: Call) -> list[pb.AccessReason]:
    """Whoever asks about nobody but themselves is not told that anything is hidden from them."""
    telling = call.scope > Scope.OWN
    return [_reason(reason, call) for reason in explained.reasons if telling or reason.kind != "restriction"]


def _user_access(person: Person, name: str, explained: Explained, call: Call) -> pb.UserAccess:
    return pb.UserAccess(
        user_id=str(person.id),
        display_name=name,
        unit_path=person.unit_path,
        reasons=_told(explained, call),
    )


def _reason(reason: Reason, call: Call) -> pb.AccessReason:
    return pb.AccessReason(
        kind=reason.kind,
        grants=reason.grants,
        source=reason.source,
        pattern=reason.pattern,
        scope=reason.scope.name.lower(),
        unit_path=reason.unit_path,
        text=reason.text(call.language),
    )
