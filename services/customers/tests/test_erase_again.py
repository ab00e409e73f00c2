"""After a restore whoever was erased since the backup is erased again, whether or not the request is in it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from crm.customers.v1.subject_request_pb2 import SubjectRequest
from sqlalchemy import text

from crm_customers.usecases.erase_again import ENDINGS
from crm_kit.endings import Ledger, LedgerKeeper, replay
from crm_kit.testing.service import RunningService

from .clerk import Clerk
from .test_subject_requests import CONTACT, a_request, verb

NAME = "欧阳若兰"
FORGET = "DELETE FROM timer; ALTER TABLE subject_request DISABLE TRIGGER ALL; {}; DELETE FROM saga"
GONE = "DELETE FROM subject_request"
RECEIVED = (
    "UPDATE subject_request SET state = 'RECEIVED', requester = '若兰', end_time = NULL, certificate = '', digest = ''"
)


async def an_erasure(customers: RunningService, clerk: Clerk, file: Path) -> tuple[Any, SubjectRequest]:
    """A contact, erased, and what the ledger says of it."""
    contact = await clerk.contact(await clerk.customer(), name=NAME)
    request = await a_request(clerk, (CONTACT, contact.id), requester="若兰")
    done = await verb(clerk, "Start", request)
    assert done.state == SubjectRequest.DONE
    await LedgerKeeper(customers.db, ENDINGS, file).note()
    return contact, done


async def test_the_ledger_holds_ids_and_the_certificate_and_no_name(
    customers: RunningService, clerk: Clerk, tmp_path: Path
) -> None:
    contact, done = await an_erasure(customers, clerk, tmp_path / "customers.jsonl")
    [line] = [one for one in Ledger(tmp_path / "customers.jsonl").lines() if one.kind == "erasure"]
    assert str(line.id) == done.id
    assert line.facts["subjects"] == [{"resource": CONTACT, "id": contact.id}]
    assert line.facts["certificate"] == done.certificate
    assert "若兰" not in (tmp_path / "customers.jsonl").read_text()


@pytest.mark.parametrize("restored", [GONE, RECEIVED], ids=["newer than the backup", "not started in the backup"])
async def test_an_erasure_the_backup_does_not_know_is_done_again_and_keeps_its_certificate(
    customers: RunningService, clerk: Clerk, tmp_path: Path, restored: str
) -> None:
    file = tmp_path / "customers.jsonl"
    contact, done = await an_erasure(customers, clerk, file)
    back = f"{restored}; UPDATE contact SET name = '{NAME}' WHERE id = '{contact.id}'"
    await customers.administer(FORGET.format(back) + "; ALTER TABLE subject_request ENABLE TRIGGER ALL")
    assert (await replay(customers.db, ENDINGS, file)).counts["erasure"] == 1
    found = await verb(clerk, "Get", done)
    assert (found.state, found.certificate) == (SubjectRequest.DONE, done.certificate)
    assert found.requester == ""
    assert found.number == (done.number if restored is RECEIVED else f"{done.number}-R")
    async with customers.db.connect() as connection:
        [saga] = (await connection.execute(text("SELECT id FROM saga WHERE kind = 'subject_erasure_replay'"))).scalars()
    assert await customers.sagas.advance(UUID(str(saga)), 20.0) == "done"
    async with customers.db.seeing_everything().connect() as connection:
        query = text("SELECT name FROM contact WHERE id = :id")
        assert (await connection.execute(query, {"id": UUID(contact.id)})).scalar_one() != NAME
    assert (await replay(customers.db, ENDINGS, file)).counts["erasure"] == 0
