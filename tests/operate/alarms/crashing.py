"""Lets a tank's level fall and rise until it is killed: ``python crashing.py FOLDER FIRST``.

Each number that it writes is an excursion below the limit that was committed and is over.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from conftest import Town, defined
from kota.clock import WallClock


async def main(folder: Path, first: int) -> None:
    """Run until killed."""
    town = await Town(folder, WallClock()).open(defined())  # type: ignore[arg-type]
    running = asyncio.create_task(town.alarms.run())
    number = first
    while not running.done():
        await town.say(level=1.0, settle=False)
        await town.say(level=3.0, settle=False)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
