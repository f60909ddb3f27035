"""A network written as an EPANET input file."""

from __future__ import annotations

from collections.abc import Iterable

from kota.solutions.water.network import Network, Pump

_OPTIONS = ("UNITS CMH", "HEADLOSS H-W", "PATTERN 1", "ACCURACY 0.0001", "TRIALS 100")


def inp_text(network: Network) -> str:
    """The text of the file, in m³/h, m and mm; controls and patterns are none of a `Network`.

    Args:
        network: ids have no spaces, at most 31 characters.

    >>> from kota.solutions.water.inp import net3, read_network
    >>> text = inp_text(read_network(net3()))
    >>> text.splitlines()[:2], text.splitlines()[-1]
    (['[JUNCTIONS]', '10 44.8056 0'], '[END]')
    """
    sections: dict[str, Iterable[str]] = {
        "JUNCTIONS": (_line(n.id, n.elevation, n.demand) for n in network.junctions.values()),
        "RESERVOIRS": (_line(n.id, n.head) for n in network.reservoirs.values()),
        "TANKS": (
            _line(n.id, n.elevation, n.level, n.min_level, n.max_level, n.diameter, 0)
            for n in network.tanks.values()
        ),
        "PIPES": (
            _line(
                p.id,
                p.start,
                p.end,
                p.length,
                p.diameter,
                p.roughness,
                p.minor_loss,
                "OPEN" if p.is_open else "CLOSED",
            )
            for p in network.pipes.values()
        ),
        "PUMPS": (f"{p.id} {p.start} {p.end} HEAD C{k}" for k, p in _numbered(network)),
        "CURVES": (_line(f"C{k}", *point) for k, p in _numbered(network) for point in p.curve),
        "VALVES": (
            _line(v.id, v.start, v.end, v.diameter, v.kind, v.setting, 0)
            for v in network.valves.values()
        ),
        "OPTIONS": _OPTIONS,
        "TIMES": ("DURATION 0",),
    }
    lines = [line for name, rows in sections.items() for line in (f"[{name}]", *rows, "")]
    return "\n".join([*lines, "[END]"])


def _numbered(network: Network) -> list[tuple[int, Pump]]:
    return list(enumerate(network.pumps.values()))


def _line(*parts: str | float) -> str:
    return " ".join(one if isinstance(one, str) else f"{one:.8g}" for one in parts)
