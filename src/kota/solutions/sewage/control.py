"""Real-time control of gates, weirs and pumps from what sensors say, with no model of the sewers.

Each step judges the readings (`readings`), follows the state of every storage (`observer`) and
decides by rules (`rules`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from kota.solutions.sewage.config import ControlConfig, make_config
from kota.solutions.sewage.following import Following
from kota.solutions.sewage.observer import Flags, Floats, Observer
from kota.solutions.sewage.readings import Gauge, Telegram
from kota.solutions.sewage.rules import Gates, decide
from kota.solutions.sewage.surge import Surge

AIM = 0.95
"""Of a limit: what is aimed at, since settings act until the next step."""
GAP_H = 6.0
CAUTION, OWN_CAUTION = 3.0, 1.34
"""Standard deviations of a filling that are held as reserve, and those where the gates have limits
of their own: what passes those harms at once, so there it is held at ten to one (the 91st
percentile; K. J. Arrow, T. Harris and J. Marschak, Optimal Inventory Policy, Econometrica 19, 1951,
doi:10.2307/1906813)."""
SAID_H = 0.25
"""A storage that has not been seen for so long is named."""
JUMP, JUMP_LEAST, JUMPS_BELIEVED = 6.0, 0.05, 5
"""A level so many standard deviations off is believed when it has been so often in a row."""
MOST_RAIN = 1000.0
"""More is no rain [mm/h]."""
LEAST_CHANGE = 0.005
OUTFLOW_NOISE, LEAST_OUTFLOW = 0.1, 0.02
BASE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that an operator should know: of which sensor, storage, gate or link, and what."""

    id: str
    what: str


