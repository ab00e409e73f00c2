"""Composition root of identity."""

from crm_identity import consumers, jobs
from crm_identity.domain.record import Record
from crm_identity.queries.contract import contract
from crm_identity.rpc.access_service import AccessService
from crm_identity.rpc.api_key_service import ApiKeyService
from crm_identity.rpc.audit_keeper_service import AuditKeeperService
from crm_identity.rpc.delegation_service import DelegationService
from crm_identity.rpc.identity_provider_service import IdentityProviderService
from crm_identity.rpc.incident_keeper_service import IncidentKeeperService
from crm_identity.rpc.module_service import ModuleService
from crm_identity.rpc.notification_service import NotificationService
from crm_identity.rpc.ownership_service import OwnershipService
from crm_identity.rpc.position_service import PositionService
from crm_identity.rpc.preference_service import PreferenceService
from crm_identity.rpc.restriction_rule_service import RestrictionRuleService
from crm_identity.rpc.role_service import RoleService
from crm_identity.rpc.saved_view_service import SavedViewService
from crm_identity.rpc.session_service import SessionService
from crm_identity.rpc.sign_in_service import SignInService
from crm_identity.rpc.team_service import TeamService
from crm_identity.rpc.territory_model_service import TerritoryModelService
from crm_identity.rpc.territory_service import TerritoryService
from crm_identity.rpc.transfer_service import TransferService
from crm_identity.rpc.unit_service import UnitService
from crm_identity.rpc.user_service import UserService
from crm_identity.settings import IdentitySettings
from crm_identity.usecases.bootstrap import bootstrap
from crm_identity.usecases.end_again import ENDINGS, end_all_sessions
from crm_identity.usecases.keep_audit_head import KeptAuditHeads
from crm_identity.usecases.keep_incidents import KeptIncidents
from crm_identity.usecases.oidc_client import OidcClient
from crm_identity.usecases.oidc_sign_in import Oidc
from crm_identity.usecases.seed import seed
from crm_kit.call import Call
from crm_kit.keys import Keys
from crm_kit.secret_box import SecretBox
from crm_kit.service import Parts, Runtime, Service
from crm_kit.settings import read

RECORD_KEEPERS = ["leads", "customers", "sales", "service-desk", "marketing", "reporting"]
"""Services that own records and ask who reaches one."""


def compose(runtime: Runtime) -> Parts:
    settings = read(IdentitySettings)
    box = SecretBox.load(runtime.settings.keys_dir, "identity")

    oidc = Oidc(OidcClient(allow_private=settings.oidc_allow_private), box)

    # Whoever is installed beside it keeps records, but for the edge.
    keepers = sorted(runtime.settings.peers.keys() - {"identity", "gateway"})

    kept_heads = KeptAuditHeads(Keys.load(runtime.settings.keys_dir, "identity"))

    kept_incidents = KeptIncidents()

    async def start(call: Call) -> None:
        await seed(call)
        await bootstrap(call, settings.bootstrap_password)

    return Parts(
        servicers={
            "crm.identity.v1.AccessService": AccessService(),
            "crm.identity.v1.ApiKeyService": ApiKeyService(box, contract()),
            "crm.identity.v1.DelegationService": DelegationService(),
            "crm.identity.v1.IdentityProviderService": IdentityProviderService(box),
            "crm.identity.v1.ModuleService": ModuleService(),
            "crm.identity.v1.NotificationService": NotificationService(),
            "crm.identity.v1.OwnershipService": OwnershipService(),
            "crm.identity.v1.PositionService": PositionService(),
            "crm.identity.v1.PreferenceService": PreferenceService(),
            "crm.identity.v1.RestrictionRuleService": RestrictionRuleService(runtime.channels, keepers),
            "crm.identity.v1.RoleService": RoleService(),
            "crm.identity.v1.SavedViewService": SavedViewService(),
            "crm.identity.v1.SessionService": SessionService(box),
            "crm.identity.v1.SignInService": SignInService(oidc),
            "crm.identity.v1.TeamService": TeamService(),
            "crm.identity.v1.TerritoryModelService": TerritoryModelService(),
            "crm.identity.v1.TerritoryService": TerritoryService(),
            "crm.identity.v1.TransferService": TransferService(keepers),
            "crm.identity.v1.UnitService": UnitService(keepers),
            "crm.identity.v1.UserService": UserService(),
            "crm.ops.v1.AuditKeeperService": AuditKeeperService(kept_heads),
            "crm.ops.v1.IncidentKeeperService": IncidentKeeperService(kept_incidents),
        },
        callers={
            "crm.identity.v1.AccessService": [*RECORD_KEEPERS, "identity"],
            "crm.identity.v1.OwnershipService": keepers,
            "crm.identity.v1.SessionService": ["gateway"],
            "crm.identity.v1.SignInService": ["gateway"],
            "crm.ops.v1.AuditKeeperService": RECORD_KEEPERS,
            "crm.ops.v1.IncidentKeeperService": RECORD_KEEPERS,
            "crm.ops.v1.PersonalDataService": ["customers"],
        },
        consumers=[consumers.notifications],
        timers=jobs.timers(runtime.db, keepers),
        start=start,
        audit_keeper=kept_heads,
        incident_keeper=kept_incidents,
        endings=ENDINGS,
        restored=end_all_sessions,
    )


service = Service("identity", "crm_identity", Record.metadata, compose)
