"""What every scenario ends with: faults healed, time to settle, then the standing invariants."""

from .audit import Auditor
from .killing import Killer
from .ledger import ACKED, UNKNOWN, Ledger, Operation
from .load import send
from .rest import Api
from .scale import Scale

INJECTED = {0, 502, 503, 504}
"""What a client may see while a process is dead: no answer, or the gateway's word that nobody answers."""


async def examine(api: Api, ledger: Ledger, auditor: Auditor, counts: Scale, killer: Killer) -> None:
    """I1 to I6 and I9; the text of a failure begins with the faults that led to it."""
    wrong = await unknown_ones(api, ledger, auditor)
    wrong += strange_answers(ledger)
    wrong += await auditor.settled(counts.settle_seconds, lambda: auditor.acked(ledger))
    acked = len(list(ledger.of(ACKED)))
    faults = ", ".join(name for _, name in killer.killed)
    assert not wrong, f"after killing {faults} over {acked} acknowledged writes ({ledger.file}):\n" + "\n".join(wrong)
    assert acked


async def unknown_ones(api: Api, ledger: Ledger, auditor: Auditor) -> list[str]:
    """I2: an operation without an answer took effect once or not at all, and a retry with its key tells which."""
    wrong = []
    unknown = list(ledger.of(UNKNOWN))
    before = await effects(auditor, unknown)
    replayed: dict[int, bool] = {}
    async with api.load(1) as http:
        for operation in unknown:
            answer = await send(http, operation, ledger)
            if answer is not None:
                replayed[operation.number] = answer.headers.get("Idempotent-Replayed") == "true"
    after = await effects(auditor, unknown)
    for operation in unknown:
        was, now, told = before[operation.number], after[operation.number], replayed.get(operation.number)
        if operation.outcome != ACKED or told != bool(was) or now != [operation.id]:
            answered = f"{operation.status} {operation.id} replayed={told} {operation.body}"
            wrong.append(f"I2 {operation.rpc} {operation.marker}: was {was}, is {now}, told {answered}")
    return wrong


async def effects(auditor: Auditor, operations: list[Operation]) -> dict[int, list[str]]:
    """The ids of what each operation made, by its number."""
    made: dict[int, list[str]] = {}
    for rpc in {operation.rpc for operation in operations}:
        mine = [operation for operation in operations if operation.rpc == rpc]
        found = await auditor.found(rpc, [operation.marker for operation in mine])
        made |= {operation.number: found.get(operation.marker, []) for operation in mine}
    return made


def strange_answers(ledger: Ledger) -> list[str]:
    """I9: nothing but what was injected; a refusal would be the load's own mistake."""
    strange = [
        operation
        for operation in ledger.operations
        if operation.outcome != ACKED or operation.status not in INJECTED | {200, 201}
    ]
    return [f"I9 {operation.rpc}: {operation.status} {operation.body}" for operation in strange[:5]]
