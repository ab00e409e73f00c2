"""The one default rule set: what the system believes about repeats before an administrator says otherwise.

Every number is in bits (see `rules.py`) and states a belief about how people fill in forms, not about one file:
rarity carries most of the weight, so that the same rules hold for a thousand rows and for a million.
"""

from crm_leads.domain.matching.rules import Band, Level, Method, Rule, RuleSet, Term

IDENTIFIERS = (
    # A platform issues its id once per person: the only evidence that may be certain alone. One person may hold several.
    Term("open_id", (Level(Method.EXACT, "open_id", bits=6, rarity=1, most=24),), differ=-1, alone=Band.CERTAIN),
    # A credit code names the organisation, not the person who wrote; two codes are two organisations.
    Term("credit_code", (Level(Method.EXACT, "credit_code", rarity=0.9, most=14),), differ=-6, kind="company"),
)
"""Evidence that was made to identify."""

NAMES = (
    # Namesakes exist, so a name alone is never more than a hint. Given names are shortened, translated and abbreviated
    # more than they are mistyped: a known variant counts half, an initial hardly.
    Term(
        "given_name",
        (
            Level(Method.EXACT, "given", rarity=0.8, most=9),
            Level(Method.NAME_VARIANT, "given", rarity=0.5, most=5),
            Level(Method.JARO_WINKLER, "given", at_least=0.88, bits=-1, rarity=0.6, most=5),
            Level(Method.ONE_EDIT, "given", bits=-1, rarity=0.4, most=4),
            Level(Method.INITIAL, "given", bits=0.5),
            Level(Method.JARO_WINKLER, "given", at_least=0.75, bits=-2),
        ),
        differ=-5,
        kind="name",
        alone=Band.POSSIBLE,
    ),
    # Family names are rarer and less often changed than given names; marriage and titles keep the difference mild.
    Term(
        "family_name",
        (
            Level(Method.EXACT, "family", rarity=1, most=12),
            Level(Method.JARO_WINKLER, "family", at_least=0.88, bits=-1, rarity=0.7, most=8),
            Level(Method.ONE_EDIT, "family", bits=-1, rarity=0.6, most=6),
            Level(Method.JARO_WINKLER, "family", at_least=0.75, bits=-1),
        ),
        differ=-4,
        kind="name",
        alone=Band.POSSIBLE,
    ),
    # Middle names are given or left out at will: they confirm more than they deny.
    Term(
        "middle_names",
        (Level(Method.WORDS, "middle_names", at_least=0.5, rarity=0.5, most=5),),
        differ=-1,
        kind="name",
        alone=Band.POSSIBLE,
    ),
)
"""Who."""

CONTACT = (
    # A reception phone is shared, which its frequency shows only in part: alone it is at most probable. People have
    # several phones, so another one says little.
    Term("phone", (Level(Method.ANY, "phones", rarity=0.9, most=18),), differ=-1.5),
    # Addresses are typed by hand: one or two letters off is a slip, the same local part at another host a new provider.
    Term(
        "email",
        (
            Level(Method.ANY, "emails", rarity=1, most=18),
            Level(Method.EDIT, "email", at_least=0.85, bits=-1, rarity=0.8, most=9),
            Level(Method.ANY, "email_locals", bits=-1, rarity=0.5, most=6),
            Level(Method.EDIT, "email", at_least=0.7, bits=1),
        ),
        differ=-3,
    ),
    # Colleagues share a domain; free-mail hosts are no domain at all.
    Term("domain", (Level(Method.ANY, "domains", rarity=0.3, most=4),), kind="email", alone=Band.POSSIBLE),
)
"""How to reach them."""

COMPANY = (
    # The same rare words in any order, whatever the legal form; branches of one house share its name, hence the low top.
    Term(
        "company",
        (
            Level(Method.EXACT, "company", rarity=0.8, most=9),
            Level(Method.WORDS, "company_words", at_least=0.85, rarity=0.4, most=7),
            Level(Method.EDIT, "company", at_least=0.85, bits=4),
            Level(Method.WORDS, "company_words", at_least=0.5, bits=1),
            Level(Method.WORDS, "company_words", at_least=0.25, bits=-1),
        ),
        differ=-3,
        alone=Band.POSSIBLE,
    ),
)
"""For whom they speak."""

PLACE = (
    # House number and street together; another number is another site, however alike the names. Many firms share a house.
    Term(
        "address",
        (
            Level(Method.EXACT, "house_and_street", rarity=1, most=11),
            Level(Method.JARO_WINKLER, "house_and_street", at_least=0.96, bits=4),
        ),
        differ=-6,
        kind="place",
        alone=Band.POSSIBLE,
    ),
    # City and postal code repeat the address more coarsely, and people move.
    Term(
        "city",
        (
            Level(Method.EXACT, "city", rarity=0.7, most=5),
            Level(Method.EDIT, "city", at_least=0.7, rarity=0.5, most=3),
        ),
        differ=-1.5,
        kind="place",
        alone=Band.NONE,
    ),
    Term(
        "postal_code",
        (
            Level(Method.EXACT, "postal_code", rarity=0.8, most=8),
            Level(Method.EXACT, "postal_area", rarity=0.5, most=4),
        ),
        differ=-1.5,
        kind="place",
        alone=Band.NONE,
    ),
)
"""Where."""

BIRTH = (
    # A day is shared by few; 1 January stands for an unknown day, which its frequency shows. A slip changes one digit.
    Term(
        "birth_date",
        (
            Level(Method.EXACT, "birth_date", rarity=0.9, most=12),
            Level(Method.ONE_EDIT, "birth_date", bits=4),
            Level(Method.TWO_PARTS, "birth_date", bits=2),
        ),
        differ=-4,
        alone=Band.POSSIBLE,
    ),
    # Birth places are named by hamlet, town or county.
    Term(
        "birth_place",
        (
            Level(Method.EXACT, "birth_place", rarity=0.7, most=7),
            Level(Method.EDIT, "birth_place", at_least=0.8, rarity=0.5, most=4),
        ),
        differ=-1.5,
        alone=Band.NONE,
    ),
    Term("occupation", (Level(Method.EXACT, "occupation", rarity=0.5, most=4),), differ=-1.5, alone=Band.NONE),
)
"""What does not change, from custom fields; absent in most companies' leads."""

# Before any evidence a pair out of n records is a repeat with odds of about 2^6.5 / n: most files repeat a party a few
# times, and pairs reach the rules only after sharing a block key.
SAME_PARTY = Rule("same_party", (*IDENTIFIERS, *NAMES, *CONTACT, *COMPANY, *PLACE, *BIRTH), prior=6.5)
DEFAULT_RULES = RuleSet("default", (SAME_PARTY,))
