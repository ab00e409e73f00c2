"""The contract must not break those who use it: compared with the image that was accepted last.

``check`` runs ``buf breaking`` (rules WIRE_JSON) against ``protos/baseline.binpb.gz``; ``accept`` makes the present
protos the new baseline. The baseline is a file of its own, not "the last commit": a break would otherwise be reported
once and forgotten with the next commit.
"""

import gzip
import subprocess
import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
IMAGE = ROOT / "protos/gen/crm/descriptors.binpb"
BASELINE = ROOT / "protos/baseline.binpb.gz"


def check() -> int:
    if not BASELINE.exists():
        print(f"{BASELINE.relative_to(ROOT)} is missing; `make baseline` writes it")
        return 1
    command = [
        Path(sys.executable).with_name("buf"),
        "breaking",
        IMAGE,
        "--against",
        BASELINE,
        "--config",
        "protos/buf.yaml",
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def accept() -> int:
    """Write the baseline without comments, byte for byte the same for the same contract."""
    image = FileDescriptorSet.FromString(IMAGE.read_bytes())
    for file in image.file:
        file.ClearField("source_code_info")
    BASELINE.write_bytes(gzip.compress(image.SerializeToString(deterministic=True), mtime=0))
    print(f"{BASELINE.relative_to(ROOT)} now holds the present contract; say in the commit what broke and for whom")
    return 0


if __name__ == "__main__":
    sys.exit({"check": check, "accept": accept}[sys.argv[1]]())
