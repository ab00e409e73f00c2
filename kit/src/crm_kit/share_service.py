"""The RPCs with which people open records to others; every service answers for its own records."""

from typing import Any
from uuid import UUID

from crm.ops.v1 import share_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty
from sqlalchemy import RowMapping, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from uuid_utils.compat import uuid7

from crm_kit.access import scoped, visible
from crm_kit.audit import note
from crm_kit.call import Call
from crm_kit.entity import Entity
from crm_kit.errors import FailedPrecondition, InvalidArgument, NotFound, Violation
from crm_kit.mapping import entity_named
from crm_kit.shares import record_share
from crm_kit.tx import Tx, begin, parse_id

MOST = 200
"""Shares of one record; more people than that are a team."""
KINDS = {pb.Share.USER: "user", pb.Share.TEAM: "team", pb.Share.UNIT: "unit"}
"""Whom people share records with."""
BY_RULE = {pb.Share.TERRITORY: "territory"}
"""Whom records are opened to because of where they lie: such shares come and go with it."""


class TooManyShares(InvalidArgument):
    """A record has all the shares it can have."""


class ShareFollowsTerritory(FailedPrecondition):
    """Such a share would be made again. Facts: id, name."""

    en = "The record lies in the territory {name}, which opens it. Take the record out of the territory instead."
    zh = "该记录位于销售区域 {name}，由区域开放。请将记录移出该区域。"


class ShareService:
    """Shares of this service's records."""

    def __init__(self, service: str, domain: str) -> None:
        self._service = service
        self._domain = domain

    async def CreateShare(self, request: pb.CreateShareRequest, call: Call) -> pb.Share:
        share = request.share
        grantee = _grantee(share)
        entity = entity_named(share.resource)
        # Whoever opens a record to be written must be able to write it.
        action = "update" if share.access == pb.Share.WRITE else "get"
        async with begin(call) as tx:
            record_id, unit_path = await self._reachable(tx, entity, share.record_id, action)
            made = await self._store(tx, share, entity.__tablename__, record_id, grantee)
            details = {"grantee": grantee, "access": pb.Share.Access.Name(share.access), "reason": made.reason}
            note(tx, "share", entity.__tablename__, record_id, details=details, unit_path=unit_path)
            tx.answer_with(made)
        call.db.shares.forget()
        return made

    async def ListShares(self, request: pb.ListSharesRequest, call: Call) -> pb.ListSharesResponse:
        entity = entity_named(request.resource)
        async with begin(call) as tx:
            record_id, _ = await self._reachable(tx, entity, request.record_id, "get")
            statement = (
                select(record_share)
                .where(record_share.c.record_id == record_id, record_share.c.record_type == entity.__tablename__)
                .order_by(record_share.c.id.desc())
            )
            rows = (await tx.session.execute(statement)).mappings().all()
        return pb.ListSharesResponse(shares=[self._write(row) for row in rows])

    async def DeleteShare(self, request: pb.DeleteShareRequest, call: Call) -> Empty:
        try:
            key = UUID(request.id)
        except ValueError:
            raise NotFound(resource="share", id=request.id) from None
        async with begin(call) as tx:
            found = (
                (await tx.session.execute(select(record_share).where(record_share.c.id == key)))
                .mappings()
                .one_or_none()
            )
            if found is None:
                raise NotFound(resource="share", id=request.id)
            try:
                about = entity_named(found["record_type"]), str(found["record_id"])
                record_id, unit_path = await self._reachable(tx, *about, "get")
            except NotFound:
                raise NotFound(resource="share", id=request.id) from None
            if found["grantee"].startswith("territory:"):
                raise ShareFollowsTerritory(id=request.id, name=found["reason"])
            await tx.session.execute(delete(record_share).where(record_share.c.id == key))
            details = {"grantee": found["grantee"], "ended": True}
            note(tx, "share", found["record_type"], record_id, details=details, unit_path=unit_path)
        call.db.shares.forget()
        return Empty()

    async def _reachable(self, tx: Tx, entity: type[Entity], record_id: str, action: str) -> tuple[UUID, str]:
        """The record's id and unit, if the caller's own rights on such records let the caller do the action to it."""
        key = parse_id(entity, record_id)
        permission = f"{self._domain}.{entity.__tablename__}.{action}"
        theirs = tx.call.as_principal(tx.principal, permission)
        columns = entity.__table__.c
        statement = (
            select(columns.id, columns.unit_path)
            .where(columns.id == key, visible(theirs, entity))
            .execution_options(**scoped(theirs))
        )
        found = (await tx.session.execute(statement)).first()
        if found is None:
            raise NotFound(resource=entity.__tablename__, id=record_id)
        return key, found.unit_path

    async def _store(self, tx: Tx, share: pb.Share, record_type: str, record_id: UUID, grantee: str) -> pb.Share:
        columns = record_share.c
        held = select(func.count()).where(
            columns.record_id == record_id,
            columns.record_type == record_type,
            func.starts_with(columns.grantee, "territory:").is_(False),
        )
        if (await tx.session.execute(held)).scalar_one() >= MOST:
            raise TooManyShares.of("record_id", "TOO_MANY", f"At most {MOST} shares.", f"最多 {MOST} 个共享。")
        row = {
            "id": uuid7(),
            "record_type": record_type,
            "record_id": record_id,
            "grantee": grantee,
            "access": pb.Share.Access.Name(share.access),
            "reason": share.reason.strip(),
            "granted_by": tx.principal.actor,
            "create_time": tx.now,
            "expire_time": _expiry(tx, share),
        }
        statement = insert(record_share).values(row)
        changes = {name: statement.excluded[name] for name in row if name not in {"id", "create_time"}}
        stored = statement.on_conflict_do_update(
            index_elements=["record_id", "record_type", "grantee"], set_=changes
        ).returning(record_share)
        return self._write((await tx.session.execute(stored)).mappings().one())

    def _write(self, row: RowMapping) -> pb.Share:
        kind, _, grantee = row["grantee"].partition(":")
        share = pb.Share(
            id=str(row["id"]),
            service=self._service,
            resource=row["record_type"],
            record_id=str(row["record_id"]),
            grantee_kind=next(number for number, name in (KINDS | BY_RULE).items() if name == kind),
            grantee=grantee,
            access=pb.Share.Access.Value(row["access"]),
            reason=row["reason"],
            granted_by=row["granted_by"],
            create_time=row["create_time"],
        )
        if row["expire_time"] is not None:
            share.expire_time.FromDatetime(row["expire_time"])
        return share


