"""What merging leads gives: which value each field has then, and from which lead it comes (domain rule 2.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm_kit.errors import InvalidArgument, Violation
from crm_leads.domain.lead import Lead
from crm_leads.domain.lead_states import State

PLAIN = (
    *("name", "company", "job_title", "phone", "email", "open_id", "credit_code", "website"),
    *("need", "product_line", "source"),
)
ADDRESS = ("country_code", "province", "city", "postal_code", "address")
"""An address is taken from one lead as a whole, so that no street gets into another town."""
CUSTOM = "custom_fields."
UNITED = ("other_phones", "other_emails", "tags", "opt_outs")
REPLACED = (*PLAIN, *ADDRESS, "custom_fields", *UNITED)
"""Columns of the survivor that a merge may change and that taking it back restores."""
_STAGES = (State.DISQUALIFIED, State.UNPLACED, State.POOLED, State.ASSIGNED, State.WORKING, State.QUALIFIED)


class Policy(StrEnum):
    """Where values come from unless a person chooses; the contract describes each value."""

    SURVIVOR = "SURVIVOR"
    MOST_RECENT = "MOST_RECENT"
    MOST_COMPLETE = "MOST_COMPLETE"


@dataclass(frozen=True, slots=True)
class Merged:
    """The survivor's values after the merge by column, and from which lead each field comes, by its name."""

    values: Mapping[str, Any]
    sources: Mapping[str, str]


def suggest(leads: Sequence[Lead]) -> Lead:
    """The lead to go on with: converted before open, the later stage, then the newest."""
    return max(leads, key=lambda one: (one.state == State.CONVERTED, _stage(one), one.create_time))


def merge_values(survivor: Lead, others: Sequence[Lead], policy: Policy, choices: Mapping[str, str]) -> Merged:
    """Each field from the lead that was chosen, else by the policy; lists are united, interest is added up.

    A converted lead is read-only: it stays as it is and only takes over what was kept of the others.
    """
    leads = [survivor, *others]
    _check(leads, choices)
    if survivor.state == State.CONVERTED:
        return Merged({}, {})
    order = _ordered(survivor, others, policy)
    sources: dict[str, Lead] = {}
    for field in PLAIN:
        if (best := _best(order, policy, lambda one, f=field: getattr(one, f))) is not None:
            sources[field] = best
    for name in sorted({name for one in leads for name in one.custom_fields}):
        if (best := _best(order, policy, lambda one, n=name: one.custom_fields.get(n))) is not None:
            sources[CUSTOM + name] = best
    if any(_parts(one) for one in leads):
        sources["address"] = max(order, key=_parts)
    by_id = {str(one.id): one for one in leads}
    sources |= {field: by_id[lead] for field, lead in choices.items()}
    values: dict[str, Any] = {field: getattr(sources[field], field) for field in PLAIN if field in sources}
    if "address" in sources:
        values |= {field: getattr(sources["address"], field) for field in ADDRESS}
    values["custom_fields"] = {
        field.removeprefix(CUSTOM): value
        for field, one in sources.items()
        if field.startswith(CUSTOM) and (value := one.custom_fields.get(field.removeprefix(CUSTOM))) is not None
    }
    values |= _united(leads, values)
    return Merged(values, {field: str(one.id) for field, one in sources.items()})


def _united(leads: Sequence[Lead], values: Mapping[str, Any]) -> dict[str, Any]:
    said = [intent for one in leads for intent in one.intents]
    return {
        "other_phones": _others(values.get("phone", ""), leads, "phone", "other_phones"),
        "other_emails": _others(values.get("email", ""), leads, "email", "other_emails"),
        "tags": sorted({tag for one in leads for tag in one.tags}),
        "opt_outs": sorted({channel for one in leads for channel in one.opt_outs}),
        "intents": sorted(said, key=lambda intent: str(intent.get("express_time", ""))),
        "intent_count": sum(one.intent_count for one in leads),
    }


def _others(first: str, leads: Sequence[Lead], field: str, more: str) -> list[str]:
    known = dict.fromkeys(value for one in leads for value in (getattr(one, field), *getattr(one, more)) if value)
    return [value for value in known if value != first]


def _ordered(survivor: Lead, others: Sequence[Lead], policy: Policy) -> list[Lead]:
    if policy is Policy.MOST_RECENT:
        return sorted([survivor, *others], key=lambda one: one.update_time, reverse=True)
    return [survivor, *sorted(others, key=lambda one: one.update_time, reverse=True)]


def _best(order: Sequence[Lead], policy: Policy, value: Any) -> Lead | None:
    filled = [one for one in order if value(one) not in {None, ""}]
    if policy is Policy.MOST_COMPLETE:
        return max(filled, key=lambda one: len(str(value(one))), default=None)
    return filled[0] if filled else None


def _parts(lead: Lead) -> int:
    return sum(1 for field in ADDRESS if getattr(lead, field))


def _stage(lead: Lead) -> int:
    return _STAGES.index(State(lead.state)) if lead.state in _STAGES else -1


def _check(leads: Sequence[Lead], choices: Mapping[str, str]) -> None:
    ids, wrong = {str(one.id) for one in leads}, []
    for place, (field, lead) in enumerate(choices.items()):
        if field not in (*PLAIN, "address") and not field.startswith(CUSTOM):
            en, zh = f"{field} is not chosen in a merge.", f"合并时不能选择字段 {field}。"
            wrong.append(Violation(f"choices[{place}].field", "UNKNOWN_FIELD", en, zh))
        if lead not in ids:
            en, zh = "Choose a value from one of the leads that are merged.", "请从参与合并的线索中选择取值。"
            wrong.append(Violation(f"choices[{place}].lead_id", "NOT_MERGED", en, zh))
    if wrong:
        raise InvalidArgument(wrong)
