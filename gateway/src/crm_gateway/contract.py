"""The contract as the gateway sees it: every RPC with a REST route, its types, its comments and who serves it."""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib import resources

import crm
from google.api import annotations_pb2, field_behavior_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from crm_gateway.comments import comments_of
from crm_kit.rpc.descriptors import Method, methods, service

OPS_PACKAGE = "crm.ops.v1"
ANY_BACKEND = ""
"""Backend of an RPC that every service answers for itself; its request's ``service`` field names the one meant."""


@dataclass(frozen=True)
class Binding:
    """One ``google.api.http`` rule: an RPC reachable at a verb and a path template."""

    method: Method
    verb: str
    template: str
    body: str
    """Request field the HTTP body fills, ``*`` for the whole request, empty for no body."""
    backend: str


@dataclass(frozen=True)
class Contract:
    """Bindings in the order of the contract, and comments by full proto name."""

    bindings: tuple[Binding, ...]
    comments: dict[str, str]


@cache
def load() -> Contract:
    """Reads the generated ``crm`` package once per process; raises ValueError for a rule the gateway cannot serve."""
    described = FileDescriptorSet.FromString((resources.files(crm) / "descriptors.binpb").read_bytes())
    for module in pkgutil.walk_packages(crm.__path__, "crm."):
        if module.name.endswith("_pb2"):
            importlib.import_module(module.name)
    bindings: list[Binding] = []
    comments: dict[str, str] = {}
    for file in described.file:
        if not file.name.startswith("crm/"):
            continue
        comments |= comments_of(file)
        for proto in file.service:
            for method in methods(service(f"{file.package}.{proto.name}")):
                bindings += _bindings(method, file.package)
    return Contract(tuple(bindings), comments)


def backend_of(package: str) -> str:
    """Process that serves a proto package: ``crm.service_desk.v1`` is ``service-desk``."""
    return ANY_BACKEND if package == OPS_PACKAGE else package.split(".")[1].replace("_", "-")


def is_output_only(field: FieldDescriptor) -> bool:
    return field_behavior_pb2.OUTPUT_ONLY in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]


def is_own(message: Descriptor) -> bool:
    """Whether the contract defines the message, as opposed to the well-known ones with a JSON form of their own."""
    return bool(message.full_name.startswith("crm."))


def behaviors(field: FieldDescriptor) -> set[int]:
    """Values of ``google.api.FieldBehavior`` on the field."""
    return set(field.GetOptions().Extensions[field_behavior_pb2.field_behavior])


def _bindings(method: Method, package: str) -> list[Binding]:
    options = method.descriptor.GetOptions()
    if not options.HasExtension(annotations_pb2.http):
        return []
    if method.internal:
        raise ValueError(f"{method.full_name} is internal and must have no REST route")
    rule = options.Extensions[annotations_pb2.http]
    found = []
    for http in (rule, *rule.additional_bindings):
        verb = http.WhichOneof("pattern")
        if verb == "custom":
            raise ValueError(f"{method.full_name}: custom verbs are not served")
        found.append(Binding(method, verb.upper(), getattr(http, verb), http.body, backend_of(package)))
    return found
