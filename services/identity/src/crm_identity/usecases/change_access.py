"""Whenever rights change, everybody who remembers them is told, in the same transaction."""

from crm.identity.v1 import identity_events_pb2 as events
from sqlalchemy import update

from crm_identity.domain.access_epoch import access_epoch
from crm_kit.entity import Entity
from crm_kit.tx import Tx


async def next_epoch(tx: Tx) -> int:
    """The epoch of a change of rights; take it last, because others wait for it until the transaction ends."""
    await tx.session.flush()
    raised = await tx.session.execute(
        update(access_epoch).values(epoch=access_epoch.c.epoch + 1).returning(access_epoch.c.epoch)
    )
    return int(raised.scalar_one())


async def access_changed(tx: Tx, aggregate: Entity, *ids: object, everybody: bool = False) -> None:
    """Whoever remembers these users, keys or sessions forgets them; or everybody."""
    if not ids and not everybody:
        return
    epoch = await next_epoch(tx)
    changed = sorted({str(each) for each in ids})
    tx.publish(aggregate, events.AccessChanged(ids=changed, everybody=everybody, epoch=epoch))
