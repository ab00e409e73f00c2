"""The part of the standard's schemas that is kept here, and the documents that say so.

What directories send beyond it is ignored, as is what they get wrong in the ways Entra and Okta are known for.
"""

from functools import cache
from typing import Annotated, Any

from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Meta,
    Mutability,
    Patch,
    Required,
    Resource,
    ResourceType,
    Schema,
    ScimPolicy,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

MOST_RESULTS = 200
BASE = "/scim/v2"
TOLERANT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)


class Email(ComplexAttribute):
    """One address of a user; one is kept."""

    value: Annotated[str | None, Required.true] = None
    """The address."""

    type: str | None = None
    """Always `work`."""

    primary: bool | None = None
    """Always true."""


class User(Resource[Any]):
    """A person who signs in."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """Name to sign in with."""

    display_name: str | None = None
    """Name to show."""

    title: str | None = None
    """What the person's post is called."""

    active: bool | None = None
    """Whether the person may sign in; false ends sessions and personal keys at once."""

    emails: list[Email] | None = None
    """The primary address, or the first."""


class Member(ComplexAttribute):
    """A user in a group."""

    value: Annotated[str | None, Mutability.immutable, Required.true] = None
    """Id of the user."""


class Group(Resource[Any]):
    """A group of the directory: a team here."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """Name of the group."""

    members: list[Member] | None = None
    """Users in it, at most 1,000."""


@cache
def config() -> ServiceProviderConfig:
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="API key",
                description="An API key of this platform as bearer token",
                primary=True,
            )
        ],
        meta=Meta(resource_type="ServiceProviderConfig", location=f"{BASE}/ServiceProviderConfig"),
    )


@cache
def schemas() -> dict[str, Schema]:
    found = {}
    for model in (User, Group):
        schema = model.to_schema()
        schema.meta = Meta(resource_type="Schema", location=f"{BASE}/Schemas/{schema.id}")
        found[str(schema.id)] = schema
    return found


@cache
def resource_types() -> dict[str, ResourceType]:
    found = {}
    for model in (User, Group):
        kind = ResourceType.from_resource(model)
        kind.meta = Meta(resource_type="ResourceType", location=f"{BASE}/ResourceTypes/{kind.id}")
        found[str(kind.id)] = kind
    return found
