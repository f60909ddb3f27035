"""``kota demo``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kota.config import DEFAULT_PORT

if TYPE_CHECKING:
    from kota.demo.prepare import Prepared
    from kota.demo.story import Chapter


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    data: Annotated[Path, typer.Option(help="Folder for the demonstration's own data.")] = Path(
        "kota-demo"
    ),
    port: Annotated[int, typer.Option(help="Port to listen on.")] = DEFAULT_PORT,
    speed: Annotated[
        float, typer.Option(help="Seconds of the day in a second.", min=0, max=3600)
    ] = 60.0,
    seed: Annotated[int, typer.Option(help="Another seed is another town.", min=0)] = 7,
) -> None:
    """Play one day of an invented town: Monsoon Friday."""
    import uvloop

    try:
        uvloop.run(_Play(data, port=port, speed=speed, seed=seed).run())
    except KeyboardInterrupt:
        raise typer.Exit from None


class _Play:
    """Prepares the town once, then plays it, from the start again as often as asked."""

    def __init__(self, data: Path, *, port: int, speed: float, seed: int) -> None:
        self._data = data
        self._port = port
        self._speed = speed
        self._seed = seed

    async def run(self) -> None:
        from kota.demo.prepare import Prepared

        prepared = Prepared(self._data / "dawn", seed=self._seed)
        if not prepared.ready:
            await self._prepare(prepared)
        chapter: Chapter | None = None
        while True:
            prepared.lay_out(self._data / "live")
            chapter = await self._once(prepared, chapter)
            if chapter is None:
                return

    async def _prepare(self, prepared: Prepared) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        from kota.runtime import naming
        from kota.solution import load_solutions

        columns = (TextColumn("{task.description:<24}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("making the town", total=1.0)
            await prepared.make(
                naming(tuple(load_solutions())),
                lambda what, share: progress.update(task, description=what, completed=share),
            )

    async def _once(self, prepared: Prepared, chapter: Chapter | None) -> Chapter | None:
        """Play until a signal (None) or until another chapter is wanted that lies behind."""
        from dataclasses import replace

        from kota.api.app import application
        from kota.config import Settings
        from kota.demo.colleague import Colleague
        from kota.demo.control import Control
        from kota.demo.district.place import NAME, TIME_ZONE
        from kota.demo.prepare import PROFILES, RULES
        from kota.demo.processes import Processes
        from kota.operation import running
        from kota.runtime import opened
        from kota.server import answer

        plants = prepared.plants(speed=self._speed)
        async with Processes(plants) as processes:
            settings = Settings(
                data=self._data / "live",
                port=self._port,
                title=NAME,
                timezone=TIME_ZONE,
                mqtt=processes.url,
                profiles=(PROFILES,),
                rules=(RULES,),
                auth="none",
            )
            async with opened(settings) as kota:
                names = [plant.name for plant in plants]
                control = Control(kota.clocks, names, processes.port, speed=self._speed)
                processes.play()
                await control.spoken()
                colleague = Colleague(kota.commands)
                await colleague.advise("water.section-valve")
                if chapter is not None:
                    await control.forward(chapter)
                self._welcome(settings.port)
                app = application(replace(kota, demo=control))
                async with running(colleague.run(), "demo-colleague"):
                    await answer(app, settings, until=control.over)
                self._speed = control.speed
                await control.close()
        return control.next

    def _welcome(self, port: int) -> None:
        from kota.demo.story import TITLE

        typer.echo(f"{TITLE} plays at http://127.0.0.1:{port} — end it with Ctrl+C")
