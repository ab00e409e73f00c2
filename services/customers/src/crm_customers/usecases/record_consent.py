"""Record a consent: an entry is added to the ledger, and what the contact is opted out of follows (domain rule 8.8)."""

from collections.abc import Collection

from crm.customers.v1 import customers_events_pb2 as events

from crm_customers import queries
from crm_customers.domain import normalise
from crm_customers.domain.choices import wrong_choices
from crm_customers.domain.consent import CONSENT_CHOICES, MARKETING, Consent, Decision, OptOutStands, opted_out
from crm_customers.domain.contact import Contact
from crm_customers.usecases.log_follow_up import CLOCK_SKEW
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.tx import Tx


async def record_consent(tx: Tx, consent: Consent) -> Consent:
    """The entry as kept. What was said before a later word of the person is kept too and changes nothing."""
    contact = await tx.load(Contact, consent.contact_id)
    _prepare(tx, consent)
    latest = await queries.latest_word(tx, contact.id, consent.purpose, consent.channel)
    _add(tx, contact, consent)
    if latest is None or (latest.occur_time, latest.decision) <= (consent.occur_time, consent.decision):
        after = opted_out(contact.opt_outs, consent)
        if after != contact.opt_outs:
            contact.opt_outs = after
            if not contact.is_shadow:
                tx.publish(contact, events.ContactUpdated())
    return consent


def opt_out(tx: Tx, contact: Contact, channels: Collection[str], *, source: str, proof: str = "") -> None:
    """Somebody entered, or a lead brought, that the contact does not want to be reached by these channels."""
    for channel in sorted(channels):
        entry = Consent(
            purpose=MARKETING,
            channel=channel,
            decision=Decision.WITHDRAWN,
            basis="consent",
            occur_time=tx.now,
            source=source,
            proof=proof,
        )
        _add(tx, contact, entry)


def keep_opt_outs(tx: Tx, contact: Contact, before: Collection[str]) -> None:
    """What an edit adds is entered in the ledger; what it would lift stands: OptOutStands."""
    lifted = sorted(set(before) - set(contact.opt_outs))
    if lifted:
        raise OptOutStands(channels=", ".join(lifted))
    opt_out(tx, contact, set(contact.opt_outs) - set(before), source="contact")


def carry_over(tx: Tx, contact: Contact, opt_outs: Collection[str], *, proof: str) -> bool:
    """What a person said to us as a lead counts for the contact too; answers whether that is anything new."""
    added = set(opt_outs) - set(contact.opt_outs)
    if added:
        contact.opt_outs = sorted({*contact.opt_outs, *added})
        opt_out(tx, contact, added, source="lead", proof=proof)
    return bool(added)


def _add(tx: Tx, contact: Contact, consent: Consent) -> None:
    consent.contact_id, consent.customer_id = contact.id, contact.customer_id
    consent.owner_id, consent.unit_path = contact.owner_id, contact.unit_path
    consent.recorder_id = tx.principal.user_id
    tx.add(consent)
    tx.publish(consent, events.ConsentRecorded())


def _prepare(tx: Tx, consent: Consent) -> None:
    consent.basis = consent.basis or "consent"
    consent.text_version, consent.proof = normalise.text(consent.text_version), normalise.lines(consent.proof)
    consent.occur_time = consent.occur_time or tx.now
    wrong = wrong_choices(consent, CONSENT_CHOICES) + consent.missing_evidence()
    if consent.occur_time > tx.now + CLOCK_SKEW:
        wrong.append(Violation("occur_time", "IN_THE_FUTURE", "Give when it was said.", "请填写对方表示的时间。"))
    if wrong:
        raise InvalidArgument(wrong)
