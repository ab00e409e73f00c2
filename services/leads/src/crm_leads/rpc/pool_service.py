"""crm.leads.v1.PoolService."""

from zoneinfo import ZoneInfo

from crm.leads.v1 import pool_pb2
from crm.leads.v1 import pool_service_pb2 as pb

from crm_kit.call import Call
from crm_kit.errors import InvalidArgument
from crm_kit.resource import Resource
from crm_leads import mappings

pools = Resource(mappings.pool, filters=("name", "unit_path", "is_default", "create_time"))


class PoolService:
    """Public pools and their rules."""

    GetPool = pools.get
    ListPools = pools.list
    DeletePool = pools.delete

    async def CreatePool(self, request: pb.CreatePoolRequest, call: Call) -> pool_pb2.Pool:
        check(request.pool)
        return await pools.create(request, call)

    async def UpdatePool(self, request: pb.UpdatePoolRequest, call: Call) -> pool_pb2.Pool:
        check(request.pool)
        return await pools.update(request, call)


def check(pool: pool_pb2.Pool) -> None:
    """A zone that exists, and no negative limit."""
    if pool.time_zone:
        try:
            ZoneInfo(pool.time_zone)
        except (KeyError, ValueError, OSError):
            raise InvalidArgument.of(
                "time_zone",
                "UNKNOWN_ZONE",
                "Give an IANA zone such as Asia/Shanghai.",
                "请填写 IANA 时区，例如 Asia/Shanghai。",
            ) from None
    for field in ("daily_claim_limit", "holding_limit", "cooldown_days", "protect_days", "recycle_days"):
        if getattr(pool, field) < 0:
            raise InvalidArgument.of(field, "NEGATIVE", "Give 0 or more.", "请填写不小于 0 的数。")
