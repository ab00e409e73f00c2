"""What a definition asks for, understood: dimensions, measures and order, each named as its column in the result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from crm_kit.errors import Violation
from crm_reporting.domain.datasets import AGGREGATES, COUNT, DATASETS, GRAINS, Dataset, DatasetField
from crm_reporting.domain.report_definition import ReportDefinition
from crm_reporting.domain.reports.report import CURRENCY, Column, Words

MOST_ROWS, MOST_COLUMNS, MOST_MEASURES = 2, 1, 5
USUAL_LIMIT, LARGEST_LIMIT = 500, 5_000
LONGEST = {"name": 60, "filter": 2_000, "order_by": 300}
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Dimension:
    """A field whose values make rows or columns; ``grain`` is that of an instant or a day, else empty."""

    field: DatasetField
    grain: str = ""

    @property
    def name(self) -> str:
        return f"{self.field.name}.{self.grain}" if self.grain else self.field.name

    @property
    def result_columns(self) -> tuple[Column, ...]:
        """One column; for what has a name also that name."""
        label = self.field.label
        if self.grain:
            grain = GRAINS[self.grain][1]
            return (Column(self.name, Words(f"{label.en} ({grain.en})", f"{label.zh}（{grain.zh}）"), "text"),)
        if self.field.reference is None:
            return (Column(self.name, label, "text"),)
        return Column(self.name, label, "id"), Column(f"{self.name}_name", label, "text")


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: how many records, or a field put together."""

    aggregate: str
    field: DatasetField | None = None

    @property
    def name(self) -> str:
        return f"{self.field.name}.{self.aggregate}" if self.field else self.aggregate

    @property
    def is_money(self) -> bool:
        return self.field is not None and self.field.kind == "money"

    def result_column(self, dataset: Dataset) -> Column:
        if self.field is None:
            return Column(self.name, Words(f"{dataset.label.en}: number", f"{dataset.label.zh}数"))
        how, label = AGGREGATES[self.aggregate], self.field.label
        words = Words(f"{label.en} ({how.en})", f"{label.zh}（{how.zh}）")
        if self.is_money:
            return Column(self.name, words, "decimal", "currency")
        return Column(self.name, words, "number" if self.aggregate == "average" else "integer")


@dataclass(frozen=True, slots=True)
class Plan:
    """``order``: names of columns of the result, each with whether the largest comes first."""

    dataset: Dataset
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    order: tuple[tuple[str, bool], ...]
    limit: int
    filter: str

    @property
    def by_currency(self) -> bool:
        """Amounts of different currencies are never added up, so that money brings the currency along."""
        named = any(each.name == CURRENCY.name for each in self.dimensions)
        return not named and any(measure.is_money for measure in self.measures)

    @property
    def result_columns(self) -> tuple[Column, ...]:
        shown = [column for dimension in self.dimensions for column in dimension.result_columns]
        money = [CURRENCY] if self.by_currency else []
        return (*shown, *money, *(measure.result_column(self.dataset) for measure in self.measures))


def plan_of(definition: ReportDefinition) -> tuple[Plan | None, list[Violation]]:
    """The plan, and everything that is wrong; no plan when anything is."""
    wrong = [
        Violation(field, "TOO_LONG", f"Use at most {most:,} characters.", f"最多 {most:,} 个字符。")
        for field, most in LONGEST.items()
        if len(getattr(definition, field)) > most
    ]
    dataset = DATASETS.get(definition.dataset)
    if dataset is None:
        known = ", ".join(DATASETS)
        return None, [*wrong, Violation("dataset", "UNKNOWN_DATASET", f"Give one of: {known}.", f"请选择：{known}。")]
    rows = _each("rows", definition.rows, MOST_ROWS, lambda text: _dimension(dataset, text), wrong)
    columns = _each("columns", definition.columns, MOST_COLUMNS, lambda text: _dimension(dataset, text), wrong)
    measures = _each("measures", definition.measures, MOST_MEASURES, lambda text: _measure(dataset, text), wrong)
    if not definition.measures:
        wrong.append(
            Violation("measures", "REQUIRED", "Give a figure such as count.", "请至少选择一个指标，如 count。")
        )
    names = [each.name for each in (*rows, *columns)]
    if len(set(names)) < len(names):
        en, zh = "Use each field once in rows and columns.", "行和列中的字段不能重复。"
        wrong.append(Violation("columns" if columns else "rows", "REPEATED", en, zh))
    if len({each.name for each in measures}) < len(measures):
        wrong.append(Violation("measures", "REPEATED", "Use each figure once.", "指标不能重复。"))
    if not 0 <= definition.row_limit <= LARGEST_LIMIT:
        en, zh = (
            f"Give at most {LARGEST_LIMIT:,}; 0 means {USUAL_LIMIT}.",
            f"最多 {LARGEST_LIMIT:,}；0 表示 {USUAL_LIMIT}。",
        )
        wrong.append(Violation("row_limit", "OUT_OF_RANGE", en, zh))
    order = _order(definition.order_by, [*names, *(each.name for each in measures)], wrong)
    if wrong:
        return None, wrong
    limit = definition.row_limit or USUAL_LIMIT
    plan = Plan(dataset, (*rows, *columns), tuple(measures), order, limit, definition.filter)
    return plan if order or not rows else _usually_ordered(plan), []


