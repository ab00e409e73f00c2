"""What is entered of a contact is brought into stored form and checked (C15–C17)."""

from crm_customers import queries
from crm_customers.domain import normalise
from crm_customers.domain.choices import CONTACT_CHOICES, wrong_choices
from crm_customers.domain.contact import Contact, check_reporting
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.filtering import grams, search_text
from crm_kit.recognition import hints
from crm_kit.tx import Tx

TEXTS = ("name", "salutation", "department", "job_title", "messenger", "home_address", "hobbies")
SEARCHED = ("name", "phone", "mobile", "email", "messenger")


def prepare_contact(tx: Tx, contact: Contact, country: str, *, lenient: bool = False) -> None:
    """Normalise in place; InvalidArgument names every field that is wrong.

    ``country``: of the customer, where numbers without a country code belong. ``lenient``: numbers and addresses that
    cannot be used stay as given, because a lead was already accepted with them.
    """
    for field in TEXTS:
        setattr(contact, field, normalise.text(getattr(contact, field)))
    contact.remark = normalise.lines(contact.remark)
    contact.opt_outs = sorted({normalise.text(channel) for channel in contact.opt_outs} - {""})
    contact.classification = contact.classification or "ordinary"
    checked = {
        "phone": normalise.phone(contact.phone, country),
        "mobile": normalise.phone(contact.mobile, country),
        "email": normalise.email(contact.email),
    }
    for field, found in checked.items():
        setattr(contact, field, found.value)
    wrong = wrong_choices(contact, CONTACT_CHOICES)
    if contact.birth_date is not None and contact.birth_date > tx.now.date():
        wrong.append(Violation("birth_date", "IN_THE_FUTURE", "Give a day in the past.", "请填写过去的日期。"))
    if not lenient:
        wrong += [normalise.violation(field, found.fault) for field, found in checked.items() if found.fault]
    if wrong:
        raise InvalidArgument(wrong)
    index_contact(contact)


def index_contact(contact: Contact) -> None:
    """Keep what search looks at in step with the revealed contact; what sealed values add comes on storing."""
    texts = [contact.name, *hints((contact.phone, contact.mobile, contact.email))]
    contact.search_text, contact.search_grams = search_text(*texts), grams(*texts)


async def check_superior(tx: Tx, contact: Contact) -> None:
    """The superior is a contact of the same customer and does not report to the contact."""
    if contact.reports_to_id is None:
        return
    superiors = await queries.superiors(tx, contact.customer_id)
    if contact.reports_to_id not in superiors:
        raise InvalidArgument.of(
            "reports_to_id",
            "NOT_A_COLLEAGUE",
            "The superior must be a contact of the same customer.",
            "上级必须是同一客户的联系人。",
        )
    if contact.id is not None:
        check_reporting(contact.id, contact.reports_to_id, superiors)
