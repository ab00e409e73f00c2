"""The RPCs with which administrators define custom fields; every service answers for its own resources."""

import re
from uuid import UUID

from crm.ops.v1 import custom_field_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_kit.audit import note
from crm_kit.call import Call
from crm_kit.custom_fields import LIMIT, CustomField
from crm_kit.errors import AlreadyExists, InvalidArgument, NotFound, Violation
from crm_kit.mapping import mapped_resources
from crm_kit.tx import begin

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class CustomFieldService:
    """Definitions of the fields companies add for themselves."""

    def __init__(self, service: str) -> None:
        self._service = service

    async def ListCustomFields(self, request: pb.ListCustomFieldsRequest, call: Call) -> pb.ListCustomFieldsResponse:
        resources = [request.resource] if request.resource else sorted(mapped_resources())
        answer = pb.ListCustomFieldsResponse()
        for resource in resources:
            answer.custom_fields.extend([self._write(item) for item in await call.db.custom_fields.of(resource)])
        return answer

    async def CreateCustomField(self, request: pb.CreateCustomFieldRequest, call: Call) -> pb.CustomField:
        field = request.custom_field
        await self._check(field, call)
        kind = pb.CustomField.Type.Name(field.type)
        made = pb.CustomField()
        made.CopyFrom(field)
        try:
            async with begin(call) as tx:
                key = await call.db.custom_fields.add(
                    tx.session,
                    field.resource,
                    field.name,
                    kind,
                    label_en=field.label_en,
                    label_zh=field.label_zh,
                    required=field.required,
                    options=list(field.options),
                )
                made.id, made.service = str(key), self._service
                defined = {"defined": field.name, "type": kind, "required": field.required}
                note(tx, "configure", "custom_field", key, details={"resource": field.resource, **defined})
                tx.answer_with(made)
        except AlreadyExists as error:
            raise AlreadyExists(resource="custom field", field="name", value=field.name) from error
        call.db.custom_fields.forget()
        return made

    async def DeleteCustomField(self, request: pb.DeleteCustomFieldRequest, call: Call) -> Empty:
        try:
            key = UUID(request.id)
        except ValueError:
            raise NotFound(resource="custom field", id=request.id) from None
        async with begin(call) as tx:
            if not await call.db.custom_fields.hide(tx.session, key):
                raise NotFound(resource="custom field", id=request.id)
            note(tx, "configure", "custom_field", key, details={"hidden": True})
        call.db.custom_fields.forget()
        return Empty()

    async def _check(self, field: pb.CustomField, call: Call) -> None:
        wrong: list[Violation] = []
        known = ", ".join(sorted(mapped_resources()))
        if field.resource not in mapped_resources():
            wrong.append(Violation("resource", "UNKNOWN_RESOURCE", f"Choose one of {known}.", f"请选择：{known}。"))
        if not NAME.fullmatch(field.name):
            wrong.append(
                Violation(
                    "name",
                    "BAD_NAME",
                    "Use lower-case letters, digits and _, starting with a letter.",
                    "请使用小写字母、数字和下划线，并以字母开头。",
                )
            )
        if field.type not in pb.CustomField.Type.values() or field.type == pb.CustomField.TYPE_UNSPECIFIED:
            wrong.append(Violation("type", "REQUIRED", "Choose a type.", "请选择类型。"))
        if (field.type == pb.CustomField.TYPE_CHOICE) != bool(field.options):
            wrong.append(
                Violation(
                    "options",
                    "OPTIONS",
                    "A choice field, and only that, has options.",
                    "只有选项字段可以且必须有选项。",
                )
            )
        if len(await call.db.custom_fields.of(field.resource)) >= LIMIT:
            wrong.append(Violation("resource", "TOO_MANY", f"At most {LIMIT} fields.", f"最多 {LIMIT} 个字段。"))
        if wrong:
            raise InvalidArgument(wrong)

    def _write(self, item: CustomField) -> pb.CustomField:
        return pb.CustomField(
            id=str(item.id),
            service=self._service,
            resource=item.resource,
            name=item.name,
            type=pb.CustomField.Type.Value(item.type),
            label_en=item.label_en,
            label_zh=item.label_zh,
            required=item.required,
            options=item.options,
        )
