"""One piece of a bulk change: some of its records, each changed by the RPC that changes one, in the person's name.

First it is written down what is about to be changed and from what, then each record is changed under an idempotency key
of its own, then it is written down what became of it. Whatever dies, the piece is repeated with the same requests, which
change nothing twice.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text, update

from crm_kit.bulk_changes import CHANGED, REFUSED, UNCHANGED, bulk_change
from crm_kit.bulk_verbs import UPDATE, Body, Verb
from crm_kit.call import Call
from crm_kit.errors import Error, FailedPrecondition, Internal, PrincipalOutdated, RequestInFlight, StaleEtag
from crm_kit.failures import is_infrastructure
from crm_kit.jobs import chunk
from crm_kit.lookup import read_many
from crm_kit.mapping import mapping_of
from crm_kit.principal import Principal, Scope
from crm_kit.rpc.server import Endpoints

log = logging.getLogger(__name__)

RECORDS, AT_ONCE, SECONDS, RECORD_SECONDS = 50, 4, 2.0, 10.0
TRIES = 3
"""How often a record is read anew because somebody changed it in between."""
TEXT = 500


class ChangedSince(FailedPrecondition):
    """An undo leaves alone what somebody changed after the bulk change."""

    en = "Somebody changed this record since, so it was left as it is."
    zh = "该记录之后已被他人修改，因此保持不变。"


class NoFormerValue(FailedPrecondition):
    """There was nothing before to which an undo could go back. Facts: field."""

    en = "Nothing stood here before, so there is nothing to go back to."
    zh = "该记录之前没有值，无法恢复。"


@dataclass(slots=True)
class Target:
    """A record without a result. ``etag_before`` is None until it is written down what it is changed from."""

    position: int
    record_id: UUID
    etag_before: str | None
    wanted: dict[str, Any] | None
    """What an undo gives back to it."""


@dataclass(slots=True)
class Outcome:
    """What became of one record."""

    position: int
    state: str
    etag_after: str = ""
    refused: Error | None = None

    def row(self) -> dict[str, Any]:
        said = {"reason": "", "en": "", "zh": "", "field": ""}
        if (error := self.refused) is not None:
            named = error.violations[0].field if error.violations else ""
            en, zh = error.text("en")[:TEXT], error.text("zh-CN")[:TEXT]
            said = {"reason": error.reason, "en": en, "zh": zh, "field": named}
        return {"position": self.position, "state": self.state, "etag_after": self.etag_after, **said}


@dataclass(slots=True)
class Piece:
    """What is at work on now, as ``person``. ``body`` is None for an undo, whose records have one each; ``otherwise`` is
    the way back of those that had none.
    """

    bulk_change_id: UUID
    endpoints: Endpoints
    verb: Verb
    otherwise: Verb | None
    body: Body | None
    person: Principal
    targets: Sequence[Target]
    outcomes: list[Outcome] = field(default_factory=list)

    async def work(self, job: Call) -> bool:
        """Change the records, or as many as the time of a piece allows; answers whether the person asked to stop."""
        if unread := [target for target in self.targets if target.etag_before is None]:
            await self._write_down(job, unread)
        until, failures = time.monotonic() + SECONDS, list[BaseException]()
        for first in range(0, len(self.targets), AT_ONCE):
            some = self.targets[first : first + AT_ONCE]
            found = await asyncio.gather(*(self._change(job, target) for target in some), return_exceptions=True)
            self.outcomes += [one for one in found if isinstance(one, Outcome)]
            failures = [one for one in found if isinstance(one, BaseException)]
            if failures or time.monotonic() > until:
                break
        stop = await self._record(job)
        for failure in failures:
            # What was done is written down. Where rights have changed this very moment, the next piece asks for them anew.
            if not isinstance(failure, PrincipalOutdated):
                raise failure
        return stop

    async def _change(self, job: Call, target: Target) -> Outcome:
        refused: Error = StaleEtag(etag=None)
        for _ in range(TRIES):
            try:
                return await self._once(target)
            except StaleEtag as stale:
                if self.body is None:
                    return Outcome(target.position, REFUSED, refused=ChangedSince(**stale.facts))
                await self._write_down(job, [target])
            except RequestInFlight as busy:
                # The worker before this one has not let go of the record yet.
                refused = busy
                await asyncio.sleep(0.5)
            except Exception as error:
                if is_infrastructure(error) or isinstance(error, PrincipalOutdated):
                    raise
                if not isinstance(error, Error):
                    log.exception("%s of %s failed", self.verb.method.full_name, target.record_id)
                return Outcome(target.position, REFUSED, refused=error if isinstance(error, Error) else Internal())
        return Outcome(target.position, REFUSED, refused=refused)

    async def _once(self, target: Target) -> Outcome:
        verb, body, before = self.verb, self.body, target.etag_before or ""
        if body is None:
            if not before:
                raise StaleEtag(etag=None)
            wanted = target.wanted or {}
            if missing := next((name for name, value in wanted.items() if verb.name != UPDATE and not value), ""):
                if self.otherwise is None:
                    raise NoFormerValue(field=missing)
                verb, wanted = self.otherwise, {}
            body = verb.body(wanted)
        # An update is bound to the version that was written down, an undo to the one its original left.
        bound = before if verb.name == UPDATE or self.body is None else ""
        request = verb.request(body, str(target.record_id), bound)
        call, key = self._call(), f"bulk-change:{self.bulk_change_id}:{target.record_id}"
        answer = await self.endpoints.act(verb.method.full_name, request, call, key)
        after = str(getattr(answer, "etag", "")) if answer.DESCRIPTOR.full_name == verb.message else ""
        if before and after == before:
            return Outcome(target.position, UNCHANGED, after)
        if call.idempotency is not None and call.idempotency.replayed and not await self._is_last(target):
            # The answer shows the record as it is now, which is another's later version: an undo is to find it changed.
            after = before
        return Outcome(target.position, CHANGED, after)

    async def _is_last(self, target: Target) -> bool:
        """Whether the trail tells of no change of the record after this bulk change's."""
        mapping = mapping_of(self.verb.message)
        about = {"record_type": mapping.name if mapping is not None else "", "record_id": target.record_id}
        async with self.endpoints.db.connect() as connection:
            cause = (await connection.execute(_LAST_CAUSE, about)).scalar_one_or_none()
        return bool(cause == str(self.bulk_change_id))

    async def _write_down(self, job: Call, targets: Sequence[Target]) -> None:
        """The version of these records and what an undo will give back; of those the person does not see, nothing."""
        verb, body, person = self.verb, self.body, self.person
        found: dict[str, Any] = {}
        if person.scope(verb.method.permission) is not Scope.NONE:
            seeing = self._call().as_principal(person, verb.method.permission)
            seeing.shared = await seeing.db.shares.reach(person)
            found = await read_many(seeing, verb.message, [target.record_id for target in targets])
        known = []
        for target in targets:
            record = found.get(str(target.record_id))
            target.etag_before = "" if record is None else str(getattr(record, "etag", ""))
            former = None if record is None or body is None or verb.undo is None else verb.former(record, body)
            known.append({"position": target.position, "etag_before": target.etag_before, "former": former})
        async with chunk(job) as tx:
            await tx.session.execute(_WRITE_DOWN, {"id": self.bulk_change_id, "known": orjson.dumps(known).decode()})

    async def _record(self, job: Call) -> bool:
        """Write down what became of the records; answers whether the person asked to stop."""
        columns = bulk_change.c
        counts = {state: sum(one.state == state for one in self.outcomes) for state in (CHANGED, UNCHANGED, REFUSED)}
        counted = (
            update(bulk_change)
            .where(columns.id == self.bulk_change_id)
            .values(
                changed_count=columns.changed_count + counts[CHANGED],
                unchanged_count=columns.unchanged_count + counts[UNCHANGED],
                refused_count=columns.refused_count + counts[REFUSED],
            )
            .returning(columns.cancel_requested)
        )
        async with chunk(job) as tx:
            if self.outcomes:
                rows = orjson.dumps([one.row() for one in self.outcomes]).decode()
                await tx.session.execute(_RECORD, {"id": self.bulk_change_id, "outcomes": rows})
            return bool((await tx.session.execute(counted)).scalar_one())

    def _call(self) -> Call:
        return call_of(self.endpoints, self.person, self.bulk_change_id)


