"""What happened with a customer, told by all services: once, in the reader's language."""

from datetime import UTC, timedelta
from typing import Any
from uuid import UUID, uuid4

from crm.customers.v1.customer_pb2 import Customer
from crm.leads.v1 import leads_events_pb2 as leads_events
from crm.leads.v1.lead_pb2 import Lead
from crm.leads.v1.touch_pb2 import Touch
from crm.sales.v1 import sales_events_pb2 as sales_events
from crm.sales.v1.contract_pb2 import ContractAmendment
from crm.sales.v1.opportunity_pb2 import StageStay
from crm.sales.v1.plan_line_pb2 import PlanLine
from crm.sales.v1.quote_pb2 import Quote
from crm.sales.v1.receipt_pb2 import Receipt
from crm.sales.v1.task_pb2 import Task
from crm.service_desk.v1 import service_desk_events_pb2 as desk_events
from crm.service_desk.v1.article_pb2 import Article
from crm.service_desk.v1.survey_answer_pb2 import SurveyAnswer
from crm.service_desk.v1.ticket_pb2 import Ticket
from crm.type.v1.money_pb2 import Money

from crm_customers.domain.timeline_words import summary
from crm_kit.principal import Scope

from .clerk import Clerk, Deal, days_ago, refused

PRICE = Money(amount="120000", currency="CNY")


def touch(days: float, **said: Any) -> Touch:
    made = Touch(**{"id": str(uuid4()), "kind": "call", "direction": "outbound", "valid": True, **said})
    made.occur_time.FromDatetime(days_ago(days))
    return made


def converted(customer: Customer, *touches: Touch) -> tuple[UUID, int, Any]:
    lead = Lead(id=str(uuid4()), number="LD-2026-000001", company="华东机械", need="新产线", customer_id=customer.id)
    return UUID(lead.id), 1, leads_events.LeadConverted(lead=lead, touches=touches)


class Desk:
    """A ticket of a customer, and what the service desk announces about it."""

    def __init__(self, customer: Customer, **facts: Any) -> None:
        self.id, self.seq = uuid4(), 0
        told = {"id": str(self.id), "customer_id": customer.id, "number": "TK-1", "subject": "机器停机", **facts}
        self.ticket = Ticket(**told)

    def fact(self, event: type[Any], **facts: Any) -> tuple[UUID, int, Any]:
        self.seq += 1
        return self.id, self.seq, event(ticket=self.ticket, **facts)

    def article(self, event: type[Any], days: float, **facts: Any) -> tuple[UUID, int, Any]:
        article = Article(id=str(uuid4()), channel="email", **facts)
        article.occur_time.FromDatetime(days_ago(days))
        return self.fact(event, article=article, summary="请重启设备")


async def test_a_converted_lead_brings_its_touches(clerk: Clerk) -> None:
    made = await clerk.customer()
    await clerk.deliver(converted(made, touch(5, note="初次沟通", outcome="interested"), touch(2, kind="visit")))
    told = await clerk.timeline(made.id, filter="subject_type = lead")
    assert [entry.kind for entry in told] == ["lead_converted", "visit", "call"]
    assert told[2].summary == "Call to the customer: interested · 初次沟通"
    assert told[0].summary == "Lead converted: LD-2026-000001 · 华东机械 · 新产线"
    assert told[2].source_event_type == "crm.leads.v1.LeadConverted"


async def test_each_thing_is_told_once_however_often_and_in_whatever_order_it_arrives(clerk: Clerk) -> None:
    for seed in range(4):
        made = await clerk.customer(f"客户{seed}")
        contract, ticket = Deal(made.id), Desk(made)
        facts = [
            converted(made, touch(9), touch(8)),
            contract.contract(sales_events.ContractSent, "PENDING_SIGN"),
            contract.signed(),
            contract.contract(sales_events.ContractStarted, "EXECUTING"),
            ticket.fact(desk_events.TicketCreated),
            ticket.fact(desk_events.TicketResolved, summary="已修复"),
        ]
        await clerk.deliver(*facts, seed=seed)
        kinds = sorted(entry.kind for entry in await clerk.timeline(made.id))
        assert kinds == sorted(
            [
                "customer_created",
                "lead_converted",
                "call",
                "call",
                "contract_sent",
                "contract_signed",
                "contract_started",
                "ticket_opened",
                "ticket_resolved",
                "phase_changed",
            ]
        )


