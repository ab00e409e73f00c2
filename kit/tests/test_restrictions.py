"""What is withheld is withheld by SQL and Python alike, in every statement, and at no cost to those it does not concern."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from crm.ops.v1 import audit_service_pb2 as audit_pb
from crm.ops.v1 import event_service_pb2 as event_pb
from crm.ops.v1 import restriction_service_pb2 as pb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm_kit import restrictions
from crm_kit.access import in_reach, unscoped, visible
from crm_kit.audit_service import AuditService
from crm_kit.call import Call
from crm_kit.errors import NotFound, PermissionDenied
from crm_kit.event_log import EventService
from crm_kit.field_rules import FieldRule, Read
from crm_kit.keys import claims_of, principal_of
from crm_kit.loading import visible_one
from crm_kit.lookup import what_shows
from crm_kit.principal import Position, Principal, Reach, Restriction, Scope
from crm_kit.restriction_service import RestrictionService
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .shelf import StoredBox

ME = uuid4()
BOX = "shelf.box"
FILTERS = (
    "shelf >= 3",
    "NOT size > 2",
    'tags : "secret"',
    'name : "A"',
    "maker:*",
    "NOT (kind = (CRATE OR TIN) AND shelf < 3)",
    f"owner_id = {ME}",
    "create_time > 2000-01-01T00:00:00Z AND size:*",
)
REFUSED = ("", "colour = red", "shelf >", "create_time >= 2026-01-01", "create_time < now()", "lonely")


async def boxes(shelf: RunningService) -> dict[UUID, StoredBox]:
    kinds: list[dict[str, Any]] = [
        {"name": "alpha", "kind": "TIN", "shelf": 1, "size": 1, "tags": ["secret"]},
        {"name": "Älpha", "kind": "CRATE", "shelf": 5, "size": 9, "tags": [], "maker": "Acme"},
        {"name": "", "kind": "BAG", "shelf": 3, "size": None, "tags": ["secret", "x"]},
    ]
    async with begin(shelf.work()) as tx:
        made = [
            tx.add(
                StoredBox(**{**facts, "maker": facts.get("maker", "") and uuid4().hex}, owner_id=owner, unit_path=path)
            )
            for facts in kinds
            for owner in (None, ME, uuid4())
            for path in ("/hq/", "/hq/d1/")
        ]
    return {box.id: box for box in made}


async def selected(shelf: RunningService, ids: Any, clause: Any) -> set[UUID]:
    statement = select(StoredBox.__table__.c.id).where(StoredBox.__table__.c.id.in_(ids), clause)
    async with shelf.db.connect() as connection:
        rows = (await connection.execute(statement, execution_options=unscoped("the clause is tested"))).all()
    return {row.id for row in rows}


def restricted(*rules: tuple[str, bool], who: Principal | None = None) -> Principal:
    return replace(
        who or somebody(user_id=ME), restrictions=tuple(Restriction(str(uuid4()), BOX, *rule) for rule in rules)
    )


RULES = st.lists(st.tuples(st.sampled_from((*FILTERS, *REFUSED)), st.booleans()), max_size=3)
REACHES = st.lists(st.builds(Reach, st.sampled_from(Scope), st.sampled_from(("/hq/", "/hq/d1/"))), max_size=2)


@given(rules=RULES, reaches=REACHES)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_sql_and_python_agree_on_what_any_rules_withhold_from_any_reach(
    shelf: RunningService, rules: list[tuple[str, bool]], reaches: list[Reach]
) -> None:
    ids = shelf.__dict__.setdefault("rule_boxes", None) or await boxes(shelf)
    shelf.__dict__["rule_boxes"] = ids
    held = tuple(Position(reach.unit_path, (("shelf.*", reach.scope),)) for reach in reaches)
    plain = Principal(str(ME), unit_path="/x/", grants=(("shelf.*", Scope.OWN),), positions=held)
    who = restricted(*rules, who=plain)
    call = Call(shelf.db, who, "shelf.box.get")
    by_rule = {
        key
        for key, box in ids.items()
        if in_reach(who, call.reach, box.owner_id, box.unit_path) and not restrictions.hides(who, "box", box)
    }
    assert await selected(shelf, ids, visible(call, StoredBox)) == by_rule


@pytest.mark.parametrize("filter", REFUSED)
async def test_a_rule_that_cannot_be_followed_withholds_everything(shelf: RunningService, filter: str) -> None:
    ids = await boxes(shelf)
    call = Call(shelf.db, restricted((filter, False)), "shelf.box.get")
    mine = {key for key, box in ids.items() if box.owner_id == ME}
    assert await selected(shelf, ids, visible(call, StoredBox)) == mine
    bound = Call(shelf.db, restricted((filter, False), (filter, True)), "shelf.box.get")
    assert await selected(shelf, ids, visible(bound, StoredBox)) == set()


async def test_without_a_rule_of_the_resource_every_statement_is_what_it_was(shelf: RunningService) -> None:
    plain = somebody(unit_path="/hq/", scope=Scope.SUBTREE, user_id=ME)
    elsewhere = replace(plain, restrictions=(Restriction("r", "leads.lead", "score > 1"),))
    clauses = [visible(Call(shelf.db, who, "shelf.box.get"), StoredBox) for who in (plain, elsewhere)]
    assert clauses[0].compare(clauses[1])


async def test_statements_of_different_values_and_people_are_compiled_once(shelf: RunningService) -> None:
    calls = [
        Call(shelf.db, restricted((f"shelf >= {height}", False), who=somebody(user_id=uuid4())), "shelf.box.get")
        for height in (3, 4)
    ]
    first, second = (what_shows(call, StoredBox) for call in calls)
    assert first.shape is not None
    assert first.shape == second.shape
    assert 4 in second.values
    one, other = (visible_one(call, StoredBox, deleted=False) for call in calls)
    assert one.sql == other.sql


async def test_a_restriction_survives_the_statement_about_its_caller() -> None:
    who = restricted(("shelf >= 3", True), ("tags : secret", False))
    assert principal_of(claims_of(who)).restrictions == who.restrictions


@pytest.mark.parametrize("filter", REFUSED)
async def test_a_filter_that_could_not_be_followed_is_refused_when_it_is_checked(
    shelf: RunningService, filter: str
) -> None:
    [fault] = await faults(shelf, filter)
    assert fault.field == "filter"
    assert fault.en
    assert fault.zh


async def test_a_resource_nobody_knows_is_refused_and_a_good_filter_is_not(shelf: RunningService) -> None:
    for filter in FILTERS:
        assert await faults(shelf, filter) == []
    [fault] = await faults(shelf, "shelf > 1", resource="shelf.bottle")
    assert (fault.field, fault.reason) == ("resource", "UNKNOWN_RESOURCE")


async def test_nobody_makes_a_rule_about_a_field_they_do_not_see(shelf: RunningService) -> None:
    who = replace(somebody(), field_rules=(FieldRule("shelf.box.name", Read.MASKED),))
    [fault] = await faults(shelf, 'name : "x"', who=who)
    assert fault.reason == "FIELD_UNREADABLE"


async def faults(shelf: RunningService, filter: str, resource: str = BOX, who: Principal | None = None) -> list[Any]:
    request = pb.CheckRestrictionRequest(resource=resource, filter=filter)
    call = Call(shelf.db, who or somebody(), "ops.restriction.check")
    return list((await RestrictionService().CheckRestriction(request, call)).faults)


async def test_the_history_of_a_withheld_record_is_withheld_with_it(shelf: RunningService) -> None:
    ids = await boxes(shelf)
    key = next(key for key, box in ids.items() if box.shelf == 5 and box.owner_id is None)
    request = event_pb.ListChangesRequest(record_type="box", record_id=str(key))
    for who in (somebody(), somebody(unit_path="/hq/", scope=Scope.SUBTREE)):
        seen = await EventService().ListChanges(request, Call(shelf.db, who, "ops.event.list_changes"))
        assert len(seen.changes) == 1
        withheld = Call(shelf.db, restricted(("shelf >= 3", False), who=who), "ops.event.list_changes")
        with pytest.raises(NotFound):
            await EventService().ListChanges(request, withheld)


async def test_entries_of_the_trail_about_withheld_records_are_not_told(shelf: RunningService) -> None:
    ids = await boxes(shelf)
    low, high = (next(key for key, box in ids.items() if box.shelf == height) for height in (1, 5))
    service, auditor = AuditService("shelf"), somebody(unit_path="/hq/", scope=Scope.SUBTREE)
    asked = audit_pb.ListAuditEntriesRequest(filter=f'record_id = ("{low}" OR "{high}")')
    for who in (somebody(), auditor):
        all_of_it = await service.ListAuditEntries(asked, Call(shelf.db, who, "ops.audit_entry.list"))
        assert {one.record_id for one in all_of_it.audit_entries} == {str(low), str(high)}
        less = Call(shelf.db, restricted(("shelf >= 3", True), who=who), "ops.audit_entry.list")
        found = await service.ListAuditEntries(asked, less)
        assert {one.record_id for one in found.audit_entries} == {str(low)}


async def test_who_is_restricted_has_no_view_of_the_raw_events(shelf: RunningService) -> None:
    with pytest.raises(PermissionDenied):
        await EventService().ListEvents(
            event_pb.ListEventsRequest(), Call(shelf.db, restricted(("shelf >= 3", False)), "ops.event.list")
        )
