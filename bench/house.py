"""What all measurements of one run share: the stack, signed-in people, the bare driver, the reference, the results."""

import os
from dataclasses import dataclass, field
from uuid import uuid4

from http_load import Client, signed_in
from limits import Driver, Pgbench
from measuring import Cost, Machine, Work, in_turns
from results import Measured
from stack import ADMINISTRATOR, Stack

PASSWORD = "measure-me-please"
OWNERS = 20


def owner(number: int) -> str:
    """The id of one of the twenty people that own the generated records."""
    return f"00000000-0000-7000-8000-{number:012x}"


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    name: str
    leads: int
    deals: int
    batch: int
    rounds: int
    import_rows: int


SIZES = {
    "small": Size("small", leads=20_000, deals=20_000, batch=48, rounds=2, import_rows=2_000),
    "middle": Size("middle", leads=200_000, deals=200_000, batch=64, rounds=3, import_rows=2_000),
    "full": Size("full", leads=1_000_000, deals=1_000_000, batch=96, rounds=3, import_rows=50_578),
}


@dataclass
class House:
    """The run."""

    stack: Stack
    size: Size
    machine: Machine
    pgbench: Pgbench
    client: Client
    administrator: Client
    results: list[Measured] = field(default_factory=list)
    pgbench_seconds: int = 1
    run: str = field(default_factory=lambda: uuid4().hex)

    def compare(self, ours: Work, limit: Work | None = None) -> tuple[Cost, Cost | None]:
        """Both in turns, with a sample of the reference before them."""
        self.pgbench.measure(self.pgbench_seconds)
        return in_turns(self.machine, ours, limit, self.size.rounds)

    def driver(self, service: str) -> Driver:
        return Driver(self.stack.database(service))


def enter(stack: Stack, size: Size) -> House:
    """Sign in and get ready to measure; the person is a sales manager, so that scopes bite on every statement."""
    administrator = signed_in(stack.gateway, *ADMINISTRATOR)
    unit = administrator.ask(("GET", "/v1/units", None))["units"][0]
    login = f"bench-{os.getpid()}"
    person = {
        "login": login,
        "display_name": "Bench",
        "unit_id": unit["id"],
        "roles": ["sales_manager"],
        "password": PASSWORD,
    }
    administrator.ask(("POST", "/v1/users", person))
    trees = {name: [stack.pid(name)] for name in ["gateway", *stack.names]}
    trees |= {"PostgreSQL": [stack.pid("postgres")], "NATS": [stack.pid("nats")]}
    house = House(
        stack,
        size,
        Machine(trees),
        Pgbench(stack.postgres, "scratch"),
        signed_in(stack.gateway, login, PASSWORD),
        administrator,
    )
    house.machine.settle(5)
    return house
