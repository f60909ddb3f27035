"""What a week's counts are explained by, at an origin: logarithms over the profile."""

from __future__ import annotations

from typing import Final

import numpy as np

from kota.solutions.people_flow.forecast.counts import DAY, WEEK, Floats, Hours
from kota.solutions.people_flow.forecast.past import Past, Profile

LEVELS: Final = (1, 3, 7)
"""Days back over which a level is taken."""
SPECIAL: Final = slice(-13, None)
"""The features of special days and the days near them."""
_SATURDAY, _SUNDAY = 5, 6
_YEARLY = 26 * WEEK
_LIMIT = 2.5
_SHAPES = 2


def features(past: Past, at: int, week: int) -> Floats:
    """Features of the hours `at + week * WEEK` to a week later `(WEEK, n_sensors, n_features)`.

    How the last weeks, the last days' level (the sensor's own, by hour of the day, the whole
    network's) and the slow mean lie over the profile; how last year's twin day lay over its own;
    for holidays and the days beside them the profile of Saturday and Sunday.

    Args:
        past: what was counted.
        at: the origin; nothing from it on is used.
        week: how many weeks later it begins.
    """
    profile = past.profile(at)
    columns = [*_recent(past, at, profile), *_calendar(past, at, week, profile)]
    ones = np.ones_like(profile.base)
    stack = np.stack([np.broadcast_to(column, ones.shape) for column in columns], axis=-1)
    limited: Floats = np.clip(np.nan_to_num(stack), -_LIMIT, _LIMIT)
    return limited


def _recent(past: Past, at: int, profile: Profile) -> list[Floats]:
    last, before = past.usual_weeks(at, 2)
    older = past.weighted(at, 2.0, skip=1)
    known = ~np.isnan(last) & ~np.isnan(older)
    counted, due = np.where(known, last, 0.0), np.where(known, older, 0.0)
    fade = np.exp(-np.arange(WEEK) / (2.0 * DAY))[:, None]
    slow = past.weighted(at, 8.0)
    newest, second = profile.log_ratio(last), profile.log_ratio(before)
    columns = [
        newest,
        second,
        profile.log_ratio(slow),
        profile.log_ratio(past.median(at, 4)),
        profile.log_ratio(past.median(at, 8)),
        profile.log_ratio(smooth(profile.base)),
        profile.log_ratio(smooth(slow)),
        _by_day(newest, profile),
        _by_day(second, profile),
    ]
    for days in LEVELS:
        own, total = counted[-days * DAY :].sum(axis=0), due[-days * DAY :].sum(axis=0)
        sensor = np.log((own + 10 * profile.offset) / (total + 10 * profile.offset))
        network = np.log((own.sum() + 100.0) / (total.sum() + 100.0))
        columns += [sensor[None, :], np.full((1, 1), network)]
        if days == LEVELS[0]:
            columns += [sensor * fade, network * fade]
    hourly = counted.reshape(-1, DAY, counted.shape[1]).sum(axis=0)
    hourly_due = due.reshape(-1, DAY, due.shape[1]).sum(axis=0)
    by_hour = np.log((hourly + 3 * profile.offset) / (hourly_due + 3 * profile.offset))
    return [*columns, np.tile(by_hour, (WEEK // DAY, 1))]


def smooth(week: Floats) -> Floats:
    """A week as two shapes of a day, each stronger or weaker from day to day `(WEEK, n_sensors)`.

    The truncated singular value decomposition of square roots by day and hour lets the days of a
    sensor learn from each other. What is unknown stays so.
    """
    root = np.sqrt(np.nan_to_num(week)).reshape(WEEK // DAY, DAY, -1).transpose(2, 0, 1)
    left, size, right = np.linalg.svd(root, full_matrices=False)
    shapes = (left[:, :, :_SHAPES] * size[:, None, :_SHAPES]) @ right[:, :_SHAPES]
    again = np.square(np.maximum(shapes, 0.0)).transpose(1, 2, 0).reshape(WEEK, -1)
    smoothed: Floats = np.where(np.isnan(week), np.nan, again)
    return smoothed


def _by_day(ratio: Floats, profile: Profile) -> Floats:
    """How far the whole network was off on each day `(WEEK, 1)`, busy sensors weighing more."""
    known = ~np.isnan(ratio) & ~np.isnan(profile.base)
    weight = np.where(known, profile.base, 0.0)
    days = (WEEK // DAY, -1)
    total = (np.where(known, ratio, 0.0) * weight).reshape(days).sum(axis=1)
    mean = total / np.maximum(weight.reshape(days).sum(axis=1), 1e-9)
    return np.repeat(mean, DAY)[:, None]


def _calendar(past: Past, at: int, week: int, profile: Profile) -> list[Floats]:
    hours: Hours = at + week * WEEK + np.arange(WEEK, dtype=np.int64)
    days = hours // DAY
    weekday = (days + 3) % 7
    flag = {
        shift: np.array([day + shift in past.holidays for day in days.tolist()])
        for shift in (-1, 0, 1)
    }
    special = np.array([day in past.special for day in days.tolist()])
    working = (weekday < _SATURDAY) & ~flag[0]
    eve, after = working & flag[1], working & flag[-1]
    saturday, sunday = (_as_on(profile, hours, day) for day in (_SATURDAY, _SUNDAY))
    twins = [past.twin(day) for day in days.tolist()]
    usable = np.array([twin is not None and week * WEEK < _YEARLY for twin in twins])
    then = np.array([day if twin is None else twin for day, twin in zip(days, twins, strict=True)])
    usable &= then * DAY + DAY <= at
    known = np.where(usable, then * DAY + hours % DAY, at - WEEK)
    off = np.clip(past.effect(known, at), -2.0, 2.0) * usable[:, None]
    near = ~special & (flag[1] | flag[-1] | (then != days - 364))
    plain = ~special & ~near

    def only(where: object, values: Floats) -> Floats:
        return np.asarray(where)[:, None] * values

    known_by = np.maximum((off != 0).sum(axis=1, keepdims=True), 1)
    network = off.sum(axis=1, keepdims=True) / known_by
    weight = np.where((off != 0) & ~np.isnan(profile.base) & plain[:, None], profile.base, 0.0)
    season = (off * weight).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9)
    season_of_all = (off * weight).sum() / max(float(weight.sum()), 1e-9)
    ones = np.ones((WEEK, 1))
    return [
        ones,
        only(weekday >= _SATURDAY, ones),
        only(plain, off),
        only(plain, network),
        season[None, :],
        np.full((1, 1), season_of_all),
        only(near, off),
        only(near, network),
        only(special, off),
        only(flag[0], sunday),
        only(flag[0], saturday),
        only(flag[0] & usable, sunday),
        only(flag[0] & usable, saturday),
        only(flag[0], ones),
        only(special & ~flag[0], ones),
        only(eve, saturday),
        only(after, saturday),
        only(eve, ones),
        only(after, ones),
    ]


def _as_on(profile: Profile, hours: Hours, weekday: int) -> Floats:
    """The profile's value of another weekday at the same hour, as a log ratio."""
    day = (hours // DAY + 3) % 7
    rows = (np.arange(WEEK) + (weekday - day) * DAY) % WEEK
    return profile.log_ratio(profile.base[rows])
