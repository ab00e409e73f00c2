"""Composition root of identity."""

from crm_identity.domain.record import Record
from crm_identity.rpc.session_service import SessionService
from crm_identity.rpc.unit_service import UnitService
from crm_identity.rpc.user_service import UserService
from crm_identity.settings import IdentitySettings
from crm_identity.usecases.bootstrap import bootstrap
from crm_kit.call import Call
from crm_kit.service import Parts, Runtime, Service
from crm_kit.settings import read


def compose(runtime: Runtime) -> Parts:  # noqa: ARG001 - identity calls nobody
    settings = read(IdentitySettings)

    async def start(call: Call) -> None:
        await bootstrap(call, settings.bootstrap_password)

    return Parts(
        servicers={
            "crm.identity.v1.SessionService": SessionService(),
            "crm.identity.v1.UnitService": UnitService(),
            "crm.identity.v1.UserService": UserService(),
        },
        callers={"crm.identity.v1.SessionService": ["gateway"]},
        start=start,
    )


service = Service("identity", "crm_identity", Record.metadata, compose)
