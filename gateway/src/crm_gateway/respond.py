"""One RPC answer to one HTTP response."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Response
from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import StringValue

from crm_gateway.json_codec import to_json
from crm_gateway.routes import Match

PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Authorization, Cookie, Accept-Language"}
_REPLAYED = "idempotent-replayed"


def respond(match: Match, path: str, message: Message, metadata: Mapping[str, str | bytes]) -> Response:
    """200, 201 with the new resource's place, 204 for nothing, or a file; never to be stored by a cache."""
    route = match.route
    if route.answers_nothing:
        response = Response(status=204)
        del response.headers["Content-Type"]
    elif route.answers_raw:
        response = _file(message)
    else:
        response = Response(to_json(message), 201 if route.creates else 200, content_type="application/json")
        identifier = getattr(message, "id", "")
        if route.location and identifier:
            response.headers["Location"] = f"{path}/{quote(str(identifier), safe='')}"
    etag = getattr(message, "etag", "")
    if etag:
        response.headers["ETag"] = f'"{etag}"'
    if metadata.get(_REPLAYED):
        response.headers["Idempotent-Replayed"] = "true"
    response.headers.extend(PRIVATE)
    return response


def _file(body: Any) -> Response:
    """A ``google.api.HttpBody``; a ``StringValue`` among its extensions is the name to save it under."""
    response = Response(body.data, content_type=body.content_type or "application/octet-stream")
    name = StringValue()
    named = next((each for each in body.extensions if each.Is(StringValue.DESCRIPTOR)), None)
    if named is not None:
        named.Unpack(name)
    saved_as = f"; filename*=UTF-8''{quote(name.value, safe='')}" if name.value else ""
    # Never rendered in our origin, whatever the file says it is.
    response.headers["Content-Disposition"] = f"attachment{saved_as}"
    return response
