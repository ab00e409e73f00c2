"""What an event lets browsers be told: which record changed and who changed it, never a value."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from crm.identity.v1.identity_events_pb2 import AccessChanged
from crm.identity.v1.notification_pb2 import Notification
from crm.identity.v1.saved_view_pb2 import SavedView
from crm.reporting.v1.dashboard_pb2 import Dashboard
from crm.reporting.v1.report_definition_pb2 import ReportDefinition
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from crm_gateway import contract
from crm_kit.access import below, in_reach
from crm_kit.envelope import Envelope
from crm_kit.principal import Principal

_EVENTS = "_events.proto"
PRIVATE = frozenset({Notification.DESCRIPTOR.full_name})
"""Told to their owner alone, however far the rights of others reach."""
FOR_AN_AUDIENCE = frozenset(kind.DESCRIPTOR.full_name for kind in (SavedView, ReportDefinition, Dashboard))
"""Records that say themselves for whom they are, all by the same numbers."""
UNKNOWN = object()
"""Owner of a record whose message names none: nobody's own, so that only a wider scope is told."""


@dataclass(frozen=True, slots=True)
class Change:
    """A record changed. ``type`` is the resource as permissions name it, such as ``leads.lead``."""

    type: str
    id: str
    etag: str
    actor: str
    permission: str
    owner_id: Any
    unit_path: str
    private: bool = False
    audience: int | None = None
    """For whom a record is that says so itself, as a view of a list does: no scope tells who may read it."""

    def may_be_told(self, principal: Principal) -> bool:
        """Whether the caller could read the record. Shares are known to its service alone and count for nothing here; nor is
        anything told of a resource of which something is withheld, but for one's own where owners are spared.
        """
        if self.private and self.owner_id != principal.user_id:
            return False
        if self.audience is not None:
            return self._is_for(principal)
        withheld = [one for one in principal.restrictions if one.resource == self.type]
        if withheld and (
            principal.user_id is None or self.owner_id != principal.user_id or any(one.binds_owner for one in withheld)
        ):
            return False
        return in_reach(principal, principal.reach(self.permission), self.owner_id, self.unit_path)

    def _is_for(self, principal: Principal) -> bool:
        if self.audience == SavedView.PRIVATE:
            return self.owner_id is not None and self.owner_id == principal.user_id
        units = (principal.unit_path, *(position.unit_path for position in principal.positions))
        inside = self.audience == SavedView.EVERYONE or any(below(self.unit_path, unit) for unit in units)
        return inside and bool(principal.reach(self.permission))


@dataclass(frozen=True, slots=True)
class Ending:
    """Rights of these users, keys or sessions, or of everybody, changed with this epoch."""

    ids: frozenset[str]
    everybody: bool
    epoch: int

    def concerns(self, principal: Principal) -> bool:
        """Whether what is known of the caller is older than the change."""
        own = {principal.subject, principal.session_id, principal.on_behalf_of}
        return principal.epoch < self.epoch and (self.everybody or not self.ids.isdisjoint(own))


Fact = Change | Ending


@cache
def domains() -> tuple[str, ...]:
    """Domains that announce events, each with a stream of its name."""
    contract.load()
    files = {Default().FindServiceByName(service).file.package for service in _services()}
    announcing = (package for package in files if _announces(package))
    return tuple(sorted(package.split(".")[1] for package in announcing))


def facts_of(events: Iterable[Envelope]) -> Iterator[Fact]:
    """What the events say, in their order. DecodeError when a payload is not what its type says."""
    for event in events:
        if event.event_type == AccessChanged.DESCRIPTOR.full_name:
            said = AccessChanged.FromString(event.payload)
            yield Ending(frozenset(said.ids), said.everybody, said.epoch)
            continue
        message = _event_class(event.event_type)
        if message is not None:
            yield from _changes(event, message.FromString(event.payload))


def _changes(event: Envelope, message: Message) -> Iterator[Change]:
    permissions = _readable()
    for field, value in message.ListFields():
        permission = permissions.get(field.message_type.full_name) if field.message_type is not None else None
        if permission is None or field.is_repeated or not value.id:
            continue
        fields = value.DESCRIPTOR.fields_by_name
        own = value.id == str(event.aggregate_id)
        yield Change(
            type=permission.rpartition(".")[0],
            id=value.id,
            etag=value.etag if "etag" in fields else "",
            actor=event.actor,
            permission=permission,
            owner_id=_owner(value.owner_id) if "owner_id" in fields else UNKNOWN,
            # Of another record than the event is about, the envelope says nothing.
            unit_path=value.unit_path if "unit_path" in fields else event.unit_path if own else "",
            private=value.DESCRIPTOR.full_name in PRIVATE,
            audience=value.audience if value.DESCRIPTOR.full_name in FOR_AN_AUDIENCE else None,
        )


def _owner(text: str) -> UUID | None:
    return UUID(text) if text else None


@cache
def _readable() -> Mapping[str, str]:
    """The permission to read each resource that can be got by id, by the full name of its message."""
    methods = {binding.method for binding in contract.load().bindings if binding.verb == "GET"}
    return {
        method.descriptor.output_type.full_name: method.permission
        for method in methods
        if method.permission.endswith(".get") and method.name == f"Get{method.descriptor.output_type.name}"
    }


@cache
def _event_class(event_type: str) -> type[Message] | None:
    """None for an event that a newer release announces and this one does not know."""
    contract.load()
    try:
        return GetMessageClass(Default().FindMessageTypeByName(event_type))
    except KeyError:
        return None


def _services() -> set[str]:
    return {binding.method.descriptor.containing_service.full_name for binding in contract.load().bindings}


def _announces(package: str) -> bool:
    try:
        Default().FindFileByName(f"{package.replace('.', '/')}/{package.split('.')[1]}{_EVENTS}")
    except KeyError:
        return False
    return True
