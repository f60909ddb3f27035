"""A plan is cheaper, keeps its limits, and costs in EPANET what it says."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.solutions.water.schedule.two_tanks import NETWORK
from typer.testing import CliRunner

from kota.errors import InputError
from kota.solutions.water.cli import make_commands
from kota.solutions.water.inp import net3
from kota.solutions.water.schedule.controls import at_time
from kota.solutions.water.schedule.document import Document
from kota.solutions.water.schedule.plan import Plan
from kota.solutions.water.schedule.planning import work
from kota.solutions.water.schedule.replay import Replay, replay
from kota.solutions.water.schedule.reporting import report
from kota.solutions.water.schedule.request import Request
from kota.solutions.water.schedule.tariff import Tariff

QUICK = 1.5


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("network") / "two-tanks.inp"
    path.write_text(NETWORK)
    return path


def planned(request: Request, folder: Path) -> tuple[Plan, Document, Replay]:
    outcome, request, others = work(request)
    path = folder / "controlled.inp"
    outcome.document.write(path)
    return report(outcome, request, others), outcome.document, replay(path)


def kept(plan: Plan, played: Replay, usual: Replay) -> None:
    """What any plan that is better must keep, by EPANET's own word."""
    assert plan.reported == played.cost
    assert plan.cost.plan * 24 / plan.hours == pytest.approx(played.cost, abs=0.011)
    assert all(played.ends[tank.id] >= tank.start - 1e-6 for tank in plan.tanks)
    assert played.least[0] >= usual.least[0] - 1e-3
    assert sum(played.starts.values()) <= sum(usual.starts.values())
    assert not played.warnings


def test_a_day_at_two_prices_is_cheaper_and_as_good(network: Path, tmp_path: Path) -> None:
    plan, document, played = planned(Request(network, effort=QUICK), tmp_path)
    usual = replay(network)
    assert plan.better
    assert plan.cost.shipped == pytest.approx(usual.cost, abs=0.006)
    assert plan.cost.plan < plan.cost.shipped + plan.cost.water_value
    kept(plan, played, usual)
    assert ";the operator's own remark" in document.lines
    assert any(
        " ".join(words) == "LINK side OPEN AT TIME 3" for _, words in document.within("CONT")
    )
    cheap = sum(sum(pump.hourly[:6]) + sum(pump.hourly[22:]) for pump in plan.pumps)
    assert cheap > 0.4 * sum(sum(pump.hourly) for pump in plan.pumps)


def test_net3_without_a_price_is_planned_at_a_flat_one(tmp_path: Path) -> None:
    plan, _, played = planned(Request(net3(), effort=QUICK), tmp_path)
    assert plan.cost.shipped == pytest.approx(300.30, abs=0.01)
    assert plan.cost.saving > 0.2
    assert any("0.10 a kWh is assumed" in note for note in plan.notes)
    assert all(tank.end >= tank.start for tank in plan.tanks)
    assert played.least[0] >= plan.pressure_shipped.least_m - 1e-3
    assert [pump.starts <= pump.starts_shipped for pump in plan.pumps] == [True, True]


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_demand_and_tariff_are_written_into_the_file(
    network: Path, tmp_path: Path, factor: float
) -> None:
    tariff = Tariff((0, 6 * 3600, 20 * 3600), (0.04, 0.2, 0.1))
    asked = Request(network, effort=QUICK, tariff=tariff, demand_factor=factor)
    plan, document, played = planned(asked, tmp_path)
    usual, _, _ = planned(
        Request(network, effort=1e-4, tariff=tariff, demand_factor=factor), tmp_path
    )
    assert played.used == pytest.approx(replay(network).used * factor, rel=1e-3)
    assert plan.cost.shipped == usual.cost.shipped
    assert plan.cost.plan * 24 / plan.hours == pytest.approx(played.cost, abs=0.011)
    assert ["Global", "Pattern", "kota_tariff"] in [w for _, w in document.within("ENERGY")]


