"""The facts from which a caller's rights follow, now: one statement for the caller, a delegator and the house.

It runs every few seconds for each active session, so it answers with JSON texts that are parsed once per distinct text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import DateTime, Text, TextClause, Uuid, bindparam, column, text
from sqlalchemy.dialects.postgresql import ARRAY

from crm_identity.domain.assembly import House, Lent, Person, Post
from crm_identity.domain.preferences import ENTERPRISE, effective
from crm_identity.domain.restriction_rule import restriction_facts
from crm_identity.domain.role import facts_of
from crm_identity.domain.user import User
from crm_kit.access import unscoped
from crm_kit.call import Call

_WHY = unscoped("finding out who calls comes before asking what the caller may see")


@dataclass(frozen=True, slots=True)
class Known:
    """One user with all that rights and language follow from; ``row`` has the user's columns."""

    row: Any
    person: Person
    house: House
    preferences: Mapping[str, Any]
    epoch: int


async def known(call: Call, *user_ids: UUID) -> dict[UUID, Known]:
    """The users by id; absent when there is none or it was removed. All come from one snapshot."""
    async with call.db.connect() as connection:
        rows = (
            await connection.execute(_FACTS, {"ids": list(user_ids), "now": call.now}, execution_options=_WHY)
        ).all()
    return {row.id: _known(row) for row in rows}


async def house_now(call: Call) -> tuple[House, int]:
    """What holds for everybody, without roles, and the epoch: all that a partner's key needs."""
    async with call.db.connect() as connection:
        row = (await connection.execute(_HOUSE, execution_options=_WHY)).one()
    return _house("[]", row.modules, row.moving, row.restrictions), row.epoch


def _known(row: Any) -> Known:
    positions = tuple(Post(item["unit_path"], tuple(item["roles"]), item["id"]) for item in orjson.loads(row.positions))
    person = Person(
        row.id,
        (Post(row.unit_path, tuple(row.roles)), *positions),
        row.display_name,
        row.disabled,
        tuple(orjson.loads(row.teams)),
        tuple(orjson.loads(row.territories)),
        tuple(orjson.loads(row.territories_read)),
        tuple(
            Lent(item["id"], UUID(item["delegator_id"]), tuple(item["permissions"])) for item in orjson.loads(row.lent)
        ),
    )
    return Known(
        row, person, _house(row.role_facts, row.modules, row.moving, row.restrictions), _preferences(row), row.epoch
    )


@lru_cache(maxsize=1024)
def _house(roles: str, modules: str, moving: str, restrictions: str) -> House:
    return House(
        {item["code"]: facts_of(item["code"], item["grants"], item["field_rules"]) for item in orjson.loads(roles)},
        tuple(orjson.loads(modules)),
        tuple((item["former_path"], item["path"]) for item in orjson.loads(moving)),
        tuple(restriction_facts(item, item["unit_paths"]) for item in orjson.loads(restrictions)),
    )


def _preferences(row: Any) -> dict[str, Any]:
    """The enterprise's word first, then the units' from the top down, then the person's."""
    levels = {item["holder"]: item for item in orjson.loads(row.levels)}
    units = [item["holder"] for item in orjson.loads(row.lineage)]
    words = [levels[holder] for holder in (ENTERPRISE, *units, f"user:{row.id}") if holder in levels]
    return effective([*words, {"language": row.language or None}])


_COLUMNS = list(User.__table__.columns)
_HOUSE_COLUMNS = """
    (SELECT coalesce(jsonb_agg(m.code ORDER BY m.code), '[]') FROM module m WHERE NOT m.enabled)::text AS modules,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('former_path', d.former_path, 'path', d.path) ORDER BY d.path), '[]')
       FROM unit d WHERE d.former_path <> '' AND d.delete_time IS NULL)::text AS moving,
    (SELECT coalesce(jsonb_agg(to_jsonb(r) || jsonb_build_object('unit_paths', ARRAY(
              SELECT unnest(array_remove(ARRAY[n.path, n.former_path], '')) FROM unit n
               WHERE n.id = ANY(r.unit_ids) AND n.delete_time IS NULL)) ORDER BY r.id), '[]')
       FROM restriction_rule r WHERE r.active AND r.delete_time IS NULL)::text AS restrictions,
    (SELECT e.epoch FROM access_epoch e) AS epoch
"""
_IN_FORCE = """t.delete_time IS NULL AND t.model_id = (
        SELECT m.id FROM territory_model m WHERE m.state = 'ACTIVE' AND m.delete_time IS NULL)"""
