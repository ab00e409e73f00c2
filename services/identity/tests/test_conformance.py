"""The standard methods of identity's resources."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from crm.identity.v1 import unit_service_pb2 as pb
from crm.identity.v1.unit_pb2 import Unit
from crm.identity.v1.user_pb2 import User

from crm_identity.service import service
from crm_kit.testing.conformance import Bench, ResourceCase, Rule, checks
from crm_kit.testing.databases import DatabaseFactory
from crm_kit.testing.service import RunningService, running, somebody


async def headquarters(identity: RunningService) -> Unit:
    request = pb.ListUnitsRequest(filter='path = "/hq/"')
    [unit] = (await identity.call("crm.identity.v1.UnitService/ListUnits", request, somebody())).units
    return unit


async def below(identity: RunningService) -> dict[str, Any]:
    return {"parent_id": (await headquarters(identity)).id}


async def inside(identity: RunningService) -> dict[str, Any]:
    return {"unit_id": (await headquarters(identity)).id}


def a_unit(**facts: Any) -> Unit:
    return Unit(**{"name": f"Unit {uuid4()}", "code": uuid4().hex[:16], "kind": Unit.DEALER, **facts})


def placed(unit: Any) -> None:
    unit.path = f"/hq/{unit.code}/"


def a_user(**facts: Any) -> User:
    return User(**{"login": uuid4().hex, "display_name": "Ada", **facts})


def a_name() -> str:
    return f"华东分公司 {uuid4()}"


UNIT = ResourceCase("crm.identity.v1.UnitService", a_unit, ("name", a_name), prepare=placed, given=below)
USER = ResourceCase("crm.identity.v1.UserService", a_user, ("display_name", "王小明"), given=inside)


@pytest.fixture(scope="module")
async def identity_at_work(
    database_factory: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningService]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CRM_BOOTSTRAP_ADMIN_PASSWORD", "correct horse battery")
        async with running(service, database_factory, tmp_path_factory.mktemp("keys")) as made:
            yield made


@pytest.mark.parametrize(("case", "rule"), checks(UNIT, USER))
async def test_standard_methods(identity_at_work: RunningService, case: ResourceCase, rule: Rule) -> None:
    await rule(Bench(identity_at_work, case))
