"""Arguments of RPCs that are no fields of a record."""

from uuid import UUID

from crm_kit.errors import InvalidArgument


def reference(field: str, value: str) -> UUID | None:
    """The record named in a field; nothing when it is empty."""
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise InvalidArgument.of(
            field, "NOT_A_UUID", f"{value[:60]!r} is not a UUID.", f"“{value[:60]}”不是一个 UUID。"
        ) from None


def required(field: str, value: str) -> UUID:
    """The record that must be named in a field."""
    found = reference(field, value)
    if found is None:
        raise InvalidArgument.of(field, "REQUIRED", f"Give a value for {field}.", f"请填写 {field}。")
    return found
