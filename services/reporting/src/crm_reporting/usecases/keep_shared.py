"""Definitions and dashboards are made, shared, changed and removed: one's own by oneself, shared ones also by whoever could
share them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import func, select, text

from crm_kit.access import unscoped
from crm_kit.audience import EVERYONE, PRIVATE, UNIT, is_shared, owned_by, shareable_by, usable_by
from crm_kit.errors import InvalidArgument, NotFound, StaleEtag, Violation
from crm_kit.tx import Tx
from crm_reporting.domain.dashboard import Dashboard
from crm_reporting.domain.party_facts import unit_dim
from crm_reporting.domain.report_definition import ReportDefinition
from crm_reporting.domain.sharing import (
    MOST_OF_A_PERSON,
    NotInAnothersName,
    NotShareable,
    SharedByAnother,
    TooManyKept,
)

K = TypeVar("K", ReportDefinition, Dashboard)

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:kind || ':' || :owner, 0))")
_OWN = unscoped("what a person keeps is counted wherever it lies")


@dataclass(frozen=True, slots=True)
class Keeping(Generic[K]):
    """``faults``: what is wrong with a record, whoever keeps it; ``told``: the event that says it was changed or removed."""

    entity: type[K]
    faults: Callable[[Tx, K], Sequence[Violation]]
    told: Callable[..., Message]

    async def add(self, tx: Tx, record: K) -> K:
        """A new record of the caller, shared as far as the caller may."""
        _refuse_in_anothers_name(tx)
        record.owner_id = tx.principal.user_id
        record.audience = record.audience or PRIVATE
        await self._check(tx, record)
        _share(tx, record)
        if record.owner_id is not None:
            await self._refuse_too_many(tx, record.owner_id)
        tx.add(record)
        self._announce(tx, record, was_shared=False)
        return record

    async def change(self, tx: Tx, id: str, etag: str, change: Callable[[K], set[str]]) -> K:
        """A record after ``change``, which answers what it changed."""
        record = await self._changeable(tx, id, etag)
        was_shared = is_shared(record)
        changed = change(record)
        record.audience = record.audience or PRIVATE
        await self._check(tx, record)
        if changed & {"audience", "unit_path"}:
            if not (is_shared(record) or owned_by(record, tx.principal)):
                en = "Only its owner keeps it private. Delete it, or share it with fewer people."
                zh = "只有创建者可以将其设为仅自己可见。您可以删除它，或缩小共享范围。"
                raise InvalidArgument.of("audience", "OWNER_ONLY", en, zh)
            _share(tx, record)
        if changed:
            self._announce(tx, record, was_shared=was_shared)
        return record

    async def remove(self, tx: Tx, id: str, etag: str) -> None:
        record = await self._changeable(tx, id, etag)
        record.delete_time = tx.now
        if is_shared(record):
            tx.publish(record, self.told(removed=True))

    async def _changeable(self, tx: Tx, id: str, etag: str) -> K:
        """The record, if the caller may change it; what the caller neither uses nor could share is absent."""
        _refuse_in_anothers_name(tx)
        record: K = await tx.load(self.entity, id)
        may_share = is_shared(record) and shareable_by(record, tx.principal, tx.call.reach)
        if not (usable_by(record, tx.principal) or may_share):
            raise NotFound(resource=self.entity.__tablename__, id=id)
        if not (owned_by(record, tx.principal) or may_share):
            raise SharedByAnother(permission=tx.call.permission, name=record.name)
        if etag and etag.strip('"') != record.etag:
            raise StaleEtag(etag=record.etag)
        return record

    async def _check(self, tx: Tx, record: K) -> None:
        wrong = list(self.faults(tx, record))
        if record.audience == PRIVATE and record.owner_id is None:
            en, zh = "Only people keep something private. Share it.", "只有用户可以保存私有内容，请设置共享范围。"
            wrong.append(Violation("audience", "OWNER_REQUIRED", en, zh))
        if record.audience == UNIT:
            known = select(unit_dim.c.id).where(unit_dim.c.path == record.unit_path).limit(1)
            if (await tx.session.execute(known)).scalar_one_or_none() is None:
                en, zh = "Name the path of a unit, such as /hq/east/.", "请填写组织单元路径，例如 /hq/east/。"
                wrong.append(Violation("unit_path", "NOT_FOUND", en, zh))
        if wrong:
            raise InvalidArgument(wrong)

    async def _refuse_too_many(self, tx: Tx, owner_id: UUID) -> None:
        """Counted one request of a person at a time, so that two at once do not both take the last place."""
        entity = self.entity
        await tx.session.execute(_ONE_AT_A_TIME, {"kind": entity.__tablename__, "owner": str(owner_id)})
        own = select(func.count()).select_from(entity).where(entity.owner_id == owner_id, entity.delete_time.is_(None))
        if (await tx.session.execute(own.execution_options(**_OWN))).scalar_one() >= MOST_OF_A_PERSON:
            raise TooManyKept(most=MOST_OF_A_PERSON)

    def _announce(self, tx: Tx, record: K, *, was_shared: bool) -> None:
        """What one keeps to oneself is news for nobody."""
        if is_shared(record) or was_shared:
            tx.publish(record, self.told())


def _share(tx: Tx, record: ReportDefinition | Dashboard) -> None:
    if is_shared(record) and not shareable_by(record, tx.principal, tx.call.reach):
        audience = record.unit_path if record.audience == UNIT else EVERYONE
        raise NotShareable(permission=tx.call.permission, audience=audience)
    if record.audience != UNIT:
        record.unit_path = tx.principal.unit_path


def _refuse_in_anothers_name(tx: Tx) -> None:
    if tx.principal.on_behalf_of:
        raise NotInAnothersName(permission=tx.call.permission)
