"""What the operator sees of streets and crowds."""

from __future__ import annotations

from typing import Final

from kota.solution import ColorBy, Layer
from kota.solutions.people_flow.streets.terms import PEOPLE

STREET_LAYERS: Final = (
    Layer(
        id="street-flow",
        title="People on the streets, an hour",
        type="RoadSegment",
        geometry="line",
        color_by=ColorBy(attribute="peopleFlow", unit=PEOPLE, min=0, max=600),
    ),
    Layer(
        id="street-forecast",
        title="People expected on the streets in the next hour",
        type="RoadSegment",
        geometry="line",
        color_by=ColorBy(attribute="peopleFlowForecast", unit=PEOPLE, min=0, max=600),
    ),
    Layer(
        id="street-density",
        title="People on a square metre",
        type="RoadSegment",
        geometry="line",
        color_by=ColorBy(attribute="crowdDensity", unit=PEOPLE, min=0, max=1.1),
    ),
    Layer(
        id="load",
        title="How full places are",
        type="CrowdFlowObserved",
        geometry="point",
        color_by=ColorBy(attribute="crowdLoad", unit="P1", min=0, max=100),
    ),
    Layer(
        id="dwell",
        title="How long people stay",
        type="CrowdFlowObserved",
        geometry="point",
        color_by=ColorBy(attribute="dwellTime", unit="MIN", min=0, max=60),
    ),
    Layer(
        id="speed",
        title="Walking speed",
        type="CrowdFlowObserved",
        geometry="point",
        color_by=ColorBy(attribute="averageCrowdSpeed", unit="KMH", min=0, max=5),
    ),
    Layer(
        id="crowding",
        title="People expected in 50 minutes",
        type="CrowdFlowObserved",
        geometry="point",
        color_by=ColorBy(attribute="crowdForecast", unit=PEOPLE, min=0, max=2000),
    ),
)
