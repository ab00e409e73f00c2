"""Tracked files are true on every machine: no path of somebody's computer, no host packages were fetched from."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A folder right below / that only one computer or account has. Not preceded by a name, as `src/home/` is.
MACHINE_PATH = re.compile(r"(?<![\w.~:/-])/(?:root|home|Users|work|workspace|mnt|media)/[\w.-]+")
INDEX_HOST = re.compile(
    r"\b(?:[\w-]+\.)*(?:pypi|pythonhosted|npmjs|yarnpkg|debian|ubuntu|artifactory|nexus|dockerproxy)(?:\.[\w-]+)+\b(?=[/:])"
)
INDEX_OPTION = re.compile(r"--(?:extra-)?index-url\s+\S+://|index-url\s*=\s*\S+://")
SKIPPED = {".png", ".gz", ".ico", ".woff2", ".parquet", ".xlsx", ".zip"}


def tracked() -> list[Path]:
    """Files git knows or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name]


def findings(text: str) -> Iterator[tuple[int, str]]:
    """Line number and offending words."""
    for number, line in enumerate(text.splitlines(), 1):
        for pattern in (MACHINE_PATH, INDEX_HOST, INDEX_OPTION):
            for match in pattern.finditer(line):
                yield number, match.group()


def main() -> int:
    found = 0
    for path in tracked():
        if path.suffix in SKIPPED or not path.is_file() or "tools/tests" in str(path):
            continue
        for number, words in findings(path.read_text(errors="replace")):
            found += 1
            print(f"{path.relative_to(ROOT)}:{number}: {words} — is only true on one machine")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
