"""The story of who may what: units, people, roles, keys and providers, and of records that go with them."""

import time
from dataclasses import dataclass
from typing import Any

from .load import a_lead
from .telling import PASSWORD, Telling, in_days

FOLLOWED_SECONDS = 180
"""Longer than all services take to be through with a unit that moved: none says so before 90 seconds are over."""
HEARD_SECONDS = 30


@dataclass(frozen=True)
class Field:
    """Two regions; the dealer moves from one to the other while the rest of the story is told."""

    region: Any
    dealer: Any
    rival: Any
    dealers_man: Any
    rivals_man: Any
    colleague: Any


def organisation(tell: Telling) -> Field:
    facts = {"name": tell.tag, "code": f"u{tell.number}", "kind": "DEALER", "parent_id": tell.user["unit_id"]}
    unit = tell.do("CreateUnit", unit=facts)
    unit = tell.change("unit", unit, name=f"{tell.tag} 2")
    gone = a_user(tell, "gone", unit)
    tell.change("user", gone, display_name="王芳芳")
    tell.do("DeleteUser", id=gone["id"])
    tell.do("DeleteUnit", id=unit["id"])
    former, region = (a_unit(tell, name, "REGION", tell.user["unit_id"]) for name in ("east", "west"))
    dealer, rival = (a_unit(tell, name, "DEALER", former["id"]) for name in ("lake", "bay"))
    men = [a_user(tell, name, unit) for name, unit in (("lake", dealer), ("bay", rival))]
    colleague = a_user(tell, "colleague", {"id": tell.user["unit_id"]}, "administrator")
    pool = {"name": f"{tell.tag} east", "unit_path": former["path"], "is_default": True, "protect_days": 30}
    tell.do("CreatePool", pool=pool)
    return Field(region, dealer, rival, *men, colleague)


def a_unit(tell: Telling, name: str, kind: str, parent_id: str) -> Any:
    facts = {"name": f"{tell.tag} {name}", "code": f"{name}{tell.number}", "kind": kind, "parent_id": parent_id}
    return tell.do("CreateUnit", unit=facts)


def a_user(tell: Telling, name: str, unit: Any, role: str = "sales_manager") -> Any:
    facts = {"login": f"{name}-{tell.tag}".lower(), "display_name": "王芳", "unit_id": unit["id"], "roles": [role]}
    return tell.do("CreateUser", user={**facts, "password": PASSWORD})


def dealers(tell: Telling, field: Field) -> None:
    """Two dealers know the same party, headquarters decides; then one of them moves."""
    here, there = tell.by(field.dealers_man), tell.by(field.rivals_man)
    conflict_id, deadline = "", time.monotonic() + HEARD_SECONDS
    while not conflict_id:
        # Until leads has heard whose units these are, everything is everybody's.
        assert time.monotonic() < deadline, "two dealers with the same party have no conflict"
        party = a_lead(f"{tell.tag} party {time.monotonic()}")
        there.do("ClaimLead", id=there.do("CreateLead", lead=party)["id"])
        mine = here.do("CreateLead", lead={**party, "external_id": f"{party['phone']} again"})
        conflict_id = mine.get("conflict_id", "")
    tell.do("DecideConflict", id=conflict_id, state="SPLIT", reason="different needs")
    for number, answer in enumerate(("AcceptLead", "RefuseLead")):
        lead = tell.do("CreateLead", lead=a_lead(f"{tell.tag} offered {number}"))
        path = field.dealer["path"]
        tell.do("DistributeLead", id=lead["id"], unit_path=path, accept_hours=8, reason="nearby")
        here.do(answer, id=lead["id"], **({"reason": "too far"} if answer == "RefuseLead" else {}))
    lead = tell.do("CreateLead", lead=a_lead(f"{tell.tag} given"))
    tell.do("DistributeLead", id=lead["id"], unit_path=field.rival["path"], reason="nearby")
    tell.do("MoveUnit", id=field.dealer["id"], parent_id=field.region["id"])


