"""What the client believes: every operation with its request and its answer, kept outside the system under test."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

UNKNOWN = "unknown"
ACKED = "acked"
REFUSED = "refused"


@dataclass
class Operation:
    """One request under one Idempotency-Key. ``marker`` is the text by which the auditor finds its effect."""

    number: int
    rpc: str
    marker: str
    key: str
    request: dict[str, Any]
    outcome: str = UNKNOWN
    status: int = 0
    """HTTP status of the answer; 0 when the connection ended without one."""
    id: str = ""
    began: float = 0.0
    ended: float = 0.0
    body: str = field(default="", repr=False)


class Ledger:
    """Operations of one scenario, each written to ``file`` as a line before it is sent and again when it ended."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.operations: list[Operation] = []
        self._lock = threading.Lock()
        self._out = file.open("a", encoding="utf-8", buffering=1)

    def begin(self, rpc: str, run: str, request: Mapping[str, Any], marker: str = "") -> Operation:
        with self._lock:
            number = len(self.operations)
            name = marker or f"{run}-{number}"
            operation = Operation(number, rpc, name, f"{run}-{number}", dict(request))
            self.operations.append(operation)
        self._write(operation)
        return operation

    def end(self, operation: Operation) -> None:
        self._write(operation)

    def of(self, outcome: str) -> Iterator[Operation]:
        return (operation for operation in self.operations if operation.outcome == outcome)

    def close(self) -> None:
        self._out.close()

    def _write(self, operation: Operation) -> None:
        with self._lock:
            self._out.write(json.dumps(asdict(operation), ensure_ascii=False) + "\n")
