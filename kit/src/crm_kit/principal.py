"""Who is calling, with which rights."""

from dataclasses import dataclass, field, replace
from enum import IntEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from crm_kit.field_rules import Rules


class Scope(IntEnum):
    """How far a grant reaches, each containing the one before."""

    NONE = 0
    OWN = 1
    UNIT = 2
    SUBTREE = 3
    ALL = 4


Grants = tuple[tuple[str, Scope], ...]
READING = frozenset({"get", "list"})
"""Last words of the permissions that change nothing: a share to read and a switched-off module leave them."""


class Position(NamedTuple):
    """Rights that count from one unit."""

    unit_path: str
    grants: Grants


class Reach(NamedTuple):
    """How far one permission goes from one unit."""

    scope: Scope
    unit_path: str


class Restriction(NamedTuple):
    """Records of a resource (``leads.lead``) that fulfil the filter are hidden; owners keep their own unless it binds them."""

    rule_id: str
    resource: str
    filter: str
    binds_owner: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with rights: a user, a key, a job, a timer, an event consumer or a service.

    ``grants`` maps a permission or pattern (``leads.*``) to a scope; ``unit_path`` is the unit the scopes count from.
    ``positions`` are the same for further units; teams, territories and units are what records can be shared with.
    ``read_only_territories``: those of ``territories`` whose records the principal may only look at.
    ``disabled``: modules in which nothing can be written. ``departed``: units whose records are on their way elsewhere
    and not to be seen from where they were. ``on_behalf_of``: the user whose rights these are, when somebody acts for
    another. ``restrictions``: what is hidden whatever else shows it. ``epoch``: the state of all rights this statement is at least as new as.
    """

    subject: str
    kind: str = "user"
    name: str = ""
    unit_path: str = "/"
    grants: Grants = ()
    positions: tuple[Position, ...] = ()
    teams: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    read_only_territories: tuple[str, ...] = ()
    field_rules: Rules = ()
    restrictions: tuple[Restriction, ...] = ()
    disabled: tuple[str, ...] = ()
    departed: tuple[str, ...] = ()
    on_behalf_of: str = ""
    roles: tuple[str, ...] = ()
    language: str = "en"
    issuer: str = ""
    session_id: str = ""
    epoch: int = 0
    cause_id: str = field(default="", compare=False)
    memo: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was derived from this principal alone; it is kept as long as the verified token it came from."""

    @property
    def actor(self) -> str:
        return f"{self.kind}:{self.subject}"

    @property
    def user_id(self) -> UUID | None:
        """Whose records are one's own; None for the system's own actors."""
        try:
            return UUID(self.on_behalf_of or self.subject)
        except ValueError:
            return None

    def scope(self, permission: str) -> Scope:
        """The widest scope any grant gives for the permission; NONE when no grant does."""
        return max((reach.scope for reach in self.reach(permission)), default=Scope.NONE)

    def reach(self, permission: str) -> tuple[Reach, ...]:
        """How far the permission goes from each unit in which it is held; empty when it is not held."""
        found: tuple[Reach, ...] | None = self.memo.get(permission)
        if found is None:
            found = self.memo[permission] = self._reach(permission)
        return found

    def _reach(self, permission: str) -> tuple[Reach, ...]:
        module, _, rest = permission.partition(".")
        if module in self.disabled and rest.rpartition(".")[2] not in READING:
            return ()
        held = (Position(self.unit_path, self.grants), *self.positions)
        reaches = [Reach(_scope(position.grants, permission), position.unit_path) for position in held]
        if any(reach.scope is Scope.ALL for reach in reaches):
            return (Reach(Scope.ALL, "/"),)
        return tuple(dict.fromkeys(reach for reach in reaches if reach.scope is not Scope.NONE))

    @property
    def grantees(self) -> tuple[str, ...]:
        """Whom a record can be shared with so that this principal reaches it."""
        units = dict.fromkeys((self.unit_path, *(position.unit_path for position in self.positions)))
        user = [f"user:{self.user_id}"] if self.user_id is not None else []
        return (
            *user,
            *(f"team:{team}" for team in self.teams),
            *(f"territory:{territory}" for territory in self.territories),
            *(f"unit:{path}" for path in units),
        )

    def grantees_for(self, permission: str) -> tuple[str, ...]:
        """The same as far as they let this principal do what the permission does."""
        if not self.read_only_territories or permission.rpartition(".")[2] in READING:
            return self.grantees
        only = {f"territory:{territory}" for territory in self.read_only_territories}
        return tuple(grantee for grantee in self.grantees if grantee not in only)

    def caused_by(self, cause_id: str) -> "Principal":
        """The same rights at work because of an event or request; what was derived from them still holds."""
        other = replace(self, cause_id=cause_id)
        object.__setattr__(other, "memo", self.memo)
        return other


@lru_cache(maxsize=4096)
def _scope(grants: Grants, permission: str) -> Scope:
    return max((scope for pattern, scope in grants if fnmatchcase(permission, pattern)), default=Scope.NONE)


@lru_cache(maxsize=1024)
def system(kind: str, name: str) -> Principal:
    """The service itself at work: a timer, a job without a person, an event consumer."""
    return Principal(subject=name, kind=kind, name=name, grants=(("*", Scope.ALL),))
