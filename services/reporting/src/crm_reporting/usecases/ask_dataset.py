"""What a reader may ask of a dataset: whether they may list its records at all, and which fields rules leave them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import Default
from sqlalchemy import ColumnElement

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.field_rules import unreadable
from crm_kit.filtering import FieldUnreadable, where
from crm_kit.principal import Principal
from crm_reporting.domain.datasets import Dataset, DatasetField
from crm_reporting.domain.report_plan import Plan
from crm_reporting.domain.report_statement import filter_fields
from crm_reporting.domain.sharing import DatasetWithheld


def may_count(principal: Principal, dataset: Dataset) -> bool:
    return bool(principal.reach(f"{dataset.resource}.list"))


def readable_fields(principal: Principal, dataset: Dataset) -> Sequence[DatasetField]:
    """Fields whose values, and whose names where they name a record, no rule hides from the reader."""
    hidden = _hidden(principal, dataset, dataset.fields)
    return [field for field in dataset.fields if field.name not in hidden]


def refuse_hidden(principal: Principal, plan: Plan, language: str) -> None:
    """Raises DatasetWithheld or FieldUnreadable for what the reader may not ask; the filter is asked by ``condition``."""
    dataset = plan.dataset
    if not may_count(principal, dataset):
        label = dataset.label.in_language(language)
        raise DatasetWithheld(permission=f"{dataset.resource}.list", dataset=label)
    measured = [measure.field for measure in plan.measures if measure.field is not None]
    used = [*(dimension.field for dimension in plan.dimensions), *measured]
    for name in sorted(_hidden(principal, dataset, used)):
        raise FieldUnreadable(field=name)


def condition(principal: Principal, plan: Plan, now: datetime) -> ColumnElement[bool] | None:
    """The filter over what the reader may ask; FieldUnreadable or InvalidArgument."""
    hidden = frozenset(_hidden(principal, plan.dataset, plan.dataset.fields))
    return where(plan.filter, filter_fields(plan.dataset.name), now, unreadable=hidden)


def faults_of_filter(plan: Plan, now: datetime) -> Sequence[Violation]:
    """Why nobody could run the filter; what one reader may not ask is told to that reader alone."""
    try:
        where(plan.filter, filter_fields(plan.dataset.name), now)
    except InvalidArgument as refused:
        return refused.violations
    return ()


def _hidden(principal: Principal, dataset: Dataset, fields: Iterable[DatasetField]) -> set[str]:
    rules = principal.field_rules
    if not rules:
        return set()
    hidden = set()
    for field in fields:
        told = [(dataset.resource, field.contract_field)]
        if field.reference is not None:
            told.append((field.reference.resource, field.reference.contract_field))
        if any(unreadable(rules, message_of(resource), [name]) for resource, name in told):
            hidden.add(field.name)
    return hidden


@cache
def message_of(resource: str) -> Descriptor:
    """The message of a resource: ``sales.plan_line`` is ``crm.sales.v1.PlanLine``."""
    domain, _, name = resource.partition(".")
    title = "".join(part.capitalize() for part in name.split("_"))
    found: Descriptor = Default().FindMessageTypeByName(f"crm.{domain}.v1.{title}")
    return found
