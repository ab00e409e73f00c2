"""Capture: one submission becomes, joins or replaces a lead, and says why (domain rules 2.2–2.4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from crm.leads.v1 import leads_events_pb2 as events

from crm_kit.access import at_least, in_reach
from crm_kit.errors import FailedPrecondition
from crm_kit.principal import Scope
from crm_kit.tx import Tx
from crm_leads import queries
from crm_leads.domain.decision import decision, submission
from crm_leads.domain.lead import Lead, State
from crm_leads.domain.matching.defaults import DEFAULT_RULES
from crm_leads.domain.matching.rules import Band
from crm_leads.domain.matching.scoring import Match, score
from crm_leads.domain.repeat_submission import Existing, Outcome, Policy, Submission, Verdict, decide
from crm_leads.queries import Surroundings
from crm_leads.usecases.join_lead import merge_into, reopen_with
from crm_leads.usecases.place_lead import place_lead
from crm_leads.usecases.prepare_lead import (
    index_lead,
    intent_key,
    intent_keys,
    intent_of,
    match_record,
    prepare_lead,
    record_of,
)


class ProtectedElsewhere(FailedPrecondition):
    """Another unit works on this party; it says until when, not whose and not what. Facts: until."""

    en = "This customer is protected until {until}. An arbiter will look at it if you ask your administrator."
    zh = "该客户受保护至 {until}。如有异议，请联系管理员仲裁。"


class SubmissionRefused(FailedPrecondition):
    """The party was found to be fake before."""

    en = "This contact has been closed as fake more than once. Ask an administrator to reopen it."
    zh = "该联系人已多次被判定为虚假，请联系管理员重新打开。"


async def capture_lead(tx: Tx, lead: Lead, policy: Policy | None = None) -> Lead:
    """The lead that holds the submission afterwards: the new one, or an older one it joined."""
    lead.id, lead.unit_path = tx.new_id(), lead.unit_path or tx.principal.unit_path
    lead.create_time = lead.update_time = tx.now
    key = submission_key(lead)
    around = await queries.surroundings(tx, lead.unit_path, key)
    if around.earlier_lead_id is not None:
        return await tx.load(Lead, around.earlier_lead_id)
    prepare_lead(lead, tx.now)
    matches, found = await _best_match(tx, lead)
    verdict = decide(submission_of(lead, tx.now), await _existing(tx, found), policy or Policy())
    holder = await _carry_out(tx, verdict, lead, found, around)
    heard = {
        "unit_path": lead.unit_path,
        "key": key,
        "lead_id": holder.id,
        "customer_id": holder.customer_id,
        "decision": verdict.outcome,
        "receive_time": tx.now,
    }
    tx.insert(submission, heard)
    _record_decision(tx, holder.id, verdict, _described(matches))
    return tx.answer_with(holder)


def submission_key(lead: Lead) -> str:
    """Channel and the capturing system's own id; without one, what was said, within the minute."""
    if lead.external_id:
        return f"{lead.channel}:{lead.external_id}"
    minute = lead.create_time.replace(second=0, microsecond=0).isoformat()
    said = repr([lead.name, lead.company, lead.phone, lead.email, lead.open_id, lead.need, lead.product_line])
    return f"{lead.channel}:{minute}:{blake2b(said.encode(), digest_size=16).hexdigest()}"


def _record_decision(tx: Tx, lead_id: UUID, verdict: Verdict, matches: list[dict[str, Any]]) -> None:
    """Keep why, for the person who asks."""
    why = {
        "id": tx.new_id(),
        "lead_id": lead_id,
        "kind": "submission",
        "outcome": verdict.outcome,
        "rule": verdict.rule,
        "inputs": {"matches": matches},
        "runner_up": verdict.runner_up,
        "decide_time": tx.now,
    }
    tx.insert(decision, why)


