"""What may stand in a device profile: the tables of its TOML file, as typed values."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from kota.connect.binary import BinaryField
from kota.connect.pseudonyms import Identity

Range = tuple[float, float]
Positive = Annotated[float, msgspec.Meta(gt=0)]
HoursOfDay = Annotated[float, msgspec.Meta(ge=0, lt=24)]
UpToADay = Annotated[float, msgspec.Meta(gt=0, le=24)]

PayloadFormat = Literal["json", "text", "binary", "senml", "chirpstack-v4", "tts-v3"]
ValueType = Literal["number", "integer", "text", "boolean", "any"]
KindName = Literal["Property", "GeoProperty", "Relationship", "VocabProperty", "JsonProperty"]


class EntityTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[entity]``: which entity a message is about.

    Args:
        type: short or expanded type name, or several.
        id: template over the names in the topic, such as ``urn:ngsi-ld:Junction:{device}``.
        scope: scopes that a new entity is given.
    """

    type: str | tuple[str, ...]
    id: str | None = None
    scope: tuple[str, ...] = ()


class TimeTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[time]``: when the values were true; without it, ``TimeInstant`` or the arrival.

    Args:
        source: path of the time in the payload (key ``from``).
        format: ISO 8601, or seconds or milliseconds since the Unix epoch.
        zone: IANA zone of times that do not say theirs.
        ahead: how far [s] a time may lie ahead of the clock before it is not believed.
    """

    source: str | None = msgspec.field(name="from", default=None)
    format: Literal["iso", "unix", "unix-ms"] = "iso"
    zone: str | None = None
    ahead: Positive = 300.0


class AttributeTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[[attribute]]``: how one value in the payload becomes an attribute.

    Args:
        name: short or expanded attribute name.
        source: path of the value (key ``from``): ``temperature``, ``air.temperature``,
            ``gateways[0].rssi``; ``$`` is the whole payload, ``$.x`` starts at its root. The
            attribute's name where absent.
        lon, lat: paths of a position's degrees, instead of `source`.
        kind: the sort of attribute; `Property` where absent.
        type: what the value must be; ``number`` where a unit, scale or range is given.
        unit: UN/CEFACT code.
        scale, offset: value = scale · raw + offset.
        values: raw value (as text) to value.
        prefix: put before the text, for the ids of relationships.
        dataset: dataset id of this instance.
        valid: outside this range the value is bad.
        usual: outside this range the value is uncertain.
        timed: whether the value has a time; a name or a place has none.
        when: names in the topic and the text they must have for this attribute to apply.
        pseudonym: what sort of identifier of a person this is: it is replaced by a pseudonym.
    """

    name: str
    source: str | None = msgspec.field(name="from", default=None)
    lon: str | None = None
    lat: str | None = None
    kind: KindName = "Property"
    type: ValueType | None = None
    unit: str | None = None
    scale: float | None = None
    offset: float | None = None
    values: dict[str, Any] | None = None
    prefix: str | None = None
    dataset: str | None = None
    valid: Range | None = None
    usual: Range | None = None
    timed: bool = True
    when: dict[str, str] = {}
    pseudonym: Identity | None = None


class PseudonymTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[pseudonym]``: how long a pseudonym lasts.

    Args:
        rotate: hours after which the key is destroyed and a new one drawn; a day at most.
        offset: hours after midnight UTC at which a rotation begins.
    """

    rotate: UpToADay = 24.0
    offset: HoursOfDay = 0.0


class ConstantTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[[constant]]``: an attribute that every entity of the profile has from the start."""

    name: str
    value: Any
    kind: KindName = "Property"
    unit: str | None = None


class CodecTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[[codec]]``: how a binary payload is read.

    Args:
        kind: a table of fields, or Cayenne Low Power Payload.
        port: the LoRaWAN port it is for; any where absent.
        field: the table of fields.
    """

    kind: Literal["fields", "cayenne-lpp"] = "fields"
    port: int | None = None
    field: tuple[BinaryField, ...] = ()


class CommandsTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[commands]``: where a device takes commands, and where it answers.

    Args:
        topic: template over the names in the device's own topic: ``/{apikey}/{device}/cmd``.
        answers: likewise; None: it does not answer, its feedback tells.
    """

    topic: str
    answers: str | None = None


class ProfileTable(msgspec.Struct, frozen=True, kw_only=True):
    """A whole profile file.

    Args:
        entity: which entity a message is about.
        id: name of the profile; the file's name where absent.
        title: for people.
        topic: one topic pattern or several; none for a profile that devices are given by name.
        format: how the payload is written.
        each: path of a list in the payload whose members are measures of their own.
        time: when the values were true.
        attribute, constant, codec, pseudonym: see their tables.
        rest: what to do with members that no attribute names: leave them, or keep each under its
            own name.
        admit: whether messages of unknown devices are held for approval or taken.
        clock: the plant whose clock its times follow; wall time where absent.
        interval: time between messages [s] to expect.
        commands: where commands go; None: such devices take none.
    """

    entity: EntityTable
    id: str | None = None
    title: str | None = None
    topic: str | tuple[str, ...] = ()
    format: PayloadFormat = "json"
    each: str | None = None
    time: TimeTable = TimeTable()
    attribute: tuple[AttributeTable, ...] = ()
    constant: tuple[ConstantTable, ...] = ()
    codec: tuple[CodecTable, ...] = ()
    pseudonym: PseudonymTable = PseudonymTable()
    rest: Literal["ignore", "keep"] = "ignore"
    admit: Literal["approved", "any"] = "approved"
    clock: str | None = None
    interval: Positive | None = None
    commands: CommandsTable | None = None
