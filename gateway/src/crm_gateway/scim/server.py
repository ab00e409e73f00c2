"""The endpoints below ``/scim/v2``."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import grpc
from crm.identity.v1 import unit_service_pb2
from flask import Request, Response
from google.protobuf.message import Message
from pydantic import ValidationError
from scim2_models import Context, Error, PatchOp, Resource, ResponseParameters, SCIMException

from crm_gateway.backends import Backends
from crm_gateway.bodies import read_json
from crm_gateway.problems import Problem
from crm_gateway.remote_errors import problem_of
from crm_gateway.scim.listing import Bookmarks, condition
from crm_gateway.scim.people import KINDS, Kind
from crm_gateway.scim.schemas import BASE, MOST_RESULTS, TOLERANT, config, resource_types, schemas
from crm_kit.principal import Principal
from crm_kit.rpc import descriptors

CONTENT_TYPE: Final = "application/scim+json"
TIMEOUT_SECONDS: Final = 20.0
_LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_SCIM_TYPES: Final = {"ALREADY_EXISTS": "uniqueness", "INVALID_ARGUMENT": "invalidValue"}

Page = Callable[[Request, str, str], Response]


class Scim:
    """``whose`` tells the principal of a request, or raises a problem."""

    def __init__(self, backends: Backends, whose: Callable[[Request], Principal]) -> None:
        self._backends = backends
        self._whose = whose
        self._bookmarks = Bookmarks()

    def find(self, path: str) -> Mapping[str, Page] | None:
        """What can be done at the path, by verb; None when it is not below ``/scim/v2``."""
        if path != BASE and not path.startswith(f"{BASE}/"):
            return None
        name, _, identifier = path[len(BASE) + 1 :].partition("/")
        return {verb: self._page(verb, name, identifier) for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")}

    def _page(self, verb: str, name: str, identifier: str) -> Page:
        def page(http: Request, request_id: str, language: str) -> Response:
            try:
                asked = _Asked(self._backends, self._bookmarks, self._whose(http), http, request_id, language)
                with TOLERANT:
                    return asked.answer(verb, name, identifier)
            except Problem as problem:
                response = _refused(problem.status, _SCIM_TYPES.get(problem.reason), problem.en)
                response.headers.extend(problem.headers)
                return response
            except SCIMException as refused:
                return _json(_dumped(refused.to_error()), refused.status)
            except ValidationError as invalid:
                errors = [Error.from_validation_error(dict(each)) for each in invalid.errors()]
                return _json(_dumped(errors[0]), 400)

        return page


class _Asked:
    """One request of a directory."""

    def __init__(
        self,
        backends: Backends,
        bookmarks: Bookmarks,
        principal: Principal,
        http: Request,
        request_id: str,
        language: str,
    ) -> None:
        self._backends, self._bookmarks, self._principal, self._http = backends, bookmarks, principal, http
        self._metadata = {"x-request-id": request_id, "accept-language": language}

    def answer(self, verb: str, name: str, identifier: str) -> Response:
        kind = KINDS.get(name.lower())
        if kind is None:
            return _described(verb, name, identifier)
        if identifier:
            one = {"GET": self._read, "PUT": self._replace, "PATCH": self._patch, "DELETE": self._delete}
            if verb in one:
                return one[verb](kind, identifier)
        elif verb == "GET":
            return self._list(kind)
        elif verb == "POST":
            return self._create(kind)
        raise Problem(405, "METHOD_NOT_ALLOWED", "This cannot be done here.", "不支持该方法。")

    def _list(self, kind: Kind) -> Response:
        query = self._http.args
        start, count = max(1, _number(query.get("startIndex"), 1)), max(0, _number(query.get("count"), MOST_RESULTS))
        count = min(count, MOST_RESULTS)
        where = condition(kind, query.get("filter", ""))
        found, total = self._window(kind, where, start, count)
        resources = [_dumped(kind.shown(one), Context.RESOURCE_QUERY_RESPONSE, self._http) for one in found]
        return _json(_listed(resources, total, start))

    def _window(self, kind: Kind, where: str, start: int, count: int) -> tuple[list[Any], int]:
        """Results ``start`` to ``start + count - 1``, and how many there are."""
        caller = self._principal.subject
        at, token = self._bookmarks.nearest(caller, kind.name, where, start)
        found: list[Any] = []
        total = -1
        while total < 0 or (token and len(found) < count):
            size = min(MOST_RESULTS, max(1, start - at)) if at < start else max(1, count - len(found))
            page: Any = self._call(
                kind.rpc("List"),
                kind.request(
                    "List",
                    filter=where,
                    page_size=size,
                    page_token=token,
                    count="COUNT_MODE_EXACT",
                    order_by="create_time",
                ),
            )
            items = list(getattr(page, next(field.name for field in page.DESCRIPTOR.fields if field.is_repeated)))
            total, token = page.total_size, page.next_page_token
            if at >= start:
                found += items
            at += len(items)
            if token:
                self._bookmarks.keep(caller, kind.name, where, at, token)
            if at < start and not token:
                break
        return found[:count], total

    def _read(self, kind: Kind, identifier: str) -> Response:
        return self._shown(kind, self._get(kind, identifier), Context.RESOURCE_QUERY_RESPONSE)

    def _create(self, kind: Kind) -> Response:
        sent = self._body()
        given = kind.model.model_validate(sent, scim_ctx=Context.RESOURCE_CREATION_REQUEST)
        message: Any = kind.kept(given, sent)
        message.unit_id = self._unit_id()
        made = self._call(kind.rpc("Create"), kind.request("Create", **{kind.noun.lower(): message}))
        return self._shown(kind, made, Context.RESOURCE_CREATION_RESPONSE, status=201)

    def _replace(self, kind: Kind, identifier: str) -> Response:
        sent = self._body()
        given = kind.model.model_validate(sent, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
        before = self._get(kind, identifier)
        return self._store(kind, before, kind.kept(given, sent), Context.RESOURCE_REPLACEMENT_RESPONSE)

    def _patch(self, kind: Kind, identifier: str) -> Response:
        before = self._get(kind, identifier)
        patch = PatchOp[kind.model].model_validate(  # type: ignore[name-defined]
            self._body(), scim_ctx=Context.RESOURCE_PATCH_REQUEST
        )
        resource = kind.shown(before)
        patch.patch(resource)
        return self._store(kind, before, kind.kept(resource, {}), Context.RESOURCE_PATCH_RESPONSE)

    def _delete(self, kind: Kind, identifier: str) -> Response:
        self._call(kind.rpc("Delete"), kind.request("Delete", id=identifier, etag=self._if_match()))
        response = Response(status=204)
        del response.headers["Content-Type"]
        return response

    def _store(self, kind: Kind, before: Any, message: Any, context: Context) -> Response:
        """Writes what differs, against the version that was read; a change in between is a conflict."""
        changed = [name for name in kind.fields if getattr(before, name) != getattr(message, name)]
        after = before
        if changed:
            message.id, message.etag = before.id, self._if_match() or before.etag
            facts = {kind.noun.lower(): message, "update_mask": {"paths": changed}}
            after = self._call(kind.rpc("Update"), kind.request("Update", **facts))
        elif self._if_match() not in ("", before.etag):
            raise Problem(412, "STALE_ETAG", "It was changed in the meantime.", "已被他人修改。")
        return self._shown(kind, after, context)

    def _shown(self, kind: Kind, message: Any, context: Context, *, status: int = 200) -> Response:
        version = f'W/"{message.etag}"'
        if status == 200 and version in self._http.headers.get("If-None-Match", ""):
            return Response(status=304, headers={"ETag": version})
        resource = kind.shown(message)
        response = _json(_dumped(resource, context, self._http), status)
        response.headers["ETag"] = version
        if status == 201:
            response.headers["Location"] = f"{BASE}/{kind.endpoint}/{message.id}"
        return response

    def _get(self, kind: Kind, identifier: str) -> Any:
        return self._call(kind.rpc("Get"), kind.request("Get", id=identifier))

    def _unit_id(self) -> str:
        """New users and teams belong to the unit of the key."""
        request = unit_service_pb2.ListUnitsRequest(filter=f'path = "{self._principal.unit_path}"', page_size=1)
        units = self._call("crm.identity.v1.UnitService/ListUnits", request).units
        if not units:
            raise Problem(403, "PERMISSION_DENIED", "The key may not read its own unit.", "该密钥无权读取其所属组织。")
        return str(units[0].id)

    def _body(self) -> dict[str, Any]:
        sent = read_json(self._http)
        if not isinstance(sent, dict):
            raise Problem(400, "INVALID_ARGUMENT", "Send a JSON object.", "请发送 JSON 对象。")
        return sent

    def _if_match(self) -> str:
        return self._http.headers.get("If-Match", "").removeprefix("W/").strip('"').replace("*", "")

    def _call(self, path: str, request: Message) -> Any:
        method = descriptors.method(path)
        try:
            answer = self._backends.call(
                "identity",
                method,
                request.SerializeToString(),
                principal=self._principal,
                timeout=TIMEOUT_SECONDS,
                metadata=self._metadata,
                retry=False,
            )
        except grpc.RpcError as error:
            raise problem_of(error) from error
        return method.response_type.FromString(answer.body)


def _described(verb: str, name: str, identifier: str) -> Response:
    """What the service can do, for programs."""
    documents: dict[str, Mapping[str, Resource[Any]]] = {"Schemas": schemas(), "ResourceTypes": resource_types()}
    known = documents.get(name)
    if verb != "GET" and (known is not None or name == "ServiceProviderConfig"):
        raise Problem(405, "METHOD_NOT_ALLOWED", "This can only be read.", "此处只能读取。")
    if name == "ServiceProviderConfig" and not identifier:
        return _json(_dumped(config()))
    if known is not None and identifier in known:
        return _json(_dumped(known[identifier]))
    if known is not None and not identifier:
        return _json(_listed([_dumped(each) for each in known.values()], len(known), 1))
    raise Problem(404, "NOT_FOUND", "There is nothing at this path.", "此路径不存在。")


def _listed(resources: list[Any], total: int, start: int) -> dict[str, Any]:
    return {
        "schemas": [_LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def _dumped(model: Any, context: Context = Context.RESOURCE_QUERY_RESPONSE, http: Request | None = None) -> Any:
    named = {}
    if http is not None:
        named = {name: http.args[name] for name in ("attributes", "excludedAttributes") if http.args.get(name)}
    shown = ResponseParameters[type(model)].model_validate(named) if named else None  # type: ignore[misc]
    return model.model_dump(scim_ctx=context, response_parameters=shown)


def _refused(status: int, scim_type: str | None, detail: str) -> Response:
    return _json(_dumped(Error(status=status, scim_type=scim_type, detail=detail)), status)


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body, default=str), status, content_type=CONTENT_TYPE)


def _number(text: str | None, otherwise: int) -> int:
    try:
        return int(text or otherwise)
    except ValueError:
        return otherwise
