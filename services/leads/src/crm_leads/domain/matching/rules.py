"""What counts as the same party, as data: ordered rules of weighted terms, bands, and the two layers of rules [L9 L11].

Weights are bits: one bit doubles the odds that two records mean one party, minus one halves them. A level with a
`rarity` takes its weight from how rare the shared value is: the same `Chudleigh` says more than the same `Smith`.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum


class Method(StrEnum):
    """How two filled values are compared."""

    EXACT = "exact"
    NAME_VARIANT = "name_variant"  # nicknames and forms of one given name
    INITIAL = "initial"  # `W.` and `William`
    JARO_WINKLER = "jaro_winkler"
    EDIT = "edit"  # 1 - edits / length of the longer
    ONE_EDIT = "one_edit"  # at most one character changed, dropped, added or swapped
    TWO_PARTS = "two_parts"  # two of year, month and day
    WORDS = "words"  # weight of the shared words, by rarity, over that of the shorter text
    ANY = "any"  # one of the values on one side is among those on the other


class Band(StrEnum):
    """What a score permits: certain acts alone, probable acts by policy, possible is shown to a human."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Bands:
    """Lowest score of each band."""

    certain: float = 0.95
    probable: float = 0.80
    possible: float = 0.65

    def ceiling(self, band: Band) -> float:
        """Highest score that is still in a band."""
        if band is Band.CERTAIN:
            return 1.0
        above = {Band.PROBABLE: self.certain, Band.POSSIBLE: self.probable, Band.NONE: self.possible}
        return above[band] - 0.001

    def of(self, score: float) -> Band:
        """Band of a score between 0 and 1."""
        if score >= self.certain:
            return Band.CERTAIN
        if score >= self.probable:
            return Band.PROBABLE
        return Band.POSSIBLE if score >= self.possible else Band.NONE


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement: `bits` plus `rarity` times the bits of rarity of the shared value, at most `most`."""

    method: Method
    on: str
    at_least: float = 1.0
    bits: float = 0.0
    rarity: float = 0.0
    most: float = 20.0


@dataclass(frozen=True, slots=True)
class Term:
    """Evidence from one field: the first level reached counts, `differ` when none is, nothing when either is blank.

    Terms that say the same thing twice share a `kind`: street and postal code are one piece of evidence. A match that
    rests on one kind only reaches at most the band `alone` of its strongest term: a reception phone is never certain.
    """

    field: str
    levels: tuple[Level, ...]
    differ: float = 0.0
    kind: str = ""
    must: bool = False
    alone: Band = Band.PROBABLE


class Layer(StrEnum):
    """Who owns a rule: the administrator, or a unit that wants to be stricter for its own decisions."""

    SYSTEM = "system"
    USER = "user"


class Scope(StrEnum):
    """Which records a rule looks at."""

    LEADS = "leads"
    CUSTOMERS = "customers"
    CONTACTS = "contacts"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to recognise a party. Guards [L10] narrow it: same unit, channel or campaign, age of the earlier record."""

    name: str
    terms: tuple[Term, ...]
    prior: float = 0.0
    layer: Layer = Layer.SYSTEM
    scope: Scope = Scope.ALL
    same_unit: bool = False
    same_channel: bool = False
    same_campaign: bool = False
    window_days: int | None = None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Ordered rules; a pair takes its best score. User rules never find what system rules do not: they only lower."""

    name: str
    rules: tuple[Rule, ...]
    bands: Bands = field(default_factory=Bands)
    block_cap: int = 500

    @property
    def system(self) -> tuple[Rule, ...]:
        """Rules of the administrator; they cannot be switched off."""
        return tuple(rule for rule in self.rules if rule.layer is Layer.SYSTEM)

    @property
    def user(self) -> tuple[Rule, ...]:
        """Rules of one unit: a match must also pass one of them, if there are any."""
        return tuple(rule for rule in self.rules if rule.layer is Layer.USER)

    @property
    def counted(self) -> tuple[str, ...]:
        """Attributes whose rarity the rules ask for: what a snapshot of frequencies has to cover."""
        levels = (level for rule in self.rules for term in rule.terms for level in term.levels if level.rarity)
        return tuple(dict.fromkeys("given" if level.on == "family" else level.on for level in levels))

    def within(self, scope: Scope) -> "RuleSet":
        """The rules that look at records of one kind."""
        return replace(self, rules=tuple(rule for rule in self.rules if rule.scope in {scope, Scope.ALL}))

    def with_user_rules(self, *rules: Rule) -> "RuleSet":
        """The same set with a unit's own rules behind the system's."""
        return replace(self, rules=(*self.system, *(replace(rule, layer=Layer.USER) for rule in rules)))
