import pytest
from tests.conftest import ManualClock

from kota.connect import devices as registry
from kota.connect.devices import Device, Devices, check_profile
from kota.errors import ConflictError, NotFoundError
from kota.store.state.sqlite import SqliteState


def hold(devices: Devices, name: str, payload: bytes = b"{}") -> None:
    devices.hold(name, topic=f"/k/{name}/attrs", profile="p", payload=payload)


async def test_an_unknown_device_is_counted_with_its_last_payload(
    store: SqliteState, clock: ManualClock
) -> None:
    devices = Devices(store, clock)
    hold(devices, "d", b"1")
    clock.advance(5)
    hold(devices, "d", b"2" * 5000)
    (device,) = devices.listed("pending")
    assert device.messages == 2
    assert device.payload == b"2" * registry.LONGEST_PAYLOAD
    assert (device.last_seen or 0) - (device.first_seen or 0) == 5_000_000
    assert devices.find("d") is None


async def test_pending_devices_survive_a_restart(store: SqliteState, clock: ManualClock) -> None:
    devices = Devices(store, clock)
    hold(devices, "d")
    await devices.save()
    again = Devices(store, clock)
    await again.load()
    assert again.listed("pending") == devices.listed()


async def test_pending_devices_are_bounded(
    store: SqliteState, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MOST_PENDING", 3)
    devices = Devices(store, clock)
    for name in "abc":
        hold(devices, name)
    await devices.save()
    for name in "ad":
        hold(devices, name)
    await devices.save()
    assert [device.id for device in devices.listed()] == ["a", "c", "d"]
    assert [document.key for document in await store.list_documents("device")] == ["a", "c", "d"]


async def test_a_decision_is_kept_and_told(store: SqliteState, clock: ManualClock) -> None:
    devices = Devices(store, clock)
    told: list[int] = []
    devices.on_change(lambda: told.append(1))
    hold(devices, "d", b"last")
    device = await devices.approve("d", profile="q", entity="urn:x:1")
    assert (device.payload, device.profile, device.entity) == (b"last", "q", "urn:x:1")
    hold(devices, "e")
    await devices.reject("e")
    again = Devices(store, clock)
    await again.load()
    assert [(one.id, one.state) for one in again.listed()] == [("d", "approved"), ("e", "rejected")]
    assert len(told) == 2
    await again.remove("e")
    assert again.find("e") is None
    with pytest.raises(NotFoundError, match="device 'e' is unknown; it appears once"):
        await again.approve("e")


async def test_many_are_enrolled_at_once(store: SqliteState, clock: ManualClock) -> None:
    devices = Devices(store, clock)
    hold(devices, "d1")
    await devices.enrol(Device(id=f"d{i}", profile="p") for i in range(1000))
    assert devices.listed("pending") == []
    assert len(devices.listed("approved")) == 1000


def test_a_profile_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConflictError, match="there is no profile 'x'; there are a, b"):
        check_profile(Device(id="d", profile="x"), ["b", "a"])
