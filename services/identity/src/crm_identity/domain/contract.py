"""What the contract of the whole platform lets an administrator grant and rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from crm_identity.domain.grants import Grants, matches, scope_of
from crm_kit.principal import Scope


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: ``leads.lead``, ``phone``, ``personal``; the class is empty unless personal or sensitive."""

    resource: str
    name: str
    data_class: str = ""

    @property
    def service(self) -> str:
        return self.resource.partition(".")[0]


@dataclass(frozen=True, eq=False)
class Contract:
    """``permissions``: name → RPCs it opens; ``fields``: of all messages, those inside other messages too."""

    permissions: Mapping[str, tuple[str, ...]]
    fields: tuple[Field, ...]

    @cached_property
    def resources(self) -> frozenset[str]:
        """What permissions are about: ``leads.lead``."""
        return frozenset(permission.rpartition(".")[0] for permission in self.permissions)

    def grantable(self, pattern: str) -> bool:
        """Whether the pattern matches any permission there is."""
        return any(matches(pattern, permission) for permission in self.permissions)

    def reaches_into(self, grants: Grants, part: str) -> bool:
        """Whether the grants open anything of a service (``leads``) or a resource (``leads.lead``)."""
        return _reaches_into(self, grants, part)

    def opener_of(self, field: Field) -> str:
        """Whose permissions open the field: its resource's, or its service's when it is a part of several."""
        return field.resource if field.resource in self.resources else field.service

    def ruled(self, pattern: str) -> bool:
        """Whether the field pattern matches any field there is."""
        return any(matches_field(pattern, field) for field in self.fields)


@lru_cache(maxsize=4096)
def _reaches_into(contract: Contract, grants: Grants, part: str) -> bool:
    return any(
        permission.startswith(part + ".") and scope_of(grants, permission) is not Scope.NONE
        for permission in contract.permissions
    )


@lru_cache(maxsize=65_536)
def matches_field(pattern: str, field: Field) -> bool:
    """``<service>.<resource>.<field>``; each part a name or ``*``, the last also ``@`` with a data class."""
    parts = pattern.split(".")
    if len(parts) != 3:
        return False
    service, resource, name = parts
    return (
        service in ("*", field.service)
        and resource in ("*", field.resource.partition(".")[2])
        and (name in ("*", field.name) or (bool(field.data_class) and name == "@" + field.data_class))
    )
