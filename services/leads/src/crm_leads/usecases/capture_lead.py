"""Capture: one submission becomes, joins or replaces a lead, or is held, and says why (domain rules 2.2–2.4)."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from crm.leads.v1 import leads_events_pb2 as events
from google.protobuf.message import Message

from crm_kit.errors import FailedPrecondition, NotFound
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.conflict import Conflict
from crm_leads.domain.decision import decided, decision, submission
from crm_leads.domain.lead import Lead
from crm_leads.domain.matching.defaults import DEFAULT_RULES
from crm_leads.domain.matching.rules import Band
from crm_leads.domain.matching.scoring import Match, score
from crm_leads.domain.repeat_submission import Policy, Submission, decide
from crm_leads.queries import Surroundings
from crm_leads.usecases.arbitrate import ARBITRATION
from crm_leads.usecases.carry_out import carry_out
from crm_leads.usecases.place_lead import place_lead
from crm_leads.usecases.prepare_lead import index_lead, intent_key, match_record, prepare_lead, record_of
from crm_leads.usecases.recognise import Found, Submitter


class SubmittedBefore(FailedPrecondition):
    """The unit has taken this very submission from somebody else."""

    en = "A colleague has submitted this before."
    zh = "该线索已由同事提交过。"


async def capture_lead(tx: Tx, lead: Lead, policy: Policy | None = None) -> Lead:
    """What the submitter is shown: the lead that holds the submission afterwards, new or older; the submission itself when
    it is held; a closed receipt when the submitter may not see the lead it joined.
    """
    policy = policy or Policy()
    lead.id, lead.unit_path = tx.new_id(), lead.unit_path or tx.principal.unit_path
    lead.create_time = lead.update_time = tx.now
    key = submission_key(lead)
    around = await queries.surroundings(tx, lead.unit_path, key)
    if around.earlier_lead_id is not None:
        return await _earlier(tx, around)
    prepare_lead(lead, tx.now)
    register = AtOnce(tx, around)
    matches, found = await _recognise(tx, lead, blind=around.is_partner or tx.principal.kind == "key")
    verdict = decide(submission_of(lead, tx, found), found.existing(), policy)
    holder = await carry_out(register, lead, verdict, found, policy)
    shown = holder if holder is lead or await queries.may_see(tx, holder) else await register.receipt(lead, holder)
    heard = {
        "unit_path": lead.unit_path,
        "key": key,
        "lead_id": holder.id,
        "receipt_id": None if shown is holder else shown.id,
        "customer_id": holder.customer_id,
        "decision": verdict.outcome,
        "receive_time": tx.now,
    }
    tx.insert(submission, heard)
    tx.insert(
        decision,
        decided(
            tx.new_id(),
            holder,
            "submission",
            verdict.outcome,
            verdict.rule,
            tx.now,
            inputs={"matches": _described(matches)},
            runner_up=verdict.runner_up,
            unit_path=register.unit_path or holder.unit_path,
        ),
    )
    return tx.answer_with(shown)


def submission_key(lead: Lead) -> str:
    """Channel and the capturing system's own id; without one, what was said, within the minute."""
    if lead.external_id:
        return f"{lead.channel}:{lead.external_id}"
    minute = lead.create_time.replace(second=0, microsecond=0).isoformat()
    said = repr([lead.name, lead.company, lead.phone, lead.email, lead.open_id, lead.need, lead.product_line])
    return f"{lead.channel}:{minute}:{blake2b(said.encode(), digest_size=16).hexdigest()}"


def submission_of(lead: Lead, tx: Tx, found: Found) -> Submission:
    """What the decision table asks about a new submission."""
    intent = intent_key(lead.product_line, lead.campaign_id, lead.province)
    return Submission(intent, tx.now, elsewhere=found.elsewhere is not None)


class AtOnce:
    """Outcomes of one submission, written with its transaction."""

    def __init__(self, tx: Tx, around: Surroundings) -> None:
        self.tx, self._around = tx, around
        self.unit_path = ""
        """Unit in which a new lead was captured, wherever rules sent it."""

    async def place(self, lead: Lead) -> None:
        self.unit_path = lead.unit_path
        lead.number = await self.tx.number("LD", lead.unit_path)
        index_lead(lead)
        self.tx.check_scope(lead)
        await place_lead(self.tx, lead, self._around)
        self.tx.add(lead, by_rule=True)
        self.tx.publish(lead, events.LeadCaptured())

    async def keep(self, lead: Lead, fact: Message) -> None:
        self.unit_path = lead.unit_path
        lead.number = await self.tx.number("LD", lead.unit_path)
        index_lead(lead)
        self.tx.add(lead)
        self.tx.publish(lead, fact)

    async def open(self, conflict: Conflict) -> None:
        self.tx.add(conflict, by_rule=True)
        self.tx.publish(conflict, events.ConflictOpened())
        assert conflict.decide_due_time is not None
        await self.tx.schedule(ARBITRATION, conflict.id, conflict.decide_due_time)

    def tell(self, lead: Lead, fact: Message) -> None:
        self.tx.publish(lead, fact)

    async def receipt(self, lead: Lead, holder: Lead) -> Lead:
        """What somebody keeps of a submission that went to a lead they may not see."""
        lead.number = await self.tx.number("LD", lead.unit_path)
        lead.count_on(holder)
        return self.tx.add(lead)


async def _earlier(tx: Tx, around: Surroundings) -> Lead:
    assert around.earlier_lead_id is not None
    try:
        return await tx.load(Lead, around.earlier_lead_id)
    except NotFound:
        raise SubmittedBefore from None


async def _recognise(tx: Tx, lead: Lead, *, blind: bool) -> tuple[list[Match], Found]:
    """Matches in any band, and of the certain or probable ones what the submission may join and what holds it back."""
    known = Submitter(tx.call, lead.unit_path, blind=blind).sort(await queries.sharing(tx, lead.match_keys))
    everybody = [*known.joinable.values(), *known.protected.values()]
    matches = score(match_record(lead), [record_of(facts) for facts in everybody], DEFAULT_RULES)
    sure = [match for match in matches if match.band in {Band.CERTAIN, Band.PROBABLE}]
    found, best, against = Found(), known.best(sure), known.against(sure)
    if against is not None:
        found.match, found.elsewhere = against, known.protected[against.id]
    if best is not None and best["is_customer"]:
        found.customer = best
    elif best is not None:
        # Locked, and read anew: it may have moved on since it was found.
        found.lead = await queries.locked(tx, best["id"])
        found.last_heard = (await queries.last_submission_times(tx, [found.lead.id])).get(found.lead.id)
        found.times_fake = (await queries.times_fake(tx, [found.lead.id])).get(found.lead.id, 0)
        found.touches = (await queries.recent_touches(tx, [found.lead.id])).get(found.lead.id, ())
    return known.listed(matches), found


def _described(matches: Sequence[Match]) -> list[dict[str, Any]]:
    return [
        {
            "id": match.id,
            "score": round(match.score, 3),
            "band": str(match.band),
            "rule": match.rule,
            "because": [f"{reason.field} {reason.says}" for reason in match.because],
        }
        for match in matches
    ]
