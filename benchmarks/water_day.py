"""The day a main bursts, with Kota and without: the same plant, the same seed.

python -m benchmarks.water_day [SEED ...]

The network is the demonstration district's. The plant's true diameters differ from those that Kota
knows by up to 3 % (resistance by up to 15 %); where, when and how large the burst is comes from the
seed, of the mains that can be shut off. Kota learns from seven days before, sees no more than the
sensors tell, and looks every five minutes; it proposes what its task would, from its second look at
the burst on, and again where the burst goes on. Two people agree ten minutes later. Without Kota
the same main is shut off, by the same tracing, once somebody has called: after 120 minutes, a
figure that is assumed. Either way a crew mends it in 90 minutes from then on and opens the valves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.report import emit, machine
from kota.demo.district import make_district
from kota.demo.fitting import Fitted, fit
from kota.errors import SolutionError
from kota.model.instant import MINUTE, SECOND
from kota.solutions.water.incidents import Incident
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.isolation import isolate
from kota.solutions.water.live.closing import Deliberation, best_closing, is_shut_off
from kota.solutions.water.live.knowledge import WINDOWS, Knowledge, learn
from kota.solutions.water.live.look import Look, look_back
from kota.solutions.water.live.observed import STEP
from kota.solutions.water.live.rehearsal import Recorder, town_of
from kota.solutions.water.live.supplied import Supplied
from kota.solutions.water.live.tasks import PATIENCE
from kota.solutions.water.live.watch import Ongoing, Watch
from kota.solutions.water.model import VALVE_KEY, Model, Setting
from kota.solutions.water.sections import place_valves

SEEDS = (101, 102, 103, 104, 105)
DISTRICT = 7
BEGIN = 1_763_654_400
"""2025-11-21, midnight in Kuala Lestari."""
LEARN_S, OFFSET_S = 7 * 86_400, 8 * 3600
AGREE_S = 600
"""Two people agree so long after the proposal."""
CALLED_S = 7200
"""Without Kota a main is shut off so long after it burst."""
MEND_S = 5400
"""A main is mended so long after it was shut off; then its valves are opened."""
AFTER_S = 4 * 3600
"""Counted from the burst on."""
LATE_S = 300
PEAK, CHEAP = 0.12, 0.07
"""Price of energy [per kWh], from 7 to 22 o'clock and else."""
_METERS_BACK_S = 3 * 3600
_CALM_S = 4 * 3600
"""Watched before the burst, for false alarms."""


@dataclass(slots=True)
class Counted:
    """What a burst cost.

    Args:
        lost: through the main [m³].
        minutes: of residents without water.
        energy, cost: of the pumps [kWh, money].
    """

    lost: float = 0.0
    minutes: float = 0.0
    energy: float = 0.0
    cost: float = 0.0


@dataclass(slots=True)
class Found:
    """What Kota made of it.

    Args:
        seen: from the burst to its first look at it [s]; None: never.
        closings: when [s since the epoch] which valves were shut.
        off: pipes that they shut off.
        flow: as it was estimated when they were proposed [m³/h].
        false: alarms in the hours before it.
    """

    seen: int | None = None
    closings: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    off: set[str] = field(default_factory=set)
    flow: float = 0.0
    false: int = 0


