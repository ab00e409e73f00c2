"""Tributary from a terminal or a script: a Python client and the ``crm`` command, both built from the contract."""

from crm_client.catalog import Catalog, Operation, Resource
from crm_client.client import Client, Record
from crm_client.errors import ClientError, FieldError, Refused, Unreachable, Usage

__all__ = [
    "Catalog",
    "Client",
    "ClientError",
    "FieldError",
    "Operation",
    "Record",
    "Refused",
    "Resource",
    "Unreachable",
    "Usage",
]
