"""What the operator sees of how people move."""

from __future__ import annotations

from kota.solution import Card, Chart, ColorBy, Layer, Panel, Series
from kota.solutions.people_flow.forecast.terms import NETWORK, PEOPLE
from kota.solutions.people_flow.streets.panel import STREET_LAYERS


def make_panel() -> Panel:
    """Counters on the map, and the network as cards and charts."""
    return Panel(
        title="People flow",
        layers=(
            Layer(
                id="counters",
                title="People counted",
                type="CrowdFlowObserved",
                geometry="point",
                color_by=ColorBy(attribute="peopleCount", unit=PEOPLE, min=0, max=80),
                icon="people",
            ),
            Layer(
                id="expected",
                title="People expected in the next hour",
                type="CrowdFlowObserved",
                geometry="point",
                color_by=ColorBy(attribute="peopleCountForecast", unit=PEOPLE, min=0, max=800),
                icon="people",
            ),
            *STREET_LAYERS,
        ),
        cards=(
            _card("peopleTotal", "Counted in the last hour", 20_000),
            _card("peopleTotalForecast", "Expected in the next hour", 20_000),
            _card("unusualCounters", "Counters with an unusual hour", 10),
            _card("silentCounters", "Silent counters", 10),
            _card("leastEpsilonLeft", "Privacy budget left, least of all data sets", 1),
        ),
        charts=(
            _chart("people", "People in an hour", ("peopleTotal", "peopleTotalForecast")),
            _chart("unusual", "Unusual and silent", ("unusualCounters", "silentCounters")),
        ),
    )


def _card(attribute: str, title: str, high: float) -> Card:
    return Card(
        id=attribute, title=title, entity=NETWORK, attribute=attribute, unit=PEOPLE, min=0, max=high
    )


def _chart(name: str, title: str, attributes: tuple[str, ...]) -> Chart:
    return Chart(
        id=name, title=title, series=tuple(Series(NETWORK, attribute) for attribute in attributes)
    )
