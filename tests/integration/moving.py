"""An enterprise of several services whose units move and whose people hand over."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID
from zlib import crc32

import pytest
from crm.identity.v1 import session_service_pb2 as session_pb
from crm.identity.v1 import unit_service_pb2 as unit_pb
from crm.identity.v1 import user_service_pb2 as user_pb
from crm.identity.v1.unit_pb2 import Unit
from crm.identity.v1.user_pb2 import User
from crm.leads.v1 import lead_service_pb2 as lead_pb
from crm.leads.v1.lead_pb2 import Lead

from crm_identity.domain.session import digest
from crm_identity.service import service as identity_service
from crm_kit.present_rights import principal_from
from crm_kit.principal import Principal, system
from crm_kit.service import Service
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody

PASSWORD = "correct horse battery"
GATEWAY = system("service", "gateway")
ID, LEADS = "crm.identity.v1", "crm.leads.v1.LeadService"


class Killed(BaseException):
    """The process ends here: nobody cleans up, and what was not committed is gone."""


@dataclass
class Enterprise:
    """Identity and the services that keep records."""

    identity: RunningService
    keepers: Mapping[str, RunningService]
    units: dict[str, Unit] = field(default_factory=dict)

    async def unit(self, path: str) -> Unit:
        """The unit of a path, made with those above it."""
        if path not in self.units:
            if path == "/hq/":
                request = unit_pb.ListUnitsRequest(filter='path = "/hq/"')
                page = await self.identity.call(f"{ID}.UnitService/ListUnits", request, somebody())
                self.units[path] = page.units[0]
            else:
                above, code = path[:-1].rpartition("/")[0] + "/", path[:-1].rpartition("/")[2]
                made = Unit(name=path, code=code, kind=Unit.REGION, parent_id=(await self.unit(above)).id)
                request = unit_pb.CreateUnitRequest(unit=made)
                self.units[path] = await self.identity.call(f"{ID}.UnitService/CreateUnit", request, somebody())
        return self.units[path]

    async def user(self, login: str, path: str, roles: Sequence[str] = ("sales_manager",)) -> User:
        user = User(login=login, display_name=login, unit_id=(await self.unit(path)).id, roles=roles, password=PASSWORD)
        request = user_pb.CreateUserRequest(user=user)
        return await self.identity.call(f"{ID}.UserService/CreateUser", request, somebody())

    async def sign_in(self, login: str) -> str:
        request = session_pb.CreateSessionRequest(login=login, password=PASSWORD)
        return (await self.identity.call(f"{ID}.SessionService/CreateSession", request, GATEWAY)).token

    async def who(self, token: str) -> Principal:
        """Whom the gateway would make of a token now."""
        request = session_pb.AuthenticateRequest(token_digest=digest(token))
        return principal_from(await self.identity.call(f"{ID}.SessionService/Authenticate", request, GATEWAY))

    async def move(self, path: str, below: str) -> Unit:
        request = unit_pb.MoveUnitRequest(id=(await self.unit(path)).id, parent_id=(await self.unit(below)).id)
        return await self.identity.call(f"{ID}.UnitService/MoveUnit", request, somebody())

    async def now(self, unit_id: str) -> Unit:
        return await self.identity.call(f"{ID}.UnitService/GetUnit", unit_pb.GetUnitRequest(id=unit_id), somebody())

    async def tell(self) -> None:
        """Events of identity reach everybody, and those of everybody reach everybody."""
        for hearer in self.keepers.values():
            for other in (self.identity, *self.keepers.values()):
                if other is not hearer:
                    await hearer.hear(other)

    async def follow(self) -> None:
        """All events arrive and all records follow."""
        await self.tell()
        for keeper in self.keepers.values():
            await keeper.follow()
        await self.tell()

    async def lead(self, who: Principal, **facts: Any) -> Lead:
        request = lead_pb.CreateLeadRequest(lead=Lead(**facts))
        return await self.keepers["leads"].call(f"{LEADS}/CreateLead", request, who)

    async def leads_of(self, who: Principal) -> list[Lead]:
        page = await self.keepers["leads"].call(f"{LEADS}/ListLeads", lead_pb.ListLeadsRequest(page_size=200), who)
        return list(page.leads)


@asynccontextmanager
async def enterprise(
    databases: DatabaseFactory, keys: Path, *services: Service, absent: Sequence[str] = ()
) -> AsyncIterator[Enterprise]:
    """``absent``: services that identity waits for and that never answer."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CRM_BOOTSTRAP_ADMIN_PASSWORD", PASSWORD)
        async with AsyncExitStack() as stack:
            names = [*(each.name for each in services), *absent]
            peers = dict.fromkeys(names, "127.0.0.1:1")
            identity = await stack.enter_async_context(running(identity_service, databases, keys, peers=peers))
            known = {"identity": identity.address}
            keepers = {
                each.name: await stack.enter_async_context(running(each, databases, keys, peers=known))
                for each in services
            }
            peers.update({name: keeper.address for name, keeper in keepers.items()})
            yield Enterprise(identity, keepers)


def ids(records: Sequence[Any]) -> set[UUID]:
    return {UUID(record.id) for record in records}


def phone_of(name: str) -> str:
    """A number of their own for everybody, the same in every run."""
    return f"138{crc32(name.encode()) % 10**8:08}"
