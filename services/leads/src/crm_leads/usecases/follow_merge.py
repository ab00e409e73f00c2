"""Follow merge: a service has handed over, or given back, what it keeps of one merged lead."""

from collections.abc import Mapping
from uuid import UUID

from crm_kit.tx import Tx
from crm_leads import queries


async def note_answer(
    tx: Tx, service: str, merge_id: UUID, lead_id: str, *, unmerged: bool, counts: Mapping[str, tuple[int, int]]
) -> None:
    """``counts``: by kind how many records moved and how many of them had changed. The last answer settles the merge."""
    merge = await queries.merge_of(tx, merge_id)
    if merge is None:
        return
    for kind, (moved, changed) in counts.items():
        merge.count(service, kind, 0 if unmerged else moved, changed)
    merge.answered(service, lead_id, unmerged=unmerged)
