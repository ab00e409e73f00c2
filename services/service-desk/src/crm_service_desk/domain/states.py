"""The states of a ticket by what they mean; rules read these groups, never single names."""

NEW = "NEW"
OPEN = "OPEN"
PENDING_CUSTOMER = "PENDING_CUSTOMER"
PENDING_THIRD_PARTY = "PENDING_THIRD_PARTY"
ON_HOLD = "ON_HOLD"
RESOLVED = "RESOLVED"
CLOSED = "CLOSED"
CANCELLED = "CANCELLED"

WAITING = frozenset({PENDING_CUSTOMER, PENDING_THIRD_PARTY, ON_HOLD})
"""Nobody can go on right now; the only states a policy may let pause the resolution clock."""

UNSOLVED = WAITING | {NEW, OPEN}
SOLVED = frozenset({RESOLVED, CLOSED})
OVER = frozenset({CLOSED, CANCELLED})

PAUSES_BY_DEFAULT = frozenset({PENDING_CUSTOMER, ON_HOLD})
"""Where the resolution clock stands still unless the policy names other states."""
