"""What a report is: a question, the records it is about, and one statement that answers it.

A statement names its records as ``leads``, ``deals`` … and never a table: whoever runs it defines these names as what
the caller may see.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Table

from crm_reporting.domain.deal_facts import opportunity_fact, opportunity_version, pipeline_rollup
from crm_reporting.domain.desk_facts import sla_fact, survey_fact, ticket_fact
from crm_reporting.domain.lead_facts import lead_fact
from crm_reporting.domain.money_facts import contract_fact, plan_line_fact, receipt_fact
from crm_reporting.domain.party_facts import campaign_fact, customer_fact

SOURCES: Mapping[str, tuple[Table, str]] = {
    "leads": (lead_fact, "leads"),
    "deals": (opportunity_fact, "sales"),
    "deal_versions": (opportunity_version, "sales"),
    "pipeline": (pipeline_rollup, "sales"),
    "contracts": (contract_fact, "sales"),
    "plan_lines": (plan_line_fact, "sales"),
    "receipts": (receipt_fact, "sales"),
    "tickets": (ticket_fact, "service-desk"),
    "sla": (sla_fact, "service-desk"),
    "surveys": (survey_fact, "service-desk"),
    "campaigns": (campaign_fact, "marketing"),
    "customers": (customer_fact, "customers"),
}
"""Name in statements → the table it is, and the service whose events it is built from."""

RESOURCES: Mapping[str, tuple[str, bool]] = {
    "leads": ("leads.lead", True),
    "deals": ("sales.opportunity", True),
    "deal_versions": ("sales.opportunity", False),
    "pipeline": ("sales.opportunity", False),
    "contracts": ("sales.contract", True),
    "plan_lines": ("sales.plan_line", True),
    "receipts": ("sales.receipt", True),
    "tickets": ("service_desk.ticket", True),
    "sla": ("service_desk.ticket", False),
    "surveys": ("service_desk.ticket", False),
    "campaigns": ("marketing.campaign", True),
    "customers": ("customers.customer", True),
}
"""Name in statements → the resource it tells of, and whether a row is one record of it as it is now."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same in English and Chinese."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh-CN" else self.en


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result; ``type``: text, id, integer, decimal, ratio or number."""

    name: str
    label: Words
    type: str = "integer"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Grouping:
    """A way to split rows: the key and its name as SQL over the records ``f``, and the join that gives the name."""

    name: str
    label: Words
    key: str
    shown: str = ""
    join: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        if not self.name:
            return ()
        if not self.shown:
            return (Column(self.name, self.label, "text"),)
        label = Words(f"{self.label.en} name", f"{self.label.zh}名称")
        return (Column(self.name, self.label, "id"), Column(f"{self.name}_name", label, "text"))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of one report; ``type``: text, date or id."""

    name: str
    type: str
    description: Words


Statement = Callable[[Grouping], str]


@dataclass(frozen=True, slots=True)
class Report:
    """A predefined report. ``statement`` gives the SQL for a grouping.

    Its rows begin with whether it is a total (0 or 1), then the key and name of the group, then the columns.
    """

    name: str
    title: Words
    description: Words
    sources: tuple[str, ...]
    columns: tuple[Column, ...]
    statement: Statement
    groupings: tuple[Grouping, ...]
    parameters: tuple[Parameter, ...] = field(default=())
    uses_period: bool = True
    definition_version: int = 1

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(SOURCES[name][1] for name in self.sources))

    def grouping(self, name: str) -> Grouping | None:
        """The grouping of this name, the first one for none; None when there is no such."""
        if not name:
            return self.groupings[0]
        return next((grouping for grouping in self.groupings if grouping.name == name), None)


UNGROUPED = Grouping("", Words("", ""), "CAST('' AS text)")
UNIT = Grouping(
    "unit", Words("Unit", "组织单元"), "f.unit_path", "coalesce(u.name, '')",
    "LEFT JOIN unit_dim u ON u.path = f.unit_path",
)  # fmt: skip
OWNER = Grouping(
    "owner", Words("Owner", "负责人"), "coalesce(CAST(f.owner_id AS text), '')", "coalesce(p.name, '')",
    "LEFT JOIN user_dim p ON p.id = f.owner_id",
)  # fmt: skip


def by(name: str, en: str, zh: str, key: str | None = None) -> Grouping:
    """A grouping by a plain column of the records."""
    return Grouping(name, Words(en, zh), key or f"f.{name}")


def month(instant: str) -> Grouping:
    """By month of an instant, in the report's time zone."""
    key = f"to_char(CAST({instant} AS timestamptz) AT TIME ZONE :time_zone, 'YYYY-MM')"
    return Grouping("month", Words("Month", "月份"), key)


def month_of_day(day: str) -> Grouping:
    """By month of a day."""
    return Grouping("month", Words("Month", "月份"), f"to_char({day}, 'YYYY-MM')")


def counted(name: str, en: str, zh: str) -> Column:
    return Column(name, Words(en, zh))


def money(name: str, en: str, zh: str) -> Column:
    return Column(name, Words(en, zh), "decimal", "currency")


def ratio(name: str, en: str, zh: str) -> Column:
    return Column(name, Words(en, zh), "ratio")


def number(name: str, en: str, zh: str, unit: str) -> Column:
    return Column(name, Words(en, zh), "number", unit)


def words(name: str, en: str, zh: str) -> Column:
    return Column(name, Words(en, zh), "text")


CURRENCY = words("currency", "Currency", "币种")
"""Money is shown per currency: amounts of different currencies are never added up."""


OF_CURRENCY = "(:currency = '' OR f.currency = :currency)"


def share(part: str, whole: str) -> str:
    """A ratio of two sums; blank, not 0, when there is nothing to divide by."""
    return f"round(CAST({part} AS numeric) / nullif({whole}, 0), 6)"
