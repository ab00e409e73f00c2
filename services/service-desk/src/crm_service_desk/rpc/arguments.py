"""What custom methods check of their requests before anything else."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from crm_kit.errors import InvalidArgument, Violation
from crm_kit.fieldtypes import TEXT_LIMIT


def check_texts(request: Message, *required: str) -> None:
    """Raises InvalidArgument for each required text that is blank and each text that cannot be stored."""
    faults = []
    for field in request.DESCRIPTOR.fields:
        if field.cpp_type != FieldDescriptor.CPPTYPE_STRING or field.is_repeated:
            continue
        text = getattr(request, field.name)
        if field.name in required and not text.strip():
            faults.append(
                Violation(field.name, "REQUIRED", f"Give a value for {field.name}.", f"请填写 {field.name}。")
            )
        if len(text) > TEXT_LIMIT:
            en, zh = f"At most {TEXT_LIMIT} characters.", f"最多 {TEXT_LIMIT} 个字符。"
            faults.append(Violation(field.name, "TOO_LONG", en, zh))
        if "\x00" in text:
            faults.append(Violation(field.name, "NUL_CHARACTER", "Remove the NUL character.", "请删除空字符（NUL）。"))
    if faults:
        raise InvalidArgument(faults)


def user_id(field: str, text: str) -> UUID:
    """The id of a user; InvalidArgument when it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidArgument.of(field, "NOT_A_UUID", "Name the user by id.", "请用用户 ID 指定。") from None


def version_ids(field: str, texts: Sequence[str]) -> list[UUID]:
    """The ids of versions; InvalidArgument names each that is none."""
    faults, found = [], []
    for at, text in enumerate(texts):
        try:
            found.append(UUID(text))
        except ValueError:
            faults.append(
                Violation(f"{field}[{at}]", "NOT_A_UUID", "Name the article's version by id.", "请用版本 ID 指定文章。")
            )
    if faults:
        raise InvalidArgument(faults)
    return found


def instant_of(request: Message, field: str) -> datetime | None:
    """The instant a request gives; None when it gives none."""
    if not request.HasField(field):
        return None
    given: Timestamp = getattr(request, field)
    return given.ToDatetime(tzinfo=UTC)