def call_of(endpoints: Endpoints, person: Principal, bulk_change_id: UUID) -> Call:
    """A call in the person's name, which the trail tells to be part of the bulk change."""
    return Call(
        db=endpoints.db,
        principal=person,
        deadline=time.monotonic() + RECORD_SECONDS,
        language=person.language,
        request_id=str(bulk_change_id),
    )


_LAST_CAUSE = text("""
    SELECT cause_id FROM audit_entry
    WHERE record_id = :record_id AND record_type = :record_type AND action = 'update' ORDER BY id DESC LIMIT 1
""")
_WRITE_DOWN = text("""
    UPDATE bulk_change_result r SET etag_before = k.etag_before, former = nullif(k.former, 'null')
    FROM jsonb_to_recordset(CAST(CAST(:known AS text) AS jsonb)) AS k (position integer, etag_before text, former jsonb)
    WHERE r.bulk_change_id = :id AND r.position = k.position AND r.state = 'WAITING'
""")
_RECORD = text("""
    UPDATE bulk_change_result r
    SET state = o.state, etag_after = o.etag_after, reason = o.reason, en = o.en, zh = o.zh, field = o.field,
        former = CASE WHEN o.state = 'CHANGED' THEN r.former END
    FROM jsonb_to_recordset(CAST(CAST(:outcomes AS text) AS jsonb))
      AS o (position integer, state text, etag_after text, reason text, en text, zh text, field text)
    WHERE r.bulk_change_id = :id AND r.position = o.position AND r.state = 'WAITING'
""")
