"""What identity is told by its environment besides what every process is."""

from dataclasses import dataclass

from crm_kit.settings import variable


def _yes(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError("expected 0 or 1")
    return text == "1"


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """``bootstrap_password``: makes headquarters and the user ``admin`` when there is no unit yet.

    ``oidc_allow_private``: providers inside the house may be reached, even over http on this machine.
    """

    bootstrap_password: str = variable(
        "CRM_BOOTSTRAP_ADMIN_PASSWORD", "password of the first administrator", default=""
    )
    oidc_allow_private: bool = variable(
        "CRM_OIDC_ALLOW_PRIVATE", "1 when identity providers have private addresses", default=False, parse=_yes
    )
