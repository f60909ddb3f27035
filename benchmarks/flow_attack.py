"""Attacks on what people flow gives away: who was there, and whose pseudonym is whose.

The attacker of the membership test knows the target's whole record, every rule of the release, and
the population: from reference sets without the target he has the mean and the spread of each
cell. He adds up the logarithms of likelihood ratios over all cells (N. Homer et al., Resolving
individuals contributing trace amounts of DNA, 2008, doi:10.1371/journal.pgen.1000167; A.
Pyrgelis, C. Troncoso, E. De Cristofaro, Knock knock, who's there?, 2018,
doi:10.14722/ndss.2018.23183). The strongest attacker even knows every other person's record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr
from scipy.stats import rankdata

from kota.connect.pseudonyms import Pseudonyms
from kota.model.instant import HOUR
from kota.solutions.people_flow.privacy.release import Noise, disturb, tabulate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Records = Ints
"""The cells that each person touched, a row a person."""


@dataclass(frozen=True)
class World:
    """A population whose people each have a home, a work place and habits.

    Args:
        people: in a data set.
        sensors, hours: whose product are the cells.
        visits: cells that a person touches.
        most_cells, min_cell: of the release.
    """

    people: int
    sensors: int
    hours: int
    visits: int
    most_cells: int
    min_cell: int

    @property
    def cells(self) -> int:
        """Cells of the table."""
        return self.sensors * self.hours

    def draw(self, people: int, rng: np.random.Generator) -> Records:
        """Whole records `(people, visits)`: haunts of a few sensors, at hours of habit and chance.

        Cells are drawn by their weights without replacement, as the largest of weights with
        Gumbel noise.
        """
        haunts = rng.random((people, self.sensors)).argsort(axis=1) < max(2, self.sensors // 2)
        habit = rng.integers(0, self.hours, (people, 1))
        around = np.abs(np.arange(self.hours) - habit)
        weight = 0.5 + np.exp(-np.minimum(around, self.hours - around) / (self.hours / 6))
        here = np.where(haunts, 1.0, 0.4)
        chance = np.log(here[:, :, None] * weight[:, None, :]).reshape(people, self.cells)
        order = np.argpartition(-(chance + rng.gumbel(size=chance.shape)), self.visits, axis=1)
        return order[:, : self.visits].astype(np.int64)

    def table(self, records: Records, rng: np.random.Generator) -> Ints:
        """People in each cell, each bounded, as the release counts them."""
        persons = np.repeat(np.arange(len(records)), records.shape[1])
        return tabulate(persons, records.ravel(), self.cells, self.most_cells, rng)

    def publish(self, counts: Ints, noise: Noise | None) -> Floats:
        """What the world sees: NaN where a cell is left out."""
        told = counts if noise is None else disturb(counts, noise)
        return np.where(told >= self.min_cell, told, np.nan)


@dataclass(frozen=True)
class Game:
    """What came of many rounds: the attacker's scores where the target was in, and where not."""

    inside: Floats
    outside: Floats

    @property
    def auc(self) -> float:
        """Area under the ROC curve: how often a score inside is above one outside."""
        both = np.concatenate([self.inside, self.outside])
        ranks = rankdata(both)[: len(self.inside)]
        n, m = len(self.inside), len(self.outside)
        return float((ranks.sum() - n * (n + 1) / 2) / (n * m))

    @property
    def error(self) -> float:
        """Standard error of the area at 0.5 (Mann–Whitney)."""
        n, m = len(self.inside), len(self.outside)
        return float(np.sqrt((n + m + 1) / (12 * n * m)))


