"""``crm-<service> audit verify``: the proof without any service running."""

import argparse
import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from crm_kit.audit_verifier import Verdict, heads_in, verify
from crm_kit.keys import Keys
from crm_kit.settings import postgres_url, read, variable


@dataclass(frozen=True, slots=True)
class VerifierSettings:
    """What ``audit verify`` reads."""

    database_url: str = variable("CRM_DATABASE_URL", "the service's own database", parse=postgres_url)
    keys_dir: Path = variable("CRM_KEYS_DIR", "directory with the public keys of the processes", parse=Path)


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its options."""
    audit = commands.add_parser("audit", help="prove that the audit trail was not changed")
    parts = audit.add_subparsers(dest="part", required=True)
    verifying = parts.add_parser("verify", help="recompute the chain in the database; 1 when it is broken")
    verifying.add_argument(
        "--heads", type=Path, metavar="FILE", help="heads kept elsewhere, as `crm audit heads` prints them"
    )


def run(service: str, heads: Path | None) -> tuple[bool, str]:
    """Whether the chain is whole, and that in words. Raises SettingsError."""
    settings = read(VerifierSettings)
    keys = Keys.load(settings.keys_dir, service)
    started = time.perf_counter()
    kept = heads_in(heads, service) if heads else []
    verdict = asyncio.run(verify(settings.database_url, service, keys, kept))
    return verdict.fault is None, sentence(service, verdict, time.perf_counter() - started)


def sentence(service: str, verdict: Verdict, seconds: float) -> str:
    """The verdict in words."""
    if verdict.fault is not None:
        return f"{service}: BROKEN at position {verdict.fault.seq} ({verdict.fault.reason}): {verdict.fault.en}"
    return (
        f"{service}: {verdict.entries:,} entries verified against {verdict.heads} signed heads in {seconds:.1f} s; "
        f"{verdict.unsealed} not sealed yet"
    )
