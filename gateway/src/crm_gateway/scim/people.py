"""SCIM users as users of identity, and groups as teams."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.identity.v1 import team_pb2, team_service_pb2, user_pb2, user_service_pb2
from google.protobuf.message import Message
from scim2_models import Meta, Resource

from crm_gateway.scim.schemas import BASE, Email, Group, Member, User


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource: both its shapes, its RPCs, and what it can be found by (SCIM attribute → field)."""

    name: str
    endpoint: str
    model: type[Resource[Any]]
    noun: str
    service: str
    requests: Any
    found_by: Mapping[str, str]
    shown: Callable[[Any], Resource[Any]]
    kept: Callable[[Any, Mapping[str, Any]], Message]
    fields: tuple[str, ...]

    def request(self, verb: str, **facts: Any) -> Message:
        """``GetUserRequest`` and the like."""
        plural = "s" if verb == "List" else ""
        made: Message = getattr(self.requests, f"{verb}{self.noun}{plural}Request")(**facts)
        return made

    def rpc(self, verb: str) -> str:
        plural = "s" if verb == "List" else ""
        return f"{self.service}/{verb}{self.noun}{plural}"


def shown_user(user: user_pb2.User) -> User:
    return User(
        id=user.id,
        external_id=user.external_id or None,
        user_name=user.login,
        display_name=user.display_name or None,
        title=user.title or None,
        active=not user.disabled,
        emails=[Email(value=user.email, type="work", primary=True)] if user.email else None,
        meta=_meta("User", "Users", user),
    )


def kept_user(given: User, sent: Mapping[str, Any]) -> user_pb2.User:
    """``sent`` is the request as it came: a name in parts is joined where no name to show was given."""
    emails = [email for email in given.emails or [] if email.value]
    first = next((email for email in emails if email.primary), emails[0] if emails else None)
    return user_pb2.User(
        login=given.user_name or "",
        display_name=given.display_name or _name(sent) or given.user_name or "",
        title=given.title or "",
        email=(first.value or "") if first is not None else "",
        external_id=given.external_id or "",
        disabled=given.active is False,
    )


def shown_team(team: team_pb2.Team) -> Group:
    return Group(
        id=team.id,
        external_id=team.external_id or None,
        display_name=team.name,
        members=[Member(value=member) for member in team.member_ids] or None,
        meta=_meta("Group", "Groups", team),
    )


def kept_team(given: Group, sent: Mapping[str, Any]) -> team_pb2.Team:  # noqa: ARG001 - as for users
    members = dict.fromkeys(member.value for member in given.members or [] if member.value)
    return team_pb2.Team(
        name=given.display_name or "", external_id=given.external_id or "", member_ids=[str(one) for one in members]
    )


USERS = Kind(
    "User",
    "Users",
    User,
    "User",
    "crm.identity.v1.UserService",
    user_service_pb2,
    {"username": "login", "externalid": "external_id", "id": "id"},
    shown_user,
    kept_user,
    ("login", "display_name", "title", "email", "external_id", "disabled"),
)
GROUPS = Kind(
    "Group",
    "Groups",
    Group,
    "Team",
    "crm.identity.v1.TeamService",
    team_service_pb2,
    {"displayname": "name", "externalid": "external_id", "id": "id"},
    shown_team,
    kept_team,
    ("name", "external_id", "member_ids"),
)
KINDS = {kind.endpoint.lower(): kind for kind in (USERS, GROUPS)}


def _name(sent: Mapping[str, Any]) -> str:
    name = sent.get("name")
    if not isinstance(name, Mapping):
        return ""
    formatted = name.get("formatted") or " ".join(
        str(name[part]) for part in ("givenName", "familyName") if name.get(part)
    )
    return str(formatted)


def _meta(name: str, endpoint: str, message: Any) -> Meta:
    return Meta(
        resource_type=name,
        created=message.create_time.ToDatetime(),
        last_modified=message.update_time.ToDatetime(),
        location=f"{BASE}/{endpoint}/{message.id}",
        version=f'W/"{message.etag}"',
    )
