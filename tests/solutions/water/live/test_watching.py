"""A burst, a growing leak, a drifting logger and a seized pump are told apart, and calm is calm."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from kota.errors import NotReadyError
from kota.model.instant import SECOND
from kota.solutions.water.demand import HOMES, STEADY
from kota.solutions.water.incidents import Incident
from kota.solutions.water.inp import net3, read_network
from kota.solutions.water.live.closing import Closing, Deliberation, best_closing, is_shut_off
from kota.solutions.water.live.knowledge import Knowledge, learn
from kota.solutions.water.live.look import Look, look_back
from kota.solutions.water.live.observed import STEP
from kota.solutions.water.live.rehearsal import Recorder, town_of
from kota.solutions.water.live.supplied import Supplied
from kota.solutions.water.live.watch import Watch
from kota.solutions.water.model import Model, Setting
from kota.solutions.water.rescale import rescale
from kota.solutions.water.sections import place_valves

BEGIN = 1_764_259_200
HOUR = 3600
DAYS = 2
NOW = BEGIN + DAYS * 86_400
_NET3 = read_network(net3())
NETWORK = rescale(_NET3, flow=0.15, lengths={}, demands={}, positions=_NET3.positions)
BULK = ("15", "35", "123", "203")
"""Supplies to neighbours and industry, which run day and night."""


@cache
def past() -> tuple[Setting, Recorder, Supplied, Knowledge]:
    """Two calm days, and what they teach."""
    bases = np.zeros((len(NETWORK.junctions), 3))
    for k, junction in enumerate(NETWORK.junctions.values()):
        bases[k, STEADY if junction.id in BULK else HOMES] = junction.demand
    setting = Setting(net3(), NETWORK, bases, 5, BEGIN, valves=place_valves(NETWORK))
    model = Model(setting, step=300)
    recorder = Recorder()
    recorder.play(model, NOW)
    town = town_of(setting, model.sensors)
    model.close()
    knowledge = learn(town, recorder.series(), BEGIN * SECOND, NOW * SECOND)
    return setting, recorder, town, knowledge


def looks(hours: float, *incidents: Incident) -> list[Look]:
    """What is seen in the hours after the calm days; the same days, with incidents after them."""
    setting, _, town, knowledge = past()
    model = Model(replace(setting, incidents=incidents), step=300)
    recorder = Recorder()
    recorder.play(model, NOW + round(hours * HOUR) + 60)
    model.close()
    last = (NOW + round(hours * HOUR)) * SECOND
    moments = tuple(range(NOW * SECOND + STEP, last + 1, STEP))
    series = recorder.series((NOW - 3 * HOUR) * SECOND)
    return look_back(town, series, knowledge, moments)


def near(pipe: str, other: str) -> bool:
    """Whether two pipes are the same or meet, or one lies between them."""

    def ends(names: set[str]) -> set[str]:
        return {n for name in names for n in (NETWORK.pipes[name].start, NETWORK.pipes[name].end)}

    beside = {p.id for p in NETWORK.pipes.values() if {p.start, p.end} & ends({pipe})}
    return other in {p.id for p in NETWORK.pipes.values() if {p.start, p.end} & ends(beside)}


def test_calm_hours_when_nothing_is_the_matter_then_nothing_is_told() -> None:
    watch = Watch()
    assert all(watch.see(look) is None for look in looks(8))


@pytest.mark.parametrize(("pipe", "size"), [("241", 150.0), ("175", 200.0), ("281", 40.0)])
def test_burst_when_a_main_breaks_then_it_is_found_sized_and_placed_in_minutes(
    pipe: str, size: float
) -> None:
    begin = NOW + HOUR
    watch = Watch()
    seen = [watch.see(look) for look in looks(2, Incident("burst", pipe, begin, size=size))]
    found = [one for one in seen if one is not None]
    assert begin * SECOND <= found[0].since <= (begin + 900) * SECOND
    last = found[-1].leak
    assert last.flow == pytest.approx(size * 1.05, rel=0.25)
    names = list(NETWORK.pipes)
    assert near(pipe, names[int(np.argmax(last.mass))])
    hours = (found[-1].at - found[0].since) / 3.6e9
    assert found[-1].lost == pytest.approx(last.flow * hours, rel=0.2, abs=20)


def test_burst_when_it_is_mended_then_it_has_ended() -> None:
    burst = Incident("burst", "241", NOW + HOUR, NOW + 2 * HOUR, 150.0)
    watch = Watch()
    seen = [watch.see(look) for look in looks(3, burst)]
    told = [one.status for one in seen if one is not None]
    assert (told[0], told[-1], told.count("ended")) == ("open", "ended", 1)
    assert watch.ongoing is None or watch.ongoing.status == "ended"


def test_logger_when_it_drifts_then_it_is_suspect_and_no_leak_is_told() -> None:
    _, _, town, _ = past()
    name = town.loggers[5]
    seen = looks(3.5, Incident("drift", f"J-{name}/pressure", NOW + HOUR, size=2.0))
    assert all(not look.leaks for look in seen)
    lies = {(lie.kind, town.loggers[lie.column]) for look in seen[-6:] for lie in look.lies}
    assert lies == {("pressure", name)}


def test_pump_when_somebody_else_holds_it_then_its_telemetry_is_suspect_and_no_leak_is_told() -> (
    None
):
    _, _, town, _ = past()
    model_time = NOW + HOUR
    seen = looks(3, Incident("attack", "335", model_time, size=0.0))
    kinds = {(lie.kind, lie.column) for look in seen[-6:] for lie in look.lies}
    assert ("pump", town.pumps.index("335")) in kinds
    assert all(not look.leaks for look in seen if look.at > (model_time + 1800) * SECOND)


def test_what_is_told_when_the_future_is_cut_off_then_it_is_the_same() -> None:
    burst = Incident("burst", "241", NOW + HOUR, size=150.0)
    whole, cut = looks(2, burst), looks(1.5, burst)
    for one, other in zip(whole, cut, strict=False):
        assert (one.at, sorted(one.leaks), one.lies) == (other.at, sorted(other.leaks), other.lies)
        flows = ([leak.flow for leak in each.leaks.values()] for each in (one, other))
        np.testing.assert_allclose(*flows, rtol=1e-5)


def test_closing_when_a_pipe_is_likely_then_its_stretch_is_shut_by_valves_that_work() -> None:
    _, _, town, _ = past()
    mass = np.zeros(len(NETWORK.pipes))
    mass[list(NETWORK.pipes).index("241")] = 0.7
    mass[list(NETWORK.pipes).index("243")] = 0.3
    fed = replace(town, people={"209": (10, 25)})
    closing = best_closing(fed, mass)
    assert closing is not None
    assert closing.mass == pytest.approx(1.0)
    assert "209" in closing.isolation.dry
    assert (closing.buildings, closing.residents) == (10, 25)
    shut = replace(town, shut=frozenset(closing.isolation.shut))
    assert is_shut_off(shut, "241")
    assert not is_shut_off(town, "241")
    stuck = closing.isolation.shut[0]
    other = best_closing(fed, mass, {stuck})
    assert other is None or stuck not in other.isolation.shut


def test_closing_when_the_stretch_changes_or_costs_more_than_it_saves_then_it_is_not_ripe() -> None:
    _, _, town, _ = past()
    names = list(NETWORK.pipes)

    def of(pipe: str, share: float) -> Closing | None:
        mass = np.zeros(len(names))
        mass[names.index(pipe)] = share
        return best_closing(town, mass)

    thinking = Deliberation()
    assert not thinking.is_ripe(100.0, of("241", 0.9))
    assert thinking.is_ripe(100.0, of("241", 0.9))
    assert not thinking.is_ripe(100.0, of("117", 0.9))
    assert not thinking.is_ripe(100.0, of("241", 0.9))
    assert not thinking.is_ripe(100.0, of("241", 0.3))
    assert not thinking.is_ripe(5.0, of("241", 0.9))
    assert not thinking.is_ripe(100.0, None)


def test_learning_when_there_is_too_little_then_it_says_so() -> None:
    _, recorder, town, _ = past()
    with pytest.raises(NotReadyError, match="can be held against the model"):
        learn(town, recorder.series(), BEGIN * SECOND, (BEGIN + 6 * HOUR) * SECOND)