async def _best_match(tx: Tx, lead: Lead) -> tuple[list[Match], Lead | Mapping[str, Any] | None]:
    """Matches in any band, and what we have of the best one that is certain or probable: a lead, or a customer's facts."""
    known = await queries.sharing(tx, lead.match_keys)
    matches = score(match_record(lead), [record_of(facts) for facts in known.values()], DEFAULT_RULES)
    sure = [match for match in matches if match.band in {Band.CERTAIN, Band.PROBABLE}]
    if not sure:
        return matches, None
    best = known[max(sure, key=lambda match: (match.score, known[match.id]["is_customer"])).id]
    return matches, best if best["is_customer"] else await queries.locked(tx, best["id"])


async def _existing(tx: Tx, found: Lead | Mapping[str, Any] | None) -> Existing | None:
    if found is None:
        return None
    if not isinstance(found, Lead):
        return Existing(is_customer=True, unit_path=found["unit_path"])
    heard, fake = await queries.last_submission_times(tx, [found.id]), await queries.times_fake(tx, [found.id])
    return existing_lead(found, heard.get(found.id), fake.get(found.id, 0))


def existing_lead(found: Lead, last_heard: datetime | None, times_fake: int) -> Existing:
    """What the decision table asks about a lead we have."""
    return Existing(
        is_customer=False,
        state=found.state,
        state_reason=found.state_reason,
        unit_path=found.unit_path,
        intents=intent_keys(found),
        last_submission_time=last_heard,
        last_touch_time=found.last_touch_time or found.own_time or found.create_time,
        protect_until_time=found.protect_until_time,
        times_fake=times_fake,
    )


def submission_of(lead: Lead, now: datetime) -> Submission:
    """What the decision table asks about a new submission."""
    return Submission(intent_key(lead.product_line, lead.campaign_id, lead.province), lead.unit_path, now)


async def _carry_out(tx: Tx, verdict: Verdict, lead: Lead, found: Any, around: Surroundings) -> Lead:
    lead.intents = [intent_of(lead)]
    match verdict.outcome:
        case Outcome.CONFLICT:
            raise ProtectedElsewhere(until=found.protect_until_time.date().isoformat())
        case Outcome.REJECT:
            raise SubmissionRefused
        case Outcome.ATTACH:
            return await _attach(tx, lead, found)
        case Outcome.IGNORE | Outcome.MERGE:
            return await merge_into(tx, _changeable(tx, found), lead, news=verdict.outcome is Outcome.MERGE)
        case Outcome.REOPEN:
            return await reopen_with(tx, _changeable(tx, found), lead)
        case Outcome.OVERWRITE:
            older = _changeable(tx, found)
            made = await _create(tx, lead, around)
            older.overwritten_by(made)
            tx.publish(older, events.LeadOverwritten())
            return made
    return await _create(tx, lead, around)


async def _create(tx: Tx, lead: Lead, around: Surroundings) -> Lead:
    lead.number = await tx.number("LD", lead.unit_path)
    index_lead(lead)
    tx.check_scope(lead)
    await place_lead(tx, lead, around)
    tx.add(lead, by_rule=True)
    tx.publish(lead, events.LeadCaptured())
    return lead


async def _attach(tx: Tx, lead: Lead, customer: Mapping[str, Any]) -> Lead:
    """The submission is kept, closed, as an interest of the customer we have."""
    lead.number, lead.state, lead.customer_id = (
        await tx.number("LD", lead.unit_path),
        State.DUPLICATE_CLOSED,
        customer["customer_id"],
    )
    lead.contact_id = customer["contact_id"]
    tx.add(lead)
    tx.publish(lead, events.SubmissionAttached())
    return lead


def _changeable(tx: Tx, found: Lead) -> Lead:
    """Matching sees more than the caller; the caller must not gain the right to change by submitting."""
    if not in_reach(tx.principal, at_least(tx.call.reach, Scope.UNIT), found.owner_id, found.unit_path):
        raise ProtectedElsewhere(until=(found.protect_until_time or tx.now).date().isoformat())
    return found


def _described(matches: Sequence[Match]) -> list[dict[str, Any]]:
    return [
        {
            "id": match.id,
            "score": round(match.score, 3),
            "band": str(match.band),
            "rule": match.rule,
            "because": [f"{reason.field} {reason.says}" for reason in match.because],
        }
        for match in matches[:5]
    ]
