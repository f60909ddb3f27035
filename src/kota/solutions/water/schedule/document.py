"""EPANET's input file as text, so that what is not changed stays as it was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from kota.errors import InputError

_LINK_WORDS = ("LINK", "PIPE", "PUMP", "VALVE")
_MARK = ";kota: "
_Action = tuple[int, str, list[str]]
"""Line number, THEN or ELSE, words."""


@dataclass(frozen=True, slots=True)
class Document:
    """The lines of an input file.

    Args:
        name: of the file, for messages.
        lines: as written, without line ends.
    """

    name: str
    lines: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file, byte for byte.

        Raises:
            InputError: there is no such file, or it has no section.
        """
        try:
            text = path.read_bytes().decode("latin-1")
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
        made = cls(path.name, tuple(text.splitlines()))
        if not any(line.lstrip().startswith("[") for line in made.lines):
            raise InputError(
                f"{path}: it has no section such as [JUNCTIONS]; expected EPANET's .inp"
            )
        return made

    def write(self, path: Path) -> None:
        """Write the lines to a file."""
        path.write_bytes(("\n".join(self.lines) + "\n").encode("latin-1"))

    def within(self, section: str) -> Iterator[tuple[int, list[str]]]:
        """Line numbers from 0 and words of the lines of a section that say something.

        Args:
            section: its name without brackets, ``CONTROLS``.
        """
        inside = False
        for number, line in enumerate(self.lines):
            text = line.split(";", 1)[0].strip()
            if text.startswith("["):
                inside = _same_section(text, section)
            elif inside and text:
                yield number, text.split()

    def mapped(self, changes: dict[int, str | None]) -> Self:
        """With some lines written otherwise; None turns a line into a remark."""
        lines = list(self.lines)
        for number, line in changes.items():
            lines[number] = f"{_MARK}{lines[number]}" if line is None else line
        return replace(self, lines=tuple(lines))

    def appended(self, section: str, lines: Iterable[str]) -> Self:
        """With lines at the end of a section, which is made where there is none."""
        added = list(lines)
        if not added:
            return self
        last = None
        inside = False
        for number, line in enumerate(self.lines):
            text = line.strip()
            if text.startswith("["):
                inside = _same_section(text, section)
            if inside and (text or last is None):
                last = number
        if last is None:
            end = [k for k, line in enumerate(self.lines) if _same_section(line.strip(), "END")]
            last = (end[0] if end else len(self.lines)) - 1
            added = ["", f"[{section}]", *added, ""]
        return replace(self, lines=(*self.lines[: last + 1], *added, *self.lines[last + 1 :]))

    def setting(self, section: str, words: str, value: str) -> Self:
        """With one setting of a section, in place of those of the same words.

        Args:
            section: ``TIMES``.
            words: how the line begins, in any case, ``Duration``.
            value: what follows.
        """
        wanted = words.upper().split()
        found = [
            number
            for number, each in self.within(section)
            if [word.upper() for word in each[: len(wanted)]] == wanted
        ]
        if len(found) == 1 and self.lines[found[0]].split(";")[0].split()[len(wanted) :] == [value]:
            return self
        line = f" {words}  {value}"
        if not found:
            return self.appended(section, [line])
        changes: dict[int, str | None] = dict.fromkeys(found[:-1])
        return self.mapped({**changes, found[-1]: line})

    def without(self, section: str, matches: Callable[[list[str]], bool]) -> Self:
        """With the lines of a section turned into remarks whose words match."""
        gone: dict[int, str | None] = {
            number: None for number, words in self.within(section) if matches(words)
        }
        return self.mapped(gone)

    def released(self, pumps: frozenset[str], links: frozenset[str]) -> Document:
        """With nothing that switches some links: no control, no rule, no pattern of speeds.

        Args:
            pumps: ids.
            links: ids of the pumps and of what moves with them.

        Raises:
            InputError: a rule switches one of them in a way that cannot be taken out.
        """
        made = _without_rules(
            self.without("CONTROLS", lambda words: len(words) > 1 and words[1] in links), links
        )
        changes: dict[int, str | None] = {
            number: re.sub(r"(?i)\bPATTERN\s+\S+", "", made.lines[number])
            for number, words in made.within("PUMPS")
            if words[0] in pumps and any(word.upper() == "PATTERN" for word in words)
        }
        return made.mapped(changes)


def _same_section(text: str, section: str) -> bool:
    """EPANET knows a section by its first letters."""
    return text.upper().startswith(f"[{section[:4].upper()}")


def _without_rules(document: Document, links: frozenset[str]) -> Document:
    changes: dict[int, str | None] = {}
    for rule in _rules(document):
        ours: list[_Action] = []
        others: list[_Action] = []
        for number, part, words in _actions(rule):
            acts = len(words) > 2 and words[1].upper() in _LINK_WORDS and words[2] in links
            (ours if acts else others).append((number, part, words))
        if not ours:
            continue
        if not others:
            changes |= {number: None for number, _ in rule}
            continue
        changes |= {number: None for number, _, _ in ours}
        changes |= _renamed(document, ours, others)
    return document.mapped(changes)


def _rules(document: Document) -> list[list[tuple[int, list[str]]]]:
    rules: list[list[tuple[int, list[str]]]] = []
    for number, words in document.within("RULES"):
        if words[0].upper() == "RULE":
            rules.append([])
        if rules:
            rules[-1].append((number, words))
    return rules


def _actions(rule: list[tuple[int, list[str]]]) -> Iterator[_Action]:
    part = "IF"
    for number, words in rule:
        word = words[0].upper()
        if word in ("THEN", "ELSE"):
            part = word
        if part != "IF" and word != "PRIORITY":
            yield number, part, words


def _renamed(
    document: Document,
    ours: list[_Action],
    others: list[_Action],
) -> dict[int, str | None]:
    """The first action that stays behind in each part begins it."""
    changes: dict[int, str | None] = {}
    for part in ("THEN", "ELSE"):
        left = [(number, words) for number, each, words in others if each == part]
        if left and left[0][1][0].upper() == "AND":
            number = left[0][0]
            changes[number] = re.sub(r"(?i)^(\s*)AND\b", rf"\g<1>{part}", document.lines[number])
        if part == "THEN" and not left and any(each == "THEN" for _, each, _ in ours):
            number = ours[0][0]
            raise InputError(
                f"{document.name} line {number + 1}: the rule has an ELSE for a link that is not "
                "scheduled, and no THEN",
                hint="write it as two rules, or leave the pump to itself by --keep",
            )
    return changes
