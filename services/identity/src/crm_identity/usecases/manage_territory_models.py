"""A model of territories is put in force, at once or at a time, replaced, ended, copied to plan the next one."""

from datetime import datetime
from uuid import UUID

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import select

from crm_identity import mappings
from crm_identity.domain.territory import Territory
from crm_identity.domain.territory_model import ACTIVE, PLANNING, TerritoryModel
from crm_identity.usecases.change_access import access_changed
from crm_identity.usecases.manage_territories import of_model, require_whole_market
from crm_kit.access import unscoped
from crm_kit.errors import InvalidArgument, NotFound
from crm_kit.outbox import BatchItem
from crm_kit.tx import Tx

TIMER = "territory_model.activate"


def name_model(model: TerritoryModel) -> None:
    """Its name without blanks around it; InvalidArgument when nothing is left."""
    model.name = model.name.strip()
    if not model.name:
        raise InvalidArgument.of("name", "REQUIRED", "Give the model a name.", "请填写模型名称。")


async def create_model(tx: Tx, model: TerritoryModel) -> TerritoryModel:
    """An empty plan."""
    require_whole_market(tx)
    name_model(model)
    return tx.add(model)


async def delete_model(tx: Tx, model_id: str, etag: str) -> None:
    """A model that is not in force, with its territories."""
    model = await tx.load(TerritoryModel, model_id, etag=etag)
    require_whole_market(tx)
    model.refuse_removal()
    model.delete_time = tx.now
    await tx.cancel_timer(TIMER, model.id)
    for territory in await of_model(tx, model.id):
        territory.delete_time = tx.now
        tx.publish(territory, events.TerritoryUpdated(removed=True))


async def activate_model(tx: Tx, model_id: str, etag: str, effective_time: datetime | None) -> TerritoryModel:
    """In force now, or when its time comes."""
    model = await tx.load(TerritoryModel, model_id, etag=etag)
    require_whole_market(tx)
    if effective_time is not None and effective_time > tx.now:
        model.plan_for(effective_time)
        await tx.schedule(TIMER, model.id, effective_time)
    else:
        await _put_in_force(tx, model)
    return model


async def activate_due_model(tx: Tx, model_id: UUID) -> None:
    """Its time has come, unless it was put in force, ended or removed before."""
    try:
        model = await tx.load(TerritoryModel, model_id)
    except NotFound:
        return
    if model.state == PLANNING and model.effective_time is not None:
        await _put_in_force(tx, model)


async def archive_model(tx: Tx, model_id: str, etag: str) -> TerritoryModel:
    """Nobody reaches anything by its territories any more."""
    model = await tx.load(TerritoryModel, model_id, etag=etag)
    require_whole_market(tx)
    was_in_force = model.state == ACTIVE
    model.archive(tx.now)
    await tx.cancel_timer(TIMER, model.id)
    if was_in_force:
        tx.publish(model, events.TerritoryModelArchived())
        await access_changed(tx, model, everybody=True)
    return model


async def copy_model(tx: Tx, model_id: str, name: str) -> TerritoryModel:
    """A plan like another model, whatever became of that; territories keep their codes and people."""
    source = await tx.load(TerritoryModel, model_id)
    require_whole_market(tx)
    copy = TerritoryModel(id=tx.new_id(), name=name, source_model_id=source.id)
    name_model(copy)
    tx.add(copy)
    territories = await of_model(tx, source.id)
    ids = {one.id: tx.new_id() for one in territories}
    copies = [one.copy_to(copy.id, ids) for one in territories]
    if copies:
        await tx.add_many(copies)
        told = [events.TerritoryUpdated(territory=mappings.territory.write(one)) for one in copies]
        items = [BatchItem(one.id, one.event_seq, fact, one.unit_path) for one, fact in zip(copies, told, strict=True)]
        await tx.publish_many(Territory.__tablename__, items)
    return copy


async def _put_in_force(tx: Tx, model: TerritoryModel) -> None:
    why = unscoped("one model is in force in the whole enterprise")
    in_force = select(TerritoryModel).where(TerritoryModel.state == ACTIVE, TerritoryModel.delete_time.is_(None))
    previous = (await tx.session.execute(in_force.with_for_update().execution_options(**why))).scalar_one_or_none()
    if previous is not None and previous is not model:
        previous.archive(tx.now)
        # One at most is in force at any moment, also between two statements.
        await tx.session.flush()
    model.activate(tx.now)
    await tx.cancel_timer(TIMER, model.id)
    tx.publish(model, events.TerritoryModelActivated(previous_model_id=str(previous.id) if previous else ""))
    await access_changed(tx, model, everybody=True)
