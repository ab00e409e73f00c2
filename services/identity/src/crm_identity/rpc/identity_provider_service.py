"""crm.identity.v1.IdentityProviderService."""

from crm.identity.v1 import identity_provider_pb2
from crm.identity.v1 import identity_provider_service_pb2 as pb
from google.protobuf.empty_pb2 import Empty

from crm_identity import mappings
from crm_identity.domain.identity_provider import IdentityProvider
from crm_identity.usecases.manage_identity_providers import (
    create_identity_provider,
    delete_identity_provider,
    update_identity_provider,
)
from crm_kit.call import Call
from crm_kit.resource import Resource
from crm_kit.secret_box import SecretBox
from crm_kit.tx import begin

identity_providers = Resource(
    mappings.identity_provider, filters=("code", "name", "issuer", "provision", "disabled", "create_time")
)
SECRET = "client_secret"  # noqa: S105 - the name of a field


class IdentityProviderService:
    """Where people sign in with the account of their company."""

    GetIdentityProvider = identity_providers.get
    ListIdentityProviders = identity_providers.list

    def __init__(self, box: SecretBox) -> None:
        self._box = box

    async def CreateIdentityProvider(
        self, request: pb.CreateIdentityProviderRequest, call: Call
    ) -> identity_provider_pb2.IdentityProvider:
        provider = await identity_providers.read(call, request.identity_provider)
        async with begin(call) as tx:
            await create_identity_provider(tx, provider, request.identity_provider.client_secret, self._box)
        return identity_providers.write(provider)

    async def UpdateIdentityProvider(
        self, request: pb.UpdateIdentityProviderRequest, call: Call
    ) -> identity_provider_pb2.IdentityProvider:
        message, asked = request.identity_provider, list(request.update_mask.paths)
        named = SECRET in asked or (not asked and bool(message.client_secret))
        paths = [path for path in asked if path != SECRET]
        if not asked:
            bare = identity_provider_pb2.IdentityProvider()
            bare.CopyFrom(message)
            bare.ClearField("client_secret")
            message = bare
        values = await identity_providers.changes(call, message, paths) if paths or not asked else {}
        async with begin(call) as tx:
            provider = await tx.load(IdentityProvider, message.id, etag=message.etag)
            secret = request.identity_provider.client_secret if named else None
            await update_identity_provider(
                tx, provider, lambda kept: identity_providers.apply(kept, values), secret, self._box
            )
        return identity_providers.write(provider)

    async def DeleteIdentityProvider(self, request: pb.DeleteIdentityProviderRequest, call: Call) -> Empty:
        async with begin(call) as tx:
            await delete_identity_provider(tx, request.id, request.etag)
        return Empty()