async def test_sales_is_told_with_numbers_and_amounts(clerk: Clerk) -> None:
    made = await clerk.customer()
    deal, contract, quote_id = Deal(made.id), Deal(made.id), uuid4()
    quote = Quote(id=str(quote_id), customer_id=made.id, number="Q-1", name="报价", total=PRICE, state_reason="太贵")
    receipt = Receipt(id=str(uuid4()), customer_id=made.id, number="RC-1", amount=PRICE)
    line = PlanLine(
        id=str(uuid4()),
        customer_id=made.id,
        name="预付款",
        planned_amount=PRICE,
        open_amount=PRICE,
        due_date="2026-11-01",
    )
    stay = StageStay(from_stage="first_talk", stage="proposal", note="进展顺利")
    moved = deal.opportunity(sales_events.OpportunityCreated, "OPEN", amount=PRICE)
    stage = deal.opportunity(sales_events.OpportunityStageChanged, "OPEN", amount=PRICE)
    stage[2].stay.CopyFrom(stay)
    amended = contract.contract(sales_events.ContractAmended, "SIGNED", amount=PRICE)
    amended[2].amendment.CopyFrom(ContractAmendment(reason="增加设备"))
    confirmed = sales_events.ReceiptConfirmed(receipt=receipt, contract=amended[2].contract)
    written_off = sales_events.PlanLineWrittenOff(plan_line=line, amount="100", reason="尾差")
    task = Task(
        id=str(uuid4()), customer_id=made.id, number="TK-1", subject="回访", outcome="同意续约", state=Task.DONE
    )
    elsewhere = Task(id=str(uuid4()), subject="报销")
    facts = [
        moved,
        stage,
        deal.opportunity(sales_events.OpportunityLost, "LOST", loss_reason="price", loss_note="对手更低"),
        (quote_id, 1, sales_events.QuoteSent(quote=quote)),
        (quote_id, 2, sales_events.QuoteDeclined(quote=quote)),
        amended,
        (uuid4(), 1, confirmed),
        (UUID(line.id), 1, sales_events.PlanLineOverdue(plan_line=line)),
        (UUID(line.id), 2, written_off),
        (UUID(task.id), 1, sales_events.TaskCompleted(task=task)),
        (UUID(elsewhere.id), 1, sales_events.TaskCompleted(task=elsewhere)),
    ]
    await clerk.deliver(*facts)
    told = {entry.kind: entry.summary for entry in await clerk.timeline(made.id)}
    assert told["opportunity_created"] == "Opportunity opened: 新产线 · CNY 120000"
    assert told["opportunity_stage_changed"] == (
        "Opportunity moved: 新产线 · first_talk → proposal · CNY 120000 · 进展顺利"
    )
    assert told["opportunity_lost"] == "Opportunity lost: 新产线 · price · 对手更低"
    assert told["quote_declined"] == "Quote declined: Q-1 · 报价 · CNY 120000 · 太贵"
    assert told["contract_amended"] == "Contract amended: CT-2026-000001 · 年度维护 · CNY 120000 · 增加设备"
    assert told["payment_received"] == "Payment received: RC-1 · 年度维护 · CNY 120000"
    assert told["payment_overdue"] == "Payment overdue: 预付款 · CNY 120000 · 2026-11-01"
    assert told["task_completed"] == "Task completed: TK-1 · 回访 · 同意续约"
    assert told["payment_written_off"] == "Payment written off: 预付款 · CNY 100 · 2026-11-01 · 尾差"


async def test_the_service_desk_is_told_with_both_sides_words(clerk: Clerk) -> None:
    made = await clerk.customer()
    ticket = Desk(made, kind="COMPLAINT", channel="phone", state="PENDING_CUSTOMER")
    answer = SurveyAnswer(id=str(uuid4()), score=2, comment="太慢", channel="web")
    await clerk.deliver(
        ticket.fact(desk_events.TicketCreated, summary="机器停机"),
        ticket.article(desk_events.TicketReplied, 2),
        ticket.article(desk_events.CustomerReplied, 1),
        ticket.fact(desk_events.TicketStateChanged, previous_state="OPEN", summary="等客户回复"),
        ticket.fact(desk_events.TicketClosed, summary="机器停机"),
        (uuid4(), 1, desk_events.SurveyAnswered(survey_answer=answer, ticket=ticket.ticket, summary="2 太慢")),
    )
    told = {entry.kind: entry for entry in await clerk.as_(language="zh-CN").timeline(made.id)}
    assert told["complaint_opened"].summary == "客户投诉：TK-1 · 机器停机"
    assert (told["complaint_opened"].channel, told["complaint_opened"].direction) == ("phone", "inbound")
    assert told["reply"].summary == "我方发起·回复：TK-1 · 机器停机 · 请重启设备"
    assert told["message"].direction == "inbound"
    assert told["ticket_state_changed"].summary == "工单状态变更：TK-1 · 机器停机 · 处理中 → 等待客户 · 等客户回复"
    assert told["ticket_closed"].summary == "工单关闭：TK-1 · 机器停机"
    assert told["survey_answered"].summary == "满意度评价：TK-1 · 机器停机 · 2 · 太慢"


