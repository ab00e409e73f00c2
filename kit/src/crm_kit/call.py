"""Everything known about one call, from the wire or from the service's own work."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crm_kit.errors import Error, ModuleDisabled, PermissionDenied
from crm_kit.principal import Principal, Reach, Scope, system

if TYPE_CHECKING:
    from crm_kit.database import Database


@dataclass(slots=True)
class Idempotency:
    """The caller's promise that requests with this key are one request."""

    key: str
    method: str
    fingerprint: bytes
    result_type: str
    """Full proto name of the RPC's answer; where it is a stored record, that is what a repeat is answered with."""
    taken: bool = False
    """Whether a transaction of this very call has committed with the key: its next one is no repeat."""
    answered: bool = False
    """Whether it is noted what a repeat is answered with."""
    replayed: bool = False
    """Whether this is such a repeat: the answer is that of a request carried out earlier."""


@dataclass(slots=True)
class Call:
    """Who wants what, until when. Made by the server pipeline, or by ``for_work`` for the service's own work."""

    db: "Database"
    principal: Principal
    permission: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    deadline: float | None = None
    """``time.monotonic()`` instant after which nobody waits for the answer."""
    language: str = "en"
    request_id: str = ""
    idempotency: Idempotency | None = None
    shared: bool = False
    """Whether records outside the scope are shared with the caller."""
    address: str = ""
    """Where the request came from, as the gateway saw it."""

    @classmethod
    def for_work(
        cls, db: "Database", *, kind: str, name: str, now: datetime | None = None, cause_id: str = ""
    ) -> "Call":
        """A call by the service itself: ``kind`` is ``event``, ``timer``, ``job`` or ``service``; its scope is all."""
        principal = system(kind, name)
        if cause_id:
            principal = principal.caused_by(cause_id)
        return cls(db=db, principal=principal, permission=f"{kind}.{name}", now=now or datetime.now(UTC))

    def as_principal(self, principal: Principal, permission: str) -> "Call":
        """The same moment with another's rights: resumed work acts with the rights it was started with."""
        return replace(self, principal=principal, permission=permission)

    @property
    def attribution(self) -> str:
        """Who acts, in whose name and from where: a line each, as the trigger of row facts reads them."""
        return f"{self.principal.actor}\n{self.principal.on_behalf_of}\n{self.address}"

    @property
    def cause_id(self) -> str:
        """The request or event that caused this work."""
        return self.request_id or self.principal.cause_id

    @property
    def scope(self) -> Scope:
        """How far the permission of this call reaches at most; without any, PermissionDenied."""
        return max(reach.scope for reach in self.reach)

    @property
    def reach(self) -> tuple[Reach, ...]:
        """How far the permission of this call goes from each unit; without any, PermissionDenied."""
        reaches = self.principal.reach(self.permission)
        if not reaches:
            raise refusal_of(self.principal, self.permission)
        return reaches


def refusal_of(principal: Principal, permission: str) -> Error:
    """Why the principal may not: the right is missing, or its module is switched off."""
    module = permission.partition(".")[0]
    if module in principal.disabled and replace(principal, disabled=()).reach(permission):
        return ModuleDisabled(module=module)
    return PermissionDenied(permission=permission)
