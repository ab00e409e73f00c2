"""The story of customers, their contacts and tickets, and of what is set up for all of that."""

from typing import Any

from .telling import Telling, in_days


def customers(tell: Telling) -> tuple[Any, Any]:
    customer = tell.do("CreateCustomer", customer={"type": "ORGANIZATION", "name": f"{tell.tag} 公司"})
    customer = tell.change("customer", customer, headcount=120)
    contacts = [
        tell.do("CreateContact", contact={"customer_id": customer["id"], "name": name}) for name in ("李雷", "韩梅梅")
    ]
    contact = tell.change("contact", contacts[1], job_title="采购经理")
    tell.do("MakeMainContact", id=contact["id"])
    tell.do("DeleteContact", id=contacts[0]["id"])
    word = {"purpose": "marketing", "channel": "sms", "decision": "GIVEN", "text_version": "2026-11", "proof": "form 7"}
    tell.do("CreateConsent", consent={"contact_id": contact["id"], **word})
    tell.do("SetCustomerPhase", id=customer["id"], phase="EXECUTING", reason="signed on paper")
    said = {"kind": "call", "direction": "outbound", "note": "报价进度"}
    tell.do("CreateFollowUp", follow_up={"customer_id": customer["id"], **said})
    gone = tell.do("CreateCustomer", customer={"type": "PERSON", "name": f"{tell.tag} 某人"})
    tell.do("DeleteCustomer", id=gone["id"])
    return customer, contact


def service_desk(tell: Telling, customer: Any, contact: Any) -> None:
    week = [{"weekday": "MONDAY", "start": "09:00", "end": "18:00"}]
    facts = {"name": tell.tag, "time_zone": "Asia/Shanghai", "weekly": week}
    calendar = tell.change("calendar", tell.do("CreateCalendar", calendar=facts), name=f"{tell.tag} 2")
    targets = [{"priority": "HIGH", "first_response_minutes": 60, "resolution_minutes": 480}]
    policy = {"name": tell.tag, "filter": 'priority = "URGENT"', "targets": targets, "calendar_id": calendar["id"]}
    policy = tell.change("sla_policy", tell.do("CreateSlaPolicy", sla_policy=policy), reopen_days=3)
    about = {"kind": "COMPLAINT", "customer_id": customer["id"], "contact_id": contact["id"]}
    ticket = tell.do("CreateTicket", ticket={"subject": tell.tag, "priority": "HIGH", **about})
    ticket = tell.change("ticket", ticket, description="每天下午都会发生")
    id = ticket["id"]
    tell.do("AssignTicket", id=id, owner_id=tell.me)
    tell.do("ReplyToTicket", id=id, body="正在查看")
    tell.do("RecordCustomerMessage", id=id, body="还没有好", author_name="李雷")
    tell.do("AddTicketNote", id=id, body="备件在途")
    tell.do("PendTicket", id=id, state="ON_HOLD", reason="parts", hold_until_time=f"{in_days(2)}T00:00:00Z")
    tell.do("ResumeTicket", id=id)
    solved = {"resolution_code": "fixed", "resolution": "更换电源", "root_cause": "老化"}
    tell.do("ResolveTicket", id=id, **solved)
    tell.do("ReopenTicket", id=id, reason="again")
    tell.do("ResolveTicket", id=id, **solved)
    answer = tell.do("CreateSurveyAnswer", survey_answer={"ticket_id": id, "score": 4, "comment": "还行"})
    tell.change("survey_answer", answer, score=5)
    tell.do("CloseTicket", id=id)
    other = tell.do("CreateTicket", ticket={"subject": f"{tell.tag} 2", "priority": "LOW", **about})
    tell.do("CancelTicket", id=other["id"], reason="twice")


def knowledge(tell: Telling) -> None:
    texts = {"title_zh": f"{tell.tag} 网关离线", "body_zh": "请重启网关。"}
    article = tell.change("knowledge_article", tell.do("CreateKnowledgeArticle", knowledge_article=texts), category="x")
    id = article["id"]
    tell.do("SubmitKnowledgeArticle", id=id)
    tell.do("ReturnKnowledgeArticle", id=id, reason="图")
    tell.do("SubmitKnowledgeArticle", id=id)
    tell.do("PublishKnowledgeArticle", id=id)
    tell.do("ConfirmKnowledgeArticle", id=id, review_time=f"{in_days(90)}T00:00:00Z")
    tell.do("ArchiveKnowledgeArticle", id=id)
    tell.do("RestoreKnowledgeArticle", id=id)


def configuration(tell: Telling) -> None:
    stages = [
        {"code": "talk", "name_en": "Talk", "name_zh": "接洽", "status": "OPEN", "probability": 10},
        {"code": "won", "name_en": "Won", "name_zh": "赢单", "status": "WON", "probability": 100},
        {"code": "lost", "name_en": "Lost", "name_zh": "输单", "status": "LOST"},
    ]
    pipeline = tell.do("CreatePipeline", pipeline={"name": tell.tag, "stages": stages})
    pipeline = tell.change("pipeline", pipeline, name=f"{tell.tag} 2")
    stages.insert(1, {**stages[0], "code": "offer", "name_en": "Offer", "name_zh": "报价", "probability": 50})
    tell.do("ReplaceStages", id=pipeline["id"], stages=stages)
    tell.do("DeletePipeline", id=pipeline["id"])
    product = tell.do("CreateProduct", product={"code": f"X-{tell.tag}", "name": "x"})
    tell.do("DeleteProduct", id=product["id"])
    competitor = tell.do("CreateCompetitor", competitor={"name": f"{tell.tag} x"})
    tell.do("DeleteCompetitor", id=competitor["id"])
    week = [{"weekday": "MONDAY", "start": "09:00", "end": "18:00"}]
    facts = {"name": f"{tell.tag} x", "time_zone": "Asia/Shanghai", "weekly": week}
    calendar = tell.do("CreateCalendar", calendar=facts)
    tell.do("DeleteCalendar", id=calendar["id"])
    policy = tell.do("CreateSlaPolicy", sla_policy={"name": f"{tell.tag} x", "filter": 'priority = "LOW"'})
    tell.do("DeleteSlaPolicy", id=policy["id"])
    about = {"service": "customers", "resource": "contact", "type": "TYPE_TEXT", "label_en": "x", "label_zh": "x"}
    field = tell.do("CreateCustomField", custom_field={**about, "name": f"f{tell.number}"})
    tell.do("DeleteCustomField", service="customers", id=field["id"])
