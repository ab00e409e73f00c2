"""Placing the rows of an import, party by party, in one transaction per chunk: bulk where rows are new, by the decision
table where they repeat (domain rule 2.4: "decide per row against the database and against earlier rows of the file").
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as events
from sqlalchemy import Row, select, update

from crm_kit.access import at_least, in_reach, unscoped
from crm_kit.outbox import BatchItem
from crm_kit.principal import Scope
from crm_kit.tx import Tx
from crm_leads import mappings, queries
from crm_leads.domain.decision import decision, submission
from crm_leads.domain.import_rows import ImportRow
from crm_leads.domain.lead import Lead, State
from crm_leads.domain.lead_import import LeadImport, lead_import_row
from crm_leads.domain.repeat_submission import Existing, Outcome, Policy, Verdict, decide
from crm_leads.usecases.capture_lead import existing_lead, submission_of
from crm_leads.usecases.hand_over import begin_holdings
from crm_leads.usecases.join_lead import absorb, reopen_with
from crm_leads.usecases.place_lead import load_placement
from crm_leads.usecases.prepare_lead import index_lead, intent_of, score_lead

VERDICTS = {
    Outcome.CREATE: "created",
    Outcome.MERGE: "merged",
    Outcome.IGNORE: "ignored",
    Outcome.REPLAY: "ignored",
    Outcome.OVERWRITE: "overwritten",
    Outcome.ATTACH: "attached",
    Outcome.REOPEN: "reopened",
    Outcome.CONFLICT: "error",
    Outcome.REJECT: "error",
}
REFUSALS = {
    Outcome.CONFLICT: ("PROTECTED_ELSEWHERE", "This party is protected by another unit.", "该客户受其他组织保护。"),
    Outcome.REJECT: (
        "FAKE_BEFORE",
        "This party has been closed as fake more than once.",
        "该联系人已多次被判定为虚假。",
    ),
}


@dataclass(slots=True)
class Party:
    """The rows about one person or organisation, and the lead or customer we already have of it."""

    members: list[tuple[ImportRow, Lead | None]] = field(default_factory=list)
    candidate: dict[str, Any] | None = None


class Parties:
    """One chunk at work."""

    def __init__(self, tx: Tx, job: Row[Any]) -> None:
        self._tx, self._job = tx, job
        self._created: list[Lead] = []
        self._decisions: list[dict[str, Any]] = []
        self._submissions: list[dict[str, Any]] = []
        self._verdicts: list[dict[str, Any]] = []

    async def place(self, parties: Sequence[Party]) -> None:
        """Decide every row of these parties and write what follows."""
        self._placement = await load_placement(self._tx)
        known = await self._known_leads(parties)
        seen = await self._seen_before(parties)
        heard = await queries.last_submission_times(self._tx, list(known))
        fake = await queries.times_fake(self._tx, list(known))
        for party in parties:
            holder: Lead | None = None
            last_heard: datetime | None = None
            candidate = party.candidate
            if candidate is not None and not candidate["is_customer"]:
                holder = known.get(candidate["id"])
                last_heard = heard.get(candidate["id"])
            for row, lead in party.members:
                if lead is None:
                    self._refuse(row)
                elif row.key in seen:
                    self._note(row, "ignored", seen[row.key])
                else:
                    existing = self._existing(candidate, holder, last_heard, fake)
                    holder = await self._carry_out(row, lead, existing, holder, candidate)
                    last_heard = self._tx.now
                    if holder is not None:
                        seen[row.key] = holder.id
        await self._write()

    def _existing(
        self, candidate: dict[str, Any] | None, holder: Lead | None, last_heard: datetime | None, fake: dict[UUID, int]
    ) -> Existing | None:
        if candidate is not None and candidate["is_customer"]:
            return Existing(is_customer=True, unit_path=candidate["unit_path"])
        return None if holder is None else existing_lead(holder, last_heard, fake.get(holder.id, 0))

    async def _carry_out(
        self,
        row: ImportRow,
        lead: Lead,
        existing: Existing | None,
        holder: Lead | None,
        candidate: dict[str, Any] | None,
    ) -> Lead | None:
        """Do what the table says; answers the lead that holds the row afterwards."""
        lead.id, lead.intents = self._tx.new_id(), [intent_of(lead)]
        verdict = decide(submission_of(lead, self._tx.now), existing, Policy())
        outcome = verdict.outcome
        if (
            outcome in {Outcome.MERGE, Outcome.IGNORE, Outcome.REOPEN, Outcome.OVERWRITE}
            and holder is not None
            and not self._may_change(holder)
        ):
            outcome = Outcome.CONFLICT
        if outcome in REFUSALS:
            row.refuse("", *REFUSALS[outcome])
            self._refuse(row)
            return holder
        match outcome:
            case Outcome.ATTACH:
                assert candidate is not None
                lead.state, lead.customer_id, lead.contact_id = (
                    State.DUPLICATE_CLOSED,
                    candidate["customer_id"],
                    candidate["contact_id"],
                )
                self._created.append(lead)
            case Outcome.MERGE | Outcome.IGNORE if holder is not None:
                self._join(holder, lead, news=outcome is Outcome.MERGE)
            case Outcome.REOPEN if holder is not None:
                if not self._job.dry_run:
                    await reopen_with(self._tx, holder, lead)
            case Outcome.OVERWRITE if holder is not None:
                self._overwrite(holder, lead)
            case _:
                self._create(lead)
        holds = holder if outcome in {Outcome.MERGE, Outcome.IGNORE, Outcome.REOPEN} else lead
        assert holds is not None
        self._note(row, VERDICTS[outcome], holds.id)
        self._remember(row, holds, verdict)
        return holds

    def _join(self, holder: Lead, lead: Lead, *, news: bool) -> None:
        holder.intent_count += 1
        if news:
            absorb(holder, lead)
        score_lead(holder, self._tx.now)
        self._announce(holder, events.LeadMerged() if news else events.LeadRepeated())

    def _overwrite(self, holder: Lead, lead: Lead) -> None:
        holder.overwritten_by(lead)
        self._create(lead)
        self._announce(holder, events.LeadOverwritten())

    def _create(self, lead: Lead) -> None:
        self._placement.place(lead, self._tx.now)
        self._created.append(lead)

    def _announce(self, holder: Lead, fact: Any) -> None:
        """A lead of this very chunk says everything when it is captured; one we had says what changed."""
        if holder in self._tx.session and not self._job.dry_run:
            self._tx.publish(holder, fact)

    def _may_change(self, holder: Lead) -> bool:
        reaches = at_least(self._tx.call.reach, Scope.UNIT)
        return holder.import_id == self._job.id or in_reach(
            self._tx.principal, reaches, holder.owner_id, holder.unit_path
        )

    def _remember(self, row: ImportRow, holder: Lead, verdict: Verdict) -> None:
        self._submissions.append(
            {
                "unit_path": self._job.unit_path,
                "key": row.key,
                "lead_id": holder.id,
                "customer_id": holder.customer_id,
                "decision": verdict.outcome,
                "import_id": self._job.id,
                "receive_time": self._tx.now,
            }
        )
        if verdict.outcome is not Outcome.CREATE:
            self._decisions.append(
                {
                    "id": self._tx.new_id(),
                    "lead_id": holder.id,
                    "kind": "submission",
                    "outcome": verdict.outcome,
                    "rule": verdict.rule,
                    "inputs": {"import_id": str(self._job.id), "line": row.line},
                    "runner_up": verdict.runner_up,
                    "decide_time": self._tx.now,
                }
            )

    def _refuse(self, row: ImportRow) -> None:
        self._note(row, "error", None)

    def _note(self, row: ImportRow, verdict: str, subject: UUID | None) -> None:
        self._verdicts.append(
            {
                "import_id": self._job.id,
                "line": row.line,
                "verdict": verdict,
                "subject_id": None if self._job.dry_run and verdict == "created" else subject,
                "field": row.field,
                "reason": row.reason,
                "message_en": row.en,
                "message_zh": row.zh,
            }
        )

    async def _write(self) -> None:
        session = self._tx.session
        if self._job.dry_run:
            session.expunge_all()
        else:
            await self._store_created()
            await self._tx.insert_many(submission, self._submissions)
            await self._tx.insert_many(decision, self._decisions)
        await self._tx.insert_many(lead_import_row, self._verdicts)
        await session.execute(self._progress())

    async def _store_created(self) -> None:
        numbers = await self._tx.numbers("LD", len(self._created), self._job.unit_path)
        for lead, number in zip(self._created, numbers, strict=True):
            lead.number, lead.event_seq = number, 1
            index_lead(lead)
        await self._tx.add_many(self._created, by_rule=True)
        await begin_holdings(self._tx, self._created, why="rule")
        await self._tx.publish_many("lead", [self._item(lead) for lead in self._created])

    def _item(self, lead: Lead) -> BatchItem:
        state = mappings.lead.write(lead)
        closed = lead.state == State.DUPLICATE_CLOSED
        fact = events.SubmissionAttached(lead=state) if closed else events.LeadCaptured(lead=state)
        return BatchItem(lead.id, 1, fact, lead.unit_path)

    def _progress(self) -> Any:
        counts: dict[str, int] = {}
        for row in self._verdicts:
            counts[row["verdict"]] = counts.get(row["verdict"], 0) + 1
        columns = LeadImport.__table__.c
        raised = {f"{verdict}_count": columns[f"{verdict}_count"] + count for verdict, count in counts.items()}
        raised |= {"processed_count": columns.processed_count + len(self._verdicts), "version": columns.version + 1}
        statement = update(LeadImport).where(LeadImport.id == self._job.id).values(update_time=self._tx.now, **raised)
        return statement.execution_options(**unscoped("the job's own import"), synchronize_session=False)

    async def _known_leads(self, parties: Sequence[Party]) -> dict[UUID, Lead]:
        """The leads we had of these parties, locked in the order of their ids."""
        ids = sorted({p.candidate["id"] for p in parties if p.candidate is not None and not p.candidate["is_customer"]})
        if not ids:
            return {}
        why = unscoped("matching works with system rights; changing one is checked against the importer's")
        statement = select(Lead).where(Lead.id.in_(ids)).order_by(Lead.id).with_for_update()
        found = (await self._tx.session.execute(statement.execution_options(**why))).scalars()
        return {lead.id: lead for lead in found}

    async def _seen_before(self, parties: Sequence[Party]) -> dict[str, UUID]:
        """Rows that an earlier run placed, by their keys."""
        keys = [row.key for party in parties for row, lead in party.members if lead is not None]
        statement = select(submission.c.key, submission.c.lead_id).where(
            submission.c.unit_path == self._job.unit_path, submission.c.key.in_(keys)
        )
        return {row.key: row.lead_id for row in await self._tx.session.execute(statement)}
