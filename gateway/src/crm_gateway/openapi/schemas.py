"""JSON Schemas of the contract's messages and enums, collected as components while they are referred to."""

import re
from typing import Any

from google.api import field_behavior_pb2 as behavior
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from crm_gateway.contract import behaviors

Schema = dict[str, Any]

_EXAMPLE = re.compile(r"for example `([^`]+)`", re.IGNORECASE)
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number", "format": "float"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_SINT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_SFIXED32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "minimum": 0},
    FieldDescriptor.TYPE_FIXED32: {"type": "integer", "minimum": 0},
}
# 64 bits do not fit a JSON number everywhere, so they travel as text.
_INT64: Schema = {"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"}
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Any": {"type": "object", "additionalProperties": True},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$", "examples": ["1.5s"]},
    "google.protobuf.Empty": {"type": "object"},
    "google.protobuf.FieldMask": {"type": "string", "description": "Field names separated by commas."},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Value": {},
}
_WRAPPER_FILE = "google/protobuf/wrappers.proto"


class Schemas:
    """Schemas by component name; asking for one adds it and all it refers to."""

    def __init__(self, comments: dict[str, str]) -> None:
        self._comments = comments
        self.components: dict[str, Schema] = {}

    def message(self, message: Descriptor, *, partial: bool = False) -> Schema:
        """Reference to the message; ``partial`` for the one whose fields may all be left out, as updates take it."""
        known = _WELL_KNOWN.get(message.full_name)
        if known is not None:
            return dict(known)
        if message.file.name == _WRAPPER_FILE:
            inner = self._scalar(message.fields_by_name["value"])
            return {**inner, "type": [inner["type"], "null"]}
        required = [field.name for field in message.fields if behavior.REQUIRED in behaviors(field)]
        name = component_name(message.full_name) + ("Changes" if partial and required else "")
        if name not in self.components:
            schema: Schema = {"type": "object"}
            self.components[name] = schema
            if message.full_name in self._comments:
                schema["description"] = self._comments[message.full_name]
            schema["properties"] = {field.name: self.field(field) for field in message.fields}
            if required and not partial:
                schema["required"] = required
        return {"$ref": f"#/components/schemas/{name}"}

    def remainder(self, message: Descriptor, taken: set[str]) -> Schema:
        """The fields of a request that its path leaves to the body."""
        fields = [field for field in message.fields if field.name not in taken]
        schema: Schema = {"type": "object", "properties": {field.name: self.field(field) for field in fields}}
        required = [field.name for field in fields if behavior.REQUIRED in behaviors(field)]
        return schema | {"required": required} if required else schema

    def field(self, field: FieldDescriptor) -> Schema:
        """Schema of a field's value with its comment, its example and who writes it."""
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            schema: Schema = {"type": "object", "additionalProperties": self._scalar(kind.fields_by_name["value"])}
        elif field.is_repeated:
            schema = {"type": "array", "items": self._scalar(field)}
        else:
            schema = self._scalar(field)
        comment = self._comments.get(field.full_name)
        if comment:
            schema["description"] = comment
            example = _EXAMPLE.search(comment)
            if example and schema.get("type") == "string":
                schema["examples"] = [example[1]]
        marks = behaviors(field)
        if behavior.OUTPUT_ONLY in marks:
            schema["readOnly"] = True
        if behavior.INPUT_ONLY in marks:
            schema["writeOnly"] = True
        return schema

    def example(self, message: Descriptor) -> Schema:
        """An instance made of the examples in the comments of the writable fields."""
        found: Schema = {}
        for field in message.fields:
            schema = self.field(field)
            if "examples" in schema and not schema.get("readOnly"):
                found[field.name] = schema["examples"][0]
        return found

    def _scalar(self, field: FieldDescriptor) -> Schema:
        if field.message_type is not None:
            return self.message(field.message_type)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        return dict(_SCALARS.get(field.type, _INT64))

    def _enum(self, enum: EnumDescriptor) -> Schema:
        name = component_name(enum.full_name)
        if name not in self.components:
            values = {value.name: self._comments.get(f"{enum.full_name}.{value.name}", "") for value in enum.values}
            lines = [f"- `{value}`: {comment}" for value, comment in values.items()]
            self.components[name] = {
                "type": "string",
                "description": "\n".join([self._comments.get(enum.full_name, ""), "", *lines]).strip(),
                "enum": list(values),
                "x-enum-descriptions": list(values.values()),
            }
        return {"$ref": f"#/components/schemas/{name}"}


def component_name(full_name: str) -> str:
    """``crm.leads.v1.Lead.State`` is ``leads.Lead.State``."""
    parts = full_name.split(".")
    return ".".join([parts[1], *parts[3:]]) if parts[0] == "crm" else full_name
