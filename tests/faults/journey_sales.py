"""The story of deals, quotes, contracts and money."""

from typing import Any

from .telling import Telling, in_days


def deal(tell: Telling, customer: Any, contact: Any, campaign: Any) -> tuple[Any, Any]:
    money = {"amount": "1999", "currency": "CNY"}
    product = {
        "code": f"P-{tell.tag}",
        "name": "升降桌",
        "list_price": money,
        "tax_code": "VAT13",
        "tax_rate": "13",
    }
    product = tell.change("product", tell.do("CreateProduct", product=product), description="電動")
    competitor = tell.do("CreateCompetitor", competitor={"name": f"{tell.tag} 对手"})
    tell.change("competitor", competitor, website="https://example.org")
    facts = {
        "customer_id": customer["id"],
        "contact_id": contact["id"],
        "campaign_id": campaign["id"],
        "need": "工位",
    }
    amount = {"amount": "100000", "currency": "CNY"}
    wanted = {"name": f"{tell.tag} 采购", "amount": amount, "expected_close_date": in_days(30), **facts}
    deal = tell.do("CreateOpportunity", opportunity=wanted)
    deal = tell.change("opportunity", deal, amount={"amount": "98000", "currency": "CNY"})
    deal = tell.change("opportunity", deal, expected_close_date=in_days(40), need="200 台工位")
    deal = tell.do("MoveOpportunityStage", id=deal["id"], stage="negotiation")
    line = {"product_id": product["id"], "quantity": "50"}
    about = {"name": "报价", "currency": "CNY", "opportunity_id": deal["id"]}
    quote = tell.do("CreateQuote", quote={**about, "lines": [line]})
    quote = tell.change("quote", quote, note="含安装")
    tell.do("SendQuote", id=quote["id"])
    quote = tell.do("ReviseQuote", id=quote["id"])
    quote = tell.move(quote, "SendQuote", "AcceptQuote")
    return deal, quote


def contract(tell: Telling, deal: Any, quote: Any) -> None:
    plan = [{"percent": "30", "due_date": in_days(5)}, {"percent": "70", "due_date": in_days(60)}]
    contract = tell.do("CreateQuoteContract", id=quote["id"], contract={"payment_plan": plan})
    contract = tell.change("contract", contract, terms="30 天付款")
    tell.do("SendContract", id=contract["id"])
    days = {"our_sign_date": in_days(-1), "their_sign_date": in_days(-1)}
    contract = tell.do("SignContract", id=contract["id"], **days)
    less = {"amount": "-100", "currency": "CNY"}
    tell.do("AmendContract", id=contract["id"], value_change=less, reason="折让", sign_date=in_days(0))
    tell.do("StartContract", id=contract["id"])
    money = {
        "contract_id": contract["id"],
        "amount": {"amount": "1000", "currency": "CNY"},
        "receive_date": in_days(0),
    }
    first = tell.do("GetContract", id=contract["id"])["payment_plan"][0]["planned_amount"]
    paid = {**money, "amount": first, "payer": "x", "reference": f"{tell.tag} first"}
    tell.do("ConfirmReceipt", id=tell.do("CreateReceipt", receipt=paid)["id"])
    for number, verb in enumerate(("ConfirmReceipt", "RejectReceipt", "ConfirmReceipt")):
        receipt = tell.do("CreateReceipt", receipt={**money, "payer": "x", "reference": f"{tell.tag} {number}"})
        receipt = tell.change("receipt", receipt, payer="付款人")
        receipt = tell.do(verb, id=receipt["id"], **({"reason": "unknown"} if verb == "RejectReceipt" else {}))
    tell.do("ReverseReceipt", id=receipt["id"], reason="bounced")
    contract = tell.do("GetContract", id=contract["id"])
    tell.do("WriteOffPlanLine", id=contract["payment_plan"][1]["id"], reason="test")
    tell.move(contract, "FulfillContract", "ArchiveContract")
    tell.do("WinOpportunity", id=deal["id"], close_date=in_days(0))


def lost_business(tell: Telling, customer: Any) -> None:
    deal = tell.do("CreateOpportunity", opportunity={"name": f"{tell.tag} 二期", "customer_id": customer["id"]})
    lost = {"id": deal["id"], "reason": "price", "note": "太贵"}
    tell.do("LoseOpportunity", **lost)
    tell.do("ReopenOpportunity", id=deal["id"], reason="they called again")
    line = {"name": "系统", "quantity": "1", "list_price": "5000"}
    for verb in ("DeclineQuote", "WithdrawQuote"):
        quote = tell.do("CreateQuote", quote=_quote(customer, line))
        tell.do("SendQuote", id=quote["id"])
        tell.do(verb, id=quote["id"], reason="later")
    for verb in ("VoidContract", "TerminateContract"):
        quote = tell.move(tell.do("CreateQuote", quote=_quote(customer, line)), "SendQuote", "AcceptQuote")
        contract = tell.do("CreateContract", contract={"quote_id": quote["id"]})
        tell.do("SendContract", id=contract["id"])
        if verb == "TerminateContract":
            tell.do("SignContract", id=contract["id"], our_sign_date=in_days(0), their_sign_date=in_days(0))
        tell.do(verb, id=contract["id"], reason="test")


def tasks(tell: Telling, customer: Any) -> None:
    about = {"record_type": "customers.customer", "record_id": customer["id"]}
    weekly = {"due_time": f"{in_days(2)}T09:00:00Z", "repeat_every": 1, "repeat_unit": "WEEK"}
    task = tell.do("CreateTask", task={"subject": f"{tell.tag} 回访", **about, **weekly})
    task = tell.change("task", task, description="问候并约时间")
    tell.do("AssignTask", id=task["id"], owner_id=tell.me)
    tell.do("StartTask", id=task["id"])
    tell.do("CompleteTask", id=task["id"], outcome="约在周五")
    tell.move(task, "ReopenTask", "CancelTask")
    tell.do("CreateTask", task={"subject": f"{tell.tag} 寄样品", **about})


def approvals(tell: Telling, customer: Any) -> None:
    line = {"name": "系统", "quantity": "1", "list_price": "5000"}
    quote = tell.do("CreateQuote", quote=_quote(customer, line))
    refused = {"reason": "毛利过低"}
    quote = tell.move(quote, "SubmitQuote", "SendQuote", "AcceptQuote")
    other = {"quote_id": quote["id"], "original_amount": {"amount": "4900", "currency": "CNY"}}
    contract = tell.do("CreateContract", contract=other)
    tell.do("SubmitContract", id=contract["id"])
    tell.do("RejectContract", id=contract["id"], **refused)
    tell.move(contract, "SubmitContract", "ApproveContract", "SendContract")
    deal = tell.do("CreateOpportunity", opportunity={"name": f"{tell.tag} 三期", "customer_id": customer["id"]})
    quotes = [tell.do("CreateQuote", quote={**_quote(customer, line), "opportunity_id": deal["id"]}) for _ in range(2)]
    tell.do("MakeQuotePrimary", id=quotes[1]["id"])


def _quote(customer: Any, line: Any) -> dict[str, Any]:
    return {"name": "q", "currency": "CNY", "customer_id": customer["id"], "lines": [line]}
