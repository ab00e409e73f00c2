"""What the service desk holds of persons, and what is left when one is forgotten (domain rule 8.8).

What a ticket tells goes; its kind, its states and how long everything took stay.
"""

from typing import Any

from sqlalchemy import Table

from crm_kit.personal_data import RECORD, Holding, PersonalData
from crm_service_desk.domain.article import Article
from crm_service_desk.domain.survey_answer import SurveyAnswer
from crm_service_desk.domain.ticket import Ticket

CONTACT, CUSTOMER = "customers.contact", "customers.customer"


def _table(entity: Any) -> Table:
    found: Table = entity.__table__
    return found


ticket, article, survey_answer = _table(Ticket), _table(Article), _table(SurveyAnswer)

PERSONAL_DATA = PersonalData(
    holdings=(
        Holding(
            ticket,
            {CONTACT: ticket.c.contact_id, CUSTOMER: ticket.c.customer_id},
            blank=("description", "resolution", "root_cause", "cancel_reason", "custom_fields"),
            values={"subject": ticket.c.number},
        ),
        Holding(
            article,
            {RECORD: article.c.ticket_id},
            blank=("author_name", "body", "external_id", "custom_fields"),
        ),
        Holding(
            survey_answer,
            {
                RECORD: survey_answer.c.ticket_id,
                CUSTOMER: survey_answer.c.customer_id,
            },
            blank=("comment", "custom_fields"),
        ),
    ),
)
