"""Questions a process answers when it can work: gRPC health and HTTP readiness."""

import asyncio
import os
import urllib.error
import urllib.request
from urllib.parse import urlsplit

# Read on import: this process starts others while gRPC's threads run, and its fork handlers would only complain.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

# The processes started decide for themselves.
del os.environ["GRPC_ENABLE_FORK_SUPPORT"]

PATIENCE = 2.0


class UnreachableError(OSError):
    """A server that was named does not answer; the message names the variable that names it."""


async def require_reachable(variable: str, url: str, default_port: int) -> None:
    """Whether somebody listens where a given URL points; nothing to ask when none was given."""
    parts = urlsplit(url)
    if not parts.hostname:
        return
    port = parts.port or default_port
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError) as failure:
        raise UnreachableError(
            f"nobody answers at {parts.hostname}:{port}, which {variable} names ({failure or 'time is up'}); "
            f"start that server, or unset {variable} to use the embedded one"
        ) from None
    writer.close()


async def grpc_ready(address: str) -> bool:
    async with grpc.aio.insecure_channel(address) as channel:
        request = health_pb2.HealthCheckRequest(service="readiness")
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(request, timeout=PATIENCE)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def http_ready(url: str) -> bool:
    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 — our own gateway
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return await asyncio.to_thread(ask)
