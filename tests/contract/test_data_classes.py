"""What names or reaches a person is marked as personal, because masking, encryption and erasure go by it."""

import re
from typing import Any

import pytest
from crm.type.v1.options_pb2 import DATA_CLASS_PERSONAL, DATA_CLASS_PUBLIC, DATA_CLASS_SENSITIVE

from .contract import data_class, kept_messages, stored_messages

PERSONAL = re.compile(
    r"(^|_)(phone|phones|mobile|telephone|fax|email|emails|e_mail|address|birth|birthday|birth_date|birth_month"
    r"|birth_day|wechat|open_id|passport|gender|first_name|last_name|full_name|display_name|person_name"
    r"|contact_name|caller|signer_name|recipient)($|_)"
)
SENSITIVE = re.compile(r"(^|_)(password|identity_number|id_number|bank_account|health)($|_)")
PERSONS = {"Lead", "Contact", "Customer", "User", "Member", "Ticket"}
"""Resources that may be a person, so that their plain ``name`` is a person's too."""
NOT_A_PERSON = {
    # Counts, codes and switches about such fields, not the fields.
    re.compile(r"_(count|verified|state|reason|time|id|ids|required|template|domain)$"),
    re.compile(r"^(field|ip)_address$"),
}


def is_about_a_person(message: Any, field: Any) -> bool:
    if any(pattern.search(field.name) for pattern in NOT_A_PERSON):
        return False
    if field.name == "name" and message.name in PERSONS - {"Ticket"}:
        return True
    return bool(PERSONAL.search(field.name)) and field.cpp_type == field.CPPTYPE_STRING


@pytest.mark.parametrize("message", stored_messages(), ids=lambda message: message.full_name)
def test_what_names_or_reaches_a_person_is_personal(message: Any) -> None:
    unmarked = [
        field.name
        for field in message.fields
        if is_about_a_person(message, field) and data_class(field) < DATA_CLASS_PERSONAL
    ]
    assert unmarked == []


@pytest.mark.parametrize("message", stored_messages(), ids=lambda message: message.full_name)
def test_what_harms_a_person_is_sensitive(message: Any) -> None:
    found = [field for field in message.fields if SENSITIVE.search(field.name)]
    assert [field.name for field in found if data_class(field) != DATA_CLASS_SENSITIVE] == []


@pytest.mark.parametrize("message", stored_messages(), ids=lambda message: message.full_name)
def test_what_belongs_to_somebody_is_not_public(message: Any) -> None:
    if "owner_id" not in message.fields_by_name:
        return
    assert [field.name for field in message.fields if data_class(field) == DATA_CLASS_PUBLIC] == []


PLAIN = {"id", "etag"}
"""A key and a version: they say nothing by themselves, like every ``…_id``."""
TYPED = {
    # The type says that these are times and amounts, and those of business.
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
    "crm.type.v1.Money",
}
COMPOSED = ("crm.views.", "crm.type.")
"""Answers put together from stored messages that are classified where they come from."""


def holds_words(field: Any) -> bool:
    """Whether anything may stand in the field, so that only a person can tell how personal it is."""
    if field.name in PLAIN or field.name.endswith(("_id", "_ids")):
        return False
    if field.message_type is not None:
        return field.message_type.full_name not in TYPED
    return field.type in {field.TYPE_STRING, field.TYPE_BYTES}


@pytest.mark.parametrize("message", kept_messages(), ids=lambda message: message.full_name)
def test_every_field_that_holds_words_says_how_personal_it_is(message: Any) -> None:
    if message.full_name.startswith(COMPOSED) or message.GetOptions().map_entry:
        return
    unclassified = [field.name for field in message.fields if holds_words(field) and not data_class(field)]
    assert unclassified == [], "give each a (crm.type.v1.data_class); docs/privacy.md says which"
