"""The story of people who ask what is known of them, and of records the law wants kept."""

from typing import Any

from .telling import Telling


def requests(tell: Telling, contact: Any) -> None:
    """Nobody is erased: what a fresh consumer reads of the story must still be there."""
    about = {
        "kind": "ACCESS",
        "requester": "韩梅梅",
        "identity_check": "rang back",
        "legal_basis": "PIPL Art. 45",
        "subjects": [{"resource": "customers.contact", "id": contact["id"]}],
    }
    request = tell.do("CreateSubjectRequest", subject_request=about)
    request = tell.change("subject_request", request, identity_check="passport seen")
    tell.move(request, "DiscoverSubjectRequest", "StartSubjectRequest")
    for verb in ("RefuseSubjectRequest", "CancelSubjectRequest"):
        other = tell.do("CreateSubjectRequest", subject_request=about)
        tell.do(verb, id=other["id"], reason="asked twice")
    tell.do("ReplayErasures")


def holds(tell: Telling, contact: Any) -> None:
    about = {"resource": "customers.contact", "record_id": contact["id"], "reason": "Case 2026-77"}
    hold = tell.do("CreateLegalHold", legal_hold=about)
    tell.do("ReleaseLegalHold", id=hold["id"], reason="The case is closed")
