"""What the sales service holds of persons, and what is left when one is forgotten (domain rule 8.8).

Free text of deals and quotes goes with the person, because nobody can tell whether it names them; amounts, stages and
days stay. Signed contracts with the quotes behind them, and receipts, are commercial records: kept for ten years after
the year they ended in.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Integer, Table, and_, cast, exists, func, select, true

from crm_kit.personal_data import RECORD, Holding, Kept, PersonalData
from crm_sales.domain.contract import LIVE, Contract
from crm_sales.domain.contract_amendment import contract_amendment
from crm_sales.domain.opportunity import Opportunity
from crm_sales.domain.quote import Quote
from crm_sales.domain.receipt import Receipt
from crm_sales.domain.stage_stay import stage_stay
from crm_sales.domain.task import Task

LEAD, CONTACT, CUSTOMER = "leads.lead", "customers.contact", "customers.customer"
YEARS_KEPT = 10
REASON = "COMMERCIAL_RECORD"


def _table(entity: Any) -> Table:
    found: Table = entity.__table__
    return found


opportunity, quote, contract, receipt = _table(Opportunity), _table(Quote), _table(Contract), _table(Receipt)
task = _table(Task)


def _last_day(day: ColumnElement[Any]) -> ColumnElement[Any]:
    """The last day of the tenth year after the year of a day."""
    return func.make_date(cast(func.date_part("year", day), Integer) + YEARS_KEPT, 12, 31)


def _ended(column: Any) -> ColumnElement[Any]:
    """The day from which a contract's years count."""
    days = (column.termination_date, column.end_date, column.effective_date, column.their_sign_date)
    return func.coalesce(*days, cast(column.update_time, Date))


def _amended(column: Any) -> Any:
    """Amendments of contracts of these customers or contacts."""

    def named(ids: Sequence[UUID]) -> ColumnElement[bool]:
        return contract_amendment.c.contract_id.in_(select(contract.c.id).where(column.in_(ids)))

    return named


def _about(record_type: str) -> Any:
    """Tasks about these records."""

    def named(ids: Sequence[UUID]) -> ColumnElement[bool]:
        return and_(task.c.record_type == record_type, task.c.record_id.in_(ids))

    return named


SIGNED = contract.c.state.in_(sorted(LIVE))
CONTRACTED = exists().where(contract.c.quote_id == quote.c.id, SIGNED)

PERSONAL_DATA = PersonalData(
    holdings=(
        Holding(
            opportunity,
            {LEAD: opportunity.c.lead_id, CONTACT: opportunity.c.contact_id, CUSTOMER: opportunity.c.customer_id},
            blank=("need", "solution", "information_provider", "stage_note", "loss_note", "custom_fields"),
            values={"name": opportunity.c.number},
        ),
        Holding(stage_stay, {RECORD: stage_stay.c.opportunity_id}, blank=("note",)),
        Holding(
            quote,
            {CONTACT: quote.c.contact_id, CUSTOMER: quote.c.customer_id},
            blank=("note", "state_reason", "custom_fields"),
            values={"name": quote.c.number},
            kept=Kept(
                CONTRACTED, _last_day(func.coalesce(quote.c.valid_until_date, cast(quote.c.update_time, Date))), REASON
            ),
        ),
        Holding(
            contract,
            {CONTACT: contract.c.contact_id, CUSTOMER: contract.c.customer_id},
            blank=("terms", "state_reason", "custom_fields"),
            values={"name": contract.c.number},
            kept=Kept(SIGNED, _last_day(_ended(contract.c)), REASON),
        ),
        Holding(
            contract_amendment,
            {CONTACT: _amended(contract.c.contact_id), CUSTOMER: _amended(contract.c.customer_id)},
            kept=Kept(true(), _last_day(contract_amendment.c.sign_date), REASON),
        ),
        Holding(
            receipt,
            {CUSTOMER: receipt.c.customer_id},
            kept=Kept(true(), _last_day(receipt.c.receive_date), REASON),
        ),
        Holding(
            task,
            {LEAD: _about(LEAD), CONTACT: _about(CONTACT), CUSTOMER: task.c.customer_id},
            blank=("description", "outcome", "custom_fields"),
            values={"subject": task.c.number},
        ),
    ),
)
