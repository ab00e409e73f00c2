"""crm.identity.v1.ApiKeyService."""

from typing import Any
from uuid import UUID

from crm.identity.v1 import api_key_pb2
from crm.identity.v1 import api_key_service_pb2 as pb

from crm_identity import mappings
from crm_identity.domain.api_key import ApiKey
from crm_identity.domain.contract import Contract
from crm_identity.usecases.api_keys import (
    create_api_key,
    revoke_api_key,
    rotate_api_key,
    update_api_key,
    uses_of,
)
from crm_kit.call import Call
from crm_kit.mapping import timestamp
from crm_kit.resource import Resource
from crm_kit.secret_box import SecretBox
from crm_kit.tx import begin

api_keys = Resource(
    mappings.api_key, filters=("name", "unit_id", "unit_path", "user_id", "rate_class", "expire_time", "create_time")
)


class ApiKeyService:
    """Keys with which partners' systems and command lines call the API."""

    def __init__(self, box: SecretBox, contract: Contract) -> None:
        self._box = box
        self._contract = contract

    async def GetApiKey(self, request: pb.GetApiKeyRequest, call: Call) -> api_key_pb2.ApiKey:
        return await with_uses(call, await api_keys.get(request, call))

    async def ListApiKeys(self, request: pb.ListApiKeysRequest, call: Call) -> pb.ListApiKeysResponse:
        page: pb.ListApiKeysResponse = await api_keys.page(request, call)
        asked = set(request.fields.paths)
        if not asked or asked & {"last_used_time", "last_used_address"}:
            await _fill_uses(call, list(page.api_keys))
        return page

    async def CreateApiKey(self, request: pb.CreateApiKeyRequest, call: Call) -> api_key_pb2.ApiKey:
        key = await api_keys.read(call, request.api_key)
        async with begin(call) as tx:
            secret = await create_api_key(tx, key, self._box, self._contract)
        return _shown_once(api_keys.write(key), secret)

    async def UpdateApiKey(self, request: pb.UpdateApiKeyRequest, call: Call) -> api_key_pb2.ApiKey:
        values = await api_keys.changes(call, request.api_key, request.update_mask.paths)
        async with begin(call) as tx:
            key = await tx.load(ApiKey, request.api_key.id, etag=request.api_key.etag)
            if api_keys.apply(key, values):
                await update_api_key(tx, key, self._contract)
        return await with_uses(call, api_keys.write(key))

    async def RotateApiKey(self, request: pb.RotateApiKeyRequest, call: Call) -> api_key_pb2.ApiKey:
        async with begin(call) as tx:
            key = await tx.load(ApiKey, request.id, etag=request.etag)
            secret = await rotate_api_key(tx, key, request.overlap_days, self._box)
        return _shown_once(await with_uses(call, api_keys.write(key)), secret)

    async def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, call: Call) -> api_key_pb2.ApiKey:
        async with begin(call) as tx:
            key = await tx.load(ApiKey, request.id, etag=request.etag)
            await revoke_api_key(tx, key, request.reason)
        return await with_uses(call, api_keys.write(key))


def _shown_once(message: api_key_pb2.ApiKey, secret: str) -> api_key_pb2.ApiKey:
    message.secret = secret
    return message


async def with_uses(call: Call, message: api_key_pb2.ApiKey) -> api_key_pb2.ApiKey:
    """The key with its last use, which is kept apart from it."""
    await _fill_uses(call, [message])
    return message


async def _fill_uses(call: Call, messages: list[Any]) -> None:
    uses = await uses_of(call, [UUID(message.id) for message in messages if message.id])
    for message in messages:
        if message.id and (use := uses.get(UUID(message.id))):
            message.last_used_time.CopyFrom(timestamp(use.last_used_time))
            message.last_used_address = use.last_used_address
