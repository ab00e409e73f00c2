"""Record a cost: it counts once on its budget line, however often its reference is sent."""

from datetime import date
from decimal import Decimal

from crm.marketing.v1 import campaign_service_pb2 as pb
from crm.marketing.v1 import marketing_events_pb2 as events
from sqlalchemy import insert

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.fieldtypes import decimal_of
from crm_kit.money import in_minor_units, text
from crm_kit.tx import Tx
from crm_marketing import mappings, queries
from crm_marketing.domain.campaign import Campaign
from crm_marketing.domain.campaign_cost import CostReferenceReused, campaign_cost


async def record_cost(tx: Tx, request: pb.RecordCostRequest) -> Campaign:
    """The campaign with the cost on its line; unchanged when the reference is known with the same facts."""
    amount, cost_date = _read(request, tx.now.date())
    # A repeat comes with the etag of its first try; it is recognised before the etag is looked at.
    campaign = await tx.load(Campaign, request.id)
    reference, category = request.external_reference.strip(), request.category.strip()
    known = await queries.cost_by_reference(tx, campaign.id, reference)
    if known is not None:
        if (known.category, known.amount, known.currency) != (category, amount, request.amount.currency):
            raise CostReferenceReused(
                reference=reference, category=known.category, amount=f"{text(known.amount)} {known.currency}"
            )
        return campaign
    await tx.load(Campaign, request.id, etag=request.etag)
    _check_currency(campaign, amount, request.amount.currency)
    reason = request.over_commit_reason.strip()
    campaign.spend(category, amount, reason)
    made = insert(campaign_cost).values(
        id=tx.new_id(),
        campaign_id=campaign.id,
        category=category,
        amount=amount,
        currency=campaign.currency,
        external_reference=reference,
        note=request.note.strip(),
        over_commit_reason=reason,
        cost_date=cost_date,
        actor_id=tx.principal.actor,
        create_time=tx.now,
    )
    row = (await tx.session.execute(made.returning(*campaign_cost.c))).one()
    tx.publish(campaign, events.CampaignCostRecorded(cost=mappings.campaign_cost(row)))
    return campaign


def _read(request: pb.RecordCostRequest, today: date) -> tuple[Decimal, date]:
    wrong = [
        Violation(field, "REQUIRED", f"Give a value for {field}.", f"请填写 {field}。")
        for field in ("category", "external_reference")
        if not getattr(request, field).strip()
    ]
    amount, cost_date = Decimal(0), today
    try:
        amount = decimal_of(request.amount.amount.strip())
        if not amount:
            wrong.append(Violation("amount", "ZERO", "A cost of zero is none.", "金额不能为 0。"))
    except ValueError:
        wrong.append(Violation("amount", "NOT_A_NUMBER", "Give a decimal like 1234.50.", "请填写形如 1234.50 的数字。"))
    try:
        cost_date = date.fromisoformat(request.cost_date.strip()) if request.cost_date.strip() else today
    except ValueError:
        wrong.append(
            Violation("cost_date", "NOT_A_DATE", "Give a day like 2026-11-23.", "请填写形如 2026-11-23 的日期。")
        )
    if wrong:
        raise InvalidArgument(wrong)
    return amount, cost_date


def _check_currency(campaign: Campaign, amount: Decimal, currency: str) -> None:
    if currency != campaign.currency:
        raise InvalidArgument.of(
            "amount.currency",
            "OTHER_CURRENCY",
            f"This campaign counts in {campaign.currency or 'no currency yet'}; convert the cost first.",
            f"该活动以 {campaign.currency or '（尚未设置币种）'} 计费，请先换算。",
        )
    if currency and not in_minor_units(amount, currency):
        raise InvalidArgument.of(
            "amount", "TOO_PRECISE", f"{currency} has no amount that small.", f"金额超出 {currency} 的最小单位。"
        )
