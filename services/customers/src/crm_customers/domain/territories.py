"""Where customers lie (domain rule 1.8): by rule, or because somebody put them there by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, Uuid, and_, case, cast, false, func, or_
from sqlalchemy.dialects.postgresql import ARRAY, array

from crm_customers.domain.customer import Customer, Type
from crm_customers.domain.record import Record
from crm_customers.domain.standing import Phase
from crm_kit.filtering import Fields
from crm_kit.territories import KnownTerritories

known_territories = KnownTerritories(Record.metadata)

ASKED = Fields.of_entity(
    Customer,
    (
        "type",
        "name",
        "industry",
        "headcount",
        "source",
        "kind",
        "value_rating",
        "credit_rating",
        "relationship_level",
        "phase",
        "country_code",
        "province",
        "city",
        "postal_code",
        "tags",
        "owner_id",
        "unit_path",
        "parent_id",
        "ancestor_ids",
    ),
    enums={"type": [one.value for one in Type], "phase": [one.value for one in Phase]},
)
"""What a rule may ask of a customer; identity accepts no other."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A territory with what it asks: ``condition`` is None where nobody lies in it by rule, for ``fault`` or by intent."""

    id: UUID
    code: str
    name: str
    condition: ColumnElement[bool] | None
    fault: str = ""

    @property
    def holds(self) -> ColumnElement[bool]:
        """Whether a customer lies in it."""
        columns = Customer.__table__.c
        by_rule = false() if self.condition is None else and_(columns.territory_excluded.is_(False), self.condition)
        return or_(by_rule, columns.assigned_territory_codes.contains([self.code]))


@dataclass(frozen=True, slots=True)
class Plan:
    """The territories of one model, those that get deals first before others."""

    territories: tuple[Planned, ...]
    digest: str
    """Another one when a territory or a rule is."""

    @property
    def ids(self) -> ColumnElement[Any]:
        """The ids of the territories a customer lies in."""
        return _array([(one.holds, one.id) for one in self.territories], Uuid())

    @property
    def codes(self) -> ColumnElement[Any]:
        """Their codes, by which the territories of different models are compared."""
        return _array([(one.holds, one.code) for one in self.territories], Text())


def inherited(rows: Iterable[Any]) -> dict[UUID, tuple[str, ...]]:
    """By territory, the rules that must all hold: its own and, where it inherits, those of what lies above it."""
    known = {row.id: row for row in rows}

    def rules(id: UUID) -> tuple[str, ...]:
        row = known[id]
        above = rules(row.parent_id) if row.inherit and row.parent_id in known else ()
        return (*above, row.rule) if row.rule.strip() else above

    return {id: rules(id) for id in known}


def _array(cases: Sequence[tuple[ColumnElement[bool], Any]], kind: Any) -> ColumnElement[Any]:
    """The values whose condition holds, in their order."""
    found = array([case((holds, cast(value, kind))) for holds, value in cases], type_=kind)
    return func.array_remove(cast(found, ARRAY(kind)), None, type_=ARRAY(kind))
