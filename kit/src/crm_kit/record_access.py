"""Who reaches a record, and why: where it lies, now or on a day, is told here; who reaches such places, by identity."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from crm.identity.v1 import access_service_pb2 as identity
from crm.ops.v1 import record_access_service_pb2 as pb
from sqlalchemy import Row, func, select

from crm_kit.access import scoped, visible
from crm_kit.audit_trail import audit_entry
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.errors import NotFound
from crm_kit.field_rules import resource_of
from crm_kit.mapping import entity_named, mapping_for
from crm_kit.restrictions import fulfils
from crm_kit.rpc.channels import Channels
from crm_kit.shares import record_share
from crm_kit.tx import parse_id

IDENTITY = "identity"
"""The process that knows everybody's rights; every house has one."""
LIST = "crm.identity.v1.AccessService/ListUsersWithAccess"
RULES = "crm.identity.v1.AccessService/ListRestrictions"


class Placement(NamedTuple):
    """What decides who reaches a record."""

    owner_id: str
    unit_path: str


class RecordAccessService:
    """Answers for the records of this service."""

    def __init__(self, domain: str, channels: Channels) -> None:
        self._domain = domain
        self._channels = channels

    async def ExplainRecordAccess(
        self, request: pb.ExplainRecordAccessRequest, call: Call
    ) -> pb.ExplainRecordAccessResponse:
        entity = entity_named(request.resource)
        moment = request.as_of.ToDatetime(call.now.tzinfo) if request.HasField("as_of") else call.now
        record = await self._record_at(call, entity, request.record_id, moment)
        placement = Placement(str(record["owner_id"] or ""), record["unit_path"])
        asked = identity.ListUsersWithAccessRequest(
            permission=f"{self._domain}.{entity.__tablename__}.{request.action or 'get'}",
            owner_id=placement.owner_id,
            unit_path=placement.unit_path,
            user_id=request.user_id,
            page_size=request.page_size,
            page_token=request.page_token,
            restriction_rule_ids=await self._hiding(call, entity, record, request),
        )
        if request.HasField("as_of"):
            asked.as_of.CopyFrom(request.as_of)
        found = await self._channels.forward(call, IDENTITY, LIST, asked, identity.ListUsersWithAccessResponse)
        shares = await _shares(call, entity, parse_id(entity, request.record_id), moment)
        return pb.ExplainRecordAccessResponse(
            owner_id=placement.owner_id,
            unit_path=placement.unit_path,
            users=found.users,
            shares=shares,
            next_page_token=found.next_page_token,
        )

    async def _record_at(self, call: Call, entity: type[Entity], record_id: str, moment: datetime) -> dict[str, Any]:
        """The columns of a record the caller may read, as they were: later changes are undone, latest first."""
        key = parse_id(entity, record_id)
        reading = call.as_principal(call.principal, f"{self._domain}.{entity.__tablename__}.get")
        columns = entity.__table__.c
        present = select(entity.__table__).where(columns.id == key, visible(reading, entity))
        facts = audit_entry.c
        later = (
            select(facts.details)
            .where(
                facts.record_type == entity.__tablename__,
                facts.record_id == key,
                facts.time > moment,
                facts.action == "update",
                facts.details.is_not(None),
            )
            .order_by(facts.id.desc())
        )
        async with call.db.connect() as connection:
            row = (await connection.execute(present, execution_options=scoped(reading))).mappings().one_or_none()
            changes = (await connection.execute(later)).all() if moment < call.now else []
        if row is None or row["create_time"] > moment:
            raise NotFound(resource=entity.__tablename__, id=record_id)
        record = dict(row)
        for change in changes:
            record |= {name: one["old"] for name, one in change.details.items() if name in record}
        return record

    async def _hiding(
        self, call: Call, entity: type[Entity], record: dict[str, Any], request: pb.ExplainRecordAccessRequest
    ) -> list[str]:
        """The restriction rules in force at the moment whose filter the record fulfilled then."""
        mapping = mapping_for(entity)
        assert mapping is not None
        asked = identity.ListRestrictionsRequest(resource=resource_of(mapping.message.DESCRIPTOR))
        if request.HasField("as_of"):
            asked.as_of.CopyFrom(request.as_of)
        rules = await self._channels.forward(call, IDENTITY, RULES, asked, identity.ListRestrictionsResponse)
        return [rule.rule_id for rule in rules.restrictions if fulfils(entity, rule.filter, record)]


async def _shares(call: Call, entity: type[Entity], key: UUID, moment: datetime) -> Sequence[identity.AccessReason]:
    """Shares of the record at the moment that still exist; what was withdrawn since is in the audit trail."""
    columns = record_share.c
    statement = select(record_share).where(
        columns.record_id == key,
        columns.record_type == entity.__tablename__,
        columns.create_time <= moment,
        func.coalesce(columns.expire_time > moment, True),
    )
    async with call.db.connect() as connection:
        rows = (await connection.execute(statement)).all()
    return [
        identity.AccessReason(
            kind="territory" if row.grantee.startswith("territory:") else "share",
            grants=True,
            source=str(row.id),
            pattern=row.grantee,
            scope=row.access.lower(),
            text=_said(call, row),
        )
        for row in rows
    ]


def _said(call: Call, share: Row[Any]) -> str:
    chinese = call.language == "zh-CN"
    if share.grantee.startswith("territory:"):
        if chinese:
            return f"位于销售区域 {share.reason}：该区域成员在各自权限内可访问"
        return f"It lies in the territory {share.reason}: whoever sits there reaches it as far as their rights go"
    if chinese:
        return f"已共享给 {share.grantee}（{'可读写' if share.access == 'WRITE' else '只读'}）"
    return f"Shared with {share.grantee} to {'write' if share.access == 'WRITE' else 'read'}"
