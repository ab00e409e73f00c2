"""Whom a credential belongs to, before anybody asks what they may do."""

from dataclasses import dataclass
from uuid import UUID

from crm_identity.domain.grants import Grants


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a session's token or of an API key.

    ``user_id`` is None for a partner's key, whose rights are its own ``grants`` from ``unit_path``; with a user, a key's
    ``grants`` cut that user's rights down. A session has no grants of its own.
    """

    user_id: UUID | None
    session_id: str = ""
    api_key_id: str = ""
    name: str = ""
    unit_path: str = ""
    grants: Grants = ()