def rights(tell: Telling, field: Field) -> None:
    grants = [{"permission": "leads.lead.list", "scope": "unit"}]
    code = f"r{tell.number}"
    role = tell.do("CreateRole", role={"code": code, "title_en": "Reader", "title_zh": "查看者", "grants": grants})
    role = tell.change("role", role, title_en="Reader of leads")
    man, unit_id = field.rivals_man["id"], field.rival["id"]
    facts = {"user_id": man, "unit_id": field.region["id"], "title": "代理经理", "roles": [code]}
    position = tell.do("CreatePosition", position=facts)
    position = tell.change("position", position, title="经理")
    tell.do("DeletePosition", id=position["id"])
    facts = {"name": tell.tag, "resource": "leads.lead", "filter": 'tags : "机密"', "roles": [code]}
    rule = tell.do("CreateRestrictionRule", restriction_rule=facts)
    rule = tell.change("restriction_rule", rule, active=True)
    tell.do("DeleteRestrictionRule", id=rule["id"])
    tell.do("DeleteRole", id=role["id"])
    team = tell.do("CreateTeam", team={"name": tell.tag, "unit_id": unit_id, "member_ids": [man]})
    team = tell.change("team", team, member_ids=[man, field.colleague["id"]])
    tell.do("DeleteTeam", id=team["id"])
    lent = {"delegate_id": field.colleague["id"], "permissions": ["leads.*"], "reason": "休假"}
    delegation = tell.do("CreateDelegation", delegation={**lent, "end_time": f"{in_days(9)}T00:00:00Z"})
    tell.do("DeleteDelegation", id=delegation["id"])
    key = tell.do("CreateApiKey", api_key={"name": tell.tag, "unit_id": unit_id, "grants": grants})
    key = tell.change("api_key", key, name=f"{tell.tag} 2")
    tell.do("RotateApiKey", id=key["id"], overlap_days=1)
    tell.do("RevokeApiKey", id=key["id"], reason="test")
    where = {"issuer": f"https://id{tell.number}.example.com", "client_id": "tributary"}
    provider = tell.do("CreateIdentityProvider", identity_provider={"code": f"p{tell.number}", "name": "企业", **where})
    provider = tell.change("identity_provider", provider, name="企业微信")
    tell.do("DeleteIdentityProvider", id=provider["id"])
    shown = {"resource": "leads.lead", "filter": "state = POOLED", "audience": "EVERYONE"}
    view = tell.do("CreateSavedView", saved_view={"name": tell.tag, **shown})
    view = tell.change("saved_view", view, name=f"{tell.tag} 2")
    tell.do("DeleteSavedView", id=view["id"])
    counted = {"dataset": "leads", "rows": ["source"], "measures": ["count"], "audience": "EVERYONE"}
    report = tell.do("CreateReportDefinition", report_definition={"name": tell.tag, **counted})
    report = tell.change("report_definition", report, name=f"{tell.tag} 2")
    board = {"name": tell.tag, "tiles": [{"report_definition_id": report["id"]}], "audience": "EVERYONE"}
    board = tell.change("dashboard", tell.do("CreateDashboard", dashboard=board), name=f"{tell.tag} 2")
    tell.do("DeleteDashboard", id=board["id"])
    tell.do("DeleteReportDefinition", id=report["id"])
    said = tell.do("GetPreferences", holder="me")
    tell.do("UpdatePreferences", etag=said["etag"], preferences={"holder": "me", "first_weekday": 1})


def shares(tell: Telling, field: Field, customer: Any) -> None:
    about = {"service": "customers", "resource": "customer", "record_id": customer["id"]}
    grantee = {"grantee_kind": "UNIT", "grantee": field.rival["path"], "access": "READ", "reason": "joint visit"}
    share = tell.do("CreateShare", share={**about, **grantee})
    tell.do("DeleteShare", service="customers", id=share["id"])


def a_leaver(tell: Telling, field: Field) -> None:
    """A task becomes the colleague's, then everything open does; what was only planned is called off."""
    task = tell.do("CreateTask", task={"subject": f"{tell.tag} 交接"})
    tell.do("AssignTask", id=task["id"], owner_id=field.colleague["id"])
    to = {"from_user_id": tell.me, "to_user_id": field.colleague["id"], "reason": "转岗"}
    planned = tell.do("CreateTransfer", transfer={**to, "effective_time": f"{in_days(30)}T00:00:00Z"})
    tell.do("CancelTransfer", id=planned["id"])
    tell.do("CreateTransfer", transfer=to)


def a_pause(tell: Telling) -> None:
    """A module is off for a moment."""
    for enabled in (False, True):
        [module] = [one for one in tell.do("ListModules")["modules"] if one["code"] == "marketing"]
        tell.do("UpdateModule", etag=module["etag"], module={"code": "marketing", "enabled": enabled})


def news(tell: Telling, field: Field) -> None:
    """The colleague is told of what was handed over."""
    colleague = tell.by(field.colleague)
    deadline = time.monotonic() + HEARD_SECONDS
    while not (told := colleague.do("ListNotifications").get("notifications")):
        assert time.monotonic() < deadline, "nobody was told of what was handed over"
        time.sleep(0.5)
    for verb in ("ReadNotification", "UnreadNotification"):
        colleague.do(verb, id=told[0]["id"])
    colleague.do("ReadAllNotifications")


def followed(tell: Telling, field: Field) -> None:
    """Every service is through with the unit that moved, and has handed over."""
    deadline = time.monotonic() + FOLLOWED_SECONDS
    while tell.do("GetUnit", id=field.dealer["id"]).get("former_path"):
        assert time.monotonic() < deadline, "the unit is still being moved"
        time.sleep(1)
