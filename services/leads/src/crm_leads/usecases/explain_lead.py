"""Why a lead stands where it stands, as far as the reader may know (domain rules 0.10 and 2.3, last line)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from crm.leads.v1.decision_pb2 import Decision
from crm.leads.v1.lead_pb2 import Lead
from google.protobuf.json_format import ParseDict

from crm_kit.access import in_reach
from crm_kit.call import Call
from crm_leads import mappings, queries
from crm_leads.queries import Decided, Standing

SCORING = "score@1"


class Reader:
    """What somebody may know of decisions and of the records they looked at."""

    def __init__(self, call: Call, *, blind: bool, records: Mapping[str, Standing]) -> None:
        self._principal, self._blind, self._records = call.principal, blind, records

    def shown(self, row: Decided) -> Decided | None:
        """A decision as this reader sees it; None when it is none of theirs.

        Partners see what was decided in their own units, and of other units' decisions only that a lead came to them.
        """
        if self._blind and not self._reaches("leads.lead.get", None, row.unit_path):
            came = row.kind == "distribution" and self._reaches("leads.lead.get", None, row.outcome)
            return row._replace(rule="", inputs={}, runner_up="") if came else None
        matches = row.inputs.get("matches")
        if matches is None:
            return row
        told = [self._match(match) for match in matches]
        return row._replace(inputs={**row.inputs, "matches": [match for match in told if match is not None]})

    def _match(self, match: dict[str, Any]) -> dict[str, Any] | None:
        """The match with all that speaks for it, or whose it is, or nothing."""
        record = self._records.get(match["id"])
        if record is None:
            return None if self._blind else match
        if record.withheld:
            return None
        permission = "customers.customer.get" if record.is_customer else "leads.lead.get"
        if self._reaches(permission, record.owner_id, record.unit_path):
            return match
        return None if self._blind else {"owned_by": record.unit_path}

    def _reaches(self, permission: str, owner_id: UUID | None, unit_path: str) -> bool:
        return in_reach(self._principal, self._principal.reach(permission), owner_id, unit_path)


async def list_decisions(call: Call, lead_id: str, page_size: int, page_token: str) -> tuple[list[Decision], str]:
    """One page of the decisions about a lead, newest first, and the token of the next."""
    rows, token = await queries.decisions_of(call, lead_id, page_size, page_token)
    return await _shown(call, rows), token


async def explain_lead(call: Call, lead: Lead) -> list[Decision]:
    """The latest decision of each kind, newest first, and what makes up the score."""
    latest = await queries.latest_decisions(call, lead.id)
    found = await _shown(call, latest)
    if not any(one.kind == "submission" for one in found) and not any(row.kind == "submission" for row in latest):
        found.append(_created(lead))
    return [*found, _scored(lead)]


async def _shown(call: Call, rows: Sequence[Decided]) -> list[Decision]:
    ids = {match["id"] for row in rows for match in row.inputs.get("matches", ())}
    reader = Reader(call, blind=await queries.is_blind(call), records=await queries.standing_of(call, sorted(ids)))
    return mappings.decisions([row for row in map(reader.shown, rows) if row is not None])


def _created(lead: Lead) -> Decision:
    """Rows of files that match nothing leave no decision of their own."""
    made = Decision(lead_id=lead.id, kind="submission", outcome="create", rule="no_match@1")
    made.decide_time.CopyFrom(lead.create_time)
    return ParseDict({"inputs": {"import_id": lead.import_id} if lead.import_id else {}}, made)


def _scored(lead: Lead) -> Decision:
    made = Decision(lead_id=lead.id, kind="score", outcome=f"{lead.score} {lead.grade}".strip(), rule=SCORING)
    made.decide_time.CopyFrom(lead.update_time)
    points = [{"rule": reason.rule, "points": reason.points} for reason in lead.score_reasons]
    return ParseDict({"inputs": {"points": points}}, made)