_HOUSE: TextClause = text(f"SELECT {_HOUSE_COLUMNS}")
_FACTS = (
    text(f"""
    SELECT {", ".join(f"u.{each.name}" for each in _COLUMNS)},
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'unit_path', p.unit_path, 'roles', p.roles) ORDER BY p.id), '[]')
       FROM position p WHERE p.user_id = u.id AND p.delete_time IS NULL
        AND (p.start_time IS NULL OR p.start_time <= :now) AND (p.end_time IS NULL OR p.end_time > :now)
    )::text AS positions,
    (SELECT coalesce(jsonb_agg(t.id ORDER BY t.id), '[]') FROM team t
      WHERE t.member_ids @> ARRAY[u.id] AND t.delete_time IS NULL)::text AS teams,
    (SELECT coalesce(jsonb_agg(t.id ORDER BY t.id), '[]') FROM territory t
      WHERE (t.writer_ids @> ARRAY[u.id] OR t.reader_ids @> ARRAY[u.id]) AND {_IN_FORCE})::text AS territories,
    (SELECT coalesce(jsonb_agg(t.id ORDER BY t.id), '[]') FROM territory t
      WHERE t.reader_ids @> ARRAY[u.id] AND {_IN_FORCE})::text AS territories_read,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
              'id', d.id, 'delegator_id', d.delegator_id, 'permissions', d.permissions) ORDER BY d.id), '[]')
       FROM delegation d JOIN user_account l ON l.id = d.delegator_id AND NOT l.disabled AND l.delete_time IS NULL
      WHERE d.delegate_id = u.id AND d.delete_time IS NULL
        AND (d.start_time IS NULL OR d.start_time <= :now) AND d.end_time > :now)::text AS lent,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
              'code', r.code, 'grants', r.grants, 'field_rules', r.field_rules) ORDER BY r.code), '[]')
       FROM role r WHERE r.delete_time IS NULL AND r.code IN (
         SELECT unnest(u.roles) UNION SELECT unnest(p.roles) FROM position p
          WHERE p.user_id = u.id AND p.delete_time IS NULL))::text AS role_facts,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('holder', 'unit:' || a.id) ORDER BY length(a.path)), '[]')
       FROM unit a WHERE a.path = ANY(up.paths))::text AS lineage,
    (SELECT coalesce(jsonb_agg(to_jsonb(f) - 'custom_fields'), '[]') FROM preferences f
      WHERE f.holder = 'enterprise' OR f.holder = 'user:' || u.id OR f.holder IN (
        SELECT 'unit:' || a.id FROM unit a WHERE a.path = ANY(up.paths)))::text AS levels,
    {_HOUSE_COLUMNS}
    FROM user_account u CROSS JOIN LATERAL (
      SELECT array_agg(array_to_string((string_to_array(u.unit_path, '/'))[1:n], '/') || '/') AS paths
        FROM generate_series(2, cardinality(string_to_array(u.unit_path, '/')) - 1) n) up
    WHERE u.id = ANY(:ids) AND u.delete_time IS NULL
    """)  # noqa: S608 - constants
    .bindparams(bindparam("ids", type_=ARRAY(Uuid())), bindparam("now", type_=DateTime(timezone=True)))
    .columns(
        *_COLUMNS,
        *(column(name, Text()) for name in ("positions", "teams", "territories", "territories_read")),
        *(column(name, Text()) for name in ("lent", "role_facts", "lineage", "levels")),
        *(column(name, Text()) for name in ("modules", "moving", "restrictions")),
        column("epoch"),
    )
)
