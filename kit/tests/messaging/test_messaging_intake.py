"""What a consumer's database makes of duplicates, gaps, poison and crashes."""

import asyncio
import random
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from crm.leads.v1.leads_events_pb2 import LeadClaimed
from crm.ops.v1 import dead_letter_service_pb2 as pb
from sqlalchemy import text

from crm_kit import dead_letters
from crm_kit.admission import Mode
from crm_kit.call import Call
from crm_kit.dead_letters import DeadLetterService, NotDead
from crm_kit.envelope import Envelope
from crm_kit.errors import FailedPrecondition, InvalidArgument, PermissionDenied
from crm_kit.intake import Intake
from crm_kit.principal import Principal, Scope


def an_event(lead, seq: int, event_type: str = "crm.leads.v1.LeadClaimed") -> Envelope:
    message = LeadClaimed()
    message.lead.id = str(lead)
    return Envelope(
        event_id=uuid4(),
        event_type=event_type,
        source="/crm/leads",
        aggregate_type="lead",
        aggregate_id=lead,
        event_seq=seq,
        occur_time=datetime.now(UTC),
        actor="user:test",
        unit_path="/hq/",
        traceparent="",
        payload=message.SerializeToString(),
    )


def a_history(leads, length: int) -> list[Envelope]:
    return [an_event(lead, seq) for lead in leads for seq in range(1, length + 1)]


async def seqs(effects, lead) -> list[int]:
    return [row.event_seq for row in await effects.rows() if row.aggregate_id == lead]


async def states(effects) -> list[tuple[int, str]]:
    return [tuple(row) for row in await effects.rows("SELECT event_seq, state FROM inbox ORDER BY event_seq")]


@pytest.mark.parametrize("seed", range(3))
async def test_a_shuffled_and_doubled_delivery_to_two_workers_is_applied_once_and_in_order(
    db, make_consumer, effects, seed
) -> None:
    dice = random.Random(seed)
    leads = [uuid4() for _ in range(8)]
    history = a_history(leads, 12)
    consumer = make_consumer()

    async def deliver() -> None:
        mine = history * 2
        dice.shuffle(mine)
        worker = Intake(consumer, db)
        while mine:
            size = dice.randint(1, 40)
            await worker.apply(mine[:size])
            del mine[:size]

    await asyncio.gather(deliver(), deliver())
    await Intake(consumer, db).resume()
    await effects.are_once_and_in_order(dict.fromkeys(leads, 12))
    assert (await effects.rows("SELECT DISTINCT state FROM inbox")) == [("applied",)]


async def test_a_projection_skips_what_comes_late(db, make_consumer, effects) -> None:
    lead, worker = uuid4(), Intake(make_consumer(Mode.PROJECTION), db)
    first, second, third = a_history([lead], 3)
    for event in (second, first, third, second):
        await worker.apply([event])
    assert await seqs(effects, lead) == [2, 3]
    assert await states(effects) == [(1, "skipped"), (2, "applied"), (3, "applied")]


async def test_a_gap_is_parked_and_drained_in_order_when_it_closes(db, make_consumer, effects) -> None:
    lead, worker = uuid4(), Intake(make_consumer(), db)
    history = a_history([lead], 5)
    await worker.apply(history[2:])
    assert await seqs(effects, lead) == []
    assert [state for _, state in await states(effects)] == ["parked"] * 3
    await worker.apply(history[:2])
    assert await seqs(effects, lead) == [1, 2, 3, 4, 5]
    assert await effects.rows("SELECT count(*) FROM inbox WHERE payload IS NOT NULL") == [(0,)]


async def test_events_without_a_handler_are_no_gaps(db, make_consumer, effects) -> None:
    lead, worker = uuid4(), Intake(make_consumer(), db)
    await worker.apply([an_event(lead, 1), an_event(lead, 2, "crm.leads.v1.LeadUnheardOf"), an_event(lead, 3)])
    assert await seqs(effects, lead) == [1, 3]


