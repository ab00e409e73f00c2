"""Everything known about one call, from the wire or from the service's own work."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crm_kit.errors import PermissionDenied
from crm_kit.principal import Principal, Scope, system

if TYPE_CHECKING:
    from crm_kit.database import Database


@dataclass(slots=True)
class Idempotency:
    """The caller's promise that requests with this key are one request."""

    key: str
    method: str
    fingerprint: bytes
    result_type: str
    """Full proto name of the RPC's answer; the record of that type is what a repeat is answered with."""
    taken: bool = False
    """Whether a transaction of this very call has committed with the key: its next one is no repeat."""


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
    def scope(self) -> Scope:
        """How far the permission of this call reaches; without any, PermissionDenied."""
        scope = self.principal.scope(self.permission)
        if scope is Scope.NONE:
            raise PermissionDenied(permission=self.permission)
        return scope