async def test_interest_shown_again_belongs_to_the_customer(clerk: Clerk) -> None:
    made = await clerk.customer()
    lead = Lead(id=str(uuid4()), number="LD-2", need="再买一台", channel="web_form", customer_id=made.id)
    await clerk.deliver((UUID(lead.id), 1, leads_events.SubmissionAttached(lead=lead)))
    (told,) = await clerk.timeline(made.id, filter="kind = submission_attached")
    assert (told.summary, told.channel) == ("Interest shown again: LD-2 · 再买一台", "web_form")


async def test_the_latest_contact_never_moves_back(clerk: Clerk) -> None:
    made = await clerk.customer()
    contract = Deal(made.id)
    await clerk.deliver(contract.signed())
    latest = (await clerk.get(made.id)).last_contact_time
    await clerk.deliver(converted(made, touch(5)))
    await clerk.follow_up(made, occur_time=days_ago(3))
    assert (await clerk.get(made.id)).last_contact_time == latest


async def test_only_being_in_touch_counts_as_contact(clerk: Clerk) -> None:
    made = await clerk.customer()
    ticket = Desk(made)
    await clerk.deliver(
        converted(made, touch(5, valid=False)),
        Deal(made.id).opportunity(sales_events.OpportunityCreated, "OPEN"),
        ticket.article(desk_events.TicketReplied, 2, automatic=True),
    )
    assert not (await clerk.get(made.id)).HasField("last_contact_time")
    await clerk.deliver(ticket.article(desk_events.CustomerReplied, 1))
    moment = (await clerk.get(made.id)).last_contact_time.ToDatetime(tzinfo=UTC)
    assert abs(moment - days_ago(1)) < timedelta(minutes=1)


async def test_a_contact_moment_is_in_the_way_of_nobodys_edit(clerk: Clerk) -> None:
    made = await clerk.customer()
    await clerk.follow_up(made)
    assert (await clerk.change(made, city="上海")).city == "上海"


async def test_the_timeline_is_filtered_ordered_and_paged(clerk: Clerk) -> None:
    made = await clerk.customer()
    for day, kind in ((3, "call"), (2, "visit"), (1, "call")):
        await clerk.follow_up(made, kind=kind, occur_time=days_ago(day), note=str(day))
    calls = await clerk.timeline(made.id, filter='kind = ("call" OR "email") AND direction = outbound')
    assert [entry.summary[-1] for entry in calls] == ["1", "3"]
    first = await clerk.ask("TimelineService/ListTimeline", customer_id=made.id, page_size=3)
    rest = await clerk.ask(
        "TimelineService/ListTimeline", customer_id=made.id, page_size=3, page_token=first.next_page_token
    )
    assert [entry.kind for entry in [*first.entries, *rest.entries]] == ["customer_created", "call", "visit", "call"]
    assert rest.next_page_token == ""
    async with refused("INVALID_ARGUMENT"):
        await clerk.timeline(made.id, filter="summary = x")


async def test_a_token_of_one_customers_timeline_opens_no_other(clerk: Clerk) -> None:
    made, other = await clerk.customer("甲"), await clerk.customer("乙")
    await clerk.follow_up(made)
    first = await clerk.ask("TimelineService/ListTimeline", customer_id=made.id, page_size=1)
    async with refused("INVALID_ARGUMENT"):
        await clerk.timeline(other.id, page_token=first.next_page_token)


async def test_the_timeline_of_a_hidden_customer_is_hidden(clerk: Clerk) -> None:
    made = await clerk.customer()
    dealer = clerk.as_(unit_path="/hq/d1/", scope=Scope.SUBTREE)
    async with refused("NOT_FOUND"):
        await dealer.timeline(made.id)


def test_a_summary_has_at_most_five_hundred_characters_on_one_line() -> None:
    told = summary("call", "inbound", {"note": "很长\n" * 400}, "zh-CN")
    assert len(told) == 500
    assert "\n" not in told
    assert told.endswith("…")


def test_a_kind_nobody_has_words_for_is_told_by_its_code() -> None:
    assert summary("webinar", "", {"name": "新品发布"}, "en") == "Webinar: 新品发布"


async def test_many_touches_of_many_leads_are_all_told(clerk: Clerk) -> None:
    made = [await clerk.customer(f"客户{n}") for n in range(3)]
    facts = [converted(customer, *(touch(n) for n in range(1, 60))) for customer in made]
    await clerk.deliver(*facts)
    for customer in made:
        assert len(await clerk.timeline(customer.id, page_size=200)) == 61