async def test_a_poison_event_stops_its_aggregate_and_nothing_else(db, make_consumer, effects) -> None:
    sick, *healthy = leads = [uuid4() for _ in range(10)]
    consumer = make_consumer(fail=lambda e: ValueError() if (e.aggregate_id, e.event_seq) == (sick, 3) else None)
    worker = Intake(consumer, db)
    await worker.apply(a_history(leads, 6))
    for lead in healthy:
        assert await seqs(effects, lead) == [1, 2, 3, 4, 5, 6]
    assert await seqs(effects, sick) == [1, 2]
    held = await effects.rows("SELECT event_seq, attempts FROM inbox WHERE state = 'parked' ORDER BY event_seq")
    assert held == [(3, 1), (4, 0), (5, 0), (6, 0)]


async def test_a_failing_event_is_dead_after_eight_attempts(db, make_consumer, effects) -> None:
    lead = uuid4()
    worker = Intake(make_consumer(fail=lambda e: ValueError("secret 13800001234") if e.event_seq == 2 else None), db)
    await worker.apply(a_history([lead], 3))
    async with asyncio.timeout(10):
        while not await effects.rows("SELECT 1 FROM inbox WHERE state = 'dead'"):
            await worker.resume()
            await asyncio.sleep(0.01)
    ((attempts, error),) = await effects.rows("SELECT attempts, error FROM inbox WHERE state = 'dead'")
    assert attempts == 8
    assert error.startswith("ValueError at")
    assert "138" not in error
    assert await seqs(effects, lead) == [1]


async def test_a_handler_that_recovers_is_tried_again_and_those_behind_follow(db, make_consumer, effects) -> None:
    lead, broken = uuid4(), [True]
    worker = Intake(make_consumer(fail=lambda e: OverflowError() if broken[0] and e.event_seq == 2 else None), db)
    await worker.apply(a_history([lead], 4))
    broken[0] = False
    await asyncio.sleep(0.06)
    await worker.resume()
    assert await seqs(effects, lead) == [1, 2, 3, 4]


async def test_two_workers_that_try_a_failed_event_again_at_once_apply_it_once(db, make_consumer, effects) -> None:
    lead, broken = uuid4(), [True]
    consumer = make_consumer(fail=lambda _: OverflowError() if broken[0] else None)
    event = an_event(lead, 1)
    await Intake(consumer, db).apply([event])
    broken[0] = False
    await asyncio.gather(*(Intake(consumer, db).retry(event) for _ in range(4)))
    assert await seqs(effects, lead) == [1]


async def test_refused_content_is_dead_at_once(db, make_consumer, effects) -> None:
    refused = InvalidArgument.of("phone", "BAD", "Give a phone.", "请填写电话。")
    worker = Intake(make_consumer(fail=lambda e: refused if e.event_seq == 1 else None), db)
    await worker.apply(a_history([uuid4()], 2))
    assert await states(effects) == [(1, "dead"), (2, "parked")]


async def test_an_undecodable_payload_is_dead_at_once(db, make_consumer, effects) -> None:
    event = an_event(uuid4(), 1)
    worker = Intake(make_consumer(), db)
    await worker.apply([Envelope(**{n: getattr(event, n) for n in Envelope.__slots__} | {"payload": b"\xff\xff"})])
    assert await states(effects) == [(1, "dead")]


async def test_a_constraint_of_the_database_counts_as_the_handlers_failure(db, make_consumer, effects) -> None:
    async with db.connect() as connection:
        await connection.execute(text("CREATE UNIQUE INDEX ON effect (aggregate_id, event_seq)"))
        lead = uuid4()
        await connection.execute(text("INSERT INTO effect (aggregate_id, event_seq) VALUES (:lead, 1)"), {"lead": lead})
    await Intake(make_consumer(), db).apply([an_event(lead, 1)])
    assert await effects.rows("SELECT state, attempts FROM inbox") == [("parked", 1)]


async def test_a_lost_database_is_no_failure_of_the_event(db, make_consumer, effects) -> None:
    lead, losses = uuid4(), [2]

    def lose(_event) -> Exception | None:
        losses[0] -= 1
        return ConnectionResetError() if losses[0] >= 0 else None

    worker = Intake(make_consumer(fail=lose), db)
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            await worker.apply([an_event(lead, 1)])
    assert await effects.rows("SELECT 1 FROM inbox") == []


