"""The people of a simulated town: where they live, work, learn and pray."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from kota.errors import SolutionError
from kota.solutions.people_flow.pedestrians.habits import GROUPS
from kota.solutions.people_flow.pedestrians.walking import Closed, Floats, Ints, Walkways

CHILD, ADULT, ELDER, COMMUTER, VISITOR, GUEST = range(len(GROUPS))

_EMPLOYED = 0.66
_WORKS_NEAR, _WORKS_BY_BUS = 0.46, 0.22
_TEENAGERS = 0.07
_SPEED = (1.25, 1.36, 1.05, 1.40, 1.25, 1.25)
_SPEED_SPREAD = 0.16
"""Walking speed by group [m/s] and its spread: R. Bohannon and A. Williams Andrews, Normal
walking speed: a descriptive meta-analysis, 2011, doi:10.1016/j.physio.2010.12.004."""

_FRICTION: Mapping[str, float] = {"work": 900.0, "school": 500.0, "stop": 250.0, "faith": 600.0}


@dataclass(frozen=True, slots=True, eq=False)
class Homes:
    """Where people live; arrays by home.

    Args:
        node: the nearest end of the street in front `(n_homes,)`.
        access: from the door to there [m].
        ages: residents by age group `(n_homes, 4)`, see `habits.AGES`.
    """

    node: Ints
    access: Floats
    ages: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where people go; arrays by place.

    Args:
        names: for people.
        node: the nearest end of the street in front `(n_places,)`.
        access: from the door to there [m].
        area: that people stand on [m²]; 0 where they are indoors and nobody counts.
        pull: how strongly each place draws, by kind: ``work``, ``school``, ``stop``, ``mosque``,
            ``temple``, ``church``, ``market``, ``shop``, ``leisure``, ``civic``.
    """

    names: tuple[str, ...]
    node: Ints
    access: Floats
    area: Floats
    pull: Mapping[str, Floats]

    def index(self, name: str) -> int:
        """Row of a place.

        Raises:
            SolutionError: none has that name.
        """
        if name not in self.names:
            raise SolutionError(
                f"no place is called {name!r}", hint=f"there are {', '.join(self.names[:12])} …"
            )
        return self.names.index(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Procession:
    """A crowd that gathers at one place and walks to another together.

    Args:
        gathers: index of the place at which it gathers.
        leaves: [s of the day].
        share: of those who come to the event.
        speed: [m/s].
        spread: how long it takes to pass [s].
    """

    gathers: int
    leaves: float
    share: float = 0.3
    speed: float = 0.8
    spread: float = 480.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that draws a crowd on one day.

    Args:
        name: for people.
        day: on which.
        place: index of the place.
        begins: first arrivals [s of the day]; they grow steadily more until `peak`.
        peak: [s of the day].
        ends: the last go home [s of the day].
        residents: share of residents who come.
        visitors: how many come from elsewhere.
        procession: a part of it.
    """

    name: str
    day: date
    place: int
    begins: float
    peak: float
    ends: float
    residents: float = 0.3
    visitors: int = 0
    procession: Procession | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A town and what is to happen in it; pickles.

    Args:
        ways: its streets.
        homes, places: where people live and go.
        seed: of everything that is drawn.
        commuters: who come by bus to work on a weekday.
        visitors: who come by bus for anything else on a weekday.
        faiths: share of each faith, by its kind of place.
        events: all of them; each has its day.
        closures: of streets, by day.
        holidays: days like Sundays.
        rain: in each bin `(n_bins,)` [mm], by day; a day that is not in it is dry.
    """

    ways: Walkways
    homes: Homes
    places: Places
    seed: int
    commuters: int = 400
    visitors: int = 500
    faiths: Mapping[str, float] = field(
        default_factory=lambda: {"mosque": 0.64, "temple": 0.27, "church": 0.09}
    )
    events: tuple[Event, ...] = ()
    closures: Mapping[date, tuple[Closed, ...]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    rain: Mapping[date, Floats] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Who may walk on a day; arrays `(n,)`.

    Args:
        number: the same for the same person on every day.
        group: index in `kota.solutions.people_flow.pedestrians.habits.GROUPS`.
        node, access: of the door they start from, as in `Homes`.
        base: place that they start from; -1 at home.
        speed: [m/s].
        faith: index in `Setting.faiths`.
        own: index of the place that is each person's own, by kind; -1 where there is none.
    """

    number: Ints
    group: Ints
    node: Ints
    access: Floats
    base: Ints
    speed: Floats
    faith: Ints
    own: Mapping[str, Ints]


def residents(setting: Setting, distance: Floats) -> People:
    """Everybody who walks here again and again: residents and commuters.

    Args:
        setting: the town.
        distance: between nodes [m].
    """
    rng = np.random.default_rng([setting.seed, 22])
    home, group = _households(setting.homes)
    stops = choose(setting.places.pull["stop"], setting.commuters, rng)
    places = setting.places
    node = np.concatenate([setting.homes.node[home], places.node[stops]])
    group = np.concatenate([group, np.full(len(stops), COMMUTER)])
    count = len(node)
    faith = choose(np.array(list(setting.faiths.values())), count, rng)
    own = {
        kind: near(places, kind, node, distance, friction, rng)
        for kind, friction in _FRICTION.items()
        if kind != "faith"
    }
    prays = np.full(count, -1)
    for k, kind in enumerate(setting.faiths):
        of = np.flatnonzero(faith == k)
        prays[of] = near(places, kind, node[of], distance, _FRICTION["faith"], rng)
    lot = rng.random(count)
    adult, commuter = group == ADULT, group == COMMUTER
    worker = commuter | (adult & (lot < _EMPLOYED * _WORKS_NEAR))
    rider = adult & ~worker & (lot < _EMPLOYED * (_WORKS_NEAR + _WORKS_BY_BUS))
    pupil = (group == CHILD) | (adult & (lot > 1 - _TEENAGERS))
    return People(
        np.arange(count),
        group,
        node,
        np.concatenate([setting.homes.access[home], places.access[stops]]),
        np.concatenate([np.full(len(home), -1), stops]),
        _speeds(group, rng),
        faith,
        {
            "work": np.where(worker, own["work"], -1),
            "stop": np.where(rider, own["stop"], -1),
            "school": np.where(pupil, own["school"], -1),
            "faith": prays,
        },
    )


def strangers(setting: Setting, group: Ints, first: int, rng: np.random.Generator) -> People:
    """People who come once.

    Args:
        setting: the town.
        group: `VISITOR` or `GUEST` for each of them.
        first: number of the first of them.
        rng: draws where they get off and how fast they walk.
    """
    places = setting.places
    stops = choose(places.pull["stop"], len(group), rng)
    nowhere = np.full(len(group), -1)
    return People(
        first + np.arange(len(group)),
        group,
        places.node[stops],
        places.access[stops],
        stops,
        _speeds(group, rng),
        nowhere,
        dict.fromkeys(_FRICTION, nowhere),
    )


def together(one: People, other: People) -> People:
    """Both."""
    own = {kind: np.concatenate([one.own[kind], other.own[kind]]) for kind in one.own}
    return People(
        np.concatenate([one.number, other.number]),
        np.concatenate([one.group, other.group]),
        np.concatenate([one.node, other.node]),
        np.concatenate([one.access, other.access]),
        np.concatenate([one.base, other.base]),
        np.concatenate([one.speed, other.speed]),
        np.concatenate([one.faith, other.faith]),
        own,
    )


def choose(weights: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Draw so many rows in proportion to their weights."""
    total = weights.cumsum()
    drawn: Ints = np.searchsorted(total, rng.random(count) * total[-1], side="right")
    return np.minimum(drawn, len(weights) - 1)


def near(
    places: Places,
    kind: str,
    node: Ints,
    distance: Floats,
    friction: float,
    rng: np.random.Generator,
) -> Ints:
    """Draw a place for each person: the stronger its pull and the nearer, the likelier.

    Huff's model with exponential decay (D. Huff, A probabilistic analysis of shopping center trade
    areas, 1963, doi:10.2307/3144521).

    Args:
        places: of which `kind` says the column of pulls.
        kind: key of `Places.pull`.
        node: where each person is `(n,)`.
        distance: between nodes [m].
        friction: distance at which a place's share has fallen to 1/e [m].
        rng: draws.

    Returns:
        Indexes of places `(n,)`; -1 where no place is of that kind.
    """
    pull = places.pull.get(kind)
    if pull is None or not (pull > 0).any():
        return np.full(len(node), -1)
    rows = np.flatnonzero(pull > 0)
    at, which = np.unique(node, return_inverse=True)
    weight = pull[rows] * np.exp(-distance[at][:, places.node[rows]] / friction)
    total = weight.cumsum(axis=1)
    drawn = rng.random(len(node)) * total[which, -1]
    column: NDArray[np.int64] = (total[which] <= drawn[:, None]).sum(axis=1)
    return rows[np.minimum(column, len(rows) - 1)]


def _households(homes: Homes) -> tuple[Ints, Ints]:
    """Home and group of every resident from five years on."""
    ages = homes.ages[:, 1:]
    home = np.repeat(np.arange(len(ages)), ages.sum(axis=1))
    group = np.repeat(np.tile([CHILD, ADULT, ELDER], len(ages)), ages.ravel())
    return home, group


def _speeds(group: Ints, rng: np.random.Generator) -> Floats:
    mean = np.array(_SPEED)[group]
    return np.clip(mean + _SPEED_SPREAD * rng.standard_normal(len(group)), 0.6, 2.0)
