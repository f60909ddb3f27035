/** UN/CEFACT common codes as the symbols that people read. */

const SYMBOLS: Record<string, string> = {
  "4H": "µm",
  "4T": "pF",
  A95: "Gy",
  AMP: "A",
  BAR: "bar",
  C62: "",
  CEL: "°C",
  CMT: "cm",
  D54: "W/m²",
  G51: "L/s",
  GP: "mg/m³",
  GQ: "µg/m³",
  H67: "mm/h",
  HTZ: "Hz",
  HUR: "h",
  KEL: "K",
  KGM: "kg",
  KMH: "km/h",
  KMT: "km",
  KPA: "kPa",
  KVR: "kvar",
  KWH: "kWh",
  KWT: "kW",
  L2: "L/min",
  LTR: "L",
  M1: "mg/L",
  MAW: "MW",
  MBR: "mbar",
  MIN: "min",
  MMT: "mm",
  MQH: "m³/h",
  MQS: "m³/s",
  MTK: "m²",
  MTQ: "m³",
  MTR: "m",
  MTS: "m/s",
  P1: "%",
  PAL: "Pa",
  SEC: "s",
  VLT: "V",
  WTT: "W",
};

/** The symbol of a unit given by code or, where it is none of ours, as it came. */
export function unitSymbol(unit: string | null | undefined): string {
  if (!unit) return "";
  return SYMBOLS[unit] ?? unit;
}
