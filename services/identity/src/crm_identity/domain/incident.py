"""What goes wrong in a service at this moment, and wants an administrator."""

from sqlalchemy import Column, DateTime, Table, Text, Uuid

from crm_identity.domain.record import Record
from crm_kit.errors import PermissionDenied

incident = Table(
    "incident",
    Record.metadata,
    Column("service", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("open_time", DateTime(timezone=True), nullable=False),
)
"""Only those that last; one that is over is gone, and what it was told by stays with whom it was told."""

KINDS = frozenset({"events_dead", "events_late", "operation_stuck", "backup_old"})


class IncidentOfAnother(PermissionDenied):
    """Only a service itself says what goes wrong in it."""

    en = "Only {service} itself tells its incidents."
    zh = "只有 {service} 自身可以上报其告警。"
