"""What identity is told by its environment besides what every process is."""

from dataclasses import dataclass

from crm_kit.settings import variable


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """``bootstrap_password``: makes headquarters and the user ``admin`` when there is no unit yet."""

    bootstrap_password: str = variable(
        "CRM_BOOTSTRAP_ADMIN_PASSWORD", "password of the first administrator", default=""
    )
