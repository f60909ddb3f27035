"""What the operator of the water network sees."""

from __future__ import annotations

from kota.solution import Card, Chart, ColorBy, Column, Layer, Panel, Series, Table, Threshold
from kota.solutions.water.alarms import ALARMS
from kota.solutions.water.terms import CUBIC_METRE_PER_HOUR, KILOWATT, METRE, urn

NETWORK = urn("WaterNetwork", "main")
"""The id of the network where there is one."""

_TANKS = ("1", "2", "3")


def make_panel() -> Panel:
    """The panel of the network Net3 and of any whose tanks and pumps are called alike."""
    return Panel(
        title="Drinking water",
        layers=(
            Layer(
                id="pipes",
                title="Flow in pipes",
                type="Pipe",
                geometry="line",
                color_by=ColorBy(
                    attribute="flow",
                    unit=CUBIC_METRE_PER_HOUR,
                    min=-300,
                    max=300,
                    palette="diverging",
                ),
            ),
            Layer(
                id="pressure",
                title="Pressure",
                type="Junction",
                geometry="point",
                color_by=ColorBy(attribute="pressure", unit=METRE, min=20, max=75),
            ),
            Layer(
                id="tanks",
                title="Tanks",
                type="Tank",
                geometry="point",
                color_by=ColorBy(attribute="level", unit=METRE, min=0, max=12),
                icon="tank",
            ),
            Layer(
                id="pumps",
                title="Pumps",
                type="Pump",
                geometry="point",
                color_by=ColorBy(attribute="power", unit=KILOWATT, min=0, max=60),
                icon="pump",
            ),
            Layer(
                id="valves",
                title="Sectioning valves",
                type="SectionValve",
                shown=False,
                geometry="point",
                icon="valve",
            ),
            Layer(
                id="leaks",
                title="Leaks",
                type="WaterLeak",
                geometry="line",
                color_by=ColorBy(attribute="leakFlow", unit=CUBIC_METRE_PER_HOUR, min=0, max=100),
            ),
            Layer(
                id="sources", title="Sources", type="Reservoir", geometry="point", icon="reservoir"
            ),
        ),
        cards=(
            _card("inflow", "Inflow", 0, 700),
            _card("consumption", "Consumption", 0, 700),
            _card("storageChange", "Into the tanks", -300, 300),
            _card("unaccounted", "Unaccounted for", -50, 80, target=0),
            *(_tank_card(name) for name in _TANKS),
        ),
        charts=(
            _network_chart("balance", "Water balance", ("inflow", "consumption", "storageChange")),
            _network_chart(
                "unaccounted",
                "Unaccounted for",
                ("unaccounted",),
                thresholds=(_limit("water.unaccounted-high"),),
            ),
            Chart(
                id="pressure-ahead",
                title="Least pressure at customers in the coming day",
                series=(Series(NETWORK, "leastPressureAhead", outlook=True),),
                thresholds=(_limit("water.pressure-low"),),
            ),
            Chart(
                id="levels-ahead",
                title="Levels of the tanks in the coming day, by the model",
                series=tuple(
                    Series(urn("Tank", f"T-{name}"), "levelAhead", outlook=True) for name in _TANKS
                ),
            ),
            *(_tank_chart(name) for name in _TANKS),
            Chart(
                id="pumps",
                title="Power of the pumps",
                series=tuple(Series(urn("Pump", f"PU-{name}"), "power") for name in ("10", "335")),
            ),
        ),
        tables=(
            _leaks(),
            _shut_valves(),
            *_suspects(),
            Table(
                id="lowest",
                title="Lowest pressures",
                type="Junction",
                columns=(
                    Column(attribute="pressure", title="Pressure"),
                    Column(attribute="elevation", title="Elevation"),
                ),
                where="pressure",
                sort_by="pressure",
                descending=False,
                limit=8,
            ),
        ),
    )


def _leaks() -> Table:
    columns = (
        ("status", "State"),
        ("leakFlow", "Flow"),
        ("lostVolume", "Lost so far"),
        ("residentsWithoutWater", "Residents dry, if shut"),
        ("beganAt", "Since"),
    )
    return Table(
        id="leaks",
        title="Leaks and bursts",
        type="WaterLeak",
        columns=tuple(Column(attribute=name, title=title) for name, title in columns),
        sort_by="beganAt",
    )


def _shut_valves() -> Table:
    return Table(
        id="shut-valves",
        title="Valves that are shut",
        type="SectionValve",
        columns=(
            Column(attribute="shuts", title="Pipe"),
            Column(attribute="control", title="State"),
        ),
        where='control=="CLOSED"',
    )


def _suspects() -> tuple[Table, ...]:
    kinds = (
        ("Pump", "Pumps that tell what cannot be"),
        ("Tank", "Tanks that tell what cannot be"),
        ("Junction", "Loggers and meters that tell what cannot be"),
    )
    return tuple(
        Table(
            id=f"suspect-{kind.lower()}",
            title=title,
            type=kind,
            columns=(Column(attribute="suspect", title="What it tells"),),
            where='suspect!=""',
        )
        for kind, title in kinds
    )


def _card(
    attribute: str, title: str, low: float, high: float, *, target: float | None = None
) -> Card:
    return Card(
        id=attribute,
        title=title,
        entity=NETWORK,
        attribute=attribute,
        unit=CUBIC_METRE_PER_HOUR,
        min=low,
        max=high,
        target=target,
    )


def _tank_card(name: str) -> Card:
    return Card(
        id=f"tank-{name}",
        title=f"Tank {name}",
        entity=urn("Tank", f"T-{name}"),
        attribute="level",
        unit=METRE,
        min=0,
        max=12,
    )


def _tank_chart(name: str) -> Chart:
    tank = urn("Tank", f"T-{name}")
    series = (Series(tank, "level"), Series(tank, "levelOutlook", outlook=True))
    return Chart(
        id=f"tank-{name}",
        title=f"Tank {name}: level, and the twelve hours ahead",
        series=series,
    )


def _limit(alarm_id: str) -> Threshold:
    """Where an alarm is raised."""
    (alarm,) = (one for one in ALARMS if one.id == alarm_id)
    assert isinstance(alarm.when.limit, float)
    return Threshold(value=alarm.when.limit, title=alarm.title)


def _network_chart(
    name: str, title: str, attributes: tuple[str, ...], thresholds: tuple[Threshold, ...] = ()
) -> Chart:
    series = tuple(Series(NETWORK, attribute) for attribute in attributes)
    return Chart(id=name, title=title, series=series, thresholds=thresholds)
