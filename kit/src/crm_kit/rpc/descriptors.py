"""What the contract says about its RPCs: permission, types, route."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from crm.type.v1.options_pb2 import access as access_option
from google.api import annotations_pb2
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

READS = ("Get", "List", "Search", "BatchGet")


@dataclass(frozen=True)
class Method:
    """One RPC of the contract."""

    descriptor: MethodDescriptor

    @property
    def name(self) -> str:
        return self.descriptor.name

    @cached_property
    def full_name(self) -> str:
        """As in a span or a metric: ``crm.leads.v1.LeadService/ClaimLead``."""
        return f"{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    @property
    def path(self) -> str:
        """As on the wire."""
        return "/" + self.full_name

    @cached_property
    def permission(self) -> str:
        return str(self.descriptor.GetOptions().Extensions[access_option].permission)

    @cached_property
    def internal(self) -> bool:
        """Only other services may call it."""
        return bool(self.descriptor.GetOptions().Extensions[access_option].internal)

    @cached_property
    def anonymous(self) -> bool:
        """Callable on nobody's behalf."""
        return bool(self.descriptor.GetOptions().Extensions[access_option].anonymous)

    @cached_property
    def reads(self) -> bool:
        """It changes nothing: a GET of the contract, or named as a read where it has no route."""
        rule = self.descriptor.GetOptions().Extensions[annotations_pb2.http]
        return rule.WhichOneof("pattern") == "get" or self.name.startswith(READS)

    @cached_property
    def request_type(self) -> type[Message]:
        return message_factory.GetMessageClass(self.descriptor.input_type)

    @cached_property
    def response_type(self) -> type[Message]:
        return message_factory.GetMessageClass(self.descriptor.output_type)


def service(full_name: str) -> ServiceDescriptor:
    """The service of this full proto name; its module is imported if nobody has yet."""
    pool = descriptor_pool.Default()
    try:
        return pool.FindServiceByName(full_name)
    except KeyError:
        package, _, name = full_name.rpartition(".")
        importlib.import_module(f"{package}.{_snake(name)}_pb2")
        return pool.FindServiceByName(full_name)


def methods(descriptor: ServiceDescriptor) -> Iterator[Method]:
    return (Method(method) for method in descriptor.methods)


@cache
def method(path: str) -> Method:
    """The RPC of a path such as ``crm.leads.v1.LeadService/GetLead``."""
    service_name, _, name = path.strip("/").rpartition("/")
    return Method(service(service_name).methods_by_name[name])


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")
