"""What counters, gates and receivers have said in the month before dawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from kota.demo.series import Series
from kota.demo.story import HISTORY, MIDNIGHT, dawn, midnight
from kota.model.instant import DAY, SECOND
from kota.model.quality import Level, Quality, Source
from kota.solutions.people_flow.pedestrians.crowd import Setting
from kota.solutions.people_flow.pedestrians.plant import Equipment, PeopleModel
from kota.solutions.people_flow.pedestrians.truth import BIN_S

_ONE = "C62"
_OBSERVER = "urn:ngsi-ld:CrowdFlowObserved:"
_PHONES = Quality(Level.UNCERTAIN, Source.ESTIMATED).code


def people_past(
    setting: Setting, devices: Equipment, progress: Callable[[float], None]
) -> list[Series]:
    """Play the month and the night before dawn, at the devices.

    Args:
        setting: the town.
        devices: what sees it.
        progress: is told the share that is done.
    """
    model = PeopleModel(setting, devices, begin=0)
    days = HISTORY.days + 1
    counts, heard, phones = [], [], []
    for k in range(days):
        day = MIDNIGHT.date() - HISTORY + timedelta(days=k)
        counted, gated = model.readings(day)
        phones.append(model.devices_heard(day))
        counts.append(np.concatenate([counted.counts, gated.counts], axis=1))
        heard.append(np.concatenate([counted.heard, gated.heard], axis=1))
        progress((k + 1) / days)
    begin = midnight() - HISTORY.days * DAY
    ends = begin + np.arange(1, days * DAY // SECOND // BIN_S + 1) * BIN_S * SECOND
    names = [counter.device for counter in devices.counters]
    names += [gate.device for gate in devices.gates]
    known = ends < dawn()
    series = []
    for k, (both, came) in enumerate(zip(_by_device(counts), _by_device(heard), strict=True)):
        at = known & came
        series += _said(_OBSERVER + names[k], ends[at], both[at])
    for receiver, addresses in zip(devices.receivers, np.concatenate(phones).T, strict=True):
        at = known & (addresses > 0)
        people = addresses[at].astype(np.float64)
        told = Series(_OBSERVER + receiver.device, "peopleCount", _ONE, ends[at], people, _PHONES)
        series.append(told)
    return series


def _by_device(days: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.moveaxis(np.concatenate(days), 1, 0)


def _said(entity_id: str, at: NDArray[np.int64], both: NDArray[np.int64]) -> list[Series]:
    counts = both.astype(np.float64)
    columns = {
        "peopleCount": counts.sum(axis=1),
        "peopleCountTowards": counts[:, 0],
        "peopleCountAway": counts[:, 1],
    }
    return [Series(entity_id, name, _ONE, at, values) for name, values in columns.items()]
