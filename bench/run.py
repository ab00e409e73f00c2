"""Measure the platform against its limits in the same run and write RESULTS.md.

    python bench/run.py [--size small|full] [--only reading,writing,…] [--keep folder] [--out file]

`--keep` leaves servers' data in a folder, so that the next run need not make a million records again. Exits with 0 even
when goals are missed: the table says so.
"""

import argparse
import asyncio
import importlib
import traceback
from pathlib import Path

import records
import results
from house import SIZES, House, enter
from stack import started

SERVICES = ("identity", "leads", "customers", "sales", "reporting")
CASES = ("reading", "writing", "reporting", "events", "pieces", "importing", "scoping", "working_day")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--only", default=",".join(CASES))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--out", type=Path, help="RESULTS.md for a full run, else only printed")
    options = parser.parse_args()
    size = SIZES[options.size]
    chosen = options.only.split(",")
    with started(SERVICES, options.keep) as stack:
        stack.start_platform()
        print(f"{size.leads:,} leads …", flush=True)
        asyncio.run(records.make_leads(stack.database("leads"), stack.keys, size.leads))
        house = enter(stack, size)
        out = options.out or (Path(__file__).with_name("RESULTS.md") if options.size == "full" else None)
        broken: list[str] = []
        for case in chosen:
            if not _measured(house, case):
                broken.append(f"- not measured in this run: {case}")
            if out is not None:
                results.write(out, size.name, [*_machine(house), *broken], house.results)
        print("\n".join([*_machine(house), *broken]), results.table(house.results), sep="\n\n")


def _measured(house: House, case: str) -> bool:
    """One case; what fails is shown and does not take the others with it."""
    known = len(house.results)
    try:
        importlib.import_module(f"cases.{case}").measure(house)
    except Exception:
        traceback.print_exc()
        return False
    finally:
        print(results.table(house.results[known:]), flush=True)
    return True


def _machine(house: House) -> list[str]:
    """What the numbers must be read beside; the machine itself is not named."""
    pgbench, settings = house.pgbench, house.stack.postgres.settings
    shown = ", ".join(
        f"{name} {settings[name]}" for name in ("fsync", "synchronous_commit", "shared_buffers", "max_wal_size")
    )
    idle = ", ".join(f"{name} {share:.1%}" for name, share in house.machine.idle.items() if share >= 0.001)
    return [
        (
            f"- `pgbench -S -c 16`, scale 10, in this run: {pgbench.middle:.0f} CPU µs per transaction, client and server, "
            f"{min(pgbench.tps):,.0f} to {max(pgbench.tps):,.0f} tps; where the goals were set: {results.RIVAL_US:.0f} µs, "
            f"{results.RIVAL_TPS:,} tps. Goals in ms are scaled by the CPU µs."
        ),
        f"- PostgreSQL 18: {shown}. NATS: default sync. Traces recorded: {100 * 0.05:g} %.",
        f"- {house.size.leads:,} leads, {house.size.deals:,} deals, 20 owners, {house.size.rounds} rounds; a sales manager asks, scope subtree.",
        f"- burnt per second while nothing is asked, taken off: {idle}.",
    ]


if __name__ == "__main__":
    main()
