"""What own reports can be made of: records as they are known here, described once, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Table

from crm_reporting.domain.party_facts import campaign_fact, customer_fact, unit_dim, user_dim
from crm_reporting.domain.reports.report import RESOURCES, SOURCES, Words

Kind = Literal["text", "code", "id", "integer", "money", "date", "time"]
Values = Mapping[str, Words]

GRAINS: Mapping[str, tuple[str, Words]] = {
    "day": ("YYYY-MM-DD", Words("day", "日")),
    "week": ('IYYY-"W"IW', Words("week", "周")),
    "month": ("YYYY-MM", Words("month", "月")),
    "quarter": ('YYYY-"Q"Q', Words("quarter", "季度")),
    "year": ("YYYY", Words("year", "年")),
}
"""How an instant or a day is grouped: the way it is written, which sorts by time, and what it is called. Weeks are ISO's."""

AGGREGATES: Mapping[str, Words] = {
    "sum": Words("sum", "合计"),
    "average": Words("average", "平均"),
    "min": Words("minimum", "最小"),
    "max": Words("maximum", "最大"),
}
COUNT = "count"


@dataclass(frozen=True, slots=True)
class Reference:
    """The record a field names. ``on``: pairs of its column and the field's record's; ``shown``: the column with its name, by
    language.

    ``scoped``: the name in statements under which only what the reader may see of it is joined; empty for names that are
    no secret. ``resource`` and ``contract_field`` say which rules about fields hide the name.
    """

    resource: str
    table: Table
    on: tuple[tuple[str, str], ...]
    shown: Words = Words("name", "name")
    scoped: str = ""
    contract_field: str = "name"


@dataclass(frozen=True, slots=True)
class DatasetField:
    """One field, named as its column; ``told_by`` is the field of the contract whose rules count for it, else its name."""

    name: str
    label: Words
    kind: Kind = "text"
    told_by: str = ""
    values: Values | None = None
    reference: Reference | None = None

    @property
    def groups(self) -> bool:
        return self.kind not in {"integer", "money"}

    @property
    def grains(self) -> tuple[str, ...]:
        return tuple(GRAINS) if self.kind in {"date", "time"} else ()

    @property
    def aggregates(self) -> tuple[str, ...]:
        return tuple(AGGREGATES) if self.kind in {"integer", "money"} else ()

    @property
    def contract_field(self) -> str:
        """As rules about fields call it, without its resource."""
        return self.told_by or self.name


@dataclass(frozen=True, slots=True)
class Dataset:
    """``name`` is also the name of its records in statements; ``only`` says which of them count, as SQL over ``f``."""

    name: str
    label: Words
    fields: tuple[DatasetField, ...]
    usual_rows: tuple[str, ...]
    usual_columns: tuple[str, ...] = ()
    usual_measures: tuple[str, ...] = (COUNT,)
    only: str = ""

    @property
    def table(self) -> Table:
        return SOURCES[self.name][0]

    @property
    def services(self) -> tuple[str, ...]:
        return (SOURCES[self.name][1],)

    @property
    def resource(self) -> str:
        return RESOURCES[self.name][0]

    def field(self, name: str) -> DatasetField | None:
        return next((field for field in self.fields if field.name == name), None)


def text(name: str, en: str, zh: str) -> DatasetField:
    return DatasetField(name, Words(en, zh))


def code(name: str, en: str, zh: str, values: Values) -> DatasetField:
    return DatasetField(name, Words(en, zh), "code", values=values)


def number(name: str, en: str, zh: str) -> DatasetField:
    return DatasetField(name, Words(en, zh), "integer")


def money(name: str, en: str, zh: str, told_by: str = "") -> DatasetField:
    return DatasetField(name, Words(en, zh), "money", told_by=told_by)


def day(name: str, en: str, zh: str, told_by: str = "") -> DatasetField:
    return DatasetField(name, Words(en, zh), "date", told_by=told_by)


def time(name: str, en: str, zh: str, told_by: str = "") -> DatasetField:
    return DatasetField(name, Words(en, zh), "time", told_by=told_by)


def names(en: str, zh: str, reference: Reference) -> DatasetField:
    """A field that names a record, called as everywhere: by the column that holds the id."""
    return DatasetField(reference.on[-1][1], Words(en, zh), "id", reference=reference)


def currency(told_by: str) -> DatasetField:
    return DatasetField("currency", Words("Currency", "币种"), told_by=told_by)


def person(column: str, en: str, zh: str) -> DatasetField:
    kept = Reference("identity.user", user_dim, (("id", column),), contract_field="display_name")
    return names(en, zh, kept)


OWNER = person("owner_id", "Owner", "负责人")
UNIT = names("Unit", "部门", Reference("identity.unit", unit_dim, (("path", "unit_path"),)))
BELONGING = (OWNER, UNIT)
"""Whose a record is; every dataset has them."""
CUSTOMER = names(
    "Customer", "客户", Reference("customers.customer", customer_fact, (("id", "customer_id"),), scoped="customers")
)
CAMPAIGN = names(
    "Campaign",
    "营销活动",
    Reference("marketing.campaign", campaign_fact, (("id", "campaign_id"),), scoped="campaigns"),
)
