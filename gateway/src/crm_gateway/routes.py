"""Routes from the contract's path templates, and the matcher that finds one for a request in a few dictionary steps."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from crm_gateway.contract import Binding

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")
_EMPTY = "google.protobuf.Empty"
_HTTP_BODY = "google.api.HttpBody"


class RouteConflict(ValueError):  # named by the fact, as all our errors
    """Two RPCs claim the same verb and path."""


@dataclass(frozen=True, eq=False)
class Route:
    """One reachable RPC with everything about it that does not change between requests."""

    binding: Binding
    segments: tuple[str | None, ...]
    """Path segments; None where a variable stands."""
    variables: tuple[str, ...]
    """Request field paths the variables fill, in order: ``lead.id``."""
    action: str
    """Custom verb after the last colon, or empty."""
    location: bool = False
    """Whether what this POST makes can be read at its own path plus ``/{id}``."""

    @cached_property
    def request(self) -> Descriptor:
        return self.binding.method.descriptor.input_type

    @cached_property
    def body_field(self) -> FieldDescriptor | None:
        body = self.binding.body
        return self.request.fields_by_name[body] if body not in ("", "*") else None

    @cached_property
    def takes_bytes(self) -> bool:
        """The HTTP body is the value itself: a file."""
        return self.body_field is not None and self.body_field.type == FieldDescriptor.TYPE_BYTES

    @cached_property
    def is_update(self) -> bool:
        return self.binding.verb in ("PATCH", "PUT")

    @cached_property
    def etag_owner(self) -> FieldDescriptor | None:
        """Body field whose message carries the ``etag``; None when the request itself does, or nothing."""
        owner = self.body_field
        if self.is_update and owner is not None and owner.message_type is not None:
            return owner if "etag" in owner.message_type.fields_by_name else None
        return None

    @cached_property
    def takes_etag(self) -> bool:
        return self.etag_owner is not None or "etag" in self.request.fields_by_name

    @cached_property
    def mask_field(self) -> str:
        known = self.request.fields_by_name
        return "update_mask" if self.is_update and "update_mask" in known else ""

    @cached_property
    def creates(self) -> bool:
        return self.binding.verb == "POST" and not self.action

    @cached_property
    def answers_nothing(self) -> bool:
        return self.binding.method.descriptor.output_type.full_name == _EMPTY

    @cached_property
    def answers_raw(self) -> bool:
        return self.binding.method.descriptor.output_type.full_name == _HTTP_BODY


@dataclass(frozen=True)
class Match:
    """A route and the path values of its variables."""

    route: Route
    values: tuple[str, ...]


@dataclass
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    variable: "_Node | None" = None
    # By custom verb, then by HTTP verb.
    routes: dict[str, dict[str, Route]] = field(default_factory=dict)


class Router:
    """Finds the route of a request; literal segments win over variables."""

    def __init__(self, bindings: Iterable[Binding]) -> None:
        """Raises RouteConflict, or ValueError for a template that names no field of the request."""
        self.routes = _located([_route(binding) for binding in bindings])
        self._root = _Node()
        for route in self.routes:
            self._add(route)

    def find(self, verb: str, path: str) -> Match | frozenset[str]:
        """The match, or the verbs the path allows instead: none of them when nothing is there."""
        if not path.startswith("/"):
            return frozenset()
        segments = path[1:].split("/")
        last, colon, action = segments[-1].rpartition(":")
        if not colon:
            return self._find(verb, tuple(segments), "")
        found = self._find(verb, (*segments[:-1], last), action)
        if found:
            return found
        # No custom verb: the colon may be the name's own, as in ``preferences/unit:{id}``.
        named = self._find(verb, tuple(segments), "")
        return named if isinstance(named, Match) else found

    def _find(self, verb: str, segments: tuple[str, ...], action: str) -> Match | frozenset[str]:
        allowed: set[str] = set()
        waiting: list[tuple[_Node, int, tuple[str, ...]]] = [(self._root, 0, ())]
        while waiting:
            node, position, values = waiting.pop()
            if position == len(segments):
                by_verb = node.routes.get(action, {})
                if verb in by_verb:
                    return Match(by_verb[verb], values)
                allowed.update(by_verb)
                continue
            segment = segments[position]
            if node.variable is not None and segment:
                waiting.append((node.variable, position + 1, (*values, segment)))
            if segment in node.literals:
                waiting.append((node.literals[segment], position + 1, values))
        return frozenset(allowed)

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.segments:
            if segment is None:
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node())
        by_verb = node.routes.setdefault(route.action, {})
        other = by_verb.setdefault(route.binding.verb, route)
        if other is not route:
            names = f"{other.binding.method.full_name} and {route.binding.method.full_name}"
            raise RouteConflict(f"{names} both claim {route.binding.verb} {route.binding.template}")


def _route(binding: Binding) -> Route:
    where = f"{binding.method.full_name}: {binding.template}"
    path, colon, action = binding.template.rpartition(":")
    if not colon:
        path = binding.template
    segments: list[str | None] = []
    variables: list[str] = []
    for segment in path.removeprefix("/").split("/"):
        variable = _VARIABLE.fullmatch(segment)
        if variable:
            field_at(binding.method.descriptor.input_type, variable[1], where)
            variables.append(variable[1])
        elif not _SEGMENT.fullmatch(segment):
            raise ValueError(f"{where}: only whole segments such as {{id}} may vary")
        segments.append(None if variable else segment)
    if binding.body not in ("", "*") and binding.body not in binding.method.descriptor.input_type.fields_by_name:
        raise ValueError(f"{where}: the request has no field {binding.body}")
    return Route(binding, tuple(segments), tuple(variables), action if colon else "")


def field_at(message: Descriptor, path: str, where: str) -> FieldDescriptor:
    """The field a dotted path leads to; ValueError when there is none."""
    *parents, name = path.split(".")
    for parent in parents:
        inner = message.fields_by_name.get(parent)
        if inner is None or inner.message_type is None:
            raise ValueError(f"{where}: the request has no field {path}")
        message = inner.message_type
    if name not in message.fields_by_name:
        raise ValueError(f"{where}: the request has no field {path}")
    return message.fields_by_name[name]


def _located(routes: list[Route]) -> list[Route]:
    readable = {route.segments for route in routes if route.binding.verb == "GET" and not route.action}
    return [
        Route(route.binding, route.segments, route.variables, route.action, location=True)
        if route.creates and (*route.segments, None) in readable
        else route
        for route in routes
    ]
