"""What the documentation says exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest
import typer.main

from kota.cli import app
from kota.cli.registry import register_all
from kota.config import Settings

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")


@pytest.fixture(scope="module")
def commands() -> click.Group:
    if not app.registered_commands:
        register_all(app)
    found = typer.main.get_command(app)
    assert isinstance(found, click.Group) or hasattr(found, "commands")
    return found  # type: ignore[return-value]


def lines() -> Iterator[tuple[str, str]]:
    """Each line of a code block that calls ``kota``, with its page."""
    for page in PAGES:
        for line in page.read_text().splitlines():
            if line.startswith(("    kota ", "kota ")):
                yield page.name, line.strip()


@pytest.mark.parametrize(("page", "line"), list(lines()))
def test_command_in_the_documentation_exists(page: str, line: str, commands: click.Group) -> None:
    words = [w for w in shlex.split(line, comments=True)[1:] if w not in ("…", "\\")]
    command: click.Command = commands
    while words and not words[0].startswith("-") and hasattr(command, "commands"):
        name = words.pop(0)
        assert name in command.commands, f"{page}: there is no command {line!r}"
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in known, f"{page}: {line!r} has no option {word}"


def test_every_setting_is_documented_and_no_other() -> None:
    page = (ROOT / "docs" / "running.md").read_text()
    table = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(table) == sorted(field.name for field in msgspec.structs.fields(Settings))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_decision_is_in_the_table_of_contents() -> None:
    contents = (ROOT / "mkdocs.yml").read_text()
    for decision in (ROOT / "docs" / "adr").glob("*.md"):
        assert f"adr/{decision.name}" in contents