def _grantee(share: pb.Share) -> str:
    """The grantee as it is stored; raises InvalidArgument with everything that is wrong with the share."""
    wrong: list[Violation] = []
    if share.access not in {pb.Share.READ, pb.Share.WRITE}:
        wrong.append(Violation("access", "REQUIRED", "Choose READ or WRITE.", "请选择 READ 或 WRITE。"))
    if share.grantee_kind not in KINDS:
        wrong.append(Violation("grantee_kind", "REQUIRED", "Choose USER, TEAM or UNIT.", "请选择 USER、TEAM 或 UNIT。"))
    elif share.grantee_kind == pb.Share.UNIT:
        if not (share.grantee.startswith("/") and share.grantee.endswith("/") and len(share.grantee) > 1):
            wrong.append(
                Violation(
                    "grantee", "NOT_A_PATH", "Give the unit's path like /hq/east/.", "请填写形如 /hq/east/ 的路径。"
                )
            )
    elif not _is_uuid(share.grantee):
        wrong.append(Violation("grantee", "NOT_A_UUID", "Give the id.", "请填写 ID。"))
    if wrong:
        raise InvalidArgument(wrong)
    return f"{KINDS[share.grantee_kind]}:{share.grantee.lower()}"


def _expiry(tx: Tx, share: pb.Share) -> Any:
    if not share.HasField("expire_time"):
        return None
    moment = share.expire_time.ToDatetime(tx.now.tzinfo)
    if moment <= tx.now:
        raise InvalidArgument.of("expire_time", "IN_THE_PAST", "Choose a time to come.", "请选择将来的时间。")
    return moment


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
