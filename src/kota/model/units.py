"""Units of measure by their UN/CEFACT common codes (Recommendation 20).

NGSI-LD carries a unit as such a code in ``unitCode``; people read its symbol. Where the
recommendation leaves a choice, symbols follow the SI brochure (L for litre, kWh without a dot).
"""

from __future__ import annotations

import msgspec


class Unit(msgspec.Struct, frozen=True):
    """A unit of measure.

    Args:
        code: UN/CEFACT common code.
        symbol: what stands behind a number; empty for a bare count.
        name: its English name.
    """

    code: str
    symbol: str
    name: str


_UNITS = (
    Unit("C62", "", "one"),
    Unit("H87", "", "piece"),
    Unit("EA", "", "each"),
    Unit("IE", "persons", "person"),
    Unit("P1", "%", "percent"),
    Unit("59", "ppm", "part per million"),
    Unit("61", "ppb", "part per billion"),
    Unit("MMT", "mm", "millimetre"),
    Unit("CMT", "cm", "centimetre"),
    Unit("MTR", "m", "metre"),
    Unit("KMT", "km", "kilometre"),
    Unit("MTK", "m²", "square metre"),
    Unit("HAR", "ha", "hectare"),
    Unit("KMK", "km²", "square kilometre"),
    Unit("MLT", "mL", "millilitre"),
    Unit("LTR", "L", "litre"),
    Unit("MTQ", "m³", "cubic metre"),
    Unit("MQS", "m³/s", "cubic metre per second"),
    Unit("G53", "m³/min", "cubic metre per minute"),
    Unit("MQH", "m³/h", "cubic metre per hour"),
    Unit("G52", "m³/d", "cubic metre per day"),
    Unit("G51", "L/s", "litre per second"),
    Unit("L2", "L/min", "litre per minute"),
    Unit("E32", "L/h", "litre per hour"),
    Unit("C16", "mm/s", "millimetre per second"),
    Unit("H67", "mm/h", "millimetre per hour"),
    Unit("MTS", "m/s", "metre per second"),
    Unit("KMH", "km/h", "kilometre per hour"),
    Unit("CEL", "°C", "degree Celsius"),
    Unit("KEL", "K", "kelvin"),
    Unit("FAH", "°F", "degree Fahrenheit"),
    Unit("PAL", "Pa", "pascal"),
    Unit("A97", "hPa", "hectopascal"),
    Unit("KPA", "kPa", "kilopascal"),
    Unit("MPA", "MPa", "megapascal"),
    Unit("MBR", "mbar", "millibar"),
    Unit("BAR", "bar", "bar"),
    Unit("WTT", "W", "watt"),
    Unit("KWT", "kW", "kilowatt"),
    Unit("MAW", "MW", "megawatt"),
    Unit("WHR", "Wh", "watt hour"),
    Unit("KWH", "kWh", "kilowatt hour"),
    Unit("MWH", "MWh", "megawatt hour"),
    Unit("GWH", "GWh", "gigawatt hour"),
    Unit("D46", "VA", "volt-ampere"),
    Unit("KVA", "kVA", "kilovolt-ampere"),
    Unit("D44", "var", "var"),
    Unit("KVR", "kvar", "kilovar"),
    Unit("VLT", "V", "volt"),
    Unit("KVT", "kV", "kilovolt"),
    Unit("4K", "mA", "milliampere"),
    Unit("AMP", "A", "ampere"),
    Unit("OHM", "Ω", "ohm"),
    Unit("HTZ", "Hz", "hertz"),
    Unit("RPM", "r/min", "revolutions per minute"),
    Unit("JOU", "J", "joule"),
    Unit("3B", "MJ", "megajoule"),
    Unit("D54", "W/m²", "watt per square metre"),
    Unit("LUX", "lx", "lux"),
    Unit("2N", "dB", "decibel"),
    Unit("DBM", "dBm", "decibel-milliwatt"),
    Unit("DD", "°", "degree of angle"),
    Unit("C26", "ms", "millisecond"),
    Unit("SEC", "s", "second"),
    Unit("MIN", "min", "minute"),
    Unit("HUR", "h", "hour"),
    Unit("DAY", "d", "day"),
    Unit("MON", "mo", "month"),
    Unit("ANN", "a", "year"),
    Unit("GRM", "g", "gram"),
    Unit("KGM", "kg", "kilogram"),
    Unit("TNE", "t", "tonne"),
    Unit("E93", "kg/h", "kilogram per hour"),
    Unit("GQ", "µg/m³", "microgram per cubic metre"),
    Unit("GP", "mg/m³", "milligram per cubic metre"),
    Unit("M1", "mg/L", "milligram per litre"),
    Unit("GL", "g/L", "gram per litre"),
    Unit("Q30", "pH", "pH"),
    Unit("NTU", "NTU", "nephelometric turbidity unit"),
    Unit("FNU", "FNU", "formazin nephelometric unit"),
    Unit("G42", "µS/cm", "microsiemens per centimetre"),
    Unit("H61", "mS/cm", "millisiemens per centimetre"),
    Unit("AD", "B", "byte"),
    Unit("4L", "MB", "megabyte"),
    Unit("E34", "GB", "gigabyte"),
)
_BY_CODE = {unit.code: unit for unit in _UNITS}


def unit(code: str) -> Unit:
    """The unit of a UN/CEFACT code; a code that Kota does not know stands for itself.

    >>> unit("MQH").symbol, unit("XYZ").symbol
    ('m³/h', 'XYZ')
    """
    return _BY_CODE.get(code) or Unit(code, code, code)


def known() -> tuple[Unit, ...]:
    """All units that Kota knows by name."""
    return _UNITS