def test_the_same_seed_gives_the_same_plan(network: Path, tmp_path: Path) -> None:
    plans = [planned(Request(network, effort=0.5, seed=3), tmp_path)[0] for _ in range(2)]
    assert not plans[0].cut_short
    assert plans[0] == plans[1]


def test_where_nothing_better_is_found_the_shipped_controls_stay(
    network: Path, tmp_path: Path
) -> None:
    plan, document, _ = planned(Request(network, effort=1e-4), tmp_path)
    assert not plan.better
    assert plan.said.startswith("Nothing better")
    assert document.lines == Document.read(network).lines
    assert plan.cost.plan == plan.cost.shipped


def test_a_pump_that_is_kept_has_its_own_controls(network: Path, tmp_path: Path) -> None:
    asked = Request(network, effort=QUICK, keep=frozenset({"small"}))
    plan, document, _ = planned(asked, tmp_path)
    small = next(pump for pump in plan.pumps if pump.id == "small")
    assert not small.scheduled
    assert any("PATTERN" in line for line in document.lines if line.strip().startswith("small "))
    assert any("Left to their own controls: pump small" in note for note in plan.notes)


def test_more_than_a_day_is_planned_and_priced_by_the_day(network: Path, tmp_path: Path) -> None:
    plan, _, played = planned(Request(network, hours=36, effort=QUICK), tmp_path)
    assert plan.cost.plan * 24 / 36 == pytest.approx(played.cost, abs=0.011)
    assert all(len(pump.hourly) == 36 for pump in plan.pumps)


def test_times_are_read_by_epanet_as_they_are_meant() -> None:
    for second in range(0, 90_000, 60):
        words = at_time(second).split(";")[0].strip()
        parts = [float(part) for part in words.split(":")]
        hour = sum(part / 60**k for k, part in enumerate(parts))
        assert int(hour * 3600) == second


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wrong.inp"
    path.write_text(NETWORK.replace(" up    main  town", " up    main  nowhere"))
    with pytest.raises(
        InputError, match=r"wrong\.inp line \d+ \(up    main  nowhere .*undefined node"
    ):
        work(Request(path))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[PUMPS]\n big    well  main  HEAD lift\n", "[PUMPS]\n"), None),
        (("hill  40   3.0  0.5", "hill  40   7.0  0.5"), r"level|begins at 7"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(
    tmp_path: Path, change: tuple[str, str], said: str | None
) -> None:
    text = NETWORK.replace(*change)
    if said is None:
        text = "\n".join(
            line for line in text.splitlines() if not line.strip().startswith(("small", "LINK b"))
        )
        text = text[: text.index("[RULES]")] + text[text.index("[ENERGY]") :]
        said = r"there is no pump to schedule"
    path = tmp_path / "odd.inp"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        work(Request(path))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hours": 0.5}, "horizon of 0.5 h"),
        ({"hours": float("nan")}, "horizon of nan"),
        ({"demand_factor": 0.0}, "demand factor of 0"),
        ({"effort": 0.0}, "--effort"),
        ({"keep": frozenset({"nothing"})}, "there is no pump 'nothing'"),
    ],
)
def test_a_senseless_request_is_refused(
    network: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        work(Request(network, **changes))  # type: ignore[arg-type]


def test_the_command_writes_plan_and_network(network: Path, tmp_path: Path) -> None:
    out, inp = tmp_path / "plan.json", tmp_path / "controlled.inp"
    words = ["schedule", "--network", str(network), "--out", str(out), "--inp-out", str(inp)]
    done = CliRunner().invoke(make_commands(), [*words, "--effort", "0.5", "--price", "0.2"])
    assert done.exit_code == 0, done.output
    plan = msgspec.json.decode(out.read_bytes(), type=Plan)
    assert plan.reported == replay(inp).cost
    assert plan.tariff == [{"from": "00:00", "price": 0.2}]
    assert "Least pressure" in done.output
