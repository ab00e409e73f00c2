"""Permissions and fields of the whole platform, from the descriptors of every service."""

import importlib
import pkgutil
import re
from functools import cache

import crm
from crm.type.v1.options_pb2 import DATA_CLASS_PERSONAL, DATA_CLASS_SENSITIVE, data_class
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FileDescriptor

from crm_identity.domain.contract import Contract, Field
from crm_kit.rpc import descriptors

CLASSES = {DATA_CLASS_PERSONAL: "personal", DATA_CLASS_SENSITIVE: "sensitive"}


@cache
def contract() -> Contract:
    """Read once per process: the contract that this release was built with."""
    permissions: dict[str, tuple[str, ...]] = {}
    fields: list[Field] = []
    for file in _files():
        for service in file.services_by_name.values():
            for method in descriptors.methods(service):
                if method.permission:
                    permissions[method.permission] = (*permissions.get(method.permission, ()), method.full_name)
        domain = file.package.split(".")[1]
        for message in file.message_types_by_name.values():
            resource = f"{domain}.{_snake(message.name)}"
            for field in message.fields:
                kind = CLASSES.get(field.GetOptions().Extensions[data_class], "")
                fields.append(Field(resource, field.name, kind))
    return Contract(dict(sorted(permissions.items())), tuple(fields))


def _files() -> list[FileDescriptor]:
    pool = descriptor_pool.Default()
    names = [module.name for module in pkgutil.walk_packages(crm.__path__, "crm.") if module.name.endswith("_pb2")]
    for name in names:
        importlib.import_module(name)
    return [pool.FindFileByName(name.removesuffix("_pb2").replace(".", "/") + ".proto") for name in names]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