def population(world: World, sets: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Mean and variance of what one person adds to each cell, from reference sets."""
    share = np.zeros(world.cells)
    for _ in range(sets):
        share += world.table(world.draw(world.people, rng), rng) / (sets * world.people)
    return share, share * (1.0 - share)


def log_likelihood(seen: Floats, mean: Floats, variance: Floats, min_cell: int) -> Floats:
    """Of each cell, by the normal law; one that is left out lies below the minimum cell."""
    deviation = np.sqrt(variance)
    told = -0.5 * ((seen - mean) / deviation) ** 2 - np.log(deviation)
    left_out = log_ndtr((min_cell - 0.5 - mean) / deviation)
    return np.where(np.isnan(seen), left_out, told)


def membership(
    world: World,
    noise: Noise | None,
    *,
    rounds: int,
    reference_sets: int,
    rng: np.random.Generator,
) -> Game:
    """Play the membership test by likelihood ratio, half of the rounds with the target."""
    share, spread = population(world, reference_sets, rng)
    added = 0.0 if noise is None else noise_variance(noise)
    others = world.people - 1
    scores: dict[bool, list[float]] = {True: [], False: []}
    for k in range(rounds):
        inside = k % 2 == 0
        records = world.draw(world.people + 1, rng)
        target, records = records[0], records[:-1] if inside else records[1:]
        seen = world.publish(world.table(records, rng), noise)
        part = np.zeros(world.cells)
        part[target] = min(1.0, world.most_cells / len(target))
        with_target = log_likelihood(
            seen,
            others * share + part,
            others * spread + part * (1 - part) + added + 1e-3,
            world.min_cell,
        )
        without = log_likelihood(
            seen, world.people * share, world.people * spread + added + 1e-3, world.min_cell
        )
        scores[inside].append(float((with_target - without).sum()))
    return Game(np.array(scores[True]), np.array(scores[False]))


def strongest(
    world: World, noise: Noise, *, exchanged: bool, rounds: int, rng: np.random.Generator
) -> Game:
    """Play against somebody who knows every other record: was the target there, or, where
    `exchanged`, was it the target or one given other person whose record shares no cell?"""
    scores: dict[bool, list[float]] = {True: [], False: []}
    base = world.table(world.draw(world.people - 1, rng), rng)
    cells = rng.permutation(world.cells)[: 2 * world.most_cells]
    mine, theirs = cells[: world.most_cells], cells[world.most_cells :]
    for k in range(rounds):
        inside = k % 2 == 0
        counts = base.copy()
        if inside:
            counts[mine] += 1
        elif exchanged:
            counts[theirs] += 1
        residual = disturb(counts, noise) - base
        score = np.sum(residual[mine] >= 1)
        if exchanged:
            score -= np.sum(residual[theirs] >= 1)
        scores[inside].append(float(score))
    return Game(np.array(scores[True]), np.array(scores[False]))


def noise_variance(noise: Noise) -> float:
    """Of the discrete Laplace law: ``2 α / (1 - α)²``."""
    alpha = np.exp(-1.0 / noise.scale)
    return float(2 * alpha / (1 - alpha) ** 2)


def linked(
    devices: int,
    *,
    turned: bool,
    guess: Callable[[list[str], list[str]], list[int]],
    rng: np.random.Generator,
) -> float:
    """The share of devices whose pseudonym of the next rotation is found.

    Args:
        devices: that are heard in both rotations.
        turned: whether the key turned between; else a control that the attack must win.
        guess: for each pseudonym of the first rotation, the position of one in the second.
        rng: draws addresses and the order of the second rotation.
    """
    names = Pseudonyms(rotate=24)
    macs = [rng.bytes(6).hex() for _ in range(devices)]
    names.turn(0)
    first = [names.of(mac) for mac in macs]
    names.turn(24 * HOUR if turned else 0)
    order = rng.permutation(devices)
    second = [names.of(macs[k]) for k in order]
    guessed = np.array(guess(first, second))
    return float(np.mean(order[guessed] == np.arange(devices)))


def nearest(first: list[str], second: list[str]) -> list[int]:
    """Guess the pseudonym with the fewest different bits; it finds equals, and any leaning."""
    a = np.array([int(one, 16) for one in first], dtype=np.uint64)
    b = np.array([int(one, 16) for one in second], dtype=np.uint64)
    return [int(np.argmin(np.bitwise_count(b ^ one))) for one in a]


def in_order(first: list[str], second: list[str]) -> list[int]:
    """Guess that pseudonyms keep their order."""
    rank = np.argsort(np.argsort(first))
    return [int(k) for k in np.argsort(second)[rank]]
