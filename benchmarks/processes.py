"""The servers that a benchmark runs, on free ports, ended with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")

MOSQUITTO_CONF = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 1
max_queued_messages 0
max_inflight_messages 0
log_dest none
set_tcp_nodelay true
"""


class Process:
    """A child process and what it has used."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self.log = log
        with log.open("ab") as file:
            self._child = subprocess.Popen(command, stdout=file, stderr=file, env=environment())
        self.pid = self._child.pid

    def cpu(self) -> float:
        """Processor time used so far, children that still run left out [s]."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Resident memory now [MB]."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"process {self.pid} has no memory: it has ended")

    def running(self) -> bool:
        """Whether it still runs."""
        return self._child.poll() is None

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._child.kill()
        self._child.wait()

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.running():
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def environment() -> dict[str, str]:
    """The environment of a server: as here, but its modules are kept compiled, as they are by
    default."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mosquitto(folder: Path) -> Iterator[tuple[Process, int]]:
    """A broker that drops nothing, and its port."""
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)
    port = free_port()
    conf = folder / "mosquitto.conf"
    conf.write_text(MOSQUITTO_CONF.format(port=port, folder=folder))
    process = Process([program, "-c", str(conf)], folder / "mosquitto.log")
    try:
        wait_for_port(port, process)
        yield process, port
    finally:
        process.stop()


def start_kota(data: Path, *arguments: str, port: int | None = None) -> tuple[Process, str]:
    """Start `kota serve`; returns when it is ready, with its address."""
    port = port or free_port()
    data.mkdir(parents=True, exist_ok=True)
    if "--auth" not in arguments:
        arguments = (*arguments, "--auth", "none")
    command = [sys.executable, "-m", "kota", "serve", "--data", str(data), "--port", str(port)]
    process = Process([*command, *arguments], data.parent / f"{data.name}.log")
    url = f"http://127.0.0.1:{port}"
    wait_for_http(f"{url}/readyz", process)
    return process, url


@contextmanager
def kota(data: Path, *arguments: str) -> Iterator[tuple[Process, str]]:
    """A Kota that is ready, and its address."""
    process, url = start_kota(data, *arguments)
    try:
        yield process, url
    finally:
        process.stop()


def wait_for_port(port: int, process: Process, seconds: float = 10) -> None:
    """Return when something listens there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port}: {tail(process)}")


def wait_for_http(url: str, process: Process, seconds: float = 60) -> None:
    """Return when a GET is answered with 200."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.running():
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError(f"{url} does not answer: {tail(process)}")


def tail(process: Process) -> str:
    """The last words of a process."""
    return process.log.read_text(errors="replace")[-2000:]
