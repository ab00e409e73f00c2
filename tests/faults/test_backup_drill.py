"""The drill: a platform is backed up, goes on, is lost with all its folders, and comes back from the backup.

What was there at the cut is there; who was erased, cut off or revoked after it stays so; the services agree.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from crm_kit.audit_verifier import verify
from crm_kit.digests import first_id
from crm_kit.keys import Keys
from crm_local.settings import SERVICES
from crm_local.storage import Storage

from .audit import Auditor
from .killing import patience
from .load import a_lead
from .rest import TIMEOUT, Api, build, sign_in

PASSWORD = "correct horse battery staple 7"
NOTED_SECONDS, AGREED_SECONDS = 20.0, 60.0
ENDINGS = {"erasure", "subject_key", "api_key", "user"}
LEADS = 8
NAME = "欧阳若兰"


def crm_local(platform: Any, *arguments: str) -> str:
    """What the command says; it must succeed."""
    environment = {
        **os.environ,
        "CRM_RUN_DIR": str(platform.run_dir),
        "CRM_PORT_BASE": str(platform.ports.base),
    }
    command = [str(Path(sys.executable).with_name("crm-local")), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def a_world(api: Api) -> dict[str, Any]:
    """Somebody who became a customer's contact, others, a partner's key and two colleagues."""
    [unit] = api("ListUnits", filter='path = "/hq/"')["units"]
    lead = api("CreateLead", lead={**a_lead("drill person"), "name": NAME})
    api("AssignLead", id=lead["id"], owner_id=api("GetCurrentUser")["user"]["id"])
    said = {"kind": "call", "direction": "outbound", "outcome": "interested", "note": "drill"}
    api("CreateTouch", touch={"lead_id": lead["id"], **said})
    api("QualifyLead", id=lead["id"])
    lead = api("ConvertLead", id=lead["id"], expected_amount="120000", currency="CNY")
    more = [api("CreateLead", lead=a_lead(f"drill {number}"))["id"] for number in range(LEADS)]
    grants = [{"permission": "leads.lead.*", "scope": "subtree"}]
    keys = {
        name: api("CreateApiKey", api_key={"name": name, "unit_id": unit["id"], "grants": grants})
        for name in ("leaving", "staying")
    }
    users = {
        name: api(
            "CreateUser",
            user={
                "login": name,
                "display_name": name,
                "unit_id": unit["id"],
                "roles": ["sales_manager"],
                "password": PASSWORD,
            },
        )
        for name in ("leaver", "stayer")
    }
    return {"lead": lead, "more": more, "keys": keys, "users": users}


def forget(api: Api, lead: Any) -> None:
    subjects = [
        {"resource": "leads.lead", "id": lead["id"]},
        {"resource": "customers.contact", "id": lead["contact_id"]},
    ]
    about = {"kind": "ERASURE", "requester": NAME, "identity_check": "passport seen", "subjects": subjects}
    request = api("CreateSubjectRequest", subject_request=about)
    api("StartSubjectRequest", id=request["id"])
    until(lambda: api("GetSubjectRequest", id=request["id"])["state"] == "DONE", "the person is erased")


def until(holds: Callable[[], bool], what: str, seconds: float = NOTED_SECONDS) -> None:
    deadline = time.monotonic() + patience(seconds)
    while not holds():
        assert time.monotonic() < deadline, f"not within {patience(seconds):g} s: {what}"
        time.sleep(0.2)


def status_of(platform: Any, token: str, rpc: str, **fields: Any) -> tuple[int, str]:
    """The status and reason somebody is answered with."""
    request = build(rpc, fields)
    headers = {"Authorization": f"Bearer {token}", **request.headers}
    answer = httpx.request(
        request.verb, f"{platform.url}{request.path}", json=request.body, headers=headers, timeout=TIMEOUT
    )
    return answer.status_code, answer.json().get("reason", "") if answer.content else ""


def may_sign_in(platform: Any, login: str) -> bool:
    body = {"login": login, "password": PASSWORD}
    return httpx.post(f"{platform.url}/v1/sessions", json=body, timeout=TIMEOUT).is_success


def an_auditor(platform: Any) -> Auditor:
    urls = {name: platform.database_url(name) for name in SERVICES}
    return Auditor(urls, f"nats://127.0.0.1:{platform.ports.nats}")


async def applied_twice(platform: Any, restored: datetime) -> dict[str, int]:
    """Events from before the restore that a consumer applied after it, although it had applied them at the cut."""
    found = {}
    for service in SERVICES:
        [row] = await an_auditor(platform).rows(service, _APPLIED_AGAIN, first_id(restored), restored)
        found[service] = row["count"]
    return found


async def sent_again(platform: Any) -> int:
    """Events that the services put into the empty streams anew."""
    counts = [await an_auditor(platform).rows(service, _SENT_AGAIN) for service in SERVICES]
    return sum(rows[0]["count"] for rows in counts)


async def named(platform: Any) -> int:
    """How many records still carry the name of the person who was erased."""
    counts = [await an_auditor(platform).rows(service, sql, NAME) for service, sql in _NAMED]
    return sum(rows[0]["count"] for rows in counts)


async def chains(platform: Any) -> list[str]:
    """Services whose audit trail does not prove itself."""
    broken = []
    for service in SERVICES:
        keys = Keys.load(platform.run_dir / "keys" / service, service)
        verdict = await verify(platform.database_url(service), service, keys, [])
        if verdict.fault is not None:
            broken.append(f"{service}: {verdict.fault}")
    return broken


def test_a_lost_platform_comes_back_without_those_who_had_left_it(start_platform: Any) -> None:
    began = time.monotonic()
    with start_platform() as platform:
        api = Api(platform.url, sign_in(platform.url, platform.passwords["administrator"]))
        world = a_world(api)
        assert asyncio.run(an_auditor(platform).settled(AGREED_SECONDS)) == []
        backed_up = time.monotonic()
        assert asyncio.run(named(platform)) == len(_NAMED)
        print(crm_local(platform, "backup"))
        print(f"backup: {time.monotonic() - backed_up:.1f} s")

        lost = api("CreateLead", lead=a_lead("after the cut"))["id"]
        forget(api, world["lead"])
        api("RevokeApiKey", id=world["keys"]["leaving"]["id"], reason="leaked")
        user = world["users"]["leaver"]
        api("UpdateUser", etag=user["etag"], user={"id": user["id"], "disabled": True})
        ledger = platform.run_dir.with_name("run-backups") / "ledger"
        until(
            lambda: {kind for kind in ENDINGS for file in ledger.glob("*") if kind in file.read_text()} == ENDINGS,
            "all that ended is noted outside the databases",
        )
        api.close()
    Storage(platform.run_dir).delete()

    platform.run_dir.mkdir(mode=0o711)
    restored, restored_at = time.monotonic(), datetime.now(UTC)
    print(crm_local(platform, "restore", "latest"))
    print(f"restore: {time.monotonic() - restored:.1f} s")

    with start_platform() as platform:
        assert status_of(platform, api.token, "ListLeads")[0] == 401
        api = Api(platform.url, sign_in(platform.url, platform.passwords["administrator"]))
        partner = world["keys"]["staying"]["secret"]
        refused = (503, "IN_QUARANTINE")
        assert status_of(platform, partner, "CreateLead", lead=a_lead("too early")) == refused
        assert status_of(platform, api.token, "CreateLead", lead=a_lead("too early")) == refused
        assert status_of(platform, partner, "ListLeads")[0] == 200
        for id in world["more"]:
            assert api("GetLead", id=id)["id"] == id
        assert status_of(platform, api.token, "GetLead", id=lost)[0] == 404
        assert status_of(platform, world["keys"]["leaving"]["secret"], "ListLeads")[0] == 401
        assert not may_sign_in(platform, "leaver")
        assert may_sign_in(platform, "stayer")
        until(lambda: asyncio.run(named(platform)) == 0, "the person is erased again", AGREED_SECONDS)

        print(crm_local(platform, "open"))
        until(lambda: _accepts(platform, partner), "the house is open", AGREED_SECONDS)
        assert asyncio.run(an_auditor(platform).settled(AGREED_SECONDS)) == []
        assert asyncio.run(named(platform)) == 0
        assert asyncio.run(chains(platform)) == []
        assert asyncio.run(sent_again(platform)) > LEADS
        assert set(asyncio.run(applied_twice(platform, restored_at)).values()) == {0}
        api.close()
    print(f"the whole drill: {time.monotonic() - began:.1f} s")


def _accepts(platform: Any, token: str) -> bool:
    try:
        return status_of(platform, token, "CreateLead", lead=a_lead("open again"))[0] in {200, 201}
    except httpx.TransportError:
        return False


_NAMED = (
    ("leads", "SELECT count(*) FROM lead WHERE name = $1"),
    ("customers", "SELECT count(*) FROM contact WHERE name = $1"),
)
_APPLIED_AGAIN = "SELECT count(*) FROM inbox WHERE event_id < $1::uuid AND applied_at > $2"
_SENT_AGAIN = "SELECT count(*) FROM outbox WHERE replays > 0"
