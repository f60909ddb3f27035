"""What speaks against a row being normal: one table of families, a column for each signal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from kota.solutions.water.attacks.relations import Relation, Size, fit_relation
from kota.solutions.water.attacks.replay import rarity, repeats
from kota.solutions.water.attacks.surprise import MOST, Surprise

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_FOLDS: Final = 6
_FEW: Final = 4
_RARE: Final = 0.02
_MARGIN: Final = 0.05
_FALL: Final = 0.1


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of telemetry in the order of time.

    Args:
        signals: names such as ``L_T1``; what follows the first underscore names the asset.
        values: `(n_rows, n_signals)` in the files' units, complete and rounded.
        follows: whether a row is one step after the row before it `(n_rows,)`.
        resolution: to which values are rounded.
    """

    signals: tuple[str, ...]
    values: Floats
    follows: Bools
    resolution: float

    @property
    def with_past(self) -> Floats:
        """Each row and the row before it `(n_rows, 2 · n_signals)`."""
        before = np.concatenate([self.values[:1], self.values[:-1]])
        return np.concatenate([self.values, before], axis=1)

    @property
    def assets(self) -> tuple[str, ...]:
        """The asset of each signal."""
        return tuple(name.split("_", 1)[-1] for name in self.signals)

    @property
    def switches(self) -> Ints:
        """Signals that take a few values only, and not always the same."""
        counts = np.array([len(np.unique(column)) for column in self.values.T])
        return np.flatnonzero((counts > 1) & (counts <= _FEW))

    @property
    def gauges(self) -> Ints:
        """Signals that take many values, and the same one not nearly always."""
        found = []
        for k, column in enumerate(self.values.T):
            _, counts = np.unique(column, return_counts=True)
            if len(counts) > _FEW and counts.max() < (1 - _RARE) * len(column):
                found.append(k)
        return np.array(found, dtype=np.int64)


class Family(Protocol):
    """One kind of evidence, learnt from normal rows."""

    def of(self, rows: Rows) -> Floats:
        """Surprise [nat] of each row and signal `(n_rows, n_signals)`."""
        ...


@dataclass(frozen=True, slots=True)
class Related:
    """Signals that do not follow from the others as they do in normal operation.

    Args:
        relations: one a signal.
        usual: strain of each relation in normal rows that it had not seen.
        past: whether they look at the row before.
    """

    relations: tuple[Relation, ...]
    usual: tuple[Surprise, ...]
    past: bool

    @classmethod
    def learn(
        cls,
        rows: Rows,
        targets: Ints,
        inputs: Callable[[int], Ints],
        *,
        past: bool,
        rng: np.random.Generator,
        size: Size,
    ) -> tuple[Self, Floats]:
        """The family, and its surprise in the normal rows, each foretold from other stretches."""
        folds = np.arange(len(rows.values)) * _FOLDS // len(rows.values)
        kept = rows.follows if past else np.ones(len(folds), dtype=bool)
        table = rows.with_past
        relations, usual = [], []
        normal = np.zeros_like(rows.values)
        for target in targets.tolist():
            relation, strain = fit_relation(
                table[kept],
                target,
                inputs(target),
                folds=folds[kept],
                resolution=rows.resolution,
                rng=rng,
                size=size,
            )
            relations.append(relation)
            usual.append(Surprise.learn(np.abs(strain), least=_FALL))
            normal[kept, target] = usual[-1].of(np.abs(strain))
        return cls(tuple(relations), tuple(usual), past), normal

    def of(self, rows: Rows) -> Floats:
        """Surprise [nat]; none where the row before is needed and absent."""
        table = rows.with_past
        found = np.zeros_like(rows.values)
        for relation, usual in zip(self.relations, self.usual, strict=True):
            found[:, relation.target] = usual.of(np.abs(relation.strain(table)))
        if self.past:
            found[~rows.follows] = 0.0
        return found


@dataclass(frozen=True, slots=True)
class Repeated:
    """Signals that repeat their own past value for value.

    Args:
        tables: how rare each signal's values are.
        usual: of what repetitions tell in normal rows.
    """

    tables: list[tuple[Floats, Floats]]
    usual: tuple[Surprise, ...]

    @classmethod
    def learn(cls, rows: Rows) -> tuple[Self, Floats]:
        """The family and its surprise in the normal rows."""
        tables = rarity(rows.values)
        told = repeats(rows.values, tables)
        usual = tuple(Surprise.learn(column, least=2.0) for column in told.T)
        family = cls(tables, usual)
        return family, family._surprise(told)

    def of(self, rows: Rows) -> Floats:
        """Surprise [nat] of the repetition that ends in each row."""
        return self._surprise(repeats(rows.values, self.tables))

    def _surprise(self, told: Floats) -> Floats:
        columns = [usual.of(column) for usual, column in zip(self.usual, told.T, strict=True)]
        return np.stack(columns, axis=1)


@dataclass(frozen=True, slots=True)
class Ranged:
    """Signals beyond all that they were in normal rows, by more than a margin.

    Args:
        low, high: least and largest normal values `(n_signals,)`.
        margin: `(n_signals,)`.
        rows: how many normal rows there were; the least surprise is ln of it.
    """

    low: Floats
    high: Floats
    margin: Floats
    rows: int

    @classmethod
    def learn(cls, rows: Rows) -> tuple[Self, Floats]:
        """The family and its surprise in the normal rows, which is none."""
        low, high = rows.values.min(axis=0), rows.values.max(axis=0)
        margin = _MARGIN * (high - low) + rows.resolution
        return cls(low, high, margin, len(rows.values)), np.zeros_like(rows.values)

    def of(self, rows: Rows) -> Floats:
        """Surprise [nat]."""
        beyond = np.maximum(self.low - rows.values, rows.values - self.high) / self.margin
        surprise: Floats = np.minimum(np.log(self.rows) + beyond - 1.0, MOST)
        return np.where(beyond > 1.0, surprise, 0.0)


def learn_families(
    rows: Rows, *, rng: np.random.Generator, size: Size
) -> tuple[dict[str, Family], dict[str, Floats]]:
    """All families by name, and the surprise of each in the normal rows.

    ``present``: a gauge from all other signals at the same time (pump curves, heads, levels).
    ``course``: a gauge from them and from all signals a step before (tanks fill by what flows in).
    ``switch``: a status from the other assets now and all signals a step before (control logic).
    ``repeat``: a replay of the signal's own past. ``range``: values never seen.
    """
    count = len(rows.signals)
    now, assets = np.arange(count), np.array(rows.assets)
    past = now + count

    def others(target: int) -> Ints:
        kept: Ints = np.delete(now, target)
        return kept

    def others_and_past(target: int) -> Ints:
        return np.concatenate([others(target), past])

    def elsewhere_and_past(target: int) -> Ints:
        return np.concatenate([now[assets != assets[target]], past])

    related: Sequence[tuple[str, Ints, Callable[[int], Ints], bool]] = (
        ("present", rows.gauges, others, False),
        ("course", rows.gauges, others_and_past, True),
        ("switch", rows.switches, elsewhere_and_past, True),
    )
    families: dict[str, Family] = {}
    normal: dict[str, Floats] = {}
    for name, targets, inputs, looks_back in related:
        families[name], normal[name] = Related.learn(
            rows, targets, inputs, past=looks_back, rng=rng, size=size
        )
    families["repeat"], normal["repeat"] = Repeated.learn(rows)
    families["range"], normal["range"] = Ranged.learn(rows)
    return families, normal
