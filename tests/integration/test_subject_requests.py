"""A person asks what all services know of them, and is forgotten by all of them, whatever is down or dies on the way."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from crm.customers.v1.subject_request_pb2 import SubjectRequest
from crm.leads.v1 import lead_service_pb2 as lead_pb
from crm.leads.v1.lead_pb2 import Lead
from crm.ops.v1 import personal_data_service_pb2 as pb
from crm.ops.v1.personal_data_service_pb2 import Finding
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import text

from crm_kit import erasure
from crm_kit.principal import system
from crm_kit.rpc.channels import RemoteError
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.tx import begin
from crm_sales.domain.contract import Contract

from .forgetting import House, house
from .known_person import EMAIL, NAME, NUMBER, SAID, a_known_person
from .moving import Killed

COMPANY = "上海云帆科技有限公司"
SERVICE = "crm.ops.v1.PersonalDataService"
ASKED = f"{NAME} {EMAIL} {NUMBER}"


@pytest_asyncio.fixture
async def world(database_factory: DatabaseFactory, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_factory, tmp_path) as made:
        yield made


@pytest.mark.parametrize("company", [COMPANY, ""], ids=["a contact", "a person customer"])
async def test_nothing_of_an_erased_person_is_left_in_any_table_of_any_service(world: House, company: str) -> None:
    person = await a_known_person(world, company=company)
    assert len({place.partition(".")[0] for place in await world.places_of(SAID)}) >= 4
    request = await world.take_in("ERASURE", person.subjects, ASKED)
    done = await world.ask("StartSubjectRequest", id=request.id)
    assert done.state == SubjectRequest.DONE
    await world.hear()
    assert await world.places_of(SAID) == set()
    services = {finding.service for finding in done.findings}
    assert services >= {"leads", "customers", "sales", "service-desk", "marketing"}
    assert Finding.KEPT not in {finding.outcome for finding in done.findings}
    assert not any(word in done.certificate for word in SAID)
    assert done.digest == hashlib.sha256(done.certificate.encode()).hexdigest()
    assert json.loads(done.certificate)["request"] == request.number
    assert await world.faults_of_trails() == [None] * len(world.all)


async def test_what_the_law_keeps_is_kept_and_named_with_its_last_day(world: House) -> None:
    person = await a_known_person(world, company=COMPANY)
    async with begin(world.others["sales"].work()) as tx:
        signed = Contract(
            number="C-1",
            name="若兰的合同",
            state="SIGNED",
            quote_id=uuid4(),
            customer_id=UUID(person.lead.customer_id),
            contact_id=UUID(person.contact.id),
            currency="CNY",
            end_date=datetime(2026, 5, 1, tzinfo=UTC).date(),
        )
        tx.add(signed)
    request = await world.take_in("ERASURE", person.subjects, ASKED)
    done = await world.ask("StartSubjectRequest", id=request.id)
    [kept] = [finding for finding in done.findings if finding.outcome == Finding.KEPT]
    assert (kept.service, kept.record_type, kept.count) == ("sales", "contract", 1)
    assert (kept.reason, kept.kept_until) == ("COMMERCIAL_RECORD", "2036-12-31")
    assert await world.places_of(["若兰的合同"]) == {"sales.contract.name", "sales.contract.search_text"}


async def test_discovery_proposes_what_is_linked_or_reached_alike_and_never_what_is_named_alike(world: House) -> None:
    person = await a_known_person(world, company=COMPANY)
    namesake = await a_namesake(world)
    request = await world.take_in("ERASURE", [("leads.lead", person.lead.id)])
    found = await world.ask("DiscoverSubjectRequest", id=request.id)
    assert found.state == SubjectRequest.DISCOVERED
    proposed = {match.record.id: list(match.because) for match in found.matches}
    assert proposed == {person.contact.id: ["LINKED", "SAME_EMAIL", "SAME_PHONE"]}
    assert namesake not in proposed
    assert {(finding.service, finding.record_type) for finding in found.findings} >= {
        ("leads", "lead"),
        ("leads", "touch"),
    }
    chosen = SubjectRequest(id=request.id, subjects=[*found.subjects, found.matches[0].record])
    mask = FieldMask(paths=["subjects"])
    changed = await world.ask("UpdateSubjectRequest", subject_request=chosen, update_mask=mask)
    assert (changed.state, len(changed.subjects)) == (SubjectRequest.RECEIVED, 2)


async def test_a_legal_hold_beats_an_erasure_until_it_is_released(world: House) -> None:
    person = await a_known_person(world, company=COMPANY)
    hold = await world.hold("customers.customer", person.lead.customer_id)
    request = await world.take_in("ERASURE", person.subjects, ASKED)
    with pytest.raises(RemoteError) as refused:
        await world.ask("StartSubjectRequest", id=request.id)
    assert refused.value.reason == "SUBJECT_ON_HOLD"
    assert (await world.get(request.id)).state == SubjectRequest.RECEIVED
    assert await world.places_of([NAME])
    await world.release(hold.id)
    assert (await world.ask("StartSubjectRequest", id=request.id)).state == SubjectRequest.DONE


async def test_a_service_that_is_down_delays_an_erasure_and_is_not_skipped(world: House) -> None:
    person = await a_known_person(world, company=COMPANY)
    await world.desk_door.shut()
    request = await world.take_in("ERASURE", person.subjects, ASKED)
    assert (await world.ask("StartSubjectRequest", id=request.id)).state == SubjectRequest.RUNNING
    with pytest.raises(RemoteError) as refused:
        await world.hold("customers.contact", person.contact.id)
    assert refused.value.reason == "ERASURE_UNDER_WAY"
    await world.desk_door.build(world.desk_door.port)
    await world.work()
    assert (await world.get(request.id)).state == SubjectRequest.DONE
    assert await world.places_of(SAID) == set()


async def test_an_erasure_goes_on_where_a_killed_process_left_it(world: House, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await a_known_person(world, company=COMPANY)
    await world.desk_door.shut()
    request = await world.take_in("ERASURE", person.subjects, ASKED)
    await world.ask("StartSubjectRequest", id=request.id)
    await world.desk_door.build(world.desk_door.port)
    real = erasure._erase_trail  # where it hurts most: emptied records stand in the trail

    async def dies(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(erasure, "_erase_trail", dies)
    with pytest.raises(Killed):
        await world.work()
    monkeypatch.setattr(erasure, "_erase_trail", real)
    assert "customers.audit_entry.details" in await world.places_of(SAID)
    await world.work()
    assert (await world.get(request.id)).state == SubjectRequest.DONE
    assert await world.places_of(SAID) == set()


async def test_an_access_holds_what_every_service_knows_and_is_fetched_for_seven_days(world: House) -> None:
    person = await a_known_person(world, company=COMPANY)
    request = await world.take_in("ACCESS", person.subjects, ASKED)
    done = await world.ask("StartSubjectRequest", id=request.id)
    assert done.state == SubjectRequest.DONE
    file = (await world.ask("DownloadSubjectExport", id=request.id)).data
    assert hashlib.sha256(file).hexdigest() == done.digest
    told = file.decode()
    assert [word for word in SAID if word not in told] == []
    assert set(json.loads(file)["services"]) == {service.service.name for service in world.all}
    assert await world.places_of([NUMBER]) == {
        f"customers.subject_request.{said}" for said in ("requester", "identity_check")
    }
    [export] = await world.rows("SELECT file_id FROM subject_export")
    async with begin(world.customers.work()) as tx:
        await tx.schedule("subject_request.export_expire", UUID(request.id), tx.now)
    assert world.customers.parts.timers is not None
    await world.customers.parts.timers.fire_due()
    assert await world.rows("SELECT file_id FROM subject_export") == []
    gone = f"SELECT wrapped_dek FROM subject_key WHERE subject_id = '{export.file_id}'"
    assert [row.wrapped_dek for row in await world.rows(gone)] == [None]
    with pytest.raises(RemoteError) as refused:
        await world.ask("DownloadSubjectExport", id=request.id)
    assert refused.value.reason == "SUBJECT_EXPORT_GONE"


async def test_what_an_older_backup_brings_back_goes_again(world: House) -> None:
    person = await a_known_person(world, company=COMPANY)
    await world.leads.administer(DUMP)
    request = await world.take_in("ERASURE", person.subjects, ASKED)
    await world.ask("StartSubjectRequest", id=request.id)
    await world.leads.administer(RESTORE)
    assert "leads.lead.name" in await world.places_of(SAID)
    assert (await world.ask("ReplayErasures")).count == 1
    await world.work()
    assert await world.places_of(SAID) == set()
    key = text("SELECT wrapped_dek, destroyed_at FROM subject_key WHERE subject_id = :id")
    async with world.leads.db.connect() as connection:
        row = (await connection.execute(key, {"id": UUID(person.lead.id)})).one()
    assert row.wrapped_dek is None
    assert row.destroyed_at is not None


async def test_twins_of_one_operation_find_the_same_and_erase_once(world: House) -> None:
    person = await a_known_person(world, company=COMPANY)
    subjects = [pb.SubjectRecord(resource=resource, id=id) for resource, id in person.subjects]
    asked = pb.ErasePersonalDataRequest(
        operation_id=str(uuid4()), subjects=subjects, reason="SR-1", phase=pb.ErasePersonalDataRequest.RECORDS
    )

    async def once() -> pb.ErasePersonalDataResponse:
        path = f"{SERVICE}/ErasePersonalData"
        return await world.leads.call(path, asked, system("service", "customers"), caller="customers")

    first, second = await asyncio.gather(once(), once())
    assert first == second == await once()
    entries = text("SELECT count(*) FROM audit_entry WHERE action = 'erase' AND record_type = 'lead'")
    async with world.leads.db.connect() as connection:
        assert (await connection.execute(entries)).scalar_one() == 1
    with pytest.raises(RemoteError) as refused:
        await world.leads.call(
            f"{SERVICE}/FindPersonalData", pb.FindPersonalDataRequest(subjects=subjects), world.officer
        )
    assert refused.value.reason == "PERMISSION_DENIED"


async def a_namesake(world: House) -> str:
    """Somebody else of the same name."""
    request = lead_pb.CreateLeadRequest(lead=Lead(name=NAME, company="另一家公司", phone="13755556666"))
    made = await world.leads.call("crm.leads.v1.LeadService/CreateLead", request, world.officer)
    return str(made.id)


DUMP = "CREATE TABLE dump_lead AS TABLE lead; CREATE TABLE dump_key AS TABLE subject_key"
RESTORE = """
    ALTER TABLE lead DISABLE TRIGGER ALL;
    DELETE FROM lead; INSERT INTO lead SELECT * FROM dump_lead;
    ALTER TABLE lead ENABLE TRIGGER ALL;
    DELETE FROM subject_key; INSERT INTO subject_key SELECT * FROM dump_key;
    DROP TABLE dump_lead; DROP TABLE dump_key;
"""
