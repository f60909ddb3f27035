from collections.abc import Callable

from kota.clock import WallClock
from kota.connect.devices import Device, Devices
from kota.connect.profile import Profile
from kota.connect.router import Accepted, Astray, Held, Rejected, Router
from kota.store.state.sqlite import SqliteState

Make = Callable[..., Profile]

PUMP = 'topic = "/{apikey}/{device}/attrs"\n[entity]\ntype = "Pump"\n'
OPEN = 'admit = "any"\n' + PUMP.replace("Pump", "Meter")
CODEC = '[entity]\ntype = "Meter"\n'


async def test_an_unknown_device_is_held_until_approved(store: SqliteState, profile: Make) -> None:
    devices = Devices(store, WallClock())
    router = Router([profile(PUMP, "pump")], devices)
    assert router.route("/k/d/attrs") == Held("d", "pump")
    devices.hold("d", topic="/k/d/attrs", profile="pump", payload=b"")
    await devices.approve("d", entity="urn:ngsi-ld:Pump:main")
    route = router.route("/k/d/attrs")
    assert isinstance(route, Accepted)
    assert route.decoder.entity_id == "urn:ngsi-ld:Pump:main"
    await devices.reject("d")
    assert router.route("/k/d/attrs") == Rejected("d")


async def test_an_open_profile_takes_everyone(store: SqliteState, profile: Make) -> None:
    router = Router([profile(PUMP, "pump"), profile(OPEN, "meter")], Devices(store, WallClock()))
    route = router.route("/k/d/attrs")
    assert isinstance(route, Accepted)
    assert route.decoder.entity_id == "urn:ngsi-ld:Meter:d"


async def test_a_device_goes_by_its_own_profile(store: SqliteState, profile: Make) -> None:
    devices = Devices(store, WallClock())
    other = profile(PUMP.replace("attrs", "other"), "other")
    router = Router([profile(PUMP, "pump"), profile(CODEC, "codec"), other], devices)
    await devices.enrol(
        [
            Device(id="d", profile="codec"),
            Device(id="e", profile="gone"),
            Device(id="f", profile="other"),
        ]
    )
    route = router.route("/k/d/attrs")
    assert isinstance(route, Accepted)
    assert route.decoder.profile.id == "codec"
    assert router.route("/k/e/attrs") == Astray("device 'e' has the profile 'gone', not loaded")
    assert isinstance(router.route("/k/f/attrs"), Astray)
    assert isinstance(router.route("/k/f/other"), Accepted)


async def test_a_topic_of_nobody_is_astray(store: SqliteState, profile: Make) -> None:
    router = Router([profile(PUMP)], Devices(store, WallClock()))
    assert router.route("a/b") == Astray("no profile has this topic")
    assert router.subscriptions == ["/+/+/attrs"]
