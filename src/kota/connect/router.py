"""Which decoder a topic's messages go to, by profile and by what is known of the device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from kota.connect.decoder import Decoder
from kota.connect.devices import Device, Devices
from kota.connect.profile import Profile
from kota.connect.topics import TopicPattern

MOST_ROUTES: Final = 200_000
"""Topics whose route is remembered."""


class Accepted(msgspec.Struct, frozen=True):
    """Messages that are decoded."""

    decoder: Decoder

    @property
    def private(self) -> bool:
        """Whether they may name a person."""
        return self.decoder.profile.private


class Held(msgspec.Struct, frozen=True):
    """Messages of an unknown device, and the profile that its topic suggests."""

    device: str
    profile: str | None
    private: bool = False


class Rejected(msgspec.Struct, frozen=True):
    """Messages of a device that a person has turned away."""

    device: str
    private: bool = False


class Astray(msgspec.Struct, frozen=True):
    """Messages that nothing can decode."""

    reason: str
    private: bool = False


Route = Accepted | Held | Rejected | Astray
_Fit = tuple[Profile, dict[str, str]]


class Router:
    """Finds the route of each topic, once.

    A topic that a private profile takes goes to private profiles alone: whatever else would fit,
    or was chosen for a device, never sees what is sent there.

    Args:
        profiles: tried in their order.
        devices: what is known of devices; a decision there changes routes at once.
    """

    def __init__(self, profiles: Sequence[Profile], devices: Devices) -> None:
        self.profiles = {profile.id: profile for profile in profiles}
        self.devices = devices
        self._patterns: list[tuple[TopicPattern, Profile]] = [
            (pattern, profile) for profile in profiles for pattern in profile.patterns
        ]
        self._routes: dict[str, Route] = {}
        self._heard: dict[str, dict[str, str]] = {}
        devices.on_change(self._routes.clear)

    @property
    def filters(self) -> list[str]:
        """Topic filters of all profiles."""
        return [pattern.subscription for pattern, _ in self._patterns]

    @property
    def subscriptions(self) -> list[str]:
        """Topic filters that cover every profile; none lies within another."""
        return outermost(self.filters)

    def heard(self, device_id: str) -> dict[str, str]:
        """The names in the topic on which a device has spoken since the start; none: it has not."""
        return self._heard.get(device_id, {})

    def route(self, topic: str) -> Route:
        """Where the messages of a topic go."""
        route = self._routes.get(topic)
        if route is None:
            if len(self._routes) >= MOST_ROUTES:
                self._routes.clear()
            route = self._routes[topic] = self._resolve(topic)
        return route

    def _resolve(self, topic: str) -> Route:
        fits: list[_Fit] = []
        for pattern, profile in self._patterns:
            captures = pattern.match(topic)
            if captures is not None:
                fits.append((profile, captures))
        if not fits:
            return Astray("no profile has this topic")
        fits = [fit for fit in fits if fit[0].private] or fits
        for profile, captures in fits:
            device = self.devices.find(captures.get("device", ""))
            if device is not None:
                return self._known(device, fits)
            if profile.admit_any:
                return self._accept(profile, captures)
        profile, captures = fits[0]
        return Held(captures["device"], profile.id, profile.private)

    def _accept(
        self, profile: Profile, captures: dict[str, str], entity: str | None = None
    ) -> Accepted:
        if len(self._heard) >= MOST_ROUTES:
            self._heard.clear()
        self._heard[captures.get("device", "")] = captures
        return Accepted(Decoder(profile, captures, entity_id=entity))

    def _known(self, device: Device, fits: list[_Fit]) -> Route:
        private = fits[0][0].private
        if device.state == "rejected":
            return Rejected(device.id, private)
        if device.profile is None:
            profile, captures = fits[0]
            return self._accept(profile, captures, device.entity)
        chosen = self.profiles.get(device.profile)
        if chosen is None:
            reason = f"device {device.id!r} has the profile {device.profile!r}, not loaded"
            return Astray(reason, private)
        for profile, captures in fits:
            if profile is chosen or not (chosen.patterns or private):
                return self._accept(chosen, captures, device.entity)
        reason = f"profile {chosen.id!r} of device {device.id!r} does not have this topic"
        return Astray(reason, private)


def outermost(filters: Iterable[str]) -> list[str]:
    """Topic filters without those that lie within another.

    A broker may deliver a message once for each filter that it matches.
    """
    unique = list(dict.fromkeys(filters))
    return [one for one in unique if not any(_covers(o, one) for o in unique if o != one)]


def _covers(wide: str, narrow: str) -> bool:
    """Whether each topic of one filter is one of another's.

    >>> _covers("/+/+/attrs", "/bench/+/attrs"), _covers("/bench/+/attrs", "/+/+/attrs")
    (True, False)
    """
    wide_levels, narrow_levels = wide.split("/"), narrow.split("/")
    for position, level in enumerate(wide_levels):
        if level == "#":
            return True
        if position >= len(narrow_levels):
            return False
        if level != narrow_levels[position] and (level != "+" or narrow_levels[position] == "#"):
            return False
    return len(wide_levels) == len(narrow_levels)
