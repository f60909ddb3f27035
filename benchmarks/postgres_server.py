"""A PostgreSQL of one's own, from Debian's packages, on a free port, ended with it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.processes import TICKS, free_port

INSTALLED = Path("/usr/lib/postgresql")
USER = "kota"
NEEDED = "install postgresql-15 and postgresql-15-postgis-3 (make servers does it)"


def binaries() -> Path:
    """The folder of the newest server's programs.

    Raises:
        RuntimeError: there is none, or it has no PostGIS.
    """
    found = [one for one in INSTALLED.glob("*/bin") if (one / "postgres").exists()]
    if not found:
        raise RuntimeError(f"there is no PostgreSQL under {INSTALLED}: {NEEDED}")
    newest = max(found, key=lambda one: int(one.parent.name))
    extension = Path("/usr/share/postgresql") / newest.parent.name / "extension/postgis.control"
    if not extension.exists():
        raise RuntimeError(f"{extension} is not there: {NEEDED}")
    return newest


class PostgresServer:
    """A server with one superuser `kota` that everybody on this machine may be.

    Args:
        durable: whether commits wait for the disk; without, a test is quicker and still outlives
            the death of processes.
        options: further settings, ``NAME=VALUE``.
    """

    def __init__(self, *, durable: bool = True, options: Sequence[str] = ()) -> None:
        self.port = free_port()
        self._programs = binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="kota-postgres-"))
        self._as: dict[str, object] = {}
        if os.getuid() == 0:  # initdb refuses root
            other = pwd.getpwnam("postgres")
            os.chown(self._folder, other.pw_uid, other.pw_gid)
            self._as = {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}
        self._options = [f"fsync={'on' if durable else 'off'}", *options]
        self._child: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")

    def address(self, database: str = "postgres") -> str:
        """Where a database of it is."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self, seconds: float = 30) -> None:
        """Start it, or start it again; returns when it takes connections."""
        settings = [
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self._folder}",
            "max_wal_size=2GB",
            "log_min_messages=warning",
            *self._options,
        ]
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data")]
        command += ["-p", str(self.port)]
        command += [part for setting in settings for part in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._child = subprocess.Popen(
                command, stdout=log, stderr=log, cwd="/", start_new_session=True, **self._as
            )
        end = time.monotonic() + seconds
        ready = [self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode:
            if time.monotonic() > end or self._child.poll() is not None:
                raise RuntimeError(f"PostgreSQL does not start: {self._said()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End it and all its processes at once, as a crash does."""
        if self._child is not None:
            os.kill(self._pid(), signal.SIGSTOP)  # from here on it starts no more processes
            for one in [*self._sessions(), self._pid()]:
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            self._child.wait()
            self._child = None

    def close(self) -> None:
        """End it and remove what it wrote."""
        if self._child is not None:
            self._child.send_signal(signal.SIGINT)
            try:
                self._child.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What a statement answers, by psql."""
        command = [self._programs / "psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1"]
        command += ["-d", self.address(database), "-c", statement]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def cpu(self) -> float:
        """Processor time that all its processes have used so far [s]."""
        ticks = 0
        for pid in [self._pid(), *self._sessions()]:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            ended = fields[13:15] if pid == self._pid() else []
            ticks += sum(map(int, [*fields[11:13], *ended]))
        return ticks / TICKS

    def memory(self) -> float:
        """Memory of all its processes, shared memory once for each that shares it [MB]."""
        pages = 0.0
        for pid in [self._pid(), *self._sessions()]:
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            pages += next(int(s.split()[1]) for s in text.splitlines() if s.startswith("Pss:"))
        return pages / 1024

    def _pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def _sessions(self) -> list[int]:
        """Its child processes: each is the leader of a session of its own."""
        found = subprocess.run(
            ["pgrep", "-P", str(self._pid())], check=False, capture_output=True, text=True
        )
        return [int(one) for one in found.stdout.split()]

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._folder / "data"), *arguments]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd="/", **self._as
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def _said(self) -> str:
        return (self._folder / "log").read_text(errors="replace")[-2000:]


@contextmanager
def postgres(*, durable: bool = True, options: Sequence[str] = ()) -> Iterator[PostgresServer]:
    """A running server."""
    server = PostgresServer(durable=durable, options=options)
    try:
        server.start()
        yield server
    finally:
        server.close()
