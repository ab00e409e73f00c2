"""Keep a contract's plan in step with its receipts and the calendar, and say what came of it."""

from decimal import Decimal
from uuid import UUID

from crm.sales.v1 import sales_events_pb2 as events

from crm_kit.money import text
from crm_kit.tx import Tx
from crm_sales import mappings, queries
from crm_sales.domain.contract import Contract
from crm_sales.domain.days import day_end, local_day
from crm_sales.domain.payment_plan import LineState
from crm_sales.domain.plan_line import PlanLine

OVERDUE = "plan_line_overdue"
WAITING = (LineState.PENDING, LineState.PART_PAID)


async def follow_plan(tx: Tx, contract: Contract) -> None:
    """Derive every line, announce those that became overdue or paid, and have the others watched to their due day."""
    change = contract.derive(local_day(tx.now, contract.time_zone))
    for line in contract.plan:
        if line.state in WAITING and line.due_date is not None:
            await tx.schedule(OVERDUE, line.id, day_end(line.due_date, contract.time_zone))
        else:
            await tx.cancel_timer(OVERDUE, line.id)
    facts: list[tuple[PlanLine, events.PlanLineOverdue | events.PlanLinePaid]] = []
    facts += [(line, events.PlanLineOverdue()) for line in change.overdue]
    facts += [(line, events.PlanLinePaid()) for line in change.paid]
    for line, fact in facts:
        tx.publish(contract, fact)
        await carry_line(tx, line, fact)


async def carry_line(
    tx: Tx, line: PlanLine, fact: events.PlanLineOverdue | events.PlanLinePaid | events.PlanLineWrittenOff
) -> None:
    """Put the line into the event as it is stored, its version included."""
    await tx.session.flush()
    fact.plan_line.CopyFrom(mappings.plan_line.write(line))


async def due_day_over(tx: Tx, line_id: UUID) -> None:
    """The end of a line's due day: what is still open is overdue from now on."""
    line = await queries.plan_line_unlocked(tx, line_id)
    contract = await queries.with_plan(tx, await queries.related(tx, Contract, line.contract_id))
    await follow_plan(tx, contract)


async def write_off(
    tx: Tx, contract_id: UUID, line_id: str, *, amount: Decimal | None, reason: str, etag: str = ""
) -> PlanLine:
    """Give up what is open on a line, or part of it."""
    contract = await queries.with_plan(tx, await queries.related(tx, Contract, contract_id))
    line = await tx.load(PlanLine, line_id, etag=etag)
    given_up = contract.write_off(line, amount)
    await follow_plan(tx, contract)
    fact = events.PlanLineWrittenOff(amount=text(given_up), reason=reason)
    tx.publish(contract, fact)
    await carry_line(tx, line, fact)
    return line
