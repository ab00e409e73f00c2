"""The roles the platform ships, as a start: an administrator edits all but ``administrator``.

A grant is a permission or pattern with a scope: own < unit < subtree < all, counted from the holder's unit. Of several
grants the widest wins. Dealers see their own unit and below, never siblings or parents.
"""

from dataclasses import dataclass

from crm_identity.domain.field_rules import ADMINISTRATOR, RoleFacts
from crm_identity.domain.grants import Grants
from crm_identity.domain.module import TITLES
from crm_kit.principal import Scope

WORKING_A_LEAD = ("create", "update", "release", "qualify", "disqualify", "reopen", "convert")
"""What a seller does with leads; handing them to others is the manager's."""

WORKING_A_QUOTE = ("create", "update", "submit", "send", "accept", "decline", "revise", "withdraw")
WORKING_A_CONTRACT = ("create", "update", "submit", "send", "sign", "start", "fulfill")
"""What a seller does with papers; approving them and confirming money is another's."""

READING = ("get", "list")

SUBJECTS = ("leads.lead", "customers.contact", "customers.customer")
"""Records that are persons."""

EVERYBODY: Grants = (
    ("identity.access.explain", Scope.OWN),
    ("identity.api_key.*", Scope.OWN),
    ("identity.delegation.*", Scope.OWN),
    ("identity.notification.*", Scope.OWN),
    ("identity.preferences.*", Scope.OWN),
    ("identity.session.*", Scope.OWN),
    # Pages name colleagues and show the enterprise's own fields.
    *((f"identity.user.{action}", Scope.UNIT) for action in READING),
    ("ops.custom_field.list", Scope.ALL),
)
"""What every signed-in user may do, whatever the roles: about themselves, and what every page needs."""

KEY_HOLDERS: Grants = (("identity.session.get", Scope.OWN),)
"""What every API key may do: ask who it is."""

READING_TERRITORIES: Grants = tuple(
    (f"identity.{resource}.{action}", Scope.ALL) for resource in ("territory_model", "territory") for action in READING
)
"""Who works which part of the market is no secret to those who lead sales."""

LEADING: Grants = (
    *((f"identity.unit.{action}", Scope.SUBTREE) for action in (*READING, "create", "update", "delete")),
    *((f"identity.user.{action}", Scope.SUBTREE) for action in READING),
    *((f"identity.role.{action}", Scope.SUBTREE) for action in READING),
    ("identity.access.explain", Scope.SUBTREE),
    ("identity.delegation.*", Scope.SUBTREE),
    ("identity.position.*", Scope.SUBTREE),
    ("identity.preferences.*", Scope.SUBTREE),
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
            *((f"service_desk.*.{action}", Scope.SUBTREE) for action in READING),
            *((f"marketing.*.{action}", Scope.ALL) for action in READING),
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
            *((f"identity.{resource}.{action}", Scope.ALL) for resource in ("unit", "user") for action in READING),
            ("customers.territory_alignment.*", Scope.ALL),
            ("customers.customer.assign_territories", Scope.ALL),
            ("sales.opportunity.assign_territory", Scope.ALL),
            *((f"{module}.*.{action}", Scope.ALL) for module in ("customers", "sales") for action in READING),
            ("reporting.*", Scope.ALL),
        ),
    ),
    BuiltIn(
        "sales_rep",
        "Sales representative",
        "销售",
        (
            *((f"leads.*.{action}", Scope.OWN) for action in READING),
            *((f"leads.lead.{action}", Scope.OWN) for action in WORKING_A_LEAD),
            # Of the whole unit, so that a lead a colleague was faster to take is "already claimed" and not unknown.
            ("leads.lead.claim", Scope.UNIT),
            ("leads.touch.*", Scope.OWN),
            ("leads.lead_import.*", Scope.OWN),
            *((f"leads.pool.{action}", Scope.UNIT) for action in READING),
            ("customers.*", Scope.OWN),
            *((f"sales.*.{action}", Scope.OWN) for action in READING),
            ("sales.opportunity.*", Scope.OWN),
            *((f"sales.quote.{action}", Scope.OWN) for action in WORKING_A_QUOTE),
            *((f"sales.contract.{action}", Scope.OWN) for action in WORKING_A_CONTRACT),
            ("sales.receipt.create", Scope.OWN),
            ("sales.receipt.update", Scope.OWN),
            *(
                (f"sales.{master}.{action}", Scope.ALL)
                for master in ("product", "pipeline", "competitor")
                for action in READING
            ),
            ("sales.competitor.create", Scope.ALL),
            ("service_desk.ticket.*", Scope.OWN),
            ("service_desk.article.*", Scope.OWN),
            *((f"marketing.campaign.{action}", Scope.ALL) for action in READING),
            ("reporting.*", Scope.OWN),
        ),
    ),
    BuiltIn(
        "service_agent",
        "Service agent",
        "客服",
        (
            ("service_desk.*", Scope.UNIT),
            *((f"customers.*.{action}", Scope.SUBTREE) for action in READING),
            ("customers.follow_up.*", Scope.SUBTREE),
            *((f"identity.user.{action}", Scope.SUBTREE) for action in READING),
            ("reporting.*", Scope.UNIT),
        ),
    ),
    BuiltIn(
        "marketer",
        "Marketer",
        "市场",
        (
            ("marketing.*", Scope.ALL),
            *((f"leads.*.{action}", Scope.SUBTREE) for action in READING),
            ("leads.lead.create", Scope.SUBTREE),
            ("leads.lead_import.*", Scope.SUBTREE),
            *((f"customers.*.{action}", Scope.SUBTREE) for action in READING),
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
            *((f"{module}.*.{action}", Scope.SUBTREE) for module in TITLES for action in READING),
            *((f"identity.{resource}.{action}", Scope.SUBTREE) for resource in ("unit", "user") for action in READING),
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
            *((f"sales.*.{action}", Scope.SUBTREE) for action in READING),
            ("service_desk.ticket.*", Scope.SUBTREE),
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
            *((f"{resource}.{action}", Scope.ALL) for resource in SUBJECTS for action in READING),
            ("customers.consent.list", Scope.ALL),
        ),
    ),
)

BREAK_GLASS = RoleFacts(ADMINISTRATOR, BUILT_IN[0].grants)
"""What administrators may do, whatever is stored: no change of roles or modules can lock them out."""
