"""Placing the rows of an import, party by party, in one transaction per chunk: bulk where rows are new, by the decision
table where they repeat (domain rule 2.4: "decide per row against the database and against earlier rows of the file").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from crm_kit.access import unscoped
from crm_kit.errors import Error
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.decision import submission
from crm_leads.domain.import_rows import ImportRow
from crm_leads.domain.lead import Lead
from crm_leads.domain.matching.scoring import Match
from crm_leads.domain.repeat_submission import Outcome, Policy, decide
from crm_leads.usecases.bulk_register import BulkRegister
from crm_leads.usecases.capture_lead import submission_of
from crm_leads.usecases.carry_out import carry_out
from crm_leads.usecases.place_lead import load_placement
from crm_leads.usecases.recognise import Facts, Found

VERDICTS = {
    Outcome.CREATE: "created",
    Outcome.MERGE: "merged",
    Outcome.IGNORE: "ignored",
    Outcome.OVERWRITE: "overwritten",
    Outcome.ATTACH: "attached",
    Outcome.REOPEN: "reopened",
    Outcome.CONFLICT: "held",
}


@dataclass(slots=True)
class Party:
    """The rows about one person or organisation. ``candidate``: the lead or customer they may join; ``elsewhere``: what
    another unit has of the party and protects, ``match`` saying how sure that is.
    """

    members: list[tuple[ImportRow, Lead | None]] = field(default_factory=list)
    candidate: Facts | None = None
    elsewhere: Facts | None = None
    match: Match | None = None


class Parties:
    """One chunk at work."""

    def __init__(self, tx: Tx, job: Row[Any], policy: Policy | None = None) -> None:
        self._tx, self._job, self._policy = tx, job, policy or Policy()

    async def place(self, parties: Sequence[Party]) -> None:
        """Decide every row of these parties and write what follows."""
        placement = await load_placement(self._tx)
        register = BulkRegister(self._tx, self._job, placement, has_rules=placement.has_rules)
        known = await self._known_leads(parties)
        seen = await self._seen_before(parties)
        heard = await queries.last_submission_times(self._tx, list(known))
        fake = await queries.times_fake(self._tx, list(known))
        touches = await queries.recent_touches(self._tx, list(known)) if known else {}
        shown = {id for id, lead in known.items() if await queries.may_see(self._tx, lead)}
        for party in parties:
            found = _found(party, known)
            if found.lead is not None:
                id = found.lead.id
                found.last_heard, found.times_fake, found.touches = heard.get(id), fake.get(id, 0), touches.get(id, ())
            for row, lead in party.members:
                if lead is None:
                    register.note(row, "error")
                elif row.key in seen:
                    register.note(row, "ignored", seen[row.key])
                else:
                    holder = await self._carry_out(register, row, lead, found, hidden=known.keys() - shown)
                    if holder is not None:
                        seen[row.key] = holder.id
                        _now_known(found, holder, self._tx)
        await register.write()

    async def _carry_out(
        self, register: BulkRegister, row: ImportRow, lead: Lead, found: Found, *, hidden: set[UUID]
    ) -> Lead | None:
        """Do what the table says; answers the lead that holds the row afterwards, None when the row was refused."""
        lead.id = self._tx.new_id()
        verdict = decide(submission_of(lead, self._tx, found), found.existing(), self._policy)
        try:
            holder = await carry_out(register, lead, verdict, found, self._policy)
        except Error as refused:
            row.refuse("", refused.reason, refused.text("en"), refused.text("zh-CN"))
            register.note(row, "error")
            return None
        if verdict.outcome is Outcome.CONFLICT:
            _say_until(row, holder)
        register.note(row, VERDICTS[verdict.outcome], None if holder.id in hidden else holder.id)
        register.remember(row, holder, verdict)
        return holder

    async def _known_leads(self, parties: Sequence[Party]) -> dict[UUID, Lead]:
        """The leads we had of these parties, locked in the order of their ids."""
        ids = sorted({p.candidate["id"] for p in parties if p.candidate is not None and not p.candidate["is_customer"]})
        if not ids:
            return {}
        why = unscoped("matching works with system rights; changing one is checked against the importer's")
        statement = select(Lead).where(Lead.id.in_(ids)).order_by(Lead.id).with_for_update()
        found = (await self._tx.session.execute(statement.execution_options(**why))).scalars().all()
        await self._tx.reveal(*found)
        return {lead.id: lead for lead in found}

    async def _seen_before(self, parties: Sequence[Party]) -> dict[str, UUID]:
        """Rows that an earlier run placed, by their keys."""
        keys = [row.key for party in parties for row, lead in party.members if lead is not None]
        statement = select(submission.c.key, submission.c.lead_id).where(
            submission.c.unit_path == self._job.unit_path, submission.c.key.in_(keys)
        )
        return {row.key: row.lead_id for row in await self._tx.session.execute(statement)}


def _found(party: Party, known: Mapping[UUID, Lead]) -> Found:
    candidate = party.candidate
    if candidate is not None and candidate["is_customer"]:
        return Found(customer=candidate, elsewhere=party.elsewhere, match=party.match)
    lead = known.get(candidate["id"]) if candidate is not None else None
    return Found(lead=lead, elsewhere=party.elsewhere, match=party.match)


def _now_known(found: Found, holder: Lead, tx: Tx) -> None:
    """Later rows of the party meet the lead that holds the earlier ones."""
    if found.lead is not holder:
        found.lead, found.times_fake, found.touches = holder, 0, ()
    found.last_heard = tx.now


def _say_until(row: ImportRow, held: Lead) -> None:
    assert held.protect_until_time is not None
    day = held.protect_until_time.date().isoformat()
    row.refuse(
        "",
        "PROTECTED_ELSEWHERE",
        f"This party is protected until {day}. An arbiter decides who works on it.",
        f"该客户受保护至 {day}，由仲裁人裁定归属。",
    )
