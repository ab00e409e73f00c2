"""What the gateway is told by its environment."""

from dataclasses import dataclass
from pathlib import Path

from crm_kit.settings import host_port, one_of, pairs, variable

_MOST = 64
_LONGEST_DRAIN = 300


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= _MOST:
        raise ValueError(f"expected a whole number from 1 to {_MOST}")
    return int(text)


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise ValueError("expected a number from 0 to 1")
    return share


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= _LONGEST_DRAIN:
        raise ValueError(f"expected seconds from 0 to {_LONGEST_DRAIN}")
    return seconds


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Everything ``crm-gateway serve`` reads; the gateway has no database and no broker."""

    listen: str = variable("CRM_LISTEN", "host:port the REST API is served on", parse=host_port)
    keys_dir: Path = variable("CRM_KEYS_DIR", "directory with gateway.private.pem", parse=Path)
    peers: dict[str, str] = variable("CRM_PEERS", "name=host:port of each service", parse=pairs)
    metrics_listen: str = variable(
        "CRM_METRICS_LISTEN", "host:port of /metrics", default="127.0.0.1:0", parse=host_port
    )
    workers: int = variable("CRM_GATEWAY_WORKERS", "processes that serve requests", default=1, parse=_count)
    threads: int = variable("CRM_GATEWAY_THREADS", "requests one worker serves at once", default=16, parse=_count)
    drain_seconds: float = variable(
        "CRM_DRAIN_SECONDS", "seconds between not-ready and stopping", default=5.0, parse=_seconds
    )
    log_format: str = variable("CRM_LOG_FORMAT", "json or console", default="json", parse=one_of("json", "console"))
    otlp_endpoint: str = variable("OTEL_EXPORTER_OTLP_ENDPOINT", "collector to send traces to", default="")
    trace_sample: float = variable("CRM_TRACE_SAMPLE", "share of traces recorded, 0 to 1", default=1.0, parse=_share)
    trace_file: str = variable("CRM_TRACE_FILE", "file that receives spans as JSON lines", default="")
