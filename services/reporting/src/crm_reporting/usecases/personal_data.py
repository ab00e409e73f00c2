"""What the reporting service holds of persons, and what is left when one is forgotten (domain rule 8.8).

Facts are ids, states, amounts and times; only a customer who is a person has a name here.
"""

from crm_kit.personal_data import Holding, PersonalData
from crm_reporting.domain.party_facts import customer_fact

PERSONAL_DATA = PersonalData(
    holdings=(
        Holding(
            customer_fact,
            {"customers.customer": customer_fact.c.id},
            blank=("name",),
            only=customer_fact.c.type == "PERSON",
        ),
    ),
)
