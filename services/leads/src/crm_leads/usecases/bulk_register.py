"""Where the outcomes of an import's rows are written: all of one chunk in bulk, or nowhere in a dry run."""

from collections import Counter
from typing import Any
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as events
from google.protobuf.message import Message
from sqlalchemy import Row, update

from crm_kit.access import unscoped
from crm_kit.outbox import BatchItem
from crm_kit.tx import Tx
from crm_leads import mappings
from crm_leads.domain.conflict import Conflict
from crm_leads.domain.decision import decided, decision, submission
from crm_leads.domain.import_rows import ImportRow
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_import import LeadImport, lead_import_row
from crm_leads.domain.lead_states import State
from crm_leads.domain.repeat_submission import Outcome, Verdict
from crm_leads.usecases.arbitrate import ARBITRATION
from crm_leads.usecases.hand_over import OFFER, begin_holdings
from crm_leads.usecases.place_lead import Placement
from crm_leads.usecases.prepare_lead import index_lead

FACTS: dict[str, type[Message]] = {
    State.DUPLICATE_CLOSED: events.SubmissionAttached,
    State.HELD: events.LeadHeld,
}


class BulkRegister:
    """The outcomes of one chunk."""

    def __init__(self, tx: Tx, job: Row[Any], placement: Placement, *, has_rules: bool) -> None:
        self.tx, self._job, self._placement, self._has_rules = tx, job, placement, has_rules
        self._created: list[Lead] = []
        self._conflicts: list[Conflict] = []
        self._decisions: list[dict[str, Any]] = []
        self._submissions: list[dict[str, Any]] = []
        self._verdicts: list[dict[str, Any]] = []

    async def place(self, lead: Lead) -> None:
        placed = self._placement.place(lead, self.tx.now)
        if self._has_rules:
            self._decisions.append(placed.decision(self.tx.new_id(), lead, self.tx.now, self._job.unit_path))
        self._created.append(lead)

    async def keep(self, lead: Lead, _fact: Message) -> None:
        self._created.append(lead)

    async def open(self, conflict: Conflict) -> None:
        conflict.event_seq = 1
        self._conflicts.append(conflict)

    def tell(self, lead: Lead, fact: Message) -> None:
        """A lead of this very chunk says everything when it is captured; one we had says what changed."""
        if lead in self.tx.session and not self._job.dry_run:
            self.tx.publish(lead, fact)

    def remember(self, row: ImportRow, holder: Lead, verdict: Verdict) -> None:
        """The row is recognised when it comes again; what was decided otherwise than by default is kept."""
        self._submissions.append(
            {
                "unit_path": self._job.unit_path,
                "key": row.key,
                "lead_id": holder.id,
                "customer_id": holder.customer_id,
                "decision": verdict.outcome,
                "import_id": self._job.id,
                "receive_time": self.tx.now,
            }
        )
        if verdict.outcome is not Outcome.CREATE:
            self._decisions.append(
                decided(
                    self.tx.new_id(),
                    holder,
                    "submission",
                    verdict.outcome,
                    verdict.rule,
                    self.tx.now,
                    inputs={"import_id": str(self._job.id), "line": row.line},
                    runner_up=verdict.runner_up,
                    unit_path=self._job.unit_path,
                )
            )

    def note(self, row: ImportRow, verdict: str, subject: UUID | None = None) -> None:
        """What became of a row, for the person who imports."""
        self._verdicts.append(
            {
                "import_id": self._job.id,
                "line": row.line,
                "verdict": verdict,
                "subject_id": None if self._job.dry_run and verdict in {"created", "held"} else subject,
                "field": row.field,
                "reason": row.reason,
                "message_en": row.en,
                "message_zh": row.zh,
            }
        )

    async def write(self) -> None:
        """Everything at once."""
        if self._job.dry_run:
            self.tx.session.expunge_all()
        else:
            await self._store_created()
            await self._store_conflicts()
            await self.tx.insert_many(submission, self._submissions)
            await self.tx.insert_many(decision, self._decisions)
        await self.tx.insert_many(lead_import_row, self._verdicts)
        await self.tx.session.execute(self._progress())

    async def _store_created(self) -> None:
        tx = self.tx
        numbers = await tx.numbers("LD", len(self._created), self._job.unit_path)
        for lead, number in zip(self._created, numbers, strict=True):
            lead.number, lead.event_seq = number, 1
            index_lead(lead)
        await tx.add_many(self._created, by_rule=True)
        await begin_holdings(tx, self._created, why="rule")
        await tx.schedule_many(OFFER, [(one.id, one.offer_due_time) for one in self._created if one.offer_due_time])
        await tx.publish_many("lead", [self._item(lead) for lead in self._created])

    async def _store_conflicts(self) -> None:
        if not self._conflicts:
            return
        await self.tx.add_many(self._conflicts, by_rule=True)
        due = [(one.id, one.decide_due_time) for one in self._conflicts if one.decide_due_time]
        await self.tx.schedule_many(ARBITRATION, due)
        opened = [
            BatchItem(one.id, 1, events.ConflictOpened(conflict=mappings.conflict.write(one)), one.unit_path)
            for one in self._conflicts
        ]
        await self.tx.publish_many("conflict", opened)

    def _item(self, lead: Lead) -> BatchItem:
        kind: Any = FACTS.get(lead.state, events.LeadCaptured)
        return BatchItem(lead.id, 1, kind(lead=mappings.lead.write(lead)), lead.unit_path)

    def _progress(self) -> Any:
        counts = Counter(row["verdict"] for row in self._verdicts)
        columns = LeadImport.__table__.c
        raised = {f"{verdict}_count": columns[f"{verdict}_count"] + count for verdict, count in counts.items()}
        raised |= {"processed_count": columns.processed_count + len(self._verdicts), "version": columns.version + 1}
        statement = update(LeadImport).where(LeadImport.id == self._job.id).values(update_time=self.tx.now, **raised)
        return statement.execution_options(**unscoped("the job's own import"), synchronize_session=False)
