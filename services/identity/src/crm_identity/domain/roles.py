"""What each role may do, and how far it reaches.

A grant is a permission or pattern with a scope: own < unit < subtree < all, counted from the user's unit. Of several
grants the widest wins. Dealers see their own unit and below, never siblings or parents.
"""

from crm_kit.principal import Scope

WORKING_A_LEAD = ("create", "update", "release", "qualify", "disqualify", "reopen", "convert")
"""What a seller does with leads; handing them to others is the manager's."""

WORKING_A_QUOTE = ("create", "update", "submit", "send", "accept", "decline", "revise", "withdraw")
WORKING_A_CONTRACT = ("create", "update", "submit", "send", "sign", "start", "fulfill")
"""What a seller does with papers; approving them and confirming money is another's."""

ROLES: dict[str, tuple[tuple[str, Scope], ...]] = {
    "administrator": (("*", Scope.ALL),),
    "sales_manager": (
        ("leads.*", Scope.SUBTREE),
        ("customers.*", Scope.SUBTREE),
        ("sales.*", Scope.SUBTREE),
        ("service_desk.*.get", Scope.SUBTREE),
        ("service_desk.*.list", Scope.SUBTREE),
        ("marketing.*.get", Scope.ALL),
        ("marketing.*.list", Scope.ALL),
        ("reporting.*", Scope.SUBTREE),
        ("identity.user.list", Scope.SUBTREE),
        ("identity.user.get", Scope.SUBTREE),
        ("identity.unit.*", Scope.SUBTREE),
    ),
    "sales_rep": (
        ("leads.*.get", Scope.OWN),
        ("leads.*.list", Scope.OWN),
        *((f"leads.lead.{action}", Scope.OWN) for action in WORKING_A_LEAD),
        # Of the whole unit, so that a lead a colleague was faster to take is "already claimed" and not unknown.
        ("leads.lead.claim", Scope.UNIT),
        ("leads.touch.*", Scope.OWN),
        ("leads.lead_import.*", Scope.OWN),
        ("leads.pool.get", Scope.UNIT),
        ("leads.pool.list", Scope.UNIT),
        ("customers.*", Scope.OWN),
        ("sales.*.get", Scope.OWN),
        ("sales.*.list", Scope.OWN),
        ("sales.opportunity.*", Scope.OWN),
        *((f"sales.quote.{action}", Scope.OWN) for action in WORKING_A_QUOTE),
        *((f"sales.contract.{action}", Scope.OWN) for action in WORKING_A_CONTRACT),
        ("sales.receipt.create", Scope.OWN),
        ("sales.receipt.update", Scope.OWN),
        *(
            (f"sales.{master}.{action}", Scope.ALL)
            for master in ("product", "pipeline", "competitor")
            for action in ("get", "list")
        ),
        ("sales.competitor.create", Scope.ALL),
        ("service_desk.ticket.*", Scope.OWN),
        ("service_desk.article.*", Scope.OWN),
        ("marketing.campaign.get", Scope.ALL),
        ("marketing.campaign.list", Scope.ALL),
        ("reporting.*", Scope.OWN),
    ),
    "service_agent": (
        ("service_desk.*", Scope.UNIT),
        ("customers.*.get", Scope.SUBTREE),
        ("customers.*.list", Scope.SUBTREE),
        ("customers.follow_up.*", Scope.SUBTREE),
        ("reporting.*", Scope.UNIT),
    ),
    "marketer": (
        ("marketing.*", Scope.ALL),
        ("leads.*.get", Scope.SUBTREE),
        ("leads.*.list", Scope.SUBTREE),
        ("leads.lead.create", Scope.SUBTREE),
        ("leads.lead_import.*", Scope.SUBTREE),
        ("customers.*.get", Scope.SUBTREE),
        ("customers.*.list", Scope.SUBTREE),
        ("reporting.*", Scope.SUBTREE),
    ),
    "analyst": (
        ("reporting.*", Scope.ALL),
        ("*.get", Scope.SUBTREE),
        ("*.list", Scope.SUBTREE),
    ),
    "dealer": (
        ("leads.*", Scope.SUBTREE),
        ("customers.*", Scope.SUBTREE),
        ("sales.opportunity.*", Scope.SUBTREE),
        ("sales.quote.*", Scope.SUBTREE),
        ("sales.*.get", Scope.SUBTREE),
        ("sales.*.list", Scope.SUBTREE),
        ("service_desk.ticket.*", Scope.SUBTREE),
        ("reporting.*", Scope.SUBTREE),
    ),
}

EVERYONE: tuple[tuple[str, Scope], ...] = (("identity.session.*", Scope.OWN),)
"""What every signed-in user may do about themselves."""


def grants_of(roles: list[str]) -> tuple[tuple[str, Scope], ...]:
    """The union of the roles' grants, the widest scope per pattern."""
    widest: dict[str, Scope] = dict(EVERYONE)
    for role in roles:
        for pattern, scope in ROLES.get(role, ()):
            widest[pattern] = max(scope, widest.get(pattern, Scope.NONE))
    return tuple(sorted(widest.items()))
