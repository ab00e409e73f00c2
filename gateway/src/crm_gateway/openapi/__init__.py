"""OpenAPI 3.1 of the REST API, made from the contract's descriptors and comments."""

from crm_gateway.openapi.document import document

__all__ = ["document"]
