"""crm.identity.v1.ModuleService."""

from crm.identity.v1 import module_pb2
from crm.identity.v1 import module_service_pb2 as pb
from sqlalchemy import select

from crm_identity import mappings
from crm_identity.domain.module import Module
from crm_identity.queries.module_users import user_counts
from crm_identity.usecases.switch_module import switch_module
from crm_kit.access import scoped, visible
from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.tx import begin


class ModuleService:
    """Parts of the product."""

    async def ListModules(self, request: pb.ListModulesRequest, call: Call) -> pb.ListModulesResponse:  # noqa: ARG002
        columns = Module.__table__.c
        statement = select(*columns).where(visible(call, Module)).order_by(columns.code)
        async with call.db.connect() as connection:
            rows = (await connection.execute(statement, execution_options=scoped(call))).all()
        counts = await user_counts(call)
        modules = [mappings.module.write(row) for row in rows]  # type: ignore[arg-type]  # rows write as entities do
        for module in modules:
            module.user_count = counts.by_module[module.code]
        return pb.ListModulesResponse(modules=modules, user_count=counts.total, active_user_count=counts.active)

    async def UpdateModule(self, request: pb.UpdateModuleRequest, call: Call) -> module_pb2.Module:
        other = sorted(set(request.update_mask.paths) - {"enabled"})
        if other:
            en, zh = "Only enabled can be changed.", "只能修改 enabled。"
            raise InvalidArgument.of(other[0], "READ_ONLY", en, zh)
        async with begin(call) as tx:
            module = await switch_module(tx, request.module.code, request.module.etag, enabled=request.module.enabled)
        answer = mappings.module.write(module)
        answer.user_count = (await user_counts(call)).by_module[module.code]
        return answer
