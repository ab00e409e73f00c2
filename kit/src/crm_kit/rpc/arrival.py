"""What a request says of itself on its arrival: who calls, for how long, in which language, from where."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crm_kit.call import Call
from crm_kit.database import Database
from crm_kit.errors import LANGUAGES, PermissionDenied, Unauthenticated
from crm_kit.keys import Keys
from crm_kit.principal import Principal
from crm_kit.rpc.descriptors import Method

PERSONAL = frozenset({"user", "key"})
ADDRESS = re.compile(r"[^0-9A-Za-z.:%_-]")
"""What no address has in it; it goes into the trail, whose lines it must not break."""
ADDRESS_TEXT = 64
MACHINES_MAY = frozenset({"ops.event.list"})
"""What a service may ask another on nobody's behalf: the events it missed."""
Metadata = Mapping[str, Any]


def call_of(db: Database, keys: Keys, method: Method, metadata: Metadata, remaining: float | None) -> Call:
    """The call as its handler gets it; ``remaining``: seconds the caller waits, None for ever.

    Raises Unauthenticated, PrincipalOutdated and PermissionDenied.
    """
    return Call(
        db=db,
        principal=_principal(keys, method, metadata),
        permission=method.permission,
        now=datetime.now(UTC),
        deadline=None if remaining is None else time.monotonic() + remaining - 0.02,
        language=language_of(metadata),
        request_id=str(metadata.get("x-request-id", "")),
        address=ADDRESS.sub("", str(metadata.get("x-client-address", "")))[:ADDRESS_TEXT],
    )


def language_of(metadata: Metadata) -> str:
    asked = str(metadata.get("accept-language", "")).lower()
    return LANGUAGES[1] if asked.startswith("zh") else LANGUAGES[0]


def _principal(keys: Keys, method: Method, metadata: Metadata) -> Principal:
    authorization = str(metadata.get("authorization", ""))
    if not authorization.startswith("Bearer "):
        raise Unauthenticated
    principal = keys.verify(authorization[7:])
    if principal.kind not in PERSONAL and not (
        method.internal or method.anonymous or method.permission in MACHINES_MAY
    ):
        # A service calls on somebody's behalf; by itself it has no rights over records.
        raise PermissionDenied(permission=method.permission)
    return principal