def _each(
    field: str, texts: Sequence[str], most: int, read: Callable[[str], A | Violation], wrong: list[Violation]
) -> list[A]:
    if len(texts) > most:
        wrong.append(Violation(field, "TOO_MANY", f"Give at most {most}.", f"最多 {most} 个。"))
    found: list[A] = []
    for at, text in enumerate(texts):
        made = read(text)
        if isinstance(made, Violation):
            wrong.append(Violation(f"{field}[{at}]", made.reason, made.en, made.zh))
        else:
            found.append(made)
    return found


def _dimension(dataset: Dataset, text: str) -> Dimension | Violation:
    name, _, grain = text.partition(".")
    field = dataset.field(name)
    if field is None or not field.groups:
        return _unknown(name, [each.name for each in dataset.fields if each.groups])
    if field.grains and grain not in field.grains:
        ways = ", ".join(f"{name}.{each}" for each in field.grains)
        return Violation(
            "", "UNKNOWN_GRAIN", f"Say how to group {name}: {ways}.", f"请选择 {name} 的分组粒度：{ways}。"
        )
    if grain and not field.grains:
        return Violation(
            "", "UNKNOWN_GRAIN", f"{name} has no grain; write {name}.", f"{name} 没有粒度，请直接填写 {name}。"
        )
    return Dimension(field, grain)


def _measure(dataset: Dataset, text: str) -> Measure | Violation:
    if text == COUNT:
        return Measure(COUNT)
    name, _, aggregate = text.partition(".")
    field = dataset.field(name)
    if field is None or not field.aggregates:
        return _unknown(name, [COUNT, *(each.name for each in dataset.fields if each.aggregates)])
    if aggregate not in field.aggregates:
        ways = ", ".join(f"{name}.{each}" for each in field.aggregates)
        return Violation("", "UNKNOWN_AGGREGATE", f"Give one of: {ways}.", f"请选择：{ways}。")
    return Measure(aggregate, field)


def _unknown(name: str, known: Sequence[str]) -> Violation:
    names = ", ".join(known)
    return Violation(
        "", "UNKNOWN_FIELD", f"There is no {name} here. Give one of: {names}.", f"没有 {name}，请选择：{names}。"
    )


def _order(text: str, names: Sequence[str], wrong: list[Violation]) -> tuple[tuple[str, bool], ...]:
    order = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, way = part.partition(" ")
        if name not in names or way.strip() not in {"", "asc", "desc"}:
            known = ", ".join(names)
            en, zh = f"Order by one of: {known}; each with optional desc.", f"请按以下之一排序：{known}，可加 desc。"
            wrong.append(Violation("order_by", "UNKNOWN_COLUMN", en, zh))
            break
        order.append((name, way.strip() == "desc"))
    return tuple(order)


def _usually_ordered(plan: Plan) -> Plan:
    """What happens in time stands in its order; all else by its first figure, the largest first."""
    first = plan.dimensions[0]
    usual = (first.name, False) if first.grain else (plan.measures[0].name, True)
    return Plan(plan.dataset, plan.dimensions, plan.measures, (usual,), plan.limit, plan.filter)
