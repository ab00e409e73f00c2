"""What only the customers service reads from its environment."""

from dataclasses import dataclass
from zoneinfo import available_timezones

from crm_kit.settings import variable


def zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("expected an IANA zone such as Asia/Shanghai")
    return text


@dataclass(frozen=True, slots=True)
class CustomersSettings:
    """Where the days of contracts end that name no zone of their own."""

    time_zone: str = variable("CRM_TIME_ZONE", "IANA zone of the enterprise", default="Asia/Shanghai", parse=zone)
