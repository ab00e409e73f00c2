"""What a service is made of, as its composition root says it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import MetaData

from crm_kit.audit_service import AuditKeeper, AuditService
from crm_kit.bulk_change_service import BulkChangeService
from crm_kit.call import Call
from crm_kit.consumer import Consumer
from crm_kit.custom_field_service import CustomFieldService
from crm_kit.database import Database
from crm_kit.dead_letters import DeadLetterService
from crm_kit.endings import Ending
from crm_kit.event_log import EventService
from crm_kit.following import Following
from crm_kit.incidents import IncidentKeeper
from crm_kit.jobs import Jobs
from crm_kit.opening import SealedValueService
from crm_kit.operations import OperationService
from crm_kit.personal_data import PersonalData
from crm_kit.personal_data_service import PersonalDataService
from crm_kit.record_access import RecordAccessService
from crm_kit.restriction_service import RestrictionService
from crm_kit.rpc.channels import Channels
from crm_kit.saga import Plan, Sagas
from crm_kit.settings import ProcessSettings
from crm_kit.share_service import ShareService
from crm_kit.timers import Timers


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the composition root may use."""

    settings: ProcessSettings
    db: Database
    channels: Channels
    sagas: Sagas


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service is made of.

    ``servicers``: full proto service name → object; ``callers``: internal proto service → processes that may call it;
    ``start``: runs once before serving (seeding). ``following``: how its records follow units and owners; its consumer is
    one of ``consumers``.
    """

    servicers: Mapping[str, object]
    callers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    consumers: Sequence[Consumer] = ()
    timers: Timers | None = None
    jobs: Jobs | None = None
    plans: Sequence[Plan] = ()
    following: Following | None = None
    start: Callable[[Call], Awaitable[None]] | None = None
    personal_data: PersonalData = PersonalData()
    """What it holds of persons; nothing, unless it says so."""
    audit_keeper: AuditKeeper | None = None
    """Keeps the heads of every service's audit chain; one service of the house has it."""
    incident_keeper: IncidentKeeper | None = None
    """Tells people what goes wrong in every service; one service of the house has it."""
    endings: Sequence[Ending] = ()
    """What ends for good in it, besides keys of data subjects."""
    restored: Callable[[Call], Awaitable[None]] | None = None
    """Runs once after its database was restored, and before anything is ended again."""


@dataclass(frozen=True, slots=True)
class Service:
    """The constant facts of a service. ``name`` as machines write it (``service-desk``)."""

    name: str
    package: str
    metadata: MetaData
    compose: Callable[[Runtime], Parts]

    @property
    def domain(self) -> str:
        """The name as the contract writes it: ``service_desk``."""
        return self.name.replace("-", "_")


def servicers(service: Service, parts: Parts, channels: Channels, sagas: Sagas) -> dict[str, object]:
    """What a service answers: its own RPCs, and those by which every service is looked into."""
    return {
        **parts.servicers,
        "crm.ops.v1.AuditService": AuditService(service.name, parts.audit_keeper),
        "crm.ops.v1.BulkChangeService": BulkChangeService(service.name),
        "crm.ops.v1.CustomFieldService": CustomFieldService(service.name),
        "crm.ops.v1.DeadLetterService": DeadLetterService(parts.consumers),
        "crm.ops.v1.EventService": EventService(),
        "crm.ops.v1.OperationService": OperationService(sagas),
        "crm.ops.v1.PersonalDataService": PersonalDataService(service.name, parts.personal_data),
        "crm.ops.v1.SealedValueService": SealedValueService(),
        "crm.ops.v1.RecordAccessService": RecordAccessService(service.domain, channels),
        "crm.ops.v1.RestrictionService": RestrictionService(),
        "crm.ops.v1.ShareService": ShareService(service.name, service.domain),
    }
