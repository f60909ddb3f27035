"""What the operator of the sewers sees."""

from __future__ import annotations

from typing import Final

from kota.solution import (
    Card,
    Chart,
    ColorBy,
    Column,
    Layer,
    Page,
    Panel,
    Series,
    Table,
    Threshold,
)
from kota.solutions.sewage.assets import entity_of
from kota.solutions.sewage.site import NETWORK
from kota.solutions.sewage.terms import (
    CUBIC_METRE,
    CUBIC_METRE_PER_SECOND,
    METRE,
    MILLIMETRE_PER_HOUR,
    PERCENT,
    SHARE,
)

_STORES: Final = tuple(str(number) for number in range(1, 10))
_WELL: Final = entity_of("storage", "well")


def make_panel() -> Panel:
    """The panel of any sewers; charts of single stores are of those that are called T1 to T9."""
    return Panel(
        title="Sewage and storm water",
        pages=(Page(id="profile", title="Long profile and what-if"),),
        layers=_LAYERS,
        cards=(
            _card("rainfall", "Rain", MILLIMETRE_PER_HOUR, 0, 80),
            _card("filling", "Storage used", SHARE, 0, 1),
            _card("overflowProbability", "Overflow within three hours", PERCENT, 0, 100, target=0),
            _card("floodProbability", "Flooding within three hours", PERCENT, 0, 100, target=0),
            _card("overflowExpected", "Overflow expected", CUBIC_METRE, 0, 20_000),
            _card("overflowedVolume", "Overflowed today", CUBIC_METRE, 0, 20_000),
            _card("inflow", "Flow to the pumps", CUBIC_METRE_PER_SECOND, 0, 1.5),
            _card("infiltration", "Seeps in", CUBIC_METRE_PER_SECOND, 0, 0.1),
        ),
        charts=(
            Chart(
                id="overflow",
                title="Overflow, and what is expected",
                series=(
                    Series(entity_of("outfall", "spill"), "overflow"),
                    Series(NETWORK, "overflowOutlook", outlook=True),
                ),
            ),
            Chart(
                id="rain",
                title="Rain, and what is expected",
                series=(
                    Series(NETWORK, "rainfall"),
                    Series(NETWORK, "rainOutlook", outlook=True),
                ),
            ),
            Chart(
                id="flow",
                title="Flow to the pumps, and what is usual",
                series=(Series(NETWORK, "inflow"), Series(NETWORK, "dryWeatherFlow")),
            ),
            Chart(
                id="well",
                title="Depth in the pumping station",
                series=(Series(_WELL, "depth"), Series(_WELL, "depthOutlook", outlook=True)),
                thresholds=(Threshold(value=4.5, title="weir"),),
            ),
            Chart(
                id="stores",
                title="Depth in the stores",
                series=tuple(Series(_store(name), "depth") for name in _STORES[:4]),
            ),
            Chart(
                id="gates",
                title="Gates",
                series=tuple(
                    Series(entity_of("orifice", f"G{name}"), "opening") for name in _STORES[:4]
                ),
            ),
        ),
        tables=_TABLES,
    )


def _store(name: str) -> str:
    return entity_of("storage", f"T{name}")


def _card(
    attribute: str,
    title: str,
    unit: str,
    low: float,
    high: float,
    *,
    target: float | None = None,
) -> Card:
    return Card(
        id=attribute,
        title=title,
        entity=NETWORK,
        attribute=attribute,
        unit=unit,
        min=low,
        max=high,
        target=target,
    )


_LAYERS: Final = (
    Layer(
        id="sewers",
        title="Capacity used",
        type="WasteWaterConduit",
        shown=False,
        geometry="line",
        color_by=ColorBy(attribute="capacityUsed", unit=SHARE, min=0, max=1),
    ),
    Layer(
        id="manholes",
        title="Flooding expected",
        type="WasteWaterJunction",
        shown=False,
        geometry="point",
        color_by=ColorBy(attribute="floodExpected", unit=CUBIC_METRE, min=0, max=100),
    ),
    Layer(
        id="stores",
        title="Stores",
        type="WasteWaterTank",
        geometry="point",
        color_by=ColorBy(attribute="filling", unit=SHARE, min=0, max=1),
        icon="tank",
    ),
    Layer(
        id="gates",
        title="Gates",
        type="WasteWaterGate",
        geometry="point",
        color_by=ColorBy(attribute="opening", unit=SHARE, min=0, max=1),
    ),
    Layer(
        id="pumps",
        title="Sewage pumps",
        type="WasteWaterPump",
        geometry="point",
        color_by=ColorBy(attribute="flow", unit=CUBIC_METRE_PER_SECOND, min=0, max=0.5),
        icon="pump",
    ),
    Layer(
        id="outfalls",
        title="Overflows",
        type="WasteWaterOutfall",
        geometry="point",
        color_by=ColorBy(attribute="overflow", unit=CUBIC_METRE_PER_SECOND, min=0, max=1),
    ),
)
_TABLES: Final = (
    Table(
        id="stores",
        title="Stores, the fullest first",
        type="WasteWaterTank",
        columns=(
            Column(attribute="filling", title="Filling"),
            Column(attribute="depth", title="Depth", unit=METRE),
            Column(attribute="storedVolume", title="Stored", unit=CUBIC_METRE),
            Column(attribute="sensorFault", title="Level sensor"),
        ),
        where="filling",
        sort_by="filling",
    ),
    Table(
        id="gates",
        title="Gates",
        type="WasteWaterGate",
        columns=(
            Column(attribute="opening", title="Opening"),
            Column(attribute="flow", title="Flow", unit=CUBIC_METRE_PER_SECOND),
            Column(attribute="controlMode", title="Mode"),
        ),
    ),
    Table(
        id="outfalls",
        title="Overflows",
        type="WasteWaterOutfall",
        columns=(
            Column(attribute="overflow", title="Now", unit=CUBIC_METRE_PER_SECOND),
            Column(attribute="overflowedVolume", title="Today", unit=CUBIC_METRE),
            Column(attribute="overflowExpected", title="Expected", unit=CUBIC_METRE),
            Column(attribute="overflowProbability", title="Probability", unit=PERCENT),
        ),
        where="overflow",
        sort_by="overflowExpected",
    ),
    Table(
        id="floods",
        title="Where streets may flood",
        type="WasteWaterJunction",
        columns=(Column(attribute="floodExpected", title="Expected", unit=CUBIC_METRE),),
        where="floodExpected>0",
        sort_by="floodExpected",
    ),
)
