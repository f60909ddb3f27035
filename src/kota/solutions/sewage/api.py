"""The routes of the sewage solution: the long profile, and what if."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kota.city import City
from kota.model.instant import SECOND
from kota.solution import Asked, Route
from kota.solutions.sewage import present
from kota.solutions.sewage.ahead import Looking
from kota.solutions.sewage.foreseeing import PATIENCE_S, STATE, read_snapshot
from kota.solutions.sewage.profile import Profile, profile
from kota.solutions.sewage.site import running_site
from kota.solutions.sewage.watching import offset_of
from kota.solutions.sewage.what_if import Changes, Compared, check, compare


class ProfileQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a profile begins: the id of a node in the model; None: the longest way."""

    start: str | None = None


def make_routes(city: City) -> Sequence[Route]:
    """The endpoints."""

    async def long_profile(asked: Asked) -> Profile:
        site = await running_site(city)
        twin = read_snapshot(city)
        query: ProfileQuery = asked.query
        return profile(
            site.sewers,
            query.start,
            depths={} if twin is None else twin.depths,
            shares={} if twin is None else twin.shares,
            at=None if twin is None else twin.at,
        )

    async def what_if(asked: Asked) -> Compared:
        site = await running_site(city)
        changes: Changes = asked.body
        check(site, changes)
        twin = read_snapshot(city)
        now = city.now() // SECOND if twin is None else twin.at
        state = None if twin is None or city.folder is None else city.folder / STATE
        looking = Looking(
            site.model,
            state,
            now,
            0,
            offset_of(city),
            await present.rain_ahead(city, round(changes.hours * 3600)),
            await present.openings(city, site),
            {},
            site.config if site.config.actuators else None,
        )
        return await city.compute(compare, looking, changes, site, timeout_s=PATIENCE_S)

    return [
        Route(
            path="profile",
            title="The long profile of a way through the sewers",
            handler=long_profile,
            query=ProfileQuery,
            response=Profile,
        ),
        Route(
            path="what-if",
            method="POST",
            title="What comes if rain, gates or sewers are otherwise",
            handler=what_if,
            permission="sewage.plan",
            body=Changes,
            response=Compared,
        ),
    ]