async def test_a_postponed_event_is_held_back_without_counting_and_never_jumps_a_gap(
    db, make_consumer, effects
) -> None:
    lead, worker = uuid4(), Intake(make_consumer(), db)
    first, second, third = a_history([lead], 3)
    assert await worker.postpone(third)
    assert await worker.postpone(first)
    held = await effects.rows("SELECT event_seq, attempts, next_attempt_at IS NULL FROM inbox ORDER BY event_seq")
    assert held == [(1, 0, False), (3, 0, True)]
    await worker.apply([second])
    await worker.retry(first)
    assert await seqs(effects, lead) == [1, 2, 3]


@pytest.fixture
def operator(db) -> Call:
    return Call(db=db, principal=Principal(subject="ops", grants=(("ops.*", Scope.ALL),)), permission="ops.dead_letter")


@pytest.fixture
def poisoned(db, make_consumer):
    """A consumer that refuses the second event of every aggregate as long as ``broken`` is set."""
    broken = [True]
    refused = InvalidArgument.of("phone", "BAD", "Give a phone.", "请填写电话。")
    consumer = make_consumer(fail=lambda e: refused if broken[0] and e.event_seq == 2 else None)
    return consumer, broken


async def test_an_operator_retries_a_dead_event_and_those_behind_it_follow(db, poisoned, operator, effects) -> None:
    consumer, broken = poisoned
    lead = uuid4()
    await Intake(consumer, db).apply(a_history([lead], 4))
    service = DeadLetterService([consumer])
    listed = await service.ListDeadLetters(pb.ListDeadLettersRequest(service="test"), operator)
    assert [(d.event_seq, d.state) for d in sorted(listed.dead_letters, key=lambda d: d.event_seq)] == [
        (2, "dead"), (3, "parked"), (4, "parked")
    ]  # fmt: skip
    dead = next(d for d in listed.dead_letters if d.state == "dead")
    ask = pb.RetryDeadLetterRequest(service="test", consumer=consumer.name, event_id=dead.event_id)
    assert (await service.RetryDeadLetter(ask, operator)).state == "dead"
    broken[0] = False
    assert (await service.RetryDeadLetter(ask, operator)).state == "applied"
    assert await seqs(effects, lead) == [1, 2, 3, 4]


async def test_an_operator_gives_a_dead_event_up_with_a_reason(db, poisoned, operator, effects) -> None:
    consumer, _ = poisoned
    lead = uuid4()
    history = a_history([lead], 3)
    await Intake(consumer, db).apply(history)
    service = DeadLetterService([consumer])
    ask = pb.DiscardDeadLetterRequest(service="test", consumer=consumer.name, event_id=str(history[1].event_id))
    with pytest.raises(InvalidArgument):
        await service.DiscardDeadLetter(ask, operator)
    ask.reason = "the phone was wrong"
    given_up = await service.DiscardDeadLetter(ask, operator)
    assert (given_up.state, given_up.error) == ("discarded", "user:ops: the phone was wrong")
    assert await seqs(effects, lead) == [1, 3]
    await Intake(consumer, db).apply(history)
    assert await seqs(effects, lead) == [1, 3]


async def test_an_event_that_only_waits_is_not_decided_about(db, make_consumer) -> None:
    consumer = make_consumer()
    late = an_event(uuid4(), 2)
    await Intake(consumer, db).apply([late])
    with pytest.raises(NotDead) as refused:
        await dead_letters.retry(db, consumer, late.event_id)
    assert isinstance(refused.value, FailedPrecondition) or refused.value.status.name == "FAILED_PRECONDITION"


async def test_dead_letters_are_shown_page_by_page_to_those_who_may_see_all(db, make_consumer, operator) -> None:
    consumer = make_consumer()
    await Intake(consumer, db).apply([an_event(uuid4(), 2) for _ in range(5)])
    service = DeadLetterService([consumer])
    ids, token = [], ""
    for _ in range(3):
        ask = pb.ListDeadLettersRequest(service="test", page_size=2, page_token=token)
        page = await service.ListDeadLetters(ask, operator)
        ids += [d.event_id for d in page.dead_letters]
        token = page.next_page_token
    assert len(set(ids)) == 5
    assert token == ""
    dealer = Principal(subject="d", grants=(("ops.*", Scope.SUBTREE),), unit_path="/hq/d1/")
    with pytest.raises(PermissionDenied):
        await service.ListDeadLetters(ask, operator.as_principal(dealer, "ops.dead_letter"))
