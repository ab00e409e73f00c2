"""What is entered of a customer is brought into stored form and checked (C4, C31); what it is found by is kept in step."""

from collections.abc import Sequence
from typing import Any

from crm_customers import queries
from crm_customers.domain import normalise
from crm_customers.domain.choices import CUSTOMER_CHOICES, wrong_choices
from crm_customers.domain.customer import Customer
from crm_customers.domain.naming import code_faults, propose_mnemonic, series
from crm_kit.errors import InvalidArgument, Violation
from crm_kit.filtering import grams, search_text
from crm_kit.recognition import hints
from crm_kit.tx import Tx

TEXTS = (
    "code",
    "name",
    "mnemonic",
    "industry",
    "source",
    "fax",
    "website",
    "province",
    "city",
    "postal_code",
    "address",
)
SEARCHED = ("name", "mnemonic", "code", "phone", "email")


def prepare_customer(customer: Customer, *, lenient: bool = False) -> None:
    """Normalise in place; InvalidArgument names every field that is wrong.

    ``lenient``: numbers and addresses that cannot be used stay as given, because a lead was already accepted with them.
    """
    for field in TEXTS:
        setattr(customer, field, normalise.text(getattr(customer, field)))
    customer.mnemonic = customer.mnemonic.upper()
    customer.remark = normalise.lines(customer.remark)
    customer.tags = sorted({normalise.text(tag) for tag in customer.tags} - {""})
    customer.name_key = normalise.text(customer.name).casefold()
    customer.kind = customer.kind or "prospect"
    country = normalise.country_code(customer.country_code)
    checked = {
        "country_code": country,
        "phone": normalise.phone(customer.phone, "" if country.fault else country.value),
        "email": normalise.email(customer.email),
        "credit_code": normalise.credit_code(customer.credit_code),
    }
    for field, found in checked.items():
        setattr(customer, field, found.value)
    wrong = wrong_choices(customer, CUSTOMER_CHOICES) + _of_type(customer)
    if not lenient:
        wrong += [normalise.violation(field, found.fault) for field, found in checked.items() if found.fault]
    if wrong:
        raise InvalidArgument(wrong)


async def give_names(tx: Tx, customer: Customer) -> None:
    """A code of the unit's series and a free mnemonic, where none is given (C5)."""
    if customer.code:
        if wrong := code_faults(customer.code):
            raise InvalidArgument(wrong)
    else:
        customer.code = await tx.number(series(customer.unit_path), customer.unit_path)
    await give_mnemonic(tx, customer)


async def give_mnemonic(tx: Tx, customer: Customer) -> None:
    """The proposal, or with the next number when the unit has it already: SHHD, SHHD2, SHHD3."""
    proposed = "" if customer.mnemonic else propose_mnemonic(customer.name)
    if not proposed:
        return
    taken = await queries.mnemonic_suffixes(tx, customer.unit_path, proposed)
    numbers = [int(suffix) for suffix in taken if suffix.isascii() and suffix.isdigit()]
    customer.mnemonic = f"{proposed}{max([1, *numbers]) + 1}" if "" in taken else proposed


def index_customer(customer: Customer, contacts: Sequence[Any] = ()) -> None:
    """Keep what search looks at in step with the revealed customer; it is also found by its contacts (C23)."""
    customer.search_text, customer.search_grams = searchable(customer, contacts)


def searchable(customer: Customer, contacts: Sequence[Any]) -> tuple[str, list[str]]:
    """The search columns of a customer: its own, and its contacts'. What its own sealed values add comes on storing."""
    texts = [customer.name, customer.mnemonic, customer.code, *hints((customer.phone, customer.email))]
    own, found = search_text(*texts), set(grams(*texts))
    return own + "".join(one.search_text for one in contacts), sorted(
        found.union(*(one.search_grams for one in contacts))
    )


def _of_type(customer: Customer) -> list[Violation]:
    """What an organisation has and a person has not, and the reverse (C13)."""
    if customer.headcount < 0:
        return [Violation("headcount", "NEGATIVE", "Give 0 or more.", "请填写不小于 0 的数。")]
    if customer.is_person and customer.headcount:
        return [Violation("headcount", "NOT_FOR_PERSONS", "A person has no headcount.", "个人客户没有人员规模。")]
    if not customer.is_person and customer.gender:
        return [Violation("gender", "ONLY_FOR_PERSONS", "Only a person has a gender.", "只有个人客户有性别。")]
    return []
