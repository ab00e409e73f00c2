"""What persons ask about their data: one wanted a copy of everything and got it."""

from collections.abc import Sequence

from crm_local.demo.lead_flow import Converted
from crm_local.demo.staff import Person

CHECK = "本人持身份证到店核验。Came in person and showed the identity card."


def answer_access(officer: Person, converted: Sequence[Converted]) -> None:
    """An access request from the first word to the file, which the services write by themselves once it is started."""
    person = min(converted, key=lambda one: one.key).lead
    subjects = [
        {"resource": "leads.lead", "id": person["id"]},
        {"resource": "customers.contact", "id": person["contact_id"]},
    ]
    request = {
        "kind": "ACCESS",
        "subjects": subjects,
        "requester": f"{person['name']}，邮寄答复 by post",
        "identity_check": CHECK,
        "legal_basis": "PIPL Art. 45",
    }
    taken_in = officer.create("subject-requests", request, "access request")
    for verb in ("discover", "start"):
        officer.do("subject-requests", str(taken_in["id"]), verb, "access request")
