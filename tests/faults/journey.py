"""The main job from first campaign to solved ticket, step by step, through as many mutating routes as one story needs."""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from .load import a_lead

Do = Callable[..., Any]
"""``do("ClaimLead", id=…)`` sends one request and answers its record; ``etag`` goes into If-Match."""


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


class Journey:
    """One story told under names of its own; ``do`` decides what happens to each request on its way."""

    def __init__(self, do: Do, tag: str, user: Any) -> None:
        self.do, self.tag, self.user, self.me = do, tag, user, user["id"]
        self.number = zlib.crc32(tag.encode())

    def whole(self) -> None:
        """In the order in which the parts need each other."""
        self.organisation()
        campaign = self.marketing()
        customer, contact = self.customers()
        self.leads(campaign)
        deal, quote = self.deal(customer, contact, campaign)
        self.contract(deal, quote)
        self.lost_business(customer)
        self.service_desk(customer, contact)
        self.campaign_ends(campaign)
        self.approvals(customer)
        self.configuration()
        # By now leads knows the customer it made, and takes the same party for it.
        self.do("CreateLead", lead={**a_lead(f"{self.tag} one"), "external_id": f"{self.tag} back"})

    def move(self, record: Any, *verbs: str, **fields: Any) -> Any:
        """Several custom methods on one record, one after the other."""
        for verb in verbs:
            record = self.do(verb, id=record["id"], **fields)
        return record

    def change(self, resource: str, record: Any, **fields: Any) -> Any:
        name = "".join(part.capitalize() for part in resource.split("_"))
        return self.do(f"Update{name}", etag=record["etag"], **{resource: {"id": record["id"], **fields}})

    def organisation(self) -> None:
        facts = {"name": self.tag, "code": f"u{self.number}", "kind": "DEALER", "parent_id": self.user["unit_id"]}
        unit = self.do("CreateUnit", unit=facts)
        unit = self.change("unit", unit, name=f"{self.tag} 2")
        user = {
            "login": f"user-{self.tag}".lower(),
            "display_name": "王芳",
            "unit_id": unit["id"],
            "roles": ["sales_rep"],
        }
        made = self.do("CreateUser", user={**user, "password": "correct horse battery 9"})
        self.change("user", made, display_name="王芳芳")
        self.do("DeleteUser", id=made["id"])
        self.do("DeleteUnit", id=unit["id"])

    def marketing(self) -> Any:
        lines = [{"category": "booth", "planned": "1000", "committed": "800"}]
        facts = {"currency": "CNY", "start_date": in_days(-5), "end_date": in_days(20), "budget_lines": lines}
        campaign = self.do("CreateCampaign", campaign={"name": f"{self.tag} 展会", **facts})
        campaign = self.change("campaign", campaign, place="上海")
        campaign = self.move(campaign, "PlanCampaign", "StartCampaign", "PauseCampaign", "ResumeCampaign")
        amount = {"amount": "200", "currency": "CNY"}
        cost = {"category": "booth", "amount": amount, "external_reference": f"inv-{self.tag}"}
        self.do("RecordCost", id=campaign["id"], **cost)
        for name, verb, reason in (("取消", "CancelCampaign", {"reason": "no hall"}), ("删除", "DeleteCampaign", {})):
            other = self.do("CreateCampaign", campaign={"name": f"{self.tag} {name}", **facts})
            self.do(verb, id=other["id"], **reason)
        return campaign

    def customers(self) -> tuple[Any, Any]:
        customer = self.do("CreateCustomer", customer={"type": "ORGANIZATION", "name": f"{self.tag} 公司"})
        customer = self.change("customer", customer, headcount=120)
        contacts = [
            self.do("CreateContact", contact={"customer_id": customer["id"], "name": name})
            for name in ("李雷", "韩梅梅")
        ]
        contact = self.change("contact", contacts[1], job_title="采购经理")
        self.do("MakeMainContact", id=contact["id"])
        self.do("DeleteContact", id=contacts[0]["id"])
        self.do("SetCustomerPhase", id=customer["id"], phase="EXECUTING", reason="signed on paper")
        said = {"kind": "call", "direction": "outbound", "note": "报价进度"}
        self.do("CreateFollowUp", follow_up={"customer_id": customer["id"], **said})
        gone = self.do("CreateCustomer", customer={"type": "PERSON", "name": f"{self.tag} 某人"})
        self.do("DeleteCustomer", id=gone["id"])
        return customer, contact

    def leads(self, campaign: Any) -> None:
        pool = self.do("CreatePool", pool={"name": self.tag, "unit_path": "/elsewhere/", "daily_claim_limit": 50})
        pool = self.change("pool", pool, holding_limit=500)
        self.do("DeletePool", id=pool["id"])
        facts = {"name": self.tag, "method": "POOL", "target_unit_path": "/hq/", "disabled": True}
        rule = self.do("CreateDistributionRule", distribution_rule=facts)
        rule = self.change("distribution_rule", rule, position=7)
        self.do("DeleteDistributionRule", id=rule["id"])
        one = {**a_lead(f"{self.tag} one"), "campaign_id": campaign["id"]}
        lead = self.do("CreateLead", lead=one)
        self.do("CreateLead", lead={**one, "external_id": f"{self.tag} again"})
        self.do("CreateLead", lead={**one, "need": "something else", "product_line": "pumps"})
        self.do("AssignLead", id=lead["id"], owner_id=self.me)
        self.do("ReleaseLead", id=lead["id"], reason="too far away")
        self.do("AssignLead", id=lead["id"], owner_id=self.me)
        lead = self.do("GetLead", id=lead["id"])
        lead = self.change("lead", lead, job_title="总经理")
        for direction in ("outbound", "inbound"):
            said = {"kind": "call", "direction": direction, "outcome": "interested", "duration_seconds": 90}
            self.do("CreateTouch", touch={"lead_id": lead["id"], **said})
        self.do("DisqualifyLead", id=lead["id"], reason="no_budget", note="next year")
        self.do("ReopenLead", id=lead["id"])
        self.do("AssignLead", id=lead["id"], owner_id=self.me)
        # Leads nobody held before: pools of the house may make a previous owner wait.
        more = [self.do("CreateLead", lead=a_lead(f"{self.tag} {number}")) for number in ("two", "three")]
        for one in more:
            if one["state"] != "POOLED":
                # A rule of the house gave it to somebody.
                self.do("ReleaseLead", id=one["id"], reason="for the pool")
        self.do("ClaimLead", id=more[0]["id"])
        self.do("ClaimLeads", ids=[more[1]["id"]], best_effort=True)
        self.do("QualifyLead", id=lead["id"])
        self.do("ConvertLead", id=lead["id"], expected_amount="120000", currency="CNY", duplicate_reason="test")

    def deal(self, customer: Any, contact: Any, campaign: Any) -> tuple[Any, Any]:
        money = {"amount": "1999", "currency": "CNY"}
        product = {
            "code": f"P-{self.tag}",
            "name": "升降桌",
            "list_price": money,
            "tax_code": "VAT13",
            "tax_rate": "13",
        }
        product = self.change("product", self.do("CreateProduct", product=product), description="電動")
        competitor = self.do("CreateCompetitor", competitor={"name": f"{self.tag} 对手"})
        self.change("competitor", competitor, website="https://example.org")
        facts = {
            "customer_id": customer["id"],
            "contact_id": contact["id"],
            "campaign_id": campaign["id"],
            "need": "工位",
        }
        amount = {"amount": "100000", "currency": "CNY"}
        wanted = {"name": f"{self.tag} 采购", "amount": amount, "expected_close_date": in_days(30), **facts}
        deal = self.do("CreateOpportunity", opportunity=wanted)
        deal = self.change("opportunity", deal, amount={"amount": "98000", "currency": "CNY"})
        deal = self.change("opportunity", deal, expected_close_date=in_days(40), need="200 台工位")
        deal = self.do("MoveOpportunityStage", id=deal["id"], stage="negotiation")
        line = {"product_id": product["id"], "quantity": "50"}
        about = {"name": "报价", "currency": "CNY", "opportunity_id": deal["id"]}
        quote = self.do("CreateQuote", quote={**about, "lines": [line]})
        quote = self.change("quote", quote, note="含安装")
        self.do("SendQuote", id=quote["id"])
        quote = self.do("ReviseQuote", id=quote["id"])
        quote = self.move(quote, "SendQuote", "AcceptQuote")
        return deal, quote

    def contract(self, deal: Any, quote: Any) -> None:
        plan = [{"percent": "30", "due_date": in_days(5)}, {"percent": "70", "due_date": in_days(60)}]
        contract = self.do("CreateQuoteContract", id=quote["id"], contract={"payment_plan": plan})
        contract = self.change("contract", contract, terms="30 天付款")
        self.do("SendContract", id=contract["id"])
        days = {"our_sign_date": in_days(-1), "their_sign_date": in_days(-1)}
        contract = self.do("SignContract", id=contract["id"], **days)
        less = {"amount": "-100", "currency": "CNY"}
        self.do("AmendContract", id=contract["id"], value_change=less, reason="折让", sign_date=in_days(0))
        self.do("StartContract", id=contract["id"])
        money = {
            "contract_id": contract["id"],
            "amount": {"amount": "1000", "currency": "CNY"},
            "receive_date": in_days(0),
        }
        first = self.do("GetContract", id=contract["id"])["payment_plan"][0]["planned_amount"]
        paid = {**money, "amount": first, "payer": "x", "reference": f"{self.tag} first"}
        self.do("ConfirmReceipt", id=self.do("CreateReceipt", receipt=paid)["id"])
        for number, verb in enumerate(("ConfirmReceipt", "RejectReceipt", "ConfirmReceipt")):
            receipt = self.do("CreateReceipt", receipt={**money, "payer": "x", "reference": f"{self.tag} {number}"})
            receipt = self.change("receipt", receipt, payer="付款人")
            receipt = self.do(verb, id=receipt["id"], **({"reason": "unknown"} if verb == "RejectReceipt" else {}))
        self.do("ReverseReceipt", id=receipt["id"], reason="bounced")
        contract = self.do("GetContract", id=contract["id"])
        self.do("WriteOffPlanLine", id=contract["payment_plan"][1]["id"], reason="test")
        self.move(contract, "FulfillContract", "ArchiveContract")
        self.do("WinOpportunity", id=deal["id"], close_date=in_days(0))

    def lost_business(self, customer: Any) -> None:
        deal = self.do("CreateOpportunity", opportunity={"name": f"{self.tag} 二期", "customer_id": customer["id"]})
        lost = {"id": deal["id"], "reason": "price", "note": "太贵"}
        self.do("LoseOpportunity", **lost)
        self.do("ReopenOpportunity", id=deal["id"], reason="they called again")
        line = {"name": "系统", "quantity": "1", "list_price": "5000"}
        for verb in ("DeclineQuote", "WithdrawQuote"):
            quote = self.do("CreateQuote", quote=_quote(customer, line))
            self.do("SendQuote", id=quote["id"])
            self.do(verb, id=quote["id"], reason="later")
        for verb in ("VoidContract", "TerminateContract"):
            quote = self.move(self.do("CreateQuote", quote=_quote(customer, line)), "SendQuote", "AcceptQuote")
            contract = self.do("CreateContract", contract={"quote_id": quote["id"]})
            self.do("SendContract", id=contract["id"])
            if verb == "TerminateContract":
                self.do("SignContract", id=contract["id"], our_sign_date=in_days(0), their_sign_date=in_days(0))
            self.do(verb, id=contract["id"], reason="test")

    def service_desk(self, customer: Any, contact: Any) -> None:
        week = [{"weekday": "MONDAY", "start": "09:00", "end": "18:00"}]
        facts = {"name": self.tag, "time_zone": "Asia/Shanghai", "weekly": week}
        calendar = self.change("calendar", self.do("CreateCalendar", calendar=facts), name=f"{self.tag} 2")
        targets = [{"priority": "HIGH", "first_response_minutes": 60, "resolution_minutes": 480}]
        policy = {"name": self.tag, "filter": 'priority = "URGENT"', "targets": targets, "calendar_id": calendar["id"]}
        policy = self.change("sla_policy", self.do("CreateSlaPolicy", sla_policy=policy), reopen_days=3)
        about = {"kind": "COMPLAINT", "customer_id": customer["id"], "contact_id": contact["id"]}
        ticket = self.do("CreateTicket", ticket={"subject": self.tag, "priority": "HIGH", **about})
        ticket = self.change("ticket", ticket, description="每天下午都会发生")
        id = ticket["id"]
        self.do("AssignTicket", id=id, owner_id=self.me)
        self.do("ReplyToTicket", id=id, body="正在查看")
        self.do("RecordCustomerMessage", id=id, body="还没有好", author_name="李雷")
        self.do("AddTicketNote", id=id, body="备件在途")
        self.do("PendTicket", id=id, state="ON_HOLD", reason="parts", hold_until_time=f"{in_days(2)}T00:00:00Z")
        self.do("ResumeTicket", id=id)
        solved = {"resolution_code": "fixed", "resolution": "更换电源", "root_cause": "老化"}
        self.do("ResolveTicket", id=id, **solved)
        self.do("ReopenTicket", id=id, reason="again")
        self.do("ResolveTicket", id=id, **solved)
        answer = self.do("CreateSurveyAnswer", survey_answer={"ticket_id": id, "score": 4, "comment": "还行"})
        self.change("survey_answer", answer, score=5)
        self.do("CloseTicket", id=id)
        other = self.do("CreateTicket", ticket={"subject": f"{self.tag} 2", "priority": "LOW", **about})
        self.do("CancelTicket", id=other["id"], reason="twice")

    def campaign_ends(self, campaign: Any) -> None:
        someone = {"campaign_id": campaign["id"], "contact_id": f"01900000-0000-7000-8000-{self.number:012x}"}
        self.do("CreateTouchpoint", touchpoint={**someone, "kind": "click"})
        other = {**someone, "contact_id": f"01900000-0000-7000-8001-{self.number:012x}"}
        member = self.do("CreateCampaignMember", campaign_member=other)
        self.do("SetCampaignMemberStatus", id=member["id"], status="SENT")
        self.move(campaign, "FinishCampaign", "SettleCampaign")

    def approvals(self, customer: Any) -> None:
        line = {"name": "系统", "quantity": "1", "list_price": "5000"}
        quote = self.do("CreateQuote", quote=_quote(customer, line))
        refused = {"reason": "毛利过低"}
        quote = self.move(quote, "SubmitQuote", "SendQuote", "AcceptQuote")
        other = {"quote_id": quote["id"], "original_amount": {"amount": "4900", "currency": "CNY"}}
        contract = self.do("CreateContract", contract=other)
        self.do("SubmitContract", id=contract["id"])
        self.do("RejectContract", id=contract["id"], **refused)
        self.move(contract, "SubmitContract", "ApproveContract", "SendContract")
        deal = self.do("CreateOpportunity", opportunity={"name": f"{self.tag} 三期", "customer_id": customer["id"]})
        quotes = [
            self.do("CreateQuote", quote={**_quote(customer, line), "opportunity_id": deal["id"]}) for _ in range(2)
        ]
        self.do("MakeQuotePrimary", id=quotes[1]["id"])

    def configuration(self) -> None:
        stages = [
            {"code": "talk", "name_en": "Talk", "name_zh": "接洽", "status": "OPEN", "probability": 10},
            {"code": "won", "name_en": "Won", "name_zh": "赢单", "status": "WON", "probability": 100},
            {"code": "lost", "name_en": "Lost", "name_zh": "输单", "status": "LOST"},
        ]
        pipeline = self.do("CreatePipeline", pipeline={"name": self.tag, "stages": stages})
        pipeline = self.change("pipeline", pipeline, name=f"{self.tag} 2")
        stages.insert(1, {**stages[0], "code": "offer", "name_en": "Offer", "name_zh": "报价", "probability": 50})
        self.do("ReplaceStages", id=pipeline["id"], stages=stages)
        self.do("DeletePipeline", id=pipeline["id"])
        product = self.do("CreateProduct", product={"code": f"X-{self.tag}", "name": "x"})
        self.do("DeleteProduct", id=product["id"])
        competitor = self.do("CreateCompetitor", competitor={"name": f"{self.tag} x"})
        self.do("DeleteCompetitor", id=competitor["id"])
        week = [{"weekday": "MONDAY", "start": "09:00", "end": "18:00"}]
        facts = {"name": f"{self.tag} x", "time_zone": "Asia/Shanghai", "weekly": week}
        calendar = self.do("CreateCalendar", calendar=facts)
        self.do("DeleteCalendar", id=calendar["id"])
        policy = self.do("CreateSlaPolicy", sla_policy={"name": f"{self.tag} x", "filter": 'priority = "LOW"'})
        self.do("DeleteSlaPolicy", id=policy["id"])
        about = {"service": "customers", "resource": "contact", "type": "TYPE_TEXT", "label_en": "x", "label_zh": "x"}
        field = self.do("CreateCustomField", custom_field={**about, "name": f"f{self.number}"})
        self.do("DeleteCustomField", service="customers", id=field["id"])


def _quote(customer: Any, line: Any) -> dict[str, Any]:
    return {"name": "q", "currency": "CNY", "customer_id": customer["id"], "lines": [line]}
