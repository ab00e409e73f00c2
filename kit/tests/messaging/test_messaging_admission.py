"""The rule of once and of order, tried with every way a broker can garble a history."""

import random
from datetime import UTC, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from crm_kit.admission import Mode, Position, decide
from crm_kit.consumer import waves
from crm_kit.envelope import Envelope

LEADS = [UUID(int=n) for n in range(1, 4)]


def an_event(aggregate: UUID, seq: int, event_type: str = "crm.leads.v1.LeadClaimed") -> Envelope:
    return Envelope(
        event_id=UUID(int=(aggregate.int * 1000 + seq) % 2**128),
        event_type=event_type,
        source="/crm/leads",
        aggregate_type="lead",
        aggregate_id=aggregate,
        event_seq=seq,
        occur_time=datetime.now(UTC),
        actor="",
        unit_path="/",
        traceparent="",
        payload=b"",
    )


def fresh() -> dict[tuple[str, UUID], Position]:
    return {("lead", lead): Position(0, None) for lead in LEADS}


deliveries = st.lists(st.tuples(st.sampled_from(LEADS), st.integers(1, 8)), max_size=60)
chunk_sizes = st.integers(1, 20)


@given(deliveries, chunk_sizes)
def test_a_ledger_applies_every_history_without_gaps_and_never_twice(delivered, size) -> None:
    positions, parked, applied = fresh(), {}, []
    for start in range(0, len(delivered), size):
        admission = decide(Mode.LEDGER, positions, [an_event(*d) for d in delivered[start : start + size]])
        while admission.ready or admission.parked:
            applied += admission.ready
            parked |= {e.event_id: e for e in admission.parked}
            for event in admission.ready:
                parked.pop(event.event_id, None)
            if not admission.ready:
                break
            admission = decide(Mode.LEDGER, positions, parked.values())
    for lead in LEADS:
        sent = {seq for aggregate, seq in delivered if aggregate == lead}
        whole = next(n for n in range(10) if n + 1 not in sent)
        assert [e.event_seq for e in applied if e.aggregate_id == lead] == list(range(1, whole + 1))


@given(deliveries, chunk_sizes)
def test_a_projection_only_moves_forward_and_ends_at_the_newest(delivered, size) -> None:
    positions, applied = fresh(), []
    for start in range(0, len(delivered), size):
        applied += decide(Mode.PROJECTION, positions, [an_event(*d) for d in delivered[start : start + size]]).ready
    for lead in LEADS:
        seqs = [e.event_seq for e in applied if e.aggregate_id == lead]
        assert seqs == sorted(set(seqs))
        assert (seqs or [0])[-1] == max((seq for aggregate, seq in delivered if aggregate == lead), default=0)


def test_everything_behind_a_failed_event_is_parked_in_both_modes() -> None:
    for mode in Mode:
        positions = fresh() | {("lead", LEADS[0]): Position(4, 5)}
        admission = decide(mode, positions, [an_event(LEADS[0], seq) for seq in (4, 5, 6)])
        assert [e.event_seq for e in admission.parked] == [5, 6]
        assert [e.event_seq for e in admission.skipped] == [4]


@given(st.lists(st.tuples(st.sampled_from(LEADS), st.sampled_from("ABC")), max_size=40))
def test_waves_keep_each_history_and_never_hold_two_events_of_one_aggregate(history) -> None:
    events = [an_event(lead, seq, event_type) for seq, (lead, event_type) in enumerate(history)]
    called: list[Envelope] = []
    for event_type, wave in waves(events):
        assert {event.event_type for event in wave} == {event_type}
        assert len({event.aggregate_id for event in wave}) == len(wave)
        called += wave
    for lead in LEADS:
        assert [e for e in called if e.aggregate_id == lead] == [e for e in events if e.aggregate_id == lead]


def test_a_thousand_aggregates_of_one_type_are_one_call() -> None:
    events = [an_event(uuid4(), 1) for _ in range(1000)]
    random.shuffle(events)
    assert [len(wave) for _, wave in waves(events)] == [1000]
