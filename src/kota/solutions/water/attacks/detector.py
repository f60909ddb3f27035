"""Attacks and faults in telemetry: fitted on normal rows, causal, with the signals suspected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kota.errors import NotReadyError
from kota.solutions.water.attacks.episode import Episodes
from kota.solutions.water.attacks.evidence import Family, Rows, learn_families
from kota.solutions.water.attacks.relations import Size
from kota.solutions.water.attacks.surprise import Surprise

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Settings:
    """The one configuration, fixed by `benchmarks/water_attacks.py`.

    Args:
        least: surprise of a single signal that is still ordinary [nat].
        most: no signal adds more than this to a row [nat].
        size: of the relations.
        episodes: how rows become episodes.
        seed: of the relations' random functions.
    """

    least: float = 4.0
    most: float = 36.0
    size: Size = field(default_factory=Size)
    episodes: Episodes = field(default_factory=Episodes)
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in each row.

    Args:
        surprise: of the row as a whole [nat] `(n_rows,)`.
        score: probability of attack given the row and those before `(n_rows,)`.
        flags: whether it is likely `(n_rows,)`.
        weight: how much each signal speaks for it [nat] `(n_rows, n_signals)`.
    """

    surprise: Floats
    score: Floats
    flags: Bools
    weight: Floats


@dataclass(slots=True)
class Detector:
    """Finds rows that normal operation does not explain.

    Every signal is compared with what the others and the hour before tell of it, with its own
    past and with its range (`evidence.learn_families`). What a row adds up to beyond the
    ordinary is compared with normal rows that were foretold from other months, and becomes a
    probability of attack by `episode.Episodes`. Nothing looks at later rows.
    """

    settings: Settings = field(default_factory=Settings)
    _families: dict[str, Family] = field(default_factory=dict)
    _usual: Surprise | None = None

    def fit(self, rows: Rows) -> Self:
        """Learn from normal rows, in the order of time.

        Raises:
            NotReadyError: fewer than three weeks of hours.
        """
        if len(rows.values) < 504:
            raise NotReadyError(
                f"{len(rows.values)} normal rows are too few to learn from",
                hint="give at least 504 rows marked 0; a year covers the seasons",
            )
        rng = np.random.default_rng(self.settings.seed)
        self._families, normal = learn_families(rows, rng=rng, size=self.settings.size)
        total = np.log1p(self._weigh(normal).sum(axis=1))
        self._usual = Surprise.learn(total, least=0.05)
        return self

    def detect(self, rows: Rows) -> Findings:
        """What is found in each row, from it and the rows before.

        Raises:
            NotReadyError: it was not fitted.
        """
        if self._usual is None:
            raise NotReadyError("attacks were looked for before anything was learnt")
        weight = self._weigh({name: family.of(rows) for name, family in self._families.items()})
        surprise = self._usual.of(np.log1p(weight.sum(axis=1)))
        score = self.settings.episodes.probability(surprise)
        return Findings(surprise, score, score >= self.settings.episodes.threshold, weight)

    def _weigh(self, surprises: Mapping[str, Floats]) -> Floats:
        """What goes beyond the ordinary, over all families `(n_rows, n_signals)`."""
        least, most = self.settings.least, self.settings.most
        parts = [np.clip(each - least, 0.0, most) for each in surprises.values()]
        weight: Floats = np.sum(parts, axis=0)
        return weight
