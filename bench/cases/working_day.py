"""A working day: a seller, a manager and an administrator at work at once, at rising rates, until every hundredth answer takes over 300 ms.

Questions begin when they are due, whether or not earlier ones are answered, and the wait for a turn counts: a system that
falls behind shows it.
"""

import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from house import PASSWORD, House
from http_load import Ask, Client, Refused, signed_in
from results import Goal, Measured

GOAL_MS, PERCENTILE = 300.0, 0.99
FIRST_RATE, FASTER = 4.0, 1.5
STEP_SECONDS, MOST_STEPS, MOST_WAITING = 8.0, 10, 64
CALL = {"kind": "call", "direction": "outbound", "outcome": "interested", "note": "talked"}


@dataclass
class Person:
    """Somebody with a role, and what they ask for in an hour: ``(times, question)``."""

    client: Client
    habits: Sequence[tuple[int, Callable[[random.Random], Ask]]]


@dataclass
class Step:
    """One rate, held for ``STEP_SECONDS``: milliseconds of every answer, and what was refused."""

    rate: float
    milliseconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def slowest_hundredth(self) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[int(len(ordered) * PERCENTILE)] if ordered else float("inf")

    @property
    def kept(self) -> bool:
        return not self.refused and self.slowest_hundredth <= GOAL_MS

    def __str__(self) -> str:
        middle = statistics.median(self.milliseconds) if self.milliseconds else float("inf")
        return f"{self.rate:.0f}/s: median {middle:.0f} ms, p99 {self.slowest_hundredth:.0f} ms, {len(self.refused)} refused"


def measure(house: House) -> None:
    people, rng = _everybody(house), random.Random(1)
    house.pgbench.measure(house.pgbench_seconds)
    steps: list[Step] = []
    rate = FIRST_RATE
    while len(steps) < MOST_STEPS and (not steps or steps[-1].kept):
        steps.append(_hold(people, rate, rng))
        print(f"  {steps[-1]}", flush=True)
        rate *= FASTER
    house.pgbench.measure(house.pgbench_seconds)
    best = max((step.rate for step in steps if step.kept), default=0.0)
    limit = statistics.median(house.pgbench.tps)
    row = Measured(
        "a working day: sales, their manager, an administrator", limit_is=f"pgbench -S, {limit:,.0f} transactions/s"
    )
    row.goals.append(Goal("highest rate at p99 ≤ 300 ms, requests/s", FIRST_RATE, best, "requests/s", at_most=False))
    row.note = f"{best / limit:.4f} of the limit; " + "; ".join(map(str, steps))
    house.results.append(row)


def _hold(people: Sequence[Person], rate: float, rng: random.Random) -> Step:
    """Ask at this rate, at random moments; what nobody could begin in time is refused by being late."""
    step, lock = Step(rate), threading.Lock()
    began = time.perf_counter()

    def ask(due: float, client: Client, question: Ask) -> None:
        said = ""
        try:
            client.ask(question, keyed=question[0] == "POST")
        except Refused as refused:
            said = str(refused)
        with lock:
            step.milliseconds.append((time.perf_counter() - due) * 1000)
            if said:
                step.refused.append(said)

    weights = [sum(times for times, _ in person.habits) for person in people]
    with ThreadPoolExecutor(MOST_WAITING) as pool:
        due = began
        while (due := due + rng.expovariate(rate)) < began + STEP_SECONDS:
            time.sleep(max(0.0, due - time.perf_counter()))
            [person] = rng.choices(people, weights)
            [question] = rng.choices([asked for _, asked in person.habits], [times for times, _ in person.habits])
            pool.submit(ask, due, person.client, question(rng))
    return step


def _everybody(house: House) -> list[Person]:
    boss = house.administrator
    customers = [_made(boss, "customers", {"type": "ORGANIZATION", "name": f"Day {house.run} {n}"}) for n in range(20)]
    deals = [
        _made(boss, "opportunities", {"name": f"Deal {n}", "customer_id": each}) for n, each in enumerate(customers)
    ]
    leads = [one["id"] for one in boss.ask(("GET", "/v1/leads?page_size=50", None))["leads"]]
    seller, manager = _colleague(house, "sales_rep"), house.client
    return [
        Person(
            seller,
            [
                (12, lambda _: ("GET", "/v1/leads?page_size=50&order_by=create_time%20desc", None)),
                (6, lambda _: ("GET", "/v1/customers?page_size=50", None)),
                (6, lambda _: ("GET", "/v1/opportunities?page_size=50", None)),
                (4, lambda _: ("GET", "/v1/users/me", None)),
                (2, lambda _: ("GET", "/v1/notifications?page_size=20", None)),
            ],
        ),
        Person(
            manager,
            [
                (8, lambda rng: ("GET", f"/v1/leads/{rng.choice(leads)}", None)),
                (4, lambda _: ("GET", "/v1/leads?page_size=50&filter=grade%20%3D%20%22A%22", None)),
                (4, lambda rng: ("POST", f"/v1/customers/{rng.choice(customers)}/follow-ups", CALL)),
                (3, lambda rng: ("GET", f"/v1/opportunities/{rng.choice(deals)}", None)),
                (2, lambda _: ("GET", "/v1/reports/pipeline_by_stage:run", None)),
            ],
        ),
        Person(
            boss,
            [
                (3, _a_lead),
                (2, lambda _: ("GET", "/v1/users?page_size=50", None)),
                (1, lambda rng: ("POST", "/v1/customers", {"type": "ORGANIZATION", "name": f"New {rng.random()}"})),
            ],
        ),
    ]


def _a_lead(rng: random.Random) -> Ask:
    return (
        "POST",
        "/v1/leads",
        {"name": f"Day {rng.random()}", "phone": f"13{rng.randrange(10**9):09d}", "need": "pump"},
    )


def _made(client: Client, collection: str, record: Any) -> str:
    return str(client.ask(("POST", f"/v1/{collection}", record), keyed=True)["id"])


def _colleague(house: House, role: str) -> Client:
    unit = house.administrator.ask(("GET", "/v1/units", None))["units"][0]
    login = f"{role}-{house.run}"
    person = {"login": login, "display_name": role, "unit_id": unit["id"], "roles": [role], "password": PASSWORD}
    house.administrator.ask(("POST", "/v1/users", person))
    return signed_in(house.stack.gateway, login, PASSWORD)
