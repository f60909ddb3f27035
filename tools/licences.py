"""Refuse copyleft in what Kota installs, and write the bill of materials.

A wheel states its licence in up to three places (License-Expression, License, classifiers), and
some leave them all empty: those must be listed here with what their licence file says.
"""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPYLEFT = re.compile(r"\b(A?GPL|GNU (Affero )?General Public|SSPL|EUPL|CC-BY-SA)", re.IGNORECASE)
LESSER = re.compile(r"LGPL|Lesser General Public", re.IGNORECASE)
READ_BY_HAND: dict[str, str] = {"owa-epanet": "MIT"}


def stated(distribution: metadata.Distribution) -> str:
    """What a distribution says of its licence, in its own words."""
    about = distribution.metadata
    classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    licence = (about.get("License") or "").strip().splitlines()
    words = [about.get("License-Expression") or "", licence[0] if licence else "", *classifiers]
    return "; ".join(dict.fromkeys(w for w in words if w and w != "UNKNOWN"))


def pinned() -> list[str]:
    """Names of the distributions that a user gets."""
    lock = (ROOT / "requirements" / "run.lock").read_text()
    return sorted(set(re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)))


def main() -> int:
    """Print what is wrong; write ``build/sbom.json`` (CycloneDX 1.6)."""
    faults, components = [], []
    for name in pinned():
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # pinned for another platform or Python
        licence = stated(distribution) or READ_BY_HAND.get(name, "")
        components.append(
            {
                "type": "library",
                "name": name,
                "version": distribution.version,
                "purl": f"pkg:pypi/{name}@{distribution.version}",
                "licenses": [{"license": {"name": licence or "unknown"}}],
            }
        )
        if not licence:
            faults.append(f"{name}: states no licence; read its licence file and list it here")
        elif COPYLEFT.search(licence) and not LESSER.search(licence):
            faults.append(f"{name}: {licence}")
    target = ROOT / "build" / "sbom.json"
    target.parent.mkdir(exist_ok=True)
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components}
    target.write_text(json.dumps(document, indent=1))
    for fault in faults:
        print(fault)
    print(f"{len(components)} distributions, {len(faults)} with a licence that is not allowed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
