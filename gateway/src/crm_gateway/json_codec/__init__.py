"""Protobuf messages to JSON and back, as fast as Python allows and equal to ``google.protobuf.json_format``.

Output keeps the field names of the contract (``owner_id``) and shows every field without presence, so that partners see
stable shapes; absent messages are left out. Input takes both spellings (``owner_id``, ``ownerId``). Refused input is a
list of violations with precise paths, never an exception.
"""

from crm_gateway.json_codec.decode import read_fields, read_scalar
from crm_gateway.json_codec.encode import to_json, to_object

__all__ = ["read_fields", "read_scalar", "to_json", "to_object"]
