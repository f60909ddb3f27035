from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kota.clock import WallClock
from kota.connect.device_table import DeviceRow, check_devices, enrol_rows, read_device_rows
from kota.connect.devices import Devices
from kota.connect.profile import Profile
from kota.context.ingest import Ingest
from kota.errors import BadRequestDataError, ConnectError
from kota.model.jsonld import kota_context
from kota.model.terms import LOCATION
from kota.store.state.sqlite import SqliteState

PUMP = 'topic = "/{apikey}/{device}/attrs"\n[entity]\ntype = "Pump"\n'


def rows(tmp_path: Path, text: str) -> list[DeviceRow]:
    path = tmp_path / "devices.csv"
    path.write_text(text)
    return read_device_rows(path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a/b,pump,,", "'a/b' cannot be a device's id"),
        (",pump,,", "'' cannot be a device's id"),
        ("d,pmp,,", "there is no profile 'pmp'; there are pump"),
        ("d,pump,1,", "lon and lat stand together"),
        ("d,pump,1,91", "longitude 1, latitude 91 is not on Earth"),
        ("d,pump,x,1", "'x' is not a number"),
        ("ok,pump,,", "'ok' stands in line 2 too"),
    ],
)
def test_a_faulty_row_is_named(tmp_path: Path, line: str, reason: str) -> None:
    table = check_devices(rows(tmp_path, f"id,profile,lon,lat\nok,pump,1,2\n{line}\n"), ["pump"])
    assert table.faults == [f"line 3: {reason}"]
    assert [device.id for device in table.devices] == ["ok"]


def test_a_table_without_ids_or_with_odd_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match="no column 'id'; columns are id, profile"):
        rows(tmp_path, "name\nx\n")
    with pytest.raises(ConnectError, match="the column 'colour' is unknown"):
        rows(tmp_path, "id,colour\nx,y\n")


async def test_devices_are_enrolled_by_the_thousand(
    tmp_path: Path, store: SqliteState, profile: Callable[..., Profile]
) -> None:
    registry, ingest = Devices(store, WallClock()), Ingest(store, WallClock())
    profiles = {"pump": profile(PUMP, "pump")}
    lines = [f"d{i},pump,Pump {i},106.{i},-6.2,north" for i in range(2000)]
    table = rows(tmp_path, "id,profile,name,lon,lat,group\n" + "\n".join(lines))

    planned = await enrol_rows(table, registry, profiles, ingest, dry_run=True)
    assert (planned.new, registry.listed()) == (2000, [])
    done = await enrol_rows(table, registry, profiles, ingest)
    assert (done.new, done.changed, done.same, done.faults) == (2000, 0, 0, [])
    device = registry.find("d7")
    assert device is not None
    assert (device.state, device.group, device.lon) == ("approved", "north", 106.7)
    entity = await store.get("urn:ngsi-ld:Pump:d7")
    assert entity is not None
    assert entity.attrs[LOCATION][0].value["coordinates"] == [106.7, -6.2]
    assert entity.attrs[kota_context().expand("name")][0].value == "Pump 7"

    again = await enrol_rows(table, registry, profiles, ingest)
    assert (again.new, again.same) == (0, 2000)
    other = [DeviceRow(2, {"id": "d7", "profile": "pump", "group": "south"})]
    assert (await enrol_rows(other, registry, profiles, ingest)).changed == 1


async def test_one_fault_refuses_all_unless_skipped(
    store: SqliteState, profile: Callable[..., Profile]
) -> None:
    registry, ingest = Devices(store, WallClock()), Ingest(store, WallClock())
    table = [DeviceRow(2, {"id": "a"}), DeviceRow(3, {"id": ""})]
    with pytest.raises(BadRequestDataError, match=r"line 3: .* nothing was enrolled"):
        await enrol_rows(table, registry, {}, ingest)
    assert registry.listed() == []
    done = await enrol_rows(table, registry, {}, ingest, skip_faults=True)
    assert (done.new, len(done.faults)) == (1, 1)
