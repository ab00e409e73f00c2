"""What a service knows of the territories identity keeps, and how records are opened to those they lie in.

A record that lies in a territory is shared with it and with all territories above it, so that the statement about a
caller names only the few the caller sits in.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as identity
from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    Uuid,
    any_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import Boolean

from crm_kit.access import unscoped
from crm_kit.consumer import Consumer, Received
from crm_kit.shares import record_share
from crm_kit.tx import Tx

ACTIVE, ARCHIVED = "ACTIVE", "ARCHIVED"
GRANTEE = "territory:"
_WHY = unscoped("where a record lies decides who may see it")

Switched = Callable[[Tx], Awaitable[None]]
"""Called in the transaction that learns that other territories, or other rules, are in force."""


class KnownTerritories:
    """A service's copy of the territories, in two tables of its ``metadata``; its migration makes them."""

    def __init__(self, metadata: MetaData) -> None:
        self.model = Table(
            "known_territory_model",
            metadata,
            Column("id", Uuid, primary_key=True),
            Column("state", Text, nullable=False),
        )
        self.territory = Table(
            "known_territory",
            metadata,
            Column("id", Uuid, primary_key=True),
            Column("model_id", Uuid, nullable=False, index=True),
            Column("parent_id", Uuid),
            Column("ancestor_ids", ARRAY(Uuid()), nullable=False),
            Column("code", Text, nullable=False),
            Column("name", Text, nullable=False),
            Column("priority", Integer, nullable=False),
            Column("rule", Text, nullable=False),
            Column("inherit", Boolean, nullable=False),
        )

    def follow(self, consumer: Consumer, switched: Switched) -> None:
        """Keep the copy by the events of identity; ``consumer`` is a projection."""

        @consumer.on(identity.TerritoryUpdated)
        async def on_territory(tx: Tx, events: Sequence[Received[identity.TerritoryUpdated]]) -> None:
            gone = [event.aggregate_id for event in events if event.message.removed]
            if gone:
                await tx.session.execute(delete(self.territory).where(self.territory.c.id == _any(gone)))
            changed = await self._remember(tx, [event for event in events if not event.message.removed])
            # A model may be in force here before all its territories are known.
            if await self._any_in_force(tx, changed):
                await switched(tx)

        @consumer.on(identity.TerritoryModelActivated)
        async def on_activated(tx: Tx, events: Sequence[Received[identity.TerritoryModelActivated]]) -> None:
            for event in events:
                await self._settle(tx, event.aggregate_id, ACTIVE)
                if event.message.previous_model_id:
                    await self._settle(tx, UUID(event.message.previous_model_id), ARCHIVED)
            await switched(tx)

        @consumer.on(identity.TerritoryModelArchived)
        async def on_archived(tx: Tx, events: Sequence[Received[identity.TerritoryModelArchived]]) -> None:
            for event in events:
                await self._settle(tx, event.aggregate_id, ARCHIVED)
            await switched(tx)

    @property
    def in_force(self) -> ColumnElement[bool]:
        """Territories of the model in force."""
        return self.territory.c.model_id.in_(select(self.model.c.id).where(self.model.c.state == ACTIVE))

    async def model_in_force(self, tx: Tx) -> UUID | None:
        """The model in force, if there is one."""
        statement = (
            select(self.model.c.id).where(self.model.c.state == ACTIVE).order_by(self.model.c.id.desc()).limit(1)
        )
        found: UUID | None = (await tx.session.execute(statement)).scalar_one_or_none()
        return found

    async def of_model(self, tx: Tx, model_id: UUID | None) -> Sequence[Row[Any]]:
        """The territories of a model, those that get deals first before others."""
        columns = self.territory.c
        statement = select(self.territory).where(columns.model_id == model_id)
        return (await tx.session.execute(statement.order_by(columns.priority.desc(), columns.code))).all()

    async def codes_in_force(self, tx: Tx, codes: Sequence[str]) -> set[str]:
        """Those of the codes that name a territory of the model in force."""
        columns = self.territory.c
        statement = select(columns.code).where(self.in_force, columns.code == any_(literal(list(codes), ARRAY(Text))))
        return set((await tx.session.execute(statement)).scalars())

    async def open_records(
        self, tx: Tx, record_type: str, record_ids: Sequence[UUID], lying: Select[tuple[UUID, UUID]]
    ) -> None:
        """Bring the shares of records in line with where they lie: ``lying`` selects ``record_id, territory_id``."""
        known, above, place = self.territory.alias("known"), self.territory.alias("above"), lying.subquery("lying")
        up = func.unnest(func.array_append(known.c.ancestor_ids, known.c.id)).table_valued("id").render_derived("up")
        placed = (
            select(place.c.record_id, func.concat(GRANTEE, above.c.id).label("grantee"), above.c.name)
            .select_from(place.join(known, known.c.id == place.c.territory_id).join(up, literal(True)))  # noqa: FBT003
            .join(above, above.c.id == up.c.id)
            .distinct()
            .cte("placed")
        )
        columns = record_share.c
        stays = exists().where(placed.c.record_id == columns.record_id, placed.c.grantee == columns.grantee)
        gone = delete(record_share).where(
            columns.record_type == record_type,
            columns.record_id == _any(record_ids),
            func.starts_with(columns.grantee, GRANTEE),
            ~stays,
        )
        await tx.session.execute(gone, execution_options=_WHY)
        made = insert(record_share).from_select(
            ["id", "record_type", "record_id", "grantee", "access", "reason", "granted_by", "create_time"],
            select(
                func.uuidv7(),
                literal(record_type),
                placed.c.record_id,
                placed.c.grantee,
                # How far each member goes is the member's own: see Principal.grantees_for.
                literal("WRITE"),
                placed.c.name,
                literal(tx.principal.actor),
                literal(tx.now, DateTime(timezone=True)),
            ),
        )
        named = made.on_conflict_do_update(
            index_elements=["record_id", "record_type", "grantee"],
            set_={"reason": made.excluded.reason},
            where=columns.reason != made.excluded.reason,
        )
        await tx.session.execute(named, execution_options=_WHY)

    async def _remember(self, tx: Tx, events: Sequence[Received[identity.TerritoryUpdated]]) -> list[UUID]:
        """Answers which territories are other than they were known; people come and go without being known here."""
        if not events:
            return []
        columns = self.territory.c
        statement = insert(self.territory).values([_row(event) for event in events])
        said = [column for column in columns if column.name != "id"]
        kept = statement.on_conflict_do_update(
            index_elements=["id"],
            set_={column.name: statement.excluded[column.name] for column in said},
            where=or_(*(column.is_distinct_from(statement.excluded[column.name]) for column in said)),
        )
        changed = list((await tx.session.execute(kept.returning(columns.id))).scalars())
        renamed = update(record_share).where(
            record_share.c.grantee == func.concat(GRANTEE, columns.id),
            columns.id == _any(changed),
            record_share.c.reason != columns.name,
        )
        await tx.session.execute(renamed.values(reason=columns.name))
        return changed

    async def _settle(self, tx: Tx, model_id: UUID, state: str) -> None:
        statement = insert(self.model).values(id=model_id, state=state)
        await tx.session.execute(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_={"state": statement.excluded.state},
                # Nothing comes after its end, whatever is heard later of its beginning.
                where=self.model.c.state != ARCHIVED,
            )
        )

    async def _any_in_force(self, tx: Tx, ids: Sequence[UUID]) -> bool:
        found = select(self.territory.c.id).where(self.territory.c.id == _any(ids), self.in_force).limit(1)
        return (await tx.session.execute(found)).first() is not None


def _row(event: Received[identity.TerritoryUpdated]) -> dict[str, Any]:
    said = event.message.territory
    return {
        "id": event.aggregate_id,
        "model_id": UUID(said.model_id),
        "parent_id": UUID(said.parent_id) if said.parent_id else None,
        "ancestor_ids": [UUID(id) for id in said.ancestor_ids],
        "code": said.code,
        "name": said.name,
        "priority": said.priority,
        "rule": said.rule,
        "inherit": said.inherit,
    }


def _any(ids: Sequence[UUID]) -> Any:
    return any_(literal(list(ids), ARRAY(Uuid())))
