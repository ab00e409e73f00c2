"""What the gateway is told by its environment."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crm_gateway.caller_address import Network, networks
from crm_kit.settings import host_port, one_of, pairs, variable

_MOST = 64
_MOST_STREAMS = 4096
_LONGEST_DRAIN = 300


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= _MOST:
        raise ValueError(f"expected a whole number from 1 to {_MOST}")
    return int(text)


def _streams(text: str) -> int:
    if not text.isdigit() or int(text) > _MOST_STREAMS:
        raise ValueError(f"expected a whole number from 0 to {_MOST_STREAMS}")
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


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.netloc or not (parts.scheme == "https" or local) or parts.path.strip("/") or parts.query:
        raise ValueError("expected https://host, or http://localhost on this machine")
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Everything ``crm-gateway serve`` reads; the gateway has no database, and of the broker it only listens."""

    listen: str = variable("CRM_LISTEN", "host:port the REST API is served on", parse=host_port)
    keys_dir: Path = variable("CRM_KEYS_DIR", "directory with gateway.private.pem", parse=Path)
    peers: dict[str, str] = variable("CRM_PEERS", "name=host:port of each service", parse=pairs)
    nats_url: str = variable(
        "CRM_NATS_URL",
        "nats://host:port of the broker; without, ended rights count after 5 seconds and nothing is live",
        default="",
    )
    public_url: str = variable(
        "CRM_PUBLIC_URL",
        "address people open this platform with; identity providers send them back to it",
        default="",
        parse=_public_url,
    )
    trusted_proxies: tuple[Network, ...] = variable(
        "CRM_TRUSTED_PROXIES", "networks of proxies whose X-Forwarded-For is believed", default=(), parse=networks
    )
    metrics_listen: str = variable(
        "CRM_METRICS_LISTEN", "host:port of /metrics", default="127.0.0.1:0", parse=host_port
    )
    workers: int = variable("CRM_GATEWAY_WORKERS", "processes that serve requests", default=1, parse=_count)
    threads: int = variable("CRM_GATEWAY_THREADS", "requests one worker serves at once", default=16, parse=_count)
    live_streams: int = variable(
        "CRM_LIVE_STREAMS", "pages one worker keeps informed of changes at once", default=256, parse=_streams
    )
    drain_seconds: float = variable(
        "CRM_DRAIN_SECONDS", "seconds between not-ready and stopping", default=5.0, parse=_seconds
    )
    log_format: str = variable("CRM_LOG_FORMAT", "json or console", default="json", parse=one_of("json", "console"))
    otlp_endpoint: str = variable("OTEL_EXPORTER_OTLP_ENDPOINT", "collector to send traces to", default="")
    trace_sample: float = variable("CRM_TRACE_SAMPLE", "share of traces recorded, 0 to 1", default=1.0, parse=_share)
    trace_file: str = variable("CRM_TRACE_FILE", "file that receives spans as JSON lines", default="")
