"""Starts what it is told to; before PostgreSQL it makes a new cluster, as the official image's entry point does."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

DATA = Path("/var/lib/postgresql/18/docker")
USER = 999

if sys.argv[1] == "postgres":
    DATA.mkdir(parents=True, exist_ok=True)
    # The files of the secrets are root's: read them before giving root up.
    password = Path(os.environ["POSTGRES_PASSWORD_FILE"]).read_text()
    os.chown(DATA, USER, USER)
    os.setgid(USER)
    os.setuid(USER)
    if not (DATA / "PG_VERSION").exists():
        secret = Path("/tmp/password")
        secret.write_text(password)
        options = shlex.split(os.environ.get("POSTGRES_INITDB_ARGS", ""))
        initdb = ["initdb", "-U", "postgres", "-D", DATA, "-A", "scram-sha-256", f"--pwfile={secret}", *options]
        subprocess.run(initdb, check=True)
        secret.unlink()
        with (DATA / "pg_hba.conf").open("a") as rules:
            rules.write("host all all all scram-sha-256\n")
    where = ["-D", str(DATA), "-c", "listen_addresses=*", "-c", "unix_socket_directories=/tmp"]
    os.execvp("postgres", [*sys.argv[1:], *where])
os.execvp(sys.argv[1], sys.argv[1:])
