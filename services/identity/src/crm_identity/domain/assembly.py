"""Who a caller is, put together from facts: positions, delegation, teams, field rules, units on the move.

The facts are loaded elsewhere; the same ones explain every verdict.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from uuid import UUID

from crm_identity.domain.built_in_roles import BREAK_GLASS, EVERYBODY, KEY_HOLDERS
from crm_identity.domain.contract import Contract
from crm_identity.domain.delegation import DelegationMissing
from crm_identity.domain.field_rules import ADMINISTRATOR, FieldRule, RoleFacts, merge
from crm_identity.domain.grants import Grants, cut, widest
from crm_identity.domain.restriction_rule import RestrictionFacts
from crm_kit.principal import Restriction, Scope

Places = dict[str, Grants]
"""What is granted, by the unit it counts from."""


@dataclass(frozen=True, slots=True)
class Post:
    """Roles held in a unit: a person's own unit, or a position by its id."""

    unit_path: str
    roles: tuple[str, ...]
    position_id: str = ""


@dataclass(frozen=True, slots=True)
class Lent:
    """A delegation in force, seen from the delegate: patterns of what was lent, all when empty."""

    id: str
    delegator_id: UUID
    permissions: tuple[str, ...] = ()

    @property
    def grants(self) -> Grants:
        return tuple((pattern, Scope.ALL) for pattern in self.permissions or ("*",))


@dataclass(frozen=True, slots=True)
class Person:
    """A user as far as rights follow from it. ``posts``: the own unit first, then the positions in force."""

    id: UUID
    posts: tuple[Post, ...]
    display_name: str = ""
    disabled: bool = False
    team_ids: tuple[str, ...] = ()
    territory_ids: tuple[str, ...] = ()
    read_only_territory_ids: tuple[str, ...] = ()
    lent: tuple[Lent, ...] = ()

    @property
    def unit_path(self) -> str:
        return self.posts[0].unit_path


@dataclass(frozen=True, slots=True)
class House:
    """What holds for everybody. ``moving``: ``(former path, path)`` of the units whose records are on their way."""

    roles: Mapping[str, RoleFacts]
    disabled_modules: tuple[str, ...] = ()
    moving: tuple[tuple[str, str], ...] = ()
    restrictions: tuple[RestrictionFacts, ...] = ()

    def restricting(self, person: Person) -> Iterator[RestrictionFacts]:
        """The rules that hide something from a person; none hides anything from an administrator."""
        posts = [(post.unit_path, post.roles) for post in person.posts]
        return (rule for rule in self.restrictions if rule.applies_to(posts))

    def roles_of(self, codes: Iterable[str]) -> tuple[RoleFacts, ...]:
        """The roles behind the codes; those that are no more grant nothing."""
        found = (BREAK_GLASS if code == ADMINISTRATOR else self.roles.get(code) for code in sorted(set(codes)))
        return tuple(role for role in found if role is not None)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a caller may do: the primary position, further ones, and what cuts them down."""

    unit_path: str
    grants: Grants
    positions: tuple[tuple[str, Grants], ...] = ()
    team_ids: tuple[str, ...] = ()
    territory_ids: tuple[str, ...] = ()
    read_only_territory_ids: tuple[str, ...] = ()
    field_rules: tuple[FieldRule, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    disabled_modules: tuple[str, ...] = ()
    departed_paths: tuple[str, ...] = ()
    on_behalf_of: str = ""
    delegator_ids: tuple[str, ...] = ()


def assemble(person: Person, house: House, contract: Contract, delegator: Person | None = None) -> Rights:
    """The rights of a person; with a delegator, those lent by them, and DelegationMissing when nothing is."""
    delegators = tuple(dict.fromkeys(str(lent.delegator_id) for lent in person.lent))
    if delegator is None:
        return _rights(person, places_of(person, house), EVERYBODY, house, contract, delegators=delegators)
    lent = [item for item in person.lent if item.delegator_id == delegator.id]
    if not lent or delegator.disabled:
        raise DelegationMissing(permission=f"act for {delegator.id}")
    places = _cut(places_of(delegator, house), widest(grant for item in lent for grant in item.grants))
    rights = _rights(
        delegator, places, EVERYBODY, house, contract, delegators=delegators, on_behalf_of=str(delegator.id)
    )
    # What is withheld from the delegate stays so, and what the delegator owns is not the delegate's own.
    mine = tuple(restriction._replace(binds_owner=True) for restriction in _withheld(person, house))
    return replace(rights, restrictions=(*rights.restrictions, *mine))


def assemble_key(person: Person, house: House, contract: Contract, grants: Grants) -> Rights:
    """The rights of a person's key: the person's, cut down to the key's."""
    return _rights(person, _cut(places_of(person, house), grants), KEY_HOLDERS, house, contract)


