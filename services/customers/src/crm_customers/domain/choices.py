"""The codes that customers, contacts and follow-ups are classified by (C6–C9, C16, C20)."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm_kit.errors import Violation

RATINGS = ("high", "medium", "low")
GENDERS = ("female", "male", "other")
KINDS = ("prospect", "ordinary", "vip", "agent", "partner", "lapsed")
RELATIONSHIP_LEVELS = ("close", "good", "average", "poor")
CLASSIFICATIONS = ("very_important", "important", "ordinary", "unimportant", "lapsed")
"""In this order a main contact is followed by another."""
CONTACT_KINDS = ("call", "email", "sms", "visit", "chat", "social", "meeting", "other")
DIRECTIONS = ("inbound", "outbound")

CUSTOMER_CHOICES = {
    "kind": KINDS,
    "value_rating": RATINGS,
    "credit_rating": RATINGS,
    "relationship_level": RELATIONSHIP_LEVELS,
    "gender": GENDERS,
}
CONTACT_CHOICES = {"gender": GENDERS, "classification": CLASSIFICATIONS}
FOLLOW_UP_CHOICES = {"kind": CONTACT_KINDS, "direction": DIRECTIONS}


def wrong_choices(record: Any, choices: Mapping[str, Sequence[str]]) -> list[Violation]:
    """What is wrong with the coded fields of a record; blank is always allowed here."""
    return [
        Violation(field, "UNKNOWN_VALUE", f"Choose one of {', '.join(codes)}.", f"请选择：{'、'.join(codes)}。")
        for field, codes in choices.items()
        if getattr(record, field) and getattr(record, field) not in codes
    ]
