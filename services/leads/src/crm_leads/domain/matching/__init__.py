"""Recognising repeats of one party: pure, set-based, the same rules for one submission and for a whole table [L9–L11].

- `block_keys(record)`: keys to store on a lead (text[] with a GIN index) and to look candidates up by.
- `score(new, candidates, rules, frequencies)`: matches of one submission among the rows its keys found. Without a
  snapshot of `frequencies` values are assumed `ORDINARY`, which errs towards strangers.
- `find_groups(records, rules)`: a whole file or table: candidate pairs, their scores, and groups of one party.
- `score_pairs(table, left, right, rules)`: pairs found elsewhere, such as rows of an import against stored leads.

The rules are data: `DEFAULT_RULES` in `defaults.py`, in the words of `rules.py`.
"""

from crm_leads.domain.matching.blocking import block_keys, candidate_pairs
from crm_leads.domain.matching.defaults import DEFAULT_RULES
from crm_leads.domain.matching.grouping import groups
from crm_leads.domain.matching.record import MatchRecord
from crm_leads.domain.matching.rules import Band, Bands, Layer, Level, Method, Rule, RuleSet, Scope, Term
from crm_leads.domain.matching.scoring import Match, Reason, Scored, explain, score, score_pairs
from crm_leads.domain.matching.table import ORDINARY, Frequencies, MatchTable
from crm_leads.domain.matching.whole_table import Groups, find_groups

__all__ = [
    "DEFAULT_RULES",
    "ORDINARY",
    "Band",
    "Bands",
    "Frequencies",
    "Groups",
    "Layer",
    "Level",
    "Match",
    "MatchRecord",
    "MatchTable",
    "Method",
    "Reason",
    "Rule",
    "RuleSet",
    "Scope",
    "Scored",
    "Term",
    "block_keys",
    "candidate_pairs",
    "explain",
    "find_groups",
    "groups",
    "score",
    "score_pairs",
]
