"""Runs the ETSI NGSI-LD test suite against ``kota serve`` and counts, folder by folder.

The suite is not part of Kota: check it out (github.com/marek-mraz/ngsi-ld-test-suite), install its
requirements into an environment of its own, and name both::

    python -m benchmarks.conformance SUITE --robot SUITE-ENVIRONMENT/bin/robot

Each folder gets a Kota of its own on an empty data folder. The ports 1883 and 8085 to 8087 must be
free, since the suite listens there itself, and Mosquitto has to be installed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.processes import Process, kota

CONTEXTS = "resources/jsonld-contexts"
CONTEXT_ADDRESS = (
    "https://raw.githubusercontent.com/marek-mraz/ngsi-ld-test-suite/main/"
    "resources/jsonld-contexts/"
)
COMPOUND = "ngsi-ld-test-suite-compound.jsonld"
OTHER_ADDRESSES = {
    "https://easy-global-market.github.io/ngsild-api-data-models/ngsildTestSuite/"
    "ngsildTestSuiteV1.8-compound.jsonld": COMPOUND,
    "https://fiware.github.io/NGSI-LD_TestSuite/ldContext/testContext.jsonld": COMPOUND,
    "https://fiware.github.io/data-models/context.jsonld": COMPOUND,
}
"""Other contexts that the suite names on the public web; its own file has their terms."""

INFORMATION = "TP/NGSI-LD/ContextInformation"
MQTT = f"{INFORMATION}/Subscription/SubscriptionNotificationBehaviour/MQTT"
"""Run apart, with a Mosquitto at the ports that it expects; its tag is left out elsewhere."""
MQTT_TAG = "sub-mqtt-notification"
MQTT_CONF = """\
listener 1883 127.0.0.1
listener 8085 127.0.0.1
allow_anonymous true
"""
FOLDERS = (
    ("provision", f"{INFORMATION}/Provision/Entities"),
    ("provision", f"{INFORMATION}/Provision/EntityAttributes"),
    ("provision", f"{INFORMATION}/Provision/BatchEntities"),
    ("provision", f"{INFORMATION}/Provision/PurgeEntities"),
    ("provision", f"{INFORMATION}/Provision/TransientEntities"),
    ("temporal", f"{INFORMATION}/Provision/TemporalEntity"),
    ("temporal", f"{INFORMATION}/Provision/TemporalEntityAttributes"),
    ("consumption", f"{INFORMATION}/Consumption/Entity/RetrieveEntity"),
    ("consumption", f"{INFORMATION}/Consumption/Entity/QueryEntities"),
    ("consumption", f"{INFORMATION}/Consumption/Discovery"),
    ("temporal", f"{INFORMATION}/Consumption/TemporalEntity"),
    ("subscription", f"{INFORMATION}/Subscription"),
    ("subscription", MQTT),
    ("jsonldContext", "TP/NGSI-LD/jsonldContext"),
    ("common", "TP/NGSI-LD/CommonBehaviours"),
    ("sources", "TP/NGSI-LD/ContextSource/Registration"),
    ("sources", "TP/NGSI-LD/ContextSource/Discovery"),
    ("sources", "TP/NGSI-LD/ContextSource/RegistrationSubscription"),
    ("distributed", "TP/NGSI-LD/DistributedOperations/Consumption"),
    ("distributed", "TP/NGSI-LD/DistributedOperations/Provision"),
    ("distributed", "TP/NGSI-LD/DistributedOperations/LoopDetection"),
    ("distributed", "TP/NGSI-LD/DistributedOperations/Subscription"),
    ("entityMap", f"{INFORMATION}/EntityMap"),
    ("snapshot", f"{INFORMATION}/Snapshot"),
)
HOST_VARIABLES = (
    "notification_server_host",
    "context_source_host",
    "context_server_host",
    "mqtt_broker_host",
)
TOGETHER = ("provision", "consumption", "subscription", "jsonldContext")
"""Groups whose joint share is a goal of its own."""
FOLDER_SECONDS = 1800
TEMPORAL_PAGE = 30
"""The suite expects 40 instances to come in parts (020_13, 021_15), and 16 at once (021_03)."""
BEGIN, END = "<!-- counts: begin -->", "<!-- counts: end -->"


@dataclass
class Counts:
    """What came out of one folder."""

    group: str
    folder: str
    passed: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Tests that were run."""
        return self.passed + len(self.failures)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the folders, print JSON lines and a table."""
    options = _options(arguments)
    found = list(run(options.suite.resolve(), options.robot, options.only))
    table = markdown(found)
    print(table)
    if options.into is not None:
        options.into.write_text(replace_counts(options.into.read_text(), table))
    return 0


def run(suite: Path, robot: Path, only: Sequence[str]) -> Iterator[Counts]:
    """Run each folder against a fresh server, telling of it as it ends."""
    for group, folder in FOLDERS:
        if only and not any(part in folder for part in only):
            continue
        with tempfile.TemporaryDirectory(prefix="kota-conformance-") as scratch:
            counts = _run_folder(suite, robot, Counts(group, folder), Path(scratch))
        print(json.dumps(asdict(counts) | {"total": counts.total}), flush=True)
        yield counts


def _run_folder(suite: Path, robot: Path, counts: Counts, scratch: Path) -> Counts:
    contexts = scratch / "contexts.json"
    contexts.write_text(json.dumps(context_map(suite)))
    settings = scratch / "kota.toml"
    settings.write_text(f"temporal_page = {TEMPORAL_PAGE}\n")
    arguments = ("--config", str(settings), "--context-map", str(contexts))
    with kota(scratch / "data", *arguments) as (_, address):
        url = f"{address}/ngsi-ld/v1"
        variables = [f"url:{url}", f"temporal_api_url:{url}"]
        variables += [f"{name}:127.0.0.1" for name in HOST_VARIABLES]
        command = [str(robot), "--outputdir", str(scratch), "--log", "NONE", "--report", "NONE"]
        command += ["--console", "none"]
        command += [] if counts.folder == MQTT else ["--exclude", MQTT_TAG]
        command += [part for variable in variables for part in ("--variable", variable)]
        with _mosquitto(scratch) if counts.folder == MQTT else nullcontext():
            subprocess.run(
                [*command, counts.folder],
                cwd=suite,
                check=False,
                timeout=FOLDER_SECONDS,
                stdout=subprocess.DEVNULL,
            )
    return read_results(scratch / "output.xml", counts)


@contextmanager
def _mosquitto(scratch: Path) -> Iterator[None]:
    """The broker that the suite would start in a container."""
    conf = scratch / "mosquitto.conf"
    conf.write_text(MQTT_CONF)
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    broker = Process([program, "-c", str(conf)], scratch / "mosquitto.log")
    try:
        yield
    finally:
        broker.stop()


def context_map(suite: Path) -> dict[str, str]:
    """Which file of the suite stands for each context address that it uses."""
    folder = suite / CONTEXTS
    files = {CONTEXT_ADDRESS + file.name: str(file) for file in sorted(folder.iterdir())}
    return files | {address: str(folder / name) for address, name in OTHER_ADDRESSES.items()}


def read_results(output: Path, counts: Counts) -> Counts:
    """Count the tests in Robot's output, and keep the first line of each failure."""
    for test in ElementTree.parse(output).iter("test"):
        status = test.find("status")
        if status is not None and status.get("status") == "PASS":
            counts.passed += 1
        else:
            text = (status.text if status is not None else None) or "no message"
            counts.failures[test.get("name", "?")] = text.strip().splitlines()[0][:200]
    return counts


