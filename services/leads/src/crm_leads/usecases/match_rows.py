"""Matching the rows of a file: with each other and with what the importer may join, and apart from that with what other
units protect.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import State
from crm_leads.domain.matching.blocking import candidate_pairs
from crm_leads.domain.matching.defaults import DEFAULT_RULES
from crm_leads.domain.matching.scoring import Match, explain, score_pairs
from crm_leads.domain.matching.table import MatchTable
from crm_leads.domain.matching.whole_table import find_groups
from crm_leads.usecases.prepare_lead import match_record, record_of
from crm_leads.usecases.recognise import Facts


def group_rows(leads: Sequence[Lead], known: Mapping[str, Facts]) -> list[tuple[int, str]]:
    """For each lead the number of its party, and the id of the lead or customer we have of that party.

    Whether two records we have resemble each other is not asked: a row joins what it resembles itself.
    """
    if not leads:
        return []
    candidates = list(known.values())
    records = [match_record(lead) for lead in leads] + [record_of(facts) for facts in candidates]
    keys = _keys(leads, candidates)
    group_of = [int(group) for group in find_groups(records, keys=keys, new=len(leads)).group_of]
    holder: dict[int, Facts] = {}
    for facts, group in zip(candidates, group_of[len(leads) :], strict=True):
        if group not in holder or _rank(facts) > _rank(holder[group]):
            holder[group] = facts
    return [(group, str(holder[group]["id"]) if group in holder else "") for group in group_of[: len(leads)]]


def _rank(facts: Facts) -> int:
    """A customer outranks a lead: the submission belongs to the party we already trade with; a held submission is last."""
    if facts["is_customer"]:
        return 2
    return 0 if facts["state"] == State.HELD else 1


def held_back(leads: Sequence[Lead], protected: Mapping[str, Facts]) -> dict[int, Match]:
    """By the position of a lead, the surest of the records other units protect that is the same party."""
    shared = {key for facts in protected.values() for key in facts["match_keys"]}
    asking = [at for at, lead in enumerate(leads) if not shared.isdisjoint(lead.match_keys)]
    if not asking:
        return {}
    rows, candidates = [leads[at] for at in asking], list(protected.values())
    records = [match_record(lead) for lead in rows] + [record_of(facts) for facts in candidates]
    left, right = candidate_pairs(_keys(rows, candidates), DEFAULT_RULES.block_cap, len(rows))
    across = right >= len(rows)
    table = MatchTable(records)
    scored = score_pairs(table, left[across], right[across], DEFAULT_RULES)
    sure = np.flatnonzero(scored.score >= DEFAULT_RULES.bands.probable)
    found: dict[int, Match] = {}
    for pair in sure[np.argsort(-scored.score[sure], kind="stable")].tolist():
        row = int(scored.left[pair])
        if asking[row] not in found:
            found[asking[row]] = explain(table, row, int(scored.right[pair]), DEFAULT_RULES)
    return found


def _keys(leads: Sequence[Lead], candidates: Sequence[Facts]) -> list[list[str]]:
    """Block keys of all records; those no row asks for bring nothing together."""
    keys = [lead.match_keys for lead in leads]
    asked = {key for some in keys for key in some}
    return keys + [[key for key in facts["match_keys"] if key in asked] for facts in candidates]
