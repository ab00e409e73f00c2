"""What is withheld from a caller whatever else shows it: deny beats every grant (domain rule 1.3 e).

A restriction is a condition over the fields its resource is filtered by. It fails closed: one that this release cannot
compile withholds every record of its resource from those it applies to.
"""

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from crm_kit.entity import Entity
from crm_kit.errors import Error, InvalidArgument, Violation
from crm_kit.field_rules import Rules, resource_of, unreadable
from crm_kit.filtering import TIMELESS, Fields, FieldUnreadable, is_timeless, predicate, where
from crm_kit.filtering.fields import member
from crm_kit.mapping import Mapping, mapping_for
from crm_kit.principal import Principal

_resources: dict[str, tuple[type[Entity], Fields]] = {}
_names: dict[type[Entity], str] = {}


def declare(mapping: Mapping[Any, Any], fields: Fields) -> None:
    """Records of the resource may be withheld by these fields, those that are sealed left out."""
    if not mapping.entity.__unscoped__:
        resource = resource_of(mapping.message.DESCRIPTOR)
        _resources[resource] = mapping.entity, Fields(field for field in fields.values() if field.blind is None)
        _names[mapping.entity] = resource


def faults(resource: str, filter: str, rules: Rules = ()) -> Sequence[Violation]:
    """Why the filter cannot withhold records of the resource, or not for an author with these field rules; else nothing."""
    if resource not in _resources:
        known = ", ".join(sorted(_resources))
        return [Violation("resource", "UNKNOWN_RESOURCE", f"Choose one of {known}.", f"请选择：{known}。")]
    entity, fields = _resources[resource]
    mapping = mapping_for(entity)
    assert mapping is not None, resource
    hidden = unreadable(rules, mapping.message.DESCRIPTOR, fields)
    try:
        blank = where(filter, fields, TIMELESS, unreadable=hidden) is None
        timeless = is_timeless(filter, fields)
    except InvalidArgument as refused:
        return refused.violations
    except FieldUnreadable as refused:
        return [Violation("filter", refused.reason, refused.text("en"), refused.text("zh-CN"))]
    if blank:
        en, zh = (
            "Say which records are hidden; an empty filter would hide all.",
            "请填写要隐藏的记录条件；空条件会隐藏全部。",
        )
        return [Violation("filter", "REQUIRED", en, zh)]
    if not timeless:
        en = "Compare times with an instant and its zone; days, now() and days_ago() differ by who asks and when."
        zh = "请用带时区的时间比较；日期、now() 和 days_ago() 会因查询者和时间而不同。"
        return [Violation("filter", "TIME_DEPENDENT", en, zh)]
    return []


def clauses(principal: Principal, entity: type[Entity]) -> Sequence[ColumnElement[bool]]:
    """What a record must fulfil besides lying in scope; empty for nearly everybody."""
    if not principal.restrictions or entity not in _names:
        return ()
    resource = _names[entity]
    return clauses_over(principal, resource, _resources[resource][1], entity.__table__.c)


def clauses_over(principal: Principal, resource: str, fields: Fields, columns: Any) -> Sequence[ColumnElement[bool]]:
    """The same over another table that tells of the resource; ``columns`` has ``owner_id``."""
    return [
        _clause(filter, fields) if owner is None else or_(_clause(filter, fields), columns.owner_id == owner)
        for filter, owner in _binding(principal, resource)
    ]


def untold(principal: Principal, record_type: Any, record_id: Any) -> Sequence[ColumnElement[bool]]:
    """What rows about records must fulfil besides, such as entries of a trail: their record is not withheld."""
    found = []
    for resource in {restriction.resource for restriction in principal.restrictions} & _resources.keys():
        entity, fields = _resources[resource]
        table = entity.__table__
        withheld = and_(*clauses_over(principal, resource, fields, table.c)).is_not(true())
        kept = record_id.not_in(select(table.c.id).where(withheld))
        found.append(or_(record_type != entity.__tablename__, record_id.is_(None), kept))
    return found


def hides(principal: Principal, record_type: str, record: Dict[str, Any] | Entity) -> bool:
    """The Python twin of ``clauses`` for a record of a table."""
    if not principal.restrictions:
        return False
    resource = next((name for name, (entity, _) in _resources.items() if entity.__tablename__ == record_type), "")
    return bool(resource) and any(
        (owner is None or member(record, "owner_id") != owner) and _holds(filter, _resources[resource][1], record)
        for filter, owner in _binding(principal, resource)
    )


def fulfils(entity: type[Entity], filter: str, record: Dict[str, Any]) -> bool:
    """Whether a record is one that the filter withholds."""
    known = _names.get(entity)
    return known is not None and _holds(filter, _resources[known][1], record)


def touches(principal: Principal, resource: str) -> bool:
    """Whether anything of a resource is withheld, for places that cannot tell which records."""
    return any(restriction.resource == resource for restriction in principal.restrictions)


def follows(principal: Principal, resource: str, fields: Fields) -> bool:
    """Whether all that is withheld of a resource can be told by these fields."""
    filters = (restriction.filter for restriction in principal.restrictions if restriction.resource == resource)
    return all(_withheld(filter, fields) is not None for filter in filters)


def _binding(principal: Principal, resource: str) -> list[tuple[str, UUID | None]]:
    """Each filter once, with the owner it spares; whom one rule binds, no other rule spares."""
    bound: dict[str, bool] = {}
    for restriction in principal.restrictions:
        if restriction.resource == resource:
            bound[restriction.filter] = bound.get(restriction.filter, False) or restriction.binds_owner
    return [(filter, None if binds else principal.user_id) for filter, binds in bound.items()]


def _clause(filter: str, fields: Fields) -> ColumnElement[bool]:
    withheld = _withheld(filter, fields)
    return false() if withheld is None else withheld.is_not(true())


@lru_cache(maxsize=2048)
def _withheld(filter: str, fields: Fields) -> ColumnElement[bool] | None:
    """None when the fields do not tell it."""
    try:
        return where(filter, fields, TIMELESS) if is_timeless(filter, fields) else None
    except Error:
        return None


def _holds(filter: str, fields: Fields, record: Dict[str, Any] | Entity) -> bool:
    try:
        compiled = predicate(filter, fields) if is_timeless(filter, fields) else None
    except Error:
        compiled = None
    return compiled is None or compiled(record, TIMELESS)
