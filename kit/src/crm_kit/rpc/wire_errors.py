"""How a refusal travels: a gRPC status with the standard ``google.rpc`` details, and back."""

from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2, status_pb2

from crm_kit.errors import Error

DETAILS = "grpc-status-details-bin"
DOMAIN = "crm"
FACT_LIMIT, TEXT_LIMIT, FIELDS_LIMIT = 200, 500, 3000
"""Characters of one fact, characters of a text, bytes of refused fields: trailers above 8 KiB in all are refused."""


def trailers(error: Error, language: str) -> tuple[tuple[str, bytes | str], ...]:
    """Trailing metadata that say why, for a program (reason, facts, fields) and for a person (in their language)."""
    facts = {name: value[:FACT_LIMIT] for name, value in error.metadata.items()}
    text = error.text(language)[:TEXT_LIMIT]
    status = status_pb2.Status(code=error.status.value[0], message=text[:FACT_LIMIT])
    details = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=facts),
        error_details_pb2.LocalizedMessage(locale=language, message=text),
    ]
    if error.violations:
        bad = error_details_pb2.BadRequest()
        for violation in error.violations:
            item = bad.FieldViolation(
                field=violation.field[:FACT_LIMIT],
                reason=violation.reason,
                description=violation.text(language)[:TEXT_LIMIT],
            )
            if bad.ByteSize() + item.ByteSize() > FIELDS_LIMIT:
                break
            bad.field_violations.append(item)
        details.append(bad)
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    return ((DETAILS, status.SerializeToString()),)


def reason_of(trailing: object) -> str:
    """The reason code in the trailers of a failed call; empty when the failure was not one of ours."""
    for key, value in trailing or ():  # type: ignore[attr-defined]
        if key == DETAILS:
            status = status_pb2.Status.FromString(value)
            for packed in status.details:
                info = error_details_pb2.ErrorInfo()
                if packed.Unpack(info):
                    return str(info.reason)
    return ""
