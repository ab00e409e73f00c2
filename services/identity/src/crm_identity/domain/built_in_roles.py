"""The roles the platform ships, as a start: an administrator edits all but ``administrator``.

A grant is a permission or pattern with a scope: own < unit < subtree < all, counted from the holder's unit. Of several
grants the widest wins. Dealers see their own unit and below, never siblings or parents.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from crm_identity.domain.field_rules import ADMINISTRATOR, RoleFacts
from crm_identity.domain.grants import Grants
from crm_identity.domain.module import TITLES
from crm_kit.principal import Scope

WORKING_A_LEAD = ("create", "update", "release", "qualify", "disqualify", "reopen", "convert", "merge")
"""What a seller does with leads; handing them to others is the manager's."""

WORKING_A_QUOTE = ("create", "update", "submit", "send", "accept", "decline", "revise", "withdraw")
WORKING_A_CONTRACT = ("create", "update", "submit", "send", "sign", "start", "fulfill")
"""What a seller does with papers; approving them and confirming money is another's."""

READING = ("get", "list")

SUBJECTS = ("leads.lead", "customers.contact", "customers.customer")
"""Records that are persons."""


def actions(names: Sequence[str], scope: Scope, *resources: str) -> Grants:
    """These actions of these resources, all in one scope."""
    return tuple((f"{resource}.{name}", scope) for resource in resources for name in names)


EVERYBODY: Grants = (
    ("identity.access.explain", Scope.OWN),
    ("identity.api_key.*", Scope.OWN),
    ("identity.delegation.*", Scope.OWN),
    ("identity.notification.*", Scope.OWN),
    ("identity.preferences.*", Scope.OWN),
    ("identity.saved_view.*", Scope.OWN),
    ("identity.session.*", Scope.OWN),
    # Pages name colleagues and show the enterprise's own fields.
    *actions(READING, Scope.UNIT, "identity.user"),
    ("ops.custom_field.list", Scope.ALL),
    # What it may do to each record, the verb's own permission says.
    ("ops.bulk_change.*", Scope.OWN),
)
"""What every signed-in user may do, whatever the roles: about themselves, and what every page needs."""

KEY_HOLDERS: Grants = (("identity.session.get", Scope.OWN),)
"""What every API key may do: ask who it is."""

READING_TERRITORIES: Grants = actions(READING, Scope.ALL, "identity.territory_model", "identity.territory")
"""Who works which part of the market is no secret to those who lead sales."""

READING_KNOWLEDGE: Grants = (
    *actions(READING, Scope.ALL, "service_desk.knowledge_version"),
    *actions(READING, Scope.OWN, "service_desk.knowledge_article"),
)
"""What the house knows, also that which is meant for our own people alone: they may read articles as they are kept."""

