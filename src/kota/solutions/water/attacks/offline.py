"""Attacks looked for in a file: learn from others, flag each row, say which signals are suspect."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from kota.errors import InputError
from kota.solutions.water.attacks.checks import (
    impossible,
    oddities,
    other_units,
    step_of,
    usual_daily,
)
from kota.solutions.water.attacks.detector import Detector, Findings, Settings
from kota.solutions.water.attacks.evidence import Rows
from kota.solutions.water.attacks.scada import LABEL, NORMAL, Scada, read_scada
from kota.solutions.water.attacks.surprise import MOST

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

COLUMNS: Final = ("DATETIME", "flag", "score", "suspects")
_DECIMALS: Final = 2
"""Of readings; files differ in how many they write, and a replay repeats what was written."""

_SUSPECTS: Final = 4
_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Learnt:
    """A detector and what its files looked like.

    Args:
        detector: fitted.
        signals: in the order it wants.
        step: from row to row [s].
        normal: rows learnt from.
        median: of each signal, what is taken for a reading that was never there.
        usual: daily median of each signal.
        notes: what was odd.
    """

    detector: Detector
    signals: tuple[str, ...]
    step: int
    normal: int
    median: Floats
    usual: Floats
    notes: tuple[str, ...]


class Episode(msgspec.Struct, frozen=True):
    """Flagged rows that follow each other.

    Args:
        start, end: first and last, as the file writes them.
        rows: how many.
        suspects: the signals that speak most for it.
    """

    start: str
    end: str
    rows: int
    suspects: list[str]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What was done.

    Args:
        learnt: normal rows learnt from.
        rows: looked at.
        flagged: of them.
        episodes: what is flagged.
        notes: what is odd in the files, with file, line and signal.
    """

    learnt: int
    rows: int
    flagged: int
    episodes: list[Episode]
    notes: list[str]


def run(train: Sequence[Path], test: Path, out: Path) -> Summary:
    """Learn from `train`, look at `test`, write a row for each of its rows to `out`.

    Raises:
        InputError: a file is wrong; nothing is written.
        NotReadyError: there is too little to learn from.
    """
    if not out.parent.is_dir():
        raise InputError(f"{out}: there is no folder {out.parent}", hint="make it first")
    learnt = learn([read_scada(path) for path in train])
    scada = _alike(read_scada(test).ordered(learnt.signals), learnt.step)
    findings = look(learnt, scada)
    write(out, scada, findings)
    notes = [*learnt.notes, *oddities(scada, learnt.step), *other_units(scada, learnt.usual)]
    return Summary(
        learnt=learnt.normal,
        rows=len(scada.times),
        flagged=int(findings.flags.sum()),
        episodes=episodes(scada, findings),
        notes=notes,
    )


def learn(files: Sequence[Scada], settings: Settings | None = None) -> Learnt:
    """A detector fitted on the rows that are marked normal and whose readings can be.

    Raises:
        InputError: the files differ in signals, step or units, or mark no row normal.
    """
    signals = files[0].signals
    step = step_of(files[0])
    files = [_alike(each.ordered(signals), step) for each in files]
    notes = []
    usual = usual_daily(files)
    for each in files:
        if each.labels is None:
            raise InputError(f"{each.path.name} line 1: no column {LABEL}; training needs labels")
        changed = other_units(each, usual) if (each.labels == NORMAL).any() else []
        if changed:
            raise InputError(changed[0], hint="give all training files in the same units")
        notes += oddities(each, step)
    rows, median = _normal_rows(files, step)
    detector = Detector(settings or Settings()).fit(rows)
    return Learnt(detector, signals, step, len(rows.values), median, usual, tuple(notes))


def look(learnt: Learnt, scada: Scada) -> Findings:
    """What is found in a file whose columns are `learnt.signals`.

    A reading that cannot be is a fault by itself, whatever went before.
    """
    rows = Rows(
        learnt.signals,
        _complete(scada.values, learnt.median).round(_DECIMALS),
        _follows(scada, learnt.step),
        10.0**-_DECIMALS,
    )
    found = learnt.detector.detect(rows)
    wrong = impossible(scada)
    return Findings(
        found.surprise,
        np.where(wrong.any(axis=1), 1.0, found.score),
        found.flags | wrong.any(axis=1),
        found.weight + MOST * wrong,
    )


def suspects(weight: Floats, signals: Sequence[str]) -> list[str]:
    """The signals that speak most for an attack, by their weight `(n_signals,)`."""
    order = np.argsort(-weight, kind="stable")[:_SUSPECTS]
    least = _SHARE * weight[order[0]]
    return [signals[k] for k in order.tolist() if weight[k] > 0 and weight[k] >= least]


def episodes(scada: Scada, findings: Findings) -> list[Episode]:
    """Flagged rows that follow each other, each run with its suspects."""
    edges = np.diff(np.concatenate([[0], findings.flags.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [
        Episode(
            scada.written[start],
            scada.written[end - 1],
            end - start,
            suspects(findings.weight[start:end].sum(axis=0), scada.signals),
        )
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


def write(out: Path, scada: Scada, findings: Findings) -> None:
    """Write `COLUMNS`, a row for each row; the file appears whole or not at all.

    The suspects of a row are those of its episode so far.

    Raises:
        InputError: the file cannot be written.
    """
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with draft.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(COLUMNS)
            table.writerows(_told(scada, findings))
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputError(
            f"{out}: cannot be written: {error.strerror}", hint="name a file in a folder that is"
        ) from error


def _told(scada: Scada, findings: Findings) -> Iterator[tuple[object, ...]]:
    since = np.zeros(len(scada.signals))
    for row, when in enumerate(scada.written):
        flagged = bool(findings.flags[row])
        since = since + findings.weight[row] if flagged else np.zeros_like(since)
        named = suspects(since, scada.signals) if flagged else []
        yield when, int(flagged), f"{findings.score[row]:.6f}", " ".join(named)


def _alike(scada: Scada, step: int) -> Scada:
    if step and len(scada.times) > 1 and step_of(scada) != step:
        raise InputError(
            f"{scada.path.name}: a row every {step_of(scada)} s",
            hint=f"expected one every {step} s, as in the first training file",
        )
    return scada


def _normal_rows(files: Sequence[Scada], step: int) -> tuple[Rows, Floats]:
    values, follows = [], []
    for each in files:
        assert each.labels is not None
        good = (each.labels == NORMAL) & ~np.isnan(each.values).any(axis=1)
        good &= ~impossible(each).any(axis=1)
        chained = _follows(each, step)
        chained[1:] &= good[:-1]
        values.append(each.values[good].round(_DECIMALS))
        follows.append(chained[good])
    together = np.concatenate(values)
    if not len(together):
        names = ", ".join(each.path.name for each in files)
        raise InputError(f"{names}: no row is marked 0 (normal); nothing can be learnt")
    rows = Rows(files[0].signals, together, np.concatenate(follows), 10.0**-_DECIMALS)
    return rows, np.median(together, axis=0)


def _follows(scada: Scada, step: int) -> Bools:
    follows = np.zeros(len(scada.times), dtype=bool)
    follows[1:] = np.diff(scada.times) == step
    return follows


def _complete(values: Floats, median: Floats) -> Floats:
    """Each missing reading closed with the last one of its signal, else with the median."""
    closed = np.concatenate([median[None, :], values])
    known = np.where(np.isnan(closed), 0, np.arange(len(closed))[:, None])
    last = np.maximum.accumulate(known, axis=0)
    return np.take_along_axis(closed, last, axis=0)[1:]
