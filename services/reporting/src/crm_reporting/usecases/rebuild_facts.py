"""Rebuild all facts from what the services announced, beside the live ones, and swap them in (domain rule 7.12).

Nothing is swapped unless every aggregate is rebuilt at least as far as the live facts know it and no table has fewer rows:
a service that no longer holds its first events leaves the live facts as they are.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from crm.ops.v1.event_service_pb2 import ListEventsRequest, ListEventsResponse
from sqlalchemy import update

from crm_kit.call import Call
from crm_kit.consumer import Consumer
from crm_kit.database import Database
from crm_kit.envelope import Envelope
from crm_kit.intake import Intake
from crm_kit.job_lease import chunk
from crm_kit.positions import LARGEST_SIZE
from crm_kit.principal import system
from crm_kit.reconciler import envelope_of_log
from crm_kit.rpc.channels import Channels
from crm_kit.tx import Tx
from crm_reporting.domain.rebuild import rebuild
from crm_reporting.usecases import shadow as shadows

LIST_EVENTS = "crm.ops.v1.EventService/ListEvents"
CATCH_UPS = 1000
MAY_SHRINK = frozenset({"pipeline_rollup"})
"""Sums that became zero keep a row in the live table."""


class CannotRebuild(Exception):
    """The new facts would say less than the old ones; the reason is for the person who asked."""


class RebuildFacts:
    """The job: reads every producer's history through its RPC and applies it to shadow tables."""

    def __init__(self, consumer: Consumer, channels: Channels) -> None:
        self._consumer, self._channels = consumer, channels

    async def __call__(self, call: Call, rebuild_id: UUID) -> None:
        shadow = shadows.shadow_database(call.db)
        try:
            await _note(call, rebuild_id, state="RUNNING", event_count=0)
            await shadows.make_shadow(call.db, shadow)
            domain_of_type = await self._replay(call, rebuild_id, Intake(self._consumer, shadow))
            await self._finish(call, rebuild_id, Intake(self._consumer, shadow), domain_of_type)
        except CannotRebuild as error:
            async with chunk(call) as tx:
                await refuse_rebuild(tx, rebuild_id, str(error))
        finally:
            await shadow.dispose()

    async def _replay(self, call: Call, rebuild_id: UUID, intake: Intake) -> dict[str, str]:
        """Apply everything that was announced; answers which service each kind of aggregate belongs to."""
        count = 0
        domain_of_type: dict[str, str] = {}
        for domain in self._consumer.domains:
            async for events in self._pages(domain):
                await intake.apply(events)
                domain_of_type.update((event.aggregate_type, domain) for event in events)
                count += len(events)
                await _note(call, rebuild_id, event_count=count)
        return domain_of_type

    async def _finish(self, call: Call, rebuild_id: UUID, intake: Intake, domain_of_type: dict[str, str]) -> None:
        """Catch up with what was applied meanwhile, then swap while nothing is being applied."""
        for _ in range(CATCH_UPS):
            await self._catch_up(call.db, intake, domain_of_type)
            async with chunk(call) as tx:
                await shadows.stop_consumers(tx)
                if not await shadows.behind(tx.session):
                    counts = await shadows.count_rows(tx)
                    _refuse_loss(counts)
                    await shadows.swap(tx)
                    done = {"state": "DONE", "tables": counts, "under_way": None, "end_time": tx.now}
                    await tx.session.execute(update(rebuild).where(rebuild.c.id == rebuild_id).values(done))
                    return
        raise CannotRebuild("Events arrive faster than they are rebuilt. Try again when it is quieter.")

    async def _catch_up(self, db: Database, intake: Intake, domain_of_type: dict[str, str]) -> None:
        last: set[Any] = set()
        while True:
            async with db.connect() as connection:
                late = await shadows.behind(connection)
            if not late:
                return
            if {tuple(row) for row in late} <= last:
                raise CannotRebuild(
                    f"{len(late)} records or more cannot be rebuilt: the services no longer hold their first events. "
                    f"The first is {late[0].aggregate_type} {late[0].aggregate_id}."
                )
            last = {tuple(row) for row in late}
            for row in late:
                domain = domain_of_type.get(row.aggregate_type)
                if domain is not None:
                    async for events in self._pages(domain, row.aggregate_id, row.shadow_seq):
                        await intake.apply(events)

    async def _pages(
        self, domain: str, aggregate_id: UUID | None = None, after_seq: int = 0
    ) -> AsyncIterator[list[Envelope]]:
        peer = domain.replace("_", "-")
        request = ListEventsRequest(service=peer, page_size=LARGEST_SIZE)
        if aggregate_id is not None:
            request.aggregate_id, request.after_seq = str(aggregate_id), after_seq
        while True:
            answer = await self._channels.call(
                peer, LIST_EVENTS, request, ListEventsResponse, principal=system("event", self._consumer.name)
            )
            yield [envelope_of_log(event) for event in answer.events]
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token


def _refuse_loss(counts: dict[str, list[int]]) -> None:
    fewer = [name for name, (before, after) in counts.items() if after < before and name not in MAY_SHRINK]
    if fewer:
        raise CannotRebuild(f"The rebuilt facts have fewer rows than the live ones in: {', '.join(fewer)}.")


async def refuse_rebuild(tx: Tx, rebuild_id: UUID, error: str) -> None:
    """The live facts stay, and it is said why; what has ended stays as it is."""
    await tx.session.execute(
        update(rebuild)
        .where(rebuild.c.id == rebuild_id, rebuild.c.under_way)
        .values(state="REFUSED", error=error, under_way=None, end_time=tx.now)
    )


async def _note(call: Call, rebuild_id: UUID, **values: Any) -> None:
    """Progress, for whoever looks; a job run again after its end finds nothing under way."""
    async with chunk(call) as tx:
        mine = (rebuild.c.id == rebuild_id) & rebuild.c.under_way
        noted = update(rebuild).where(mine).values(values).returning(rebuild.c.id)
        if (await tx.session.execute(noted)).one_or_none() is None:
            raise CannotRebuild("It has ended already.")
