"""What solutions say in other languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kota.demo.control import PHRASES
from kota.demo.story import CHAPTERS, TITLE
from kota.errors import ConfigurationError, NotFoundError
from kota.phrases import read_phrases
from kota.solution import Solution, load_solutions

LANGUAGES = ("id", "ms", "fil", "th", "vi")
"""All that the dashboard speaks besides English."""
_SHOWN = frozenset({"title", "description", "label", "help"})


def _texts(value: Any) -> Iterator[str]:
    """Every text in a panel that a person reads."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _SHOWN and isinstance(inner, str):
                yield inner
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _said(solution: Solution) -> set[str]:
    said = {solution.title, solution.description}
    if solution.tasks is not None:
        said |= {task.title for task in solution.tasks(None)}  # type: ignore[arg-type]
    if solution.panel is not None:
        said |= set(_texts(msgspec.to_builtins(solution.panel())))
    if solution.alarms is not None:
        for alarm in solution.alarms():
            said |= {alarm.title, alarm.consequence, alarm.action}
    if solution.actuators is not None:
        for actuator in solution.actuators():
            said |= {actuator.title, actuator.consequence}
            said |= {one.words for one in actuator.interlocks if one.words is not None}
    return said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("solution", load_solutions(), ids=lambda one: one.name)
def test_all_that_a_solution_says_is_said_in_every_language(
    solution: Solution, language: str
) -> None:
    assert solution.phrases is not None
    phrases = read_phrases([solution.phrases], language)
    assert {text for text in _said(solution) if text not in phrases} == set()
    named = {*solution.writes, *(name for names in solution.writes.values() for name in names)}
    assert {name for name in named if name not in phrases} <= _CITY_WORDS


_CITY_WORDS = frozenset({"Building", "RoadSegment", "CrowdFlowObserved", "PointOfInterest"})
"""Types that the dashboard knows by itself."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_the_demonstration_says_is_said_in_every_language(language: str) -> None:
    phrases = read_phrases([PHRASES], language)
    said = {TITLE, *(c.title for c in CHAPTERS), *(c.description for c in CHAPTERS)}
    assert {text for text in said if text not in phrases} == set()


def test_later_folders_win_and_missing_ones_add_nothing(tmp_path: Path) -> None:
    for name, said in (("a", '{"x": "1", "y": "2"}'), ("b", '{"y": "3"}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "id.json").write_text(said)
    folders = [tmp_path / name for name in "abc"]
    assert read_phrases(folders, "id") == {"x": "1", "y": "3"}


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "id.json").write_text('{"x": 1}')
    with pytest.raises(ConfigurationError, match=r"id\.json.*\$"):
        read_phrases([tmp_path], "id")


@pytest.mark.parametrize("language", ["", "../../etc/passwd", "id/../en", "ID", "i"])
def test_what_is_no_language_is_not_found(tmp_path: Path, language: str) -> None:
    with pytest.raises(NotFoundError):
        read_phrases([tmp_path], language)
