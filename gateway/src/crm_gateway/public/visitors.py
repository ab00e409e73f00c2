"""Calls to the services in the name of visitors, who are nobody: a principal with one right for each kind of page."""

from typing import Any, Final

import grpc
from flask import Response
from google.protobuf.message import Message

from crm_gateway.backends import Backends
from crm_gateway.problems import Problem
from crm_gateway.public.pages import message, page
from crm_gateway.public.words import word
from crm_gateway.remote_errors import problem_of
from crm_kit.principal import Principal
from crm_kit.rpc import descriptors

TIMEOUT_SECONDS: Final = 10.0


class Visitors:
    """One service's internal RPCs for visitors; ``principal``: who acts when a stranger does."""

    def __init__(self, backends: Backends, backend: str, service: str, principal: Principal) -> None:
        self._backends, self._backend, self._service, self._principal = backends, backend, service, principal

    def call(
        self,
        name: str,
        request: Message,
        request_id: str,
        language: str,
        *,
        page_id: str = "",
        principal: Principal | None = None,
    ) -> Any:
        """The answer; refusals as problems. ``page_id``: what is sent from one page happens once. ``principal``: somebody
        of the house who asks instead.
        """
        method = descriptors.method(f"{self._service}/{name}")
        metadata = {"x-request-id": request_id, "accept-language": language}
        if page_id:
            metadata["idempotency-key"] = page_id
        try:
            answer = self._backends.call(
                self._backend,
                method,
                request.SerializeToString(),
                principal=principal or self._principal,
                timeout=TIMEOUT_SECONDS,
                metadata=metadata,
                retry=bool(page_id),
            )
        except grpc.RpcError as error:
            raise problem_of(error) from error
        return method.response_type.FromString(answer.body)


def too_many(language: str, wait: int) -> Response:
    """429, with the seconds to wait in words and in the header."""
    return message("too_many", language, 429, headers={"Retry-After": str(wait)}, seconds=wait)


def refusal(problem: Problem, language: str, gone: str = "closed") -> Response:
    """A problem as a page; ``gone`` names what is said of an address that was once good: ``closed`` …"""
    if problem.status == 404:
        return message("not_found", language, 404)
    if problem.status == 410:
        return message(gone, language, 410)
    if problem.status >= 500:
        return message("away", language, 503, headers={"Retry-After": "5"})
    text = problem.zh if language == "zh-CN" else problem.en
    title = word("refused", language)
    return page("message.html", language, problem.status, title=title, text=text, links={}, headers=problem.headers)
