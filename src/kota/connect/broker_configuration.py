"""Looks at a ``mosquitto.conf`` for what would lose messages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kota.connect.finding import Finding
from kota.errors import ConnectError

_WANTED: Final = (
    ("persistence", "true", "false", "what is queued is lost when the broker restarts"),
    ("max_queued_messages", "0", "1000", "more messages for a client that is away are dropped"),
    ("max_queued_bytes", "0", "0", "more bytes for a client that is away are dropped"),
    ("queue_qos0_messages", "false", "false", "QoS 0 messages fill the queues"),
)


def examine_configuration(path: Path) -> list[Finding]:
    """Read a ``mosquitto.conf`` for what probing cannot see.

    Raises:
        ConnectError: the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise ConnectError(f"{path}: {error.strerror}") from error
    settings: dict[str, str] = {}
    for line in lines:
        name, _, value = line.strip().partition(" ")
        if name and not name.startswith("#"):
            settings[name] = value.strip()
    return [_judge(path, settings, *wanted) for wanted in _WANTED]


def _judge(
    path: Path, settings: dict[str, str], name: str, wanted: str, default: str, why: str
) -> Finding:
    value = settings.get(name, default)
    check = f"{path.name}: {name}"
    if value == wanted:
        return Finding(check, "good", f"is {value}")
    return Finding(check, "bad", f"is {value}: {why}", f"set {name} {wanted}")
