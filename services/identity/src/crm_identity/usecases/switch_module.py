"""A module is switched on or off for the whole enterprise; whoever works in it notices within seconds."""

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import select

from crm_identity.domain.module import Module
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.refuse_escalation import refuse_in_anothers_name
from crm_kit.access import visible
from crm_kit.errors import NotFound, PermissionDenied, StaleEtag
from crm_kit.principal import Scope
from crm_kit.tx import Tx


async def switch_module(tx: Tx, code: str, etag: str, *, enabled: bool) -> Module:
    """Records, events and timers are kept while it is off."""
    statement = select(Module).where(Module.code == code, visible(tx.call, Module)).with_for_update()
    module = (await tx.session.execute(statement.execution_options(scoped=True))).scalar_one_or_none()
    if module is None:
        raise NotFound(resource="module", id=code)
    refuse_in_anothers_name(tx.principal)
    if tx.call.scope is not Scope.ALL:
        raise PermissionDenied(permission=f"{tx.call.permission} (all)")
    if etag and etag.strip('"') != module.etag:
        raise StaleEtag(etag=module.etag)
    if module.enabled is not enabled:
        module.enabled = enabled
        tx.publish(module, events.ModuleUpdated())
        await access_changed(tx, module, everybody=True)
    return tx.answer_with(module)