LEADING: Grants = (
    *actions((*READING, "create", "update", "delete"), Scope.SUBTREE, "identity.unit"),
    *actions(READING, Scope.SUBTREE, "identity.user"),
    *actions(READING, Scope.SUBTREE, "identity.role"),
    ("identity.access.explain", Scope.SUBTREE),
    ("identity.delegation.*", Scope.SUBTREE),
    ("identity.position.*", Scope.SUBTREE),
    ("identity.preferences.*", Scope.SUBTREE),
    ("identity.saved_view.*", Scope.SUBTREE),
    ("identity.team.*", Scope.SUBTREE),
    ("identity.transfer.*", Scope.SUBTREE),
    ("ops.record_access.explain", Scope.SUBTREE),
    ("ops.share.*", Scope.SUBTREE),
)
"""What a manager does about the people and records of the subtree."""


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A role as shipped."""

    code: str
    title_en: str
    title_zh: str
    grants: Grants


BUILT_IN: tuple[BuiltIn, ...] = (
    BuiltIn(ADMINISTRATOR, "Administrator", "管理员", (("*", Scope.ALL),)),
    BuiltIn(
        "sales_manager",
        "Sales manager",
        "销售经理",
        (
            ("leads.*", Scope.SUBTREE),
            ("customers.*", Scope.SUBTREE),
            ("sales.*", Scope.SUBTREE),
            *actions(READING, Scope.SUBTREE, "service_desk.*"),
            *actions(READING, Scope.ALL, "marketing.*"),
            ("reporting.*", Scope.SUBTREE),
            *READING_TERRITORIES,
            *LEADING,
        ),
    ),
    BuiltIn(
        "sales_operations",
        "Sales operations",
        "销售运营",
        (
            ("identity.territory_model.*", Scope.ALL),
            ("identity.territory.*", Scope.ALL),
            ("identity.saved_view.*", Scope.ALL),
            *actions(READING, Scope.ALL, "identity.unit", "identity.user"),
            ("customers.territory_alignment.*", Scope.ALL),
            ("customers.customer.assign_territories", Scope.ALL),
            ("sales.opportunity.assign_territory", Scope.ALL),
            # Not everything of customers: what persons ask about their data is the privacy officer's.
            *actions(READING, Scope.ALL, "customers.customer", "customers.contact", "sales.*"),
            *actions(("list",), Scope.ALL, "customers.consent", "customers.follow_up", "customers.timeline"),
            ("reporting.*", Scope.ALL),
        ),
    ),
    BuiltIn(
        "sales_rep",
        "Sales representative",
        "销售",
        (
            *actions(READING, Scope.OWN, "leads.*"),
            *actions(WORKING_A_LEAD, Scope.OWN, "leads.lead"),
            # Of the whole unit, so that a lead a colleague was faster to take is "already claimed" and not unknown.
            ("leads.lead.claim", Scope.UNIT),
            ("leads.touch.*", Scope.OWN),
            ("leads.lead_import.*", Scope.OWN),
            *actions(READING, Scope.UNIT, "leads.pool"),
            ("customers.*", Scope.OWN),
            *actions(READING, Scope.OWN, "sales.*"),
            ("sales.opportunity.*", Scope.OWN),
            ("sales.task.*", Scope.OWN),
            *actions(WORKING_A_QUOTE, Scope.OWN, "sales.quote"),
            *actions(WORKING_A_CONTRACT, Scope.OWN, "sales.contract"),
            ("sales.receipt.create", Scope.OWN),
            ("sales.receipt.update", Scope.OWN),
            *actions(READING, Scope.ALL, "sales.product", "sales.pipeline", "sales.competitor"),
            ("sales.competitor.create", Scope.ALL),
            # Customers and deals name the territories they lie in; the plans themselves are for those who lead.
            *actions(READING, Scope.ALL, "identity.territory"),
            ("service_desk.ticket.*", Scope.OWN),
            ("service_desk.article.*", Scope.OWN),
            *READING_KNOWLEDGE,
            *actions(READING, Scope.ALL, "marketing.campaign"),
            ("reporting.*", Scope.OWN),
        ),
    ),
    BuiltIn(
        "service_agent",
        "Service agent",
        "客服",
        (
            ("service_desk.*", Scope.UNIT),
            *actions(READING, Scope.SUBTREE, "customers.*"),
            ("customers.follow_up.*", Scope.SUBTREE),
            ("sales.task.*", Scope.OWN),
            *actions(READING, Scope.SUBTREE, "identity.user"),
            ("reporting.*", Scope.UNIT),
        ),
    ),
    BuiltIn(
        "marketer",
        "Marketer",
        "市场",
        (
            ("marketing.*", Scope.ALL),
            ("sales.task.*", Scope.OWN),
            *actions(READING, Scope.SUBTREE, "leads.*"),
            ("leads.lead.create", Scope.SUBTREE),
            ("leads.lead_import.*", Scope.SUBTREE),
            ("leads.web_form.*", Scope.SUBTREE),
            *actions(READING, Scope.SUBTREE, "customers.*"),
            *READING_KNOWLEDGE,
            ("reporting.*", Scope.SUBTREE),
        ),
    ),
    BuiltIn(
        "analyst",
        "Analyst",
        "分析员",
        (
            ("reporting.*", Scope.ALL),
            # Not `*.get`: other people's sessions, keys and audits are no figures.
            *actions(READING, Scope.SUBTREE, *(f"{module}.*" for module in TITLES)),
            *actions(READING, Scope.SUBTREE, "identity.unit", "identity.user"),
        ),
    ),
    BuiltIn(
        "dealer",
        "Dealer",
        "经销商",
        (
            ("leads.*", Scope.SUBTREE),
            ("customers.*", Scope.SUBTREE),
            ("sales.opportunity.*", Scope.SUBTREE),
            ("sales.quote.*", Scope.SUBTREE),
            ("sales.task.*", Scope.SUBTREE),
            *actions(READING, Scope.SUBTREE, "sales.*"),
            ("service_desk.ticket.*", Scope.SUBTREE),
            # Only what is meant for the public and for customers.
            *actions(READING, Scope.ALL, "service_desk.knowledge_version"),
            ("reporting.*", Scope.SUBTREE),
        ),
    ),
    BuiltIn(
        "privacy_officer",
        "Privacy officer",
        "个人信息保护专员",
        (
            ("customers.subject_request.*", Scope.ALL),
            ("customers.legal_hold.*", Scope.ALL),
            # To recognise the person, and to see that nothing is left.
            *actions(READING, Scope.ALL, *SUBJECTS),
            ("customers.consent.list", Scope.ALL),
        ),
    ),
)

BREAK_GLASS = RoleFacts(ADMINISTRATOR, BUILT_IN[0].grants)
"""What administrators may do, whatever is stored: no change of roles or modules can lock them out."""
