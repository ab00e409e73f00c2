"""The pure rules: patterns, field rules, delegation, units on the move, reasons."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_identity.domain.assembly import House, Lent, Person, Post, assemble, assemble_key, assemble_partner
from crm_identity.domain.built_in_roles import BUILT_IN
from crm_identity.domain.contract import matches_field
from crm_identity.domain.coverage import WiderThanYourOwn, covers, refuse_wider
from crm_identity.domain.delegation import DelegationMissing
from crm_identity.domain.explanation import TEXTS, explain, of_record
from crm_identity.domain.field_rules import HIDDEN, OPEN, READS, FieldRule, RoleFacts, Verdict, merge, verdict
from crm_identity.domain.grants import cut, matches, meet, scope_of
from crm_identity.queries.contract import contract
from crm_kit.principal import Scope

CONTRACT = contract()
PERMISSIONS = sorted(CONTRACT.permissions)
ROLES = {role.code: RoleFacts(role.code, role.grants) for role in BUILT_IN}
BOSS, DEPUTY = UUID(int=1), UUID(int=2)


def a_house(*roles: RoleFacts, **facts: object) -> House:
    return House({**ROLES, **{role.code: role for role in roles}}, **facts)  # type: ignore[arg-type]


def a_person(*posts: Post, user_id: UUID = BOSS, **facts: object) -> Person:
    return Person(user_id, posts or (Post("/hq/east/", ("sales_manager",)),), **facts)  # type: ignore[arg-type]


def everything(rights) -> list[tuple[str, tuple]]:
    return [(rights.unit_path, rights.grants), *rights.positions]


words = st.sampled_from(["leads", "sales", "lead", "quote", "get", "list", "*", "l*d", "*ea*"])
patterns = st.lists(words, min_size=1, max_size=3).map(".".join)
scopes = st.sampled_from([Scope.OWN, Scope.UNIT, Scope.SUBTREE, Scope.ALL])
grants = st.lists(st.tuples(patterns, scopes), max_size=5).map(tuple)


@given(patterns, patterns, st.sampled_from(PERMISSIONS) | st.text("leads.aq", max_size=12))
def test_two_patterns_meet_in_exactly_what_both_match(one: str, other: str, name: str) -> None:
    both = matches(one, name) and matches(other, name)
    assert any(matches(pattern, name) for pattern in meet(one, other)) == both


@given(grants, grants, st.sampled_from(PERMISSIONS))
def test_what_is_cut_reaches_as_far_as_the_narrower_side(mine: tuple, lent: tuple, permission: str) -> None:
    assert scope_of(cut(mine, lent), permission) == min(scope_of(mine, permission), scope_of(lent, permission))


reads = st.sampled_from(READS)
field_patterns = st.sampled_from(
    ["*.*.*", "*.*.@personal", "leads.*.@personal", "leads.lead.phone", "leads.lead.*", "sales.quote.@sensitive"]
)
rules = st.lists(st.builds(FieldRule, field_patterns, reads, st.booleans()), max_size=4).map(tuple)
role_facts = st.builds(RoleFacts, st.sampled_from(["a", "b", "c"]), grants, rules)


@settings(max_examples=25, deadline=None)
@given(st.lists(role_facts, min_size=1, max_size=3))
def test_merged_rules_say_of_every_field_what_the_roles_together_say(roles: list[RoleFacts]) -> None:
    merged = merge(tuple(roles), CONTRACT)
    for field in CONTRACT.fields[::5]:
        said = [rule for rule in merged if matches_field(rule.field, field)]
        assert len(said) <= 1
        meant = verdict(roles, field, CONTRACT)
        if meant is not None:
            assert (Verdict(said[0].read, said[0].read_only) if said else OPEN) == meant, field


@settings(max_examples=60, deadline=None)
@given(st.lists(role_facts, min_size=2, max_size=3))
def test_one_role_more_hides_what_it_hides_and_else_only_opens(roles: list[RoleFacts]) -> None:
    for field in CONTRACT.fields[::17]:
        fewer, all_of_them = verdict(roles[:-1], field, CONTRACT), verdict(roles, field, CONTRACT)
        if fewer is None or all_of_them is None:
            continue
        last = verdict(roles[-1:], field, CONTRACT)
        assert all_of_them == HIDDEN if HIDDEN in (fewer, last) else fewer.within(all_of_them)


def phone(*roles: RoleFacts) -> Verdict | None:
    [field] = [field for field in CONTRACT.fields if (field.resource, field.name) == ("leads.lead", "phone")]
    return verdict(roles, field, CONTRACT)


LEADS, SALES = (("leads.*", Scope.OWN),), (("sales.*", Scope.OWN),)


def test_a_role_without_a_rule_shows_what_another_masks() -> None:
    masking = RoleFacts("masking", LEADS, (FieldRule("leads.lead.phone", "MASKED"),))
    assert phone(masking) == Verdict("MASKED", read_only=False)
    assert phone(masking, RoleFacts("plain", LEADS)) == OPEN


def test_a_role_that_grants_nothing_on_the_resource_shows_nothing_of_it() -> None:
    masking = RoleFacts("masking", LEADS, (FieldRule("*.*.@personal", "MASKED"),))
    assert phone(masking, RoleFacts("elsewhere", SALES)) == Verdict("MASKED", read_only=False)


def test_hidden_by_one_role_is_hidden_whatever_others_show() -> None:
    hiding = RoleFacts("hiding", LEADS, (FieldRule("leads.*.@personal", "HIDDEN"),))
    assert phone(hiding, RoleFacts("plain", LEADS)) == HIDDEN


def test_within_a_role_the_more_precise_rule_counts() -> None:
    masking = (FieldRule("*.*.@personal", "MASKED"), FieldRule("leads.lead.phone", "FULL", read_only=True))
    assert phone(RoleFacts("one", LEADS, masking)) == Verdict("FULL", read_only=True)


def test_rules_of_a_whole_data_class_stay_one_rule() -> None:
    rule = FieldRule("*.*.@personal", "MASKED")
    assert merge((RoleFacts("one", (("*", Scope.ALL),), (rule,)),), CONTRACT) == (rule,)


def test_no_rule_hides_from_an_administrator_what_puts_rights_in_order() -> None:
    hiding = RoleFacts("hiding", (("*", Scope.ALL),), (FieldRule("*.*.*", "HIDDEN"),))
    merged = assemble(a_person(Post("/hq/", ("administrator", "hiding"))), a_house(hiding), CONTRACT).field_rules
    assert not any(rule.field.startswith(("identity.", "ops.", "*.")) for rule in merged)


def test_nothing_stored_takes_rights_from_an_administrator() -> None:
    house = House({"administrator": RoleFacts("administrator")}, disabled_modules=("leads",))
    assert ("*", Scope.ALL) in assemble(a_person(Post("/hq/", ("administrator",))), house, CONTRACT).grants


def test_positions_add_rights_from_their_own_unit() -> None:
    rights = assemble(
        a_person(Post("/hq/east/", ("sales_rep",)), Post("/hq/west/", ("sales_manager",), "p")), a_house(), CONTRACT
    )
    assert scope_of(rights.grants, "leads.lead.get") is Scope.OWN
    assert [(path, scope_of(given, "leads.lead.get")) for path, given in rights.positions] == [
        ("/hq/west/", Scope.SUBTREE)
    ]


def test_a_delegate_has_what_was_lent_of_the_delegators_rights_and_nothing_more() -> None:
    boss = a_person(display_name="Boss")
    deputy = a_person(
        Post("/hq/west/", ("analyst",)), user_id=DEPUTY, lent=(Lent("d", BOSS, ("leads.*.get", "sales.*")),)
    )
    rights = assemble(deputy, a_house(), CONTRACT, boss)
    assert (rights.on_behalf_of, rights.unit_path) == (str(BOSS), "/hq/east/")
    assert scope_of(rights.grants, "leads.lead.get") is Scope.SUBTREE
    assert scope_of(rights.grants, "leads.lead.claim") is Scope.NONE
    assert scope_of(rights.grants, "reporting.report.get") is Scope.NONE


def test_what_somebody_was_lent_they_cannot_lend_on() -> None:
    boss, deputy = a_person(), a_person(Post("/hq/west/", ()), user_id=DEPUTY, lent=(Lent("d", BOSS),))
    third = a_person(Post("/hq/west/", ()), user_id=UUID(int=3), lent=(Lent("e", DEPUTY),))
    rights = assemble(third, a_house(), CONTRACT, deputy)
    assert scope_of(rights.grants, "leads.lead.get") is Scope.NONE
    assert rights.positions == ()
    with pytest.raises(DelegationMissing):
        assemble(third, a_house(), CONTRACT, boss)


def test_whoever_is_disabled_lends_nothing_any_more() -> None:
    deputy = a_person(user_id=DEPUTY, lent=(Lent("d", BOSS),))
    with pytest.raises(DelegationMissing):
        assemble(deputy, a_house(), CONTRACT, a_person(disabled=True))


def test_a_personal_key_has_what_both_person_and_key_have() -> None:
    rights = assemble_key(
        a_person(), a_house(), CONTRACT, (("leads.lead.*", Scope.OWN), ("marketing.*", Scope.SUBTREE))
    )
    assert scope_of(rights.grants, "leads.lead.get") is Scope.OWN
    assert scope_of(rights.grants, "marketing.campaign.create") is Scope.NONE
    assert scope_of(rights.grants, "identity.delegation.create") is Scope.NONE


MOVING = a_house(moving=(("/hq/east/d1/", "/hq/west/d1/"),))


def reached(unit_path: str) -> tuple[set[str], tuple[str, ...]]:
    rights = assemble(a_person(Post(unit_path, ("sales_manager",))), MOVING, CONTRACT)
    return {path for path, _ in everything(rights)}, rights.departed_paths


def test_while_a_unit_moves_its_people_reach_it_at_both_ends() -> None:
    assert reached("/hq/west/d1/") == ({"/hq/west/d1/", "/hq/east/d1/"}, ())
    assert reached("/hq/west/d1/x/") == ({"/hq/west/d1/x/", "/hq/east/d1/x/"}, ())


def test_while_a_unit_moves_those_it_leaves_see_it_no_more_and_those_it_joins_do() -> None:
    assert reached("/hq/east/") == ({"/hq/east/"}, ("/hq/east/d1/",))
    assert reached("/hq/west/") == ({"/hq/west/", "/hq/east/d1/"}, ())
    assert reached("/hq/") == ({"/hq/"}, ())
    partner = assemble_partner("/hq/east/", (("leads.*", Scope.SUBTREE),), MOVING)
    assert partner.departed_paths == ("/hq/east/d1/",)


paths = st.sampled_from(["/hq/", "/hq/e/", "/hq/e/d/", "/hq/w/"])


@given(paths, scopes, paths, scopes, paths, st.booleans(), st.booleans())
def test_what_is_covered_reaches_no_record_that_the_cover_does_not(
    path: str, scope: Scope, other: str, narrower: Scope, record: str, owned: bool, ownerless: bool
) -> None:
    """For one and the same person: whoever owns a record owns it under either grant."""

    def reaches(at: str, how: Scope) -> bool:
        return {
            Scope.OWN: (owned and not ownerless) or (ownerless and record == at),
            Scope.UNIT: record == at,
            Scope.SUBTREE: record.startswith(at),
            Scope.ALL: True,
        }[how]

    if (
        covers(path, scope, other, narrower)
        and (owned is False or narrower is not Scope.OWN)
        and reaches(other, narrower)
    ):
        assert reaches(path, scope)


def test_a_pattern_does_not_hide_what_it_gives() -> None:
    own = {"/hq/east/": (("leads.*", Scope.SUBTREE),)}
    refuse_wider({"/hq/east/d1/": (("leads.lead.*", Scope.SUBTREE),)}, own, CONTRACT)
    for given_at, given_grants in (
        ("/hq/west/", (("leads.lead.get", Scope.OWN),)),
        ("/hq/east/", (("*.get", Scope.OWN),)),
        ("/hq/east/", (("leads.*", Scope.ALL),)),
        ("/hq/east1/", (("leads.*", Scope.UNIT),)),
    ):
        with pytest.raises(WiderThanYourOwn):
            refuse_wider({given_at: given_grants}, own, CONTRACT)


def test_every_shipped_role_means_something_in_the_contract() -> None:
    for role in BUILT_IN:
        for pattern, _ in role.grants:
            assert CONTRACT.grantable(pattern), (role.code, pattern)


def test_an_analyst_reads_neither_sessions_nor_keys_of_others() -> None:
    analyst = ROLES["analyst"].grants
    for permission in ("identity.session.list", "identity.api_key.list", "ops.event.list"):
        assert scope_of(analyst, permission) is Scope.NONE


def why(person: Person, house: House, permission: str, *delegators: Person):
    return explain(person, {each.id: each for each in delegators}, house, permission)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(ROLES)), max_size=3), st.sampled_from(PERMISSIONS), st.booleans())
def test_the_explanation_says_what_the_rights_are(codes: list[str], permission: str, elsewhere: bool) -> None:
    posts = [Post("/hq/east/", tuple(codes[:1])), *([Post("/hq/west/", tuple(codes[1:]), "p")] if elsewhere else [])]
    person = a_person(*posts)
    rights = assemble(person, a_house(), CONTRACT)
    widest = max(scope_of(given, permission) for _, given in everything(rights))
    found = why(person, a_house(), permission)
    assert (found.allowed, found.scope) == (widest is not Scope.NONE, widest)
    assert found.reasons


def test_a_module_that_is_off_and_a_disabled_user_speak_against() -> None:
    house = a_house(disabled_modules=("leads",))
    assert why(a_person(), house, "leads.lead.get").allowed
    refused = why(a_person(), house, "leads.lead.create")
    assert (refused.allowed, refused.reasons[0].kind) == (False, "module_disabled")
    assert why(a_person(disabled=True), a_house(), "leads.lead.get").reasons[0].kind == "user_disabled"


def test_of_a_record_only_what_reaches_it_counts() -> None:
    rep, owner = a_person(Post("/hq/east/", ("sales_rep",)), user_id=DEPUTY), uuid4()
    found = why(rep, a_house(), "leads.lead.get")
    assert not of_record(found, rep, owner, "/hq/east/").allowed
    assert of_record(found, rep, owner, "/hq/east/").reasons[0].kind == "no_grant"
    assert of_record(found, rep, DEPUTY, "/hq/south/").reasons[0].kind == "owner"
    assert of_record(found, rep, None, "/hq/east/").allowed


def test_a_delegate_reaches_what_the_delegator_owns() -> None:
    boss = a_person(Post("/hq/east/", ("sales_rep",)), display_name="Li Na")
    deputy = a_person(Post("/hq/west/", ()), user_id=DEPUTY, lent=(Lent("d", BOSS, ("leads.*",)),))
    found = of_record(why(deputy, a_house(), "leads.lead.get", boss), deputy, BOSS, "/hq/east/")
    assert [(reason.kind, reason.source) for reason in found.reasons] == [("delegation", "d")]
    assert "Li Na" in found.reasons[0].text("en")
    assert "Li Na" in found.reasons[0].text("zh-CN")


def test_every_reason_speaks_both_languages() -> None:
    for en, zh in TEXTS.values():
        assert en.isascii()
        assert not zh.isascii()
