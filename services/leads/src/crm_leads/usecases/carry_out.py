"""Carrying out what the decision table says of a submission: the one place, for single submissions and imports alike."""

from typing import Protocol
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as events
from google.protobuf.message import Message

from crm_kit.tx import Tx
from crm_leads.domain.conflict import Conflict, end_of, protected_day, unit_above
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import State, SubmissionRefused
from crm_leads.domain.repeat_submission import Outcome, Policy, Verdict
from crm_leads.usecases.join_lead import count_on, reopen_with
from crm_leads.usecases.prepare_lead import intent_of
from crm_leads.usecases.recognise import Found


class Register(Protocol):
    """Where outcomes are written: one at once, or those of many rows in bulk."""

    @property
    def tx(self) -> Tx: ...

    async def place(self, lead: Lead) -> None:
        """A new lead: placed where it belongs, stored, announced."""

    async def keep(self, lead: Lead, fact: Message) -> None:
        """A submission nobody works on, closed or held: stored where it was submitted, announced."""

    async def open(self, conflict: Conflict) -> None:
        """A conflict: stored, announced, with its deadline."""

    def tell(self, lead: Lead, fact: Message) -> None:
        """An older lead has changed."""


async def carry_out(register: Register, lead: Lead, verdict: Verdict, found: Found, policy: Policy) -> Lead:
    """The lead that holds the submission afterwards: the new one, or the older one it joined. SubmissionRefused when the
    table rejects it.
    """
    lead.intents = [intent_of(lead)]
    older, now = found.lead, register.tx.now
    match verdict.outcome:
        case Outcome.REJECT:
            raise SubmissionRefused
        case Outcome.CONFLICT:
            conflict = _conflict(register.tx.new_id(), lead, found, policy, register.tx.principal.actor)
            lead.hold(conflict.id, end_of(conflict.protected_until_date))
            await register.keep(lead, events.LeadHeld())
            await register.open(conflict)
        case Outcome.ATTACH if found.customer is not None:
            lead.attach(found.customer["customer_id"], found.customer["contact_id"])
            await register.keep(lead, events.SubmissionAttached())
        case Outcome.IGNORE | Outcome.MERGE if older is not None:
            news = verdict.outcome is Outcome.MERGE
            count_on(older, lead, now, found.touches, news=news)
            register.tell(older, _joined(older, news=news))
            return older
        case Outcome.REOPEN if older is not None:
            reopen_with(older, lead, now, found.touches)
            register.tell(older, events.LeadReopened())
            return older
        case Outcome.OVERWRITE if older is not None:
            older.overwritten_by(lead)
            await register.place(lead)
            register.tell(older, events.LeadOverwritten())
        case _:
            await register.place(lead)
    return lead


def _joined(older: Lead, *, news: bool) -> Message:
    if older.state == State.HELD:
        return events.LeadHeld()
    return events.LeadMerged() if news else events.LeadRepeated()


def _conflict(id: UUID, lead: Lead, found: Found, policy: Policy, by: str) -> Conflict:
    holder, match = found.elsewhere, found.match
    assert holder is not None
    assert match is not None
    now = lead.create_time
    return Conflict(
        id=id,
        unit_path=unit_above(lead.unit_path, holder["unit_path"]),
        lead_id=lead.id,
        holder_lead_id=None if holder["is_customer"] else holder["id"],
        holder_customer_id=holder["customer_id"],
        protected_until_date=protected_day(holder["protect_until_time"], now, policy.customer_protection),
        score=round(match.score, 3),
        because=[f"{reason.field} {reason.says}" for reason in match.because],
        submitted_by=by,
        decide_due_time=now + policy.arbitration,
        create_time=now,
        update_time=now,
    )
