"""A whole file or table matched against itself: block, score, group."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm_leads.domain.matching.blocking import block_keys, candidate_pairs
from crm_leads.domain.matching.defaults import DEFAULT_RULES
from crm_leads.domain.matching.grouping import groups
from crm_leads.domain.matching.record import MatchRecord
from crm_leads.domain.matching.rules import RuleSet
from crm_leads.domain.matching.scoring import Scored, score_pairs
from crm_leads.domain.matching.table import Frequencies, Ints, MatchTable


@dataclass(frozen=True)
class Groups:
    """`group_of[row]` numbers the party of each record; `scored` are the pairs compared, `table` explains them."""

    group_of: Ints
    scored: Scored
    table: MatchTable


def find_groups(
    records: Sequence[MatchRecord],
    rules: RuleSet = DEFAULT_RULES,
    *,
    keys: Sequence[Sequence[str]] | None = None,
    frequencies: Frequencies | None = None,
    new: int | None = None,
) -> Groups:
    """Group records of one party at the band `probable`; stored `keys` are used when given. `new`: only the first so
    many are compared, with each other and with all that follow.
    """
    left, right = candidate_pairs(keys or [block_keys(record) for record in records], rules.block_cap, new)
    table = MatchTable(records, frequencies)
    scored = score_pairs(table, left, right, rules)
    return Groups(groups(scored, len(records), rules.bands.probable), scored, table)
