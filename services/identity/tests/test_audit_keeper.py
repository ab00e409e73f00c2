"""Heads of audit chains are kept as they were signed; signing in and out leaves a trace."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import grpc
import pytest
from crm.identity.v1 import session_service_pb2
from crm.ops.v1 import audit_keeper_service_pb2 as keeper_pb
from crm.ops.v1 import audit_service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text

from crm_identity.domain.identity_provider import IdentityProvider
from crm_kit.audit_chain import head_bytes
from crm_kit.keys import Keys
from crm_kit.principal import system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.service import RunningService, somebody
from crm_kit.tx import begin

from .conftest import PASSWORD

KEEP = "crm.ops.v1.AuditKeeperService/KeepAuditHead"
HEADS = "crm.ops.v1.AuditService/ListAuditHeads"
SESSION = "crm.identity.v1.SessionService/CreateSession"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_head(
    keys_dir: Path, seq: int, hash: bytes = b"h", *, service: str = "leads", signer: str = "leads"
) -> pb.AuditHead:
    key_id, signature = Keys.load(keys_dir, signer).sign_bytes(head_bytes(service, seq, hash, NOON))
    time = Timestamp()
    time.FromDatetime(NOON)
    return pb.AuditHead(service=service, chain_seq=seq, hash=hash, time=time, signature=signature, key_id=key_id)


async def keep(identity: RunningService, head: pb.AuditHead, caller: str = "leads") -> None:
    request = keeper_pb.KeepAuditHeadRequest(audit_head=head)
    await identity.call(KEEP, request, system("service", caller), caller=caller)


async def refusal(identity: RunningService, head: pb.AuditHead, caller: str = "leads") -> RemoteError:
    with pytest.raises(RemoteError) as refused:
        await keep(identity, head, caller)
    return refused.value


async def kept(identity: RunningService) -> list[int]:
    request = pb.ListAuditHeadsRequest(service="leads", kept_by="identity")
    return [head.chain_seq for head in (await identity.call(HEADS, request, somebody())).audit_heads]


async def test_a_head_is_kept_and_the_same_again_changes_nothing(identity: RunningService) -> None:
    for seq in (5, 5, 9):
        await keep(identity, a_head(identity.keys_dir, seq))
    assert await kept(identity) == [5, 9]


async def test_another_head_for_a_kept_position_is_refused_and_an_alarm(
    identity: RunningService, caplog: pytest.LogCaptureFixture
) -> None:
    await keep(identity, a_head(identity.keys_dir, 5))
    with caplog.at_level(logging.ERROR):
        refused = await refusal(identity, a_head(identity.keys_dir, 5, b"other"))
    assert (refused.status, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "AUDIT_CHAIN_REWRITTEN")
    assert "AUDIT ALARM: the chain of leads" in caplog.text


async def test_a_chain_that_became_shorter_is_refused(identity: RunningService) -> None:
    await keep(identity, a_head(identity.keys_dir, 9))
    assert (await refusal(identity, a_head(identity.keys_dir, 5))).reason == "AUDIT_CHAIN_REWRITTEN"
    assert await kept(identity) == [9]


async def test_nobody_states_a_head_for_another_service(identity: RunningService) -> None:
    foreign = a_head(identity.keys_dir, 5, signer="sales")
    assert (await refusal(identity, foreign)).reason == "AUDIT_HEAD_NOT_SIGNED"
    honest = a_head(identity.keys_dir, 5)
    assert (await refusal(identity, honest, caller="sales")).reason == "AUDIT_HEAD_NOT_SIGNED"
    assert (await refusal(identity, honest, caller="gateway")).status is grpc.StatusCode.PERMISSION_DENIED
    assert await kept(identity) == []


async def test_kept_heads_cannot_be_changed(identity: RunningService) -> None:
    await keep(identity, a_head(identity.keys_dir, 5))
    url = identity.db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    for statement in ("UPDATE kept_audit_head SET hash = ''", "DELETE FROM kept_audit_head"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


async def trace(identity: RunningService) -> list[tuple[str, str, str, UUID | None]]:
    await identity.db.notes.flush()
    statement = text(
        "SELECT action, actor, address, record_id FROM audit_entry WHERE action LIKE 'sign_%' "
        "OR action = 'break_glass' ORDER BY id"
    )
    async with identity.db.connect() as connection:
        return [tuple(row) for row in await connection.execute(statement)]


async def test_signing_in_failing_to_and_signing_out_leave_a_trace(identity: RunningService) -> None:
    def request(password: str, login: str = "admin") -> session_service_pb2.CreateSessionRequest:
        return session_service_pb2.CreateSessionRequest(login=login, password=password, address="203.0.113.7")

    gateway = system("service", "gateway")
    for password, login in (("wrong and long enough", "admin"), ("a password typed as a login", "nobody at all")):
        with pytest.raises(RemoteError):
            await identity.call(SESSION, request(password, login), gateway)
    session = await identity.call(SESSION, request(PASSWORD), gateway)
    me = somebody(user_id=UUID(session.user_id))
    ended = session_service_pb2.DeleteSessionRequest(id=session.id)
    await identity.call("crm.identity.v1.SessionService/DeleteSession", ended, me)
    admin = UUID(session.user_id)
    found = await trace(identity)
    assert sorted(found, key=str) == sorted(
        [
            ("sign_in", f"user:{admin}", "203.0.113.7", admin),
            ("sign_out", f"user:{admin}", "", admin),
            ("sign_in_failed", "service:gateway", "203.0.113.7", admin),
            ("sign_in_failed", "service:gateway", "203.0.113.7", None),
        ],
        key=str,
    )


async def test_the_trail_knows_that_a_password_changed_and_nothing_of_what_it_is(identity: RunningService) -> None:
    async with identity.db.connect() as connection:
        await connection.execute(text("UPDATE user_account SET password_hash = 'argon2 secret' WHERE login = 'admin'"))
        newest = "SELECT details FROM audit_entry WHERE record_type = 'user_account' ORDER BY id DESC LIMIT 1"
        assert (await connection.execute(text(newest))).scalar_one() == {"password_hash": {"old": "***", "new": "***"}}


async def test_an_administrators_password_beside_a_provider_breaks_glass(identity: RunningService) -> None:
    async with begin(identity.work()) as tx:
        provider = IdentityProvider(code="corporate", issuer="https://sso.example.com", client_id="crm")
        tx.add(provider, by_rule=True)
    request = session_service_pb2.CreateSessionRequest(login="admin", password=PASSWORD, address="203.0.113.7")
    session = await identity.call(SESSION, request, system("service", "gateway"))
    admin = UUID(session.user_id)
    assert await trace(identity) == [("break_glass", f"user:{admin}", "203.0.113.7", admin)]