class Controller:
    """Settings for the actuators of one system of sewers, step by step.

    Actuators that lead out of no storage are never moved: there is nowhere to hold their water.

    Args:
        config: of the system.
    """

    def __init__(self, config: ControlConfig) -> None:
        self.config = config
        self.notices: tuple[Notice, ...] = ()
        index = {each.id: i for i, each in enumerate(config.storages)}
        self._held = [each for each in config.actuators if each.from_node in index]
        self._gates = Gates(
            of=np.array([index[each.from_node] for each in self._held], dtype=np.intp),
            least=np.array([each.min for each in self._held], dtype=float),
            most=np.array([each.max for each in self._held], dtype=float),
            limit=np.array([_limit(config, each.id) for each in self._held], dtype=float),
            volume=np.array([each.volume for each in config.storages], dtype=float),
        )
        exponent = np.full(len(index), 0.5)
        exponent[[index[each.from_node] for each in self._held if each.kind == "pump"]] = 0.0
        self._observer = Observer(exponent)
        self._telegram = Telegram(
            {
                each.id: Gauge(each.max_depth)
                for each in config.storages
                if each.id in config.sensors.depths
            },
            {name: Gauge(bounded=False) for name in config.sensors.flows},
        )
        self._surge = Surge(exponent)
        self._following = Following(exponent[self._gates.of])
        shared = self._gates.by_storage(np.isinf(self._gates.limit).astype(float)) > 0
        self._caution = np.where(shared, CAUTION, OWN_CAUTION)
        self._all_measured = all(each.id in self._telegram.flows for each in self._held)
        acting = {each.id for each in config.actuators}
        self._others = dict.fromkeys((link for link in config.limits if link not in acting), 0.0)
        self._settings = self._gates.most.copy()
        self._commanded = np.zeros(len(self._held), dtype=bool)
        self._time: datetime | None = None
        self._unseen = np.zeros(len(index))
        self._jumps = np.zeros(len(index), dtype=np.intp)

    def step(
        self,
        time: datetime,
        depths: Mapping[str, float],
        flows: Mapping[str, float],
        rain: float | None = None,
    ) -> dict[str, float]:
        """Decide the settings until the next step.

        Args:
            time: of the readings, UTC where it says no zone; one that is not after the last
                counts as no time passed.
            depths: at nodes [m]; what is left out, or is no number, is taken as not known.
            flows: in links [m³/s], likewise.
            rain: [mm/h], or None; while levels are not seen, it bounds what may flow in.

        Returns:
            Setting [0..1] by actuator id; one that is left out keeps its setting.
        """
        hours = self._passed(time)
        if not self._held:
            return {}
        notices: list[Notice] = []
        if hours > 0:
            self._observer.predict(min(hours, GAP_H), self._gates.by_storage(self._settings))
        self._telegram.take(depths, flows)
        self._take_levels(hours, notices)
        self._take_flows(notices)
        self._surge.update(
            self._observer,
            upper=np.minimum(self._observer.filling + self._caution * self._observer.doubt, 1.0),
            hours=min(hours, GAP_H),
            settings=self._gates.by_storage(self._settings),
            seen=self._unseen <= 0,
            rain=_number(rain),
        )
        blind = self._unseen >= SAID_H
        for i in np.flatnonzero(blind):
            storage = self.config.storages[i].id
            notices.append(Notice(storage, "is not seen: its gates go to the safe setting"))
        settings = decide(
            self._gates,
            self._observer,
            settings=self._settings,
            unseen=self._unseen,
            budgets=self._budgets(notices),
            surge=self._surge,
        )
        self.notices = tuple(notices)
        return self._command(settings)

    def _passed(self, time: datetime) -> float:
        moment = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        last, self._time = self._time, moment
        return 0.0 if last is None else max((moment - last).total_seconds(), 0.0) / 3600

    def _take_levels(self, hours: float, notices: list[Notice]) -> None:
        n = len(self._unseen)
        readings, variances = np.zeros(n), np.ones(n)
        seen: Flags = np.zeros(n, dtype=bool)
        for i, storage in enumerate(self.config.storages):
            name = storage.id
            gauge = self._telegram.depths.get(name)
            if gauge is None:
                continue
            seen[i] = gauge.fresh
            readings[i], variances[i] = gauge.share, gauge.variance
            if gauge.fault:
                notices.append(Notice(name, f"its depth reading is {gauge.fault}"))
        jumped = self._jumped(readings, variances, seen)
        notices.extend(
            Notice(self.config.storages[j].id, "its depth reading jumped")
            for j in np.flatnonzero(jumped)
        )
        seen &= ~jumped
        self._observer.update(readings, variances, seen)
        self._unseen = np.where(seen, 0.0, self._unseen + hours)

    def _jumped(self, readings: Floats, variances: Floats, seen: Flags) -> Flags:
        spread = np.sqrt(self._observer.doubt**2 + variances)
        far = seen & (np.abs(readings - self._observer.filling) > JUMP * spread + JUMP_LEAST)
        self._jumps = np.where(far, self._jumps + 1, np.where(seen, 0, self._jumps))
        believed = self._jumps >= JUMPS_BELIEVED
        self._observer.restart(readings, believed)
        self._jumps[believed] = 0
        return far & ~believed

    def _take_flows(self, notices: list[Notice]) -> None:
        for name, gauge in self._telegram.flows.items():
            if gauge.fault:
                notices.append(Notice(name, f"its flow reading is {gauge.fault}"))
        gauges = [self._telegram.flows.get(each.id) for each in self._held]
        good = np.array([gauge is not None and gauge.fresh for gauge in gauges])
        measured = np.array([0.0 if gauge is None else gauge.share for gauge in gauges])
        of = self._gates.of
        self._following.update(
            self._settings, measured, self._observer.filling[of], good & (self._unseen <= 0)[of]
        )
        notices.extend(
            Notice(self._held[i].id, "does not follow its settings: is it stuck?")
            for i in np.flatnonzero(self._following.stuck)
        )
        readings = self._gates.by_storage(measured) * 3600 / self._gates.volume
        count = self._gates.by_storage(np.ones(len(good)))
        seen = (self._gates.by_storage(good.astype(float)) == count) & (count > 0)
        variances = (OUTFLOW_NOISE * np.maximum(readings, LEAST_OUTFLOW)) ** 2
        opening = self._gates.by_storage(self._settings)
        self._observer.update_outflow(readings, variances, seen, opening)

    def _budgets(self, notices: list[Notice]) -> list[float]:
        """What each shared link has left for the gates together [m³/h]."""
        opening = self._gates.by_storage(self._settings)
        released = float((self._observer.outflow(opening) * self._gates.volume).sum())
        budgets = []
        for link, before in self._others.items():
            gauge = self._telegram.flows.get(link)
            if gauge is None and not self._all_measured:
                notices.append(Notice(link, "is not kept to its limit: no flow is measured"))
                continue
            if gauge is not None and gauge.fresh:
                others = gauge.share * 3600 - released
                self._others[link] = before + BASE_SHARE * (others - before)
            aim = AIM * self.config.limits[link] * 3600
            budgets.append(max(aim - self._others[link], 0.0))
        return budgets

    def _command(self, settings: Floats) -> dict[str, float]:
        moved = np.abs(settings - self._settings) >= LEAST_CHANGE
        self._commanded |= moved
        self._settings = np.where(self._commanded, settings, self._settings)
        return {
            each.id: float(self._settings[j])
            for j, each in enumerate(self._held)
            if self._commanded[j]
        }


def controller(config: Mapping[str, Any] | ControlConfig) -> Controller:
    """A controller for the sewers that a configuration describes.

    Raises:
        ConfigurationError: names the field that is wrong and what was expected.
    """
    return Controller(make_config(config))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return None
    number = float(value)
    return number if 0.0 <= number < MOST_RAIN else None


def _limit(config: ControlConfig, actuator: str) -> float:
    limit = config.limits.get(actuator)
    return float("inf") if limit is None else AIM * limit * 3600
