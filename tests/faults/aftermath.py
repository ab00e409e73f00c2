"""What every scenario ends with: faults healed, time to settle, then the standing invariants."""

from .audit import Auditor
from .killing import Killer
from .ledger import ACKED, UNKNOWN, Ledger
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
    async with api.load(1) as http:
        for operation in list(ledger.of(UNKNOWN)):
            before = (await auditor.found(operation.rpc, [operation.marker])).get(operation.marker, [])
            answer = await send(http, operation, ledger)
            after = (await auditor.found(operation.rpc, [operation.marker])).get(operation.marker, [])
            said = None if answer is None else answer.headers.get("Idempotent-Replayed") == "true"
            if operation.outcome != ACKED or said != bool(before) or after != [operation.id]:
                told = f"{operation.status} {operation.id} replayed={said}"
                wrong.append(f"I2 {operation.rpc} {operation.marker}: was {before}, is {after}, told {told}")
    return wrong


def strange_answers(ledger: Ledger) -> list[str]:
    """I9: nothing but what was injected; a refusal would be the load's own mistake."""
    strange = [
        operation
        for operation in ledger.operations
        if operation.outcome != ACKED or operation.status not in INJECTED | {200, 201}
    ]
    return [f"I9 {operation.rpc}: {operation.status} {operation.body}" for operation in strange[:5]]
