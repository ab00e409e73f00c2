"""A process to be killed: relay and consumer of one database. Arguments: database URL, NATS URL."""

import asyncio
import sys
from collections.abc import Sequence

from crm.leads.v1.leads_events_pb2 import LeadClaimed
from sqlalchemy import text

from crm_kit.consumer import Consumer, Received, Subscription
from crm_kit.database import Database
from crm_kit.relay import Relay
from crm_kit.stream import Broker
from crm_kit.tx import Tx

consumer = Consumer("killed")


@consumer.on(LeadClaimed)
async def note(tx: Tx, events: Sequence[Received[LeadClaimed]]) -> None:
    await tx.session.execute(
        text("INSERT INTO effect (aggregate_id, event_seq) VALUES (:a, :s)"),
        [{"a": event.aggregate_id, "s": event.event_seq} for event in events],
    )


async def main(database_url: str, nats_url: str) -> None:
    db, broker, stop = Database(database_url), Broker(nats_url, name="killed"), asyncio.Event()
    await asyncio.gather(Relay(db, broker, "leads").run(stop), Subscription(consumer, db, broker).run(stop))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
