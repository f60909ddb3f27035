"""Builds the dashboard into the wheel and the sdist where it is not built yet."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardHook(BuildHookInterface):  # type: ignore[type-arg]
    """An editable install leaves the dashboard to `make`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run the web build once, before files are collected."""
        built = Path(self.root, "src", "kota", "web", "index.html")
        if version == "editable" or built.exists():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("the dashboard is built with Node 20: install nodejs and npm")
        web = Path(self.root, "web")
        for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([npm, *command], cwd=web, check=True)
