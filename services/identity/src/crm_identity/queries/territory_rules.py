"""What the rule of a territory may ask of a customer: what is told of a change, never what passes by itself."""

from collections.abc import Iterator

from crm.customers.v1 import customer_pb2
from google.protobuf.descriptor import FieldDescriptor

from crm_kit.field_rules import unreadable
from crm_kit.filtering import Field, Fields, FieldType, predicate
from crm_kit.principal import Principal

ASKED = (
    "type",
    "name",
    "industry",
    "headcount",
    "source",
    "kind",
    "value_rating",
    "credit_rating",
    "relationship_level",
    "phase",
    "country_code",
    "province",
    "city",
    "postal_code",
    "tags",
    "owner_id",
    "unit_path",
    "parent_id",
    "ancestor_ids",
)


def check_rule(rule: str, author: Principal) -> None:
    """InvalidArgument, naming ``rule``, unless it is a condition over fields of a customer; FieldUnreadable for fields the
    author does not see, because counts of a preview would tell of them.
    """
    hidden = unreadable(author.field_rules, customer_pb2.Customer.DESCRIPTOR, FIELDS)
    predicate(rule, FIELDS, unreadable=hidden, argument="rule")


def _fields() -> Iterator[Field]:
    for name in ASKED:
        field = customer_pb2.Customer.DESCRIPTOR.fields_by_name[name]
        enum = tuple(value.name for value in field.enum_type.values[1:]) if field.enum_type else ()
        yield Field(name, _type_of(field), enum=enum, multi=bool(field.is_repeated))


def _type_of(field: FieldDescriptor) -> FieldType:
    if field.enum_type is not None:
        return FieldType.ENUM
    if field.cpp_type == FieldDescriptor.CPPTYPE_INT32:
        return FieldType.INTEGER
    return FieldType.UUID if field.name.endswith(("_id", "_ids")) else FieldType.TEXT


FIELDS = Fields(_fields())