class Day:
    """One seed's plant.

    Args:
        fitted: the town's network.
        people: residents by junction.
        seed: of everything.
    """

    def __init__(self, fitted: Fitted, people: dict[str, tuple[int, int]], seed: int) -> None:
        rng = np.random.default_rng([seed, 77])
        self.network = fitted.network
        self.people = people
        self.valves = place_valves(self.network)
        true = {
            name: replace(pipe, diameter=pipe.diameter * rng.uniform(0.97, 1.03))
            for name, pipe in self.network.pipes.items()
        }
        self.setting = Setting(
            net3(),
            replace(self.network, pipes=true),
            fitted.bases,
            seed,
            BEGIN,
            OFFSET_S,
            valves=self.valves,
        )
        self.pipe, self.shut = self._drawn(rng)
        self.size = float(rng.uniform(60, 180))
        self.midnight = BEGIN + LEARN_S
        self.at = self.midnight + int(rng.integers(6 * 12, 19 * 12)) * 300

    def _drawn(self, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
        pipes = list(self.network.pipes.values())
        while True:
            pipe = pipes[int(rng.integers(len(pipes)))]
            try:
                found = isolate(self.network, self.valves, pipe.id)
            except SolutionError:
                continue
            if (
                pipe.diameter >= 80
                and pipe.length >= 20
                and found.demand < 0.1 * self.network.demand
            ):
                return pipe.id, found.shut

    def past(self) -> tuple[Recorder, Setting]:
        """Seven days, and the plant as it stands after them."""
        model, recorder = Model(self.setting, step=300), Recorder()
        recorder.play(model, self.midnight)
        now = model.hydraulics.solve(np.zeros(len(self.network.junctions)))
        switched = {
            name: bool(is_open)
            for name, is_open in zip(model.hydraulics.links, now.is_open, strict=True)
            if name in self.network.pumps or name == "330"
        }
        model.close()
        burst = Incident("burst", self.pipe, self.at, size=self.size)
        today = replace(
            self.setting,
            begin=self.midnight,
            levels=now.level,
            open_links=switched,
            incidents=(burst,),
        )
        return recorder, today

    def watch(self, past: Recorder, today: Setting) -> Found:
        """Watch over the day and shut what is proposed, until the time that is counted is up."""
        model, recorder = Model(today), Recorder()
        town = town_of(replace(today, network=self.network), model.sensors, people=self.people)
        knowledge = learn(town, past.series(), BEGIN * SECOND, self.midnight * SECOND)
        recorder.play(model, self.at - _METERS_BACK_S - _CALM_S)
        watch, deliberation, found, changed = Watch(), Deliberation(), Found(), 0
        agreed: tuple[int, tuple[str, ...]] | None = None
        for at in range(self.at - _CALM_S, self.at + AFTER_S, 300):
            if agreed is not None and agreed[0] <= at:
                recorder.play(model, agreed[0])
                for valve in agreed[1]:
                    model.obey(VALVE_KEY, valve, {"control": "CLOSED"})
                found.closings.append(agreed)
                town = replace(town, shut=town.shut | set(agreed[1]))
                changed, agreed = agreed[0], None
            recorder.play(model, at + PATIENCE // SECOND)
            before = watch.ongoing
            isolated = before is not None and is_shut_off(town, self._likeliest(before))
            seen = watch.see(self._look(town, recorder, knowledge, at, changed), isolated=isolated)
            if seen is None or seen.status != "open" or seen.at != at * SECOND:
                continue
            if at < self.at:
                found.false += before is None
                continue
            found.seen = at - self.at if found.seen is None else found.seen
            if agreed is not None or at < changed + 1200:
                continue
            closing = best_closing(town, seen.leak.mass)
            if not deliberation.is_ripe(seen.leak.flow, closing) or closing is None:
                continue
            if closing.isolation.shut:
                agreed = (at + PATIENCE // SECOND + LATE_S + AGREE_S, closing.isolation.shut)
                found.flow = found.flow or seen.leak.flow
                found.off |= set(closing.covers)
        model.close()
        return found

    def _likeliest(self, ongoing: Ongoing) -> str:
        return list(self.network.pipes)[int(np.argmax(ongoing.leak.mass))]

    def _look(
        self, town: Supplied, recorder: Recorder, knowledge: Knowledge, at: int, changed: int
    ) -> Look:
        moment = at * SECOND
        start = moment - max(WINDOWS) * STEP - 120 * MINUTE
        return look_back(town, recorder.series(start), knowledge, (moment,), changed * SECOND)[0]

    def count(self, today: Setting, closings: list[tuple[int, tuple[str, ...]]]) -> Counted:
        """Play the day, shut valves at the times that are said, mend and open them."""
        shut_off = max(at for at, _ in closings)
        (burst,) = today.incidents
        burst = replace(burst, end=shut_off + MEND_S)
        model, counted = Model(replace(today, incidents=(burst,))), Counted()
        names = list(self.network.junctions)
        residents = np.array([self.people.get(name, (0, 0))[1] for name in names])
        node = {name: k for k, name in enumerate(model.hydraulics.nodes)}
        at_node = np.array([node[name] for name in names])
        waiting = sorted(closings)
        mended = model.setting.incidents[0].end
        for truth, _ in model.states(self.at + AFTER_S):
            at = today.begin + truth.seconds
            while waiting and waiting[0][0] <= at < mended:
                for valve in waiting.pop(0)[1]:
                    model.obey(VALVE_KEY, valve, {"control": "CLOSED"})
            if at >= mended:
                for valve in [name for name, state in model.valves.items() if state == "CLOSED"]:
                    model.obey(VALVE_KEY, valve, {"control": "OPEN"})
            if at < self.at:
                continue
            counted.lost += model.hydraulics.leaks(truth)[self.pipe] / 60
            dry = np.array([name in model.dry for name in names])
            low = truth.pressure[at_node] < 2.0
            counted.minutes += float(residents[dry | low].sum())
            power = float(truth.power.sum()) / 60
            hour = (at + OFFSET_S) % 86_400 / 3600
            counted.energy += power
            counted.cost += power * (PEAK if 7 <= hour < 22 else CHEAP)
        model.close()
        return counted


Row = tuple[Counted, Counted, Found, bool]


def _people(fitted: Fitted, residents: Callable[[int], int]) -> dict[str, tuple[int, int]]:
    names = list(fitted.network.junctions)
    fed: dict[str, tuple[int, int]] = {}
    for number, k in enumerate(fitted.supplied):
        buildings, people = fed.get(names[k], (0, 0))
        fed[names[k]] = (buildings + 1, people + residents(number))
    return fed


def main(seeds: tuple[int, ...]) -> None:
    """Print a row for each seed, and the sums."""
    print(machine(), file=sys.stderr)
    district = make_district(DISTRICT)
    fitted = fit(read_network(net3()), district)
    people = _people(fitted, lambda number: district.buildings[number].residents)
    rows: list[Row] = []
    for seed in seeds:
        day = Day(fitted, people, seed)
        past, today = day.past()
        found = day.watch(past, today)
        called = (day.at + CALLED_S, day.shut)
        without = day.count(today, [called])
        right = day.pipe in found.off
        with_kota = day.count(today, found.closings if right else [*found.closings, called])
        rows.append((without, with_kota, found, right))
        _say(day, seed, rows[-1])
    _sum(rows)


def _say(day: Day, seed: int, row: Row) -> None:
    without, kota, found, right = row
    seen = "not seen"
    if found.seen is not None:
        shut = [f"{(at - day.at) / 60:.0f} min" for at, _ in found.closings]
        seen = (
            f"seen after {found.seen / 60:.0f} min as {found.flow:.0f} m³/h, shut after "
            f"{' and '.join(shut) or 'nothing'}, {'right' if right else 'WRONG'} stretch"
        )
    hour = (day.at - day.midnight) / 3600
    print(
        f"# seed {seed}: pipe {day.pipe} at {int(hour):02d}:{int(hour * 60) % 60:02d}, "
        f"{day.size:.0f} m³/h: {seen}, {found.false} false before; "
        f"lost {without.lost:.0f} -> {kota.lost:.0f} m³, "
        f"resident minutes {without.minutes:.0f} -> {kota.minutes:.0f}, "
        f"kWh {without.energy:.1f} -> {kota.energy:.1f}, "
        f"cost {without.cost:.2f} -> {kota.cost:.2f}",
        flush=True,
    )


def _sum(rows: list[Row]) -> None:
    emit("water.burst_seen", sum(row[2].seen is not None for row in rows), f"of {len(rows)}")
    emit("water.burst_right_stretch", sum(row[3] for row in rows), f"of {len(rows)}")
    emit("water.burst_false_before", sum(row[2].false for row in rows), "alarms")
    slowest = max((row[2].seen or 0) / 60 for row in rows)
    emit("water.burst_seen_after", slowest, "min, slowest")
    for name, unit in (("lost", "m³"), ("minutes", "min"), ("energy", "kWh"), ("cost", "money")):
        before, after = (sum(getattr(row[k], name) for row in rows) for k in (0, 1))
        emit(f"water.burst_{name}", after, unit, floor=before)


if __name__ == "__main__":
    main(tuple(int(one) for one in sys.argv[1:]) or SEEDS)
