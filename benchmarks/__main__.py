"""Runs every benchmark and prints its JSON lines: ``python -m benchmarks [NAME ...]``."""

from __future__ import annotations

import subprocess
import sys

ALL = (
    "footprint",
    "http",
    "temporal",
    "stores",
    "migrate",
    "ingest",
    "notify",
    "browser",
    "flow_forecast",
    "water_forecast",
    "water_schedule",
    "water_attacks",
    "water_estimate",
    "water_flows",
    "water_leaks",
    "water_bursts",
    "water_outlook",
    "water_day",
    "sewage_control",
    "sewage_forecast",
    "sewage_blockages",
    "sewage_pace",
    "sewage_day",
    "flow_privacy",
    "alarms",
    "alarm_groups",
    "rules",
    "command_safety",
    "tenants",
    "network",
    "amenities_siting",
    "amenities_access",
    "flow_streets",
    "flow_crowding",
)


def main(names: list[str]) -> int:
    """Run those named, or all; a benchmark that fails does not stop the next."""
    failed = []
    for name in names or ALL:
        print(f"# {name}", file=sys.stderr, flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