def markdown(found: Sequence[Counts]) -> str:
    """A table by folder, with a line for each group."""
    lines = ["| folder | passed | run | share |", "| --- | ---: | ---: | ---: |"]
    lines += [
        _line(counts.folder.removeprefix("TP/NGSI-LD/"), counts.passed, counts.total)
        for counts in found
    ]
    for group in dict.fromkeys(counts.group for counts in found):
        lines.append(_sum(f"**{group}**", [one for one in found if one.group == group]))
    together = [counts for counts in found if counts.group in TOGETHER]
    if together:
        names = f"{', '.join(TOGETHER[:-1])} and {TOGETHER[-1]}"
        lines.append(_sum(f"**{names} together**", together))
    return "\n".join(lines)


def replace_counts(text: str, table: str) -> str:
    """The document with the table between its marks replaced."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def _sum(name: str, of: Sequence[Counts]) -> str:
    return _line(name, sum(one.passed for one in of), sum(one.total for one in of))


def _line(name: str, passed: int, total: int) -> str:
    return f"| {name} | {passed} | {total} | {passed / max(total, 1):.1%} |"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.conformance", description=__doc__)
    parser.add_argument("suite", type=Path, help="checkout of the suite")
    parser.add_argument("--robot", type=Path, default=Path("robot"), help="Robot Framework")
    parser.add_argument("--only", nargs="*", default=[], help="parts of folder names")
    parser.add_argument("--into", type=Path, help="document whose counts are to be replaced")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