def assemble_partner(unit_path: str, grants: Grants, house: House) -> Rights:
    """The rights of a partner's key: its own, in its unit."""
    places = _with_moves({unit_path: widest((*grants, *KEY_HOLDERS))}, house.moving)
    return Rights(
        unit_path,
        places.pop(unit_path),
        positions=tuple(sorted(places.items())),
        restrictions=_restrictions(rule for rule in house.restrictions if rule.applies_to([(unit_path, ())])),
        disabled_modules=house.disabled_modules,
        departed_paths=_departed([unit_path], house.moving),
    )


def places_of(person: Person, house: House) -> Places:
    """What the person's own roles and positions grant, by unit; nothing to the disabled."""
    places: dict[str, tuple[RoleFacts, ...]] = {}
    for post in person.posts:
        places[post.unit_path] = places.get(post.unit_path, ()) + house.roles_of(post.roles)
    return {path: () if person.disabled else grants_of(roles) for path, roles in places.items()}


@lru_cache(maxsize=4096)
def grants_of(roles: tuple[RoleFacts, ...]) -> Grants:
    """The union of the roles' grants, the widest scope per pattern."""
    return widest(grant for role in roles for grant in role.grants)


def _cut(places: Places, by: Grants) -> Places:
    return {path: cut(grants, by) for path, grants in places.items()}


def _rights(
    person: Person,
    places: Places,
    always: Grants,
    house: House,
    contract: Contract,
    *,
    delegators: tuple[str, ...] = (),
    on_behalf_of: str = "",
) -> Rights:
    held = house.roles_of(code for post in person.posts for code in post.roles)
    paths = list(places)
    places[person.unit_path] = _and(places[person.unit_path], always)
    places = _with_moves(places, house.moving)
    return Rights(
        person.unit_path,
        places.pop(person.unit_path),
        positions=tuple(sorted((path, grants) for path, grants in places.items() if grants)),
        team_ids=person.team_ids,
        territory_ids=person.territory_ids,
        read_only_territory_ids=person.read_only_territory_ids,
        field_rules=merge(held, contract),
        restrictions=_withheld(person, house),
        disabled_modules=house.disabled_modules,
        departed_paths=_departed(paths, house.moving),
        on_behalf_of=on_behalf_of,
        delegator_ids=delegators,
    )


def _withheld(person: Person, house: House) -> tuple[Restriction, ...]:
    return _restrictions(house.restricting(person))


def _restrictions(rules: Iterable[RestrictionFacts]) -> tuple[Restriction, ...]:
    return tuple(Restriction(rule.id, rule.resource, rule.filter, rule.binds_owner) for rule in rules)


@lru_cache(maxsize=4096)
def _and(grants: Grants, also: Grants) -> Grants:
    return widest((*grants, *also))


def _with_moves(places: Places, moving: Sequence[tuple[str, str]]) -> Places:
    """The places as well under their former paths, where records wait to be rewritten.

    Whoever is in the moved unit keeps what they had there; whoever now stands above it reaches it by subtree.
    """
    found = dict(places)
    for former, path in moving:
        for place, grants in places.items():
            if place.startswith(path):
                old = former + place[len(path) :]
                found[old] = widest((*found.get(old, ()), *grants))
            elif path.startswith(place) and not former.startswith(place):
                wide = tuple(grant for grant in grants if grant[1] >= Scope.SUBTREE)
                found[former] = widest((*found.get(former, ()), *wide))
    return found


def _departed(paths: Sequence[str], moving: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Former paths below one of these units, of units that lie below none of them now."""
    return tuple(
        former
        for former, path in moving
        if any(former.startswith(place) for place in paths)
        and not any(path.startswith(place) or place.startswith(path) for place in paths)
    )
